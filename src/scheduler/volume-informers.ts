import * as refs from '../api/refs.ts';
import type { Informer } from '../client/informer.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import type { ClusterEvent } from './cluster-event.ts';
import type { VolumeListers } from './volume-listers.ts';

/** What tells of volumes: the listers, what must have synced before they are asked, and what to hear of. */
export interface VolumeInformers {
  readonly listers: VolumeListers;
  readonly all: readonly Pick<Informer<never>, 'synced'>[];
  /** `settled`: a volume belongs to a claim now, or is gone. */
  watched(happened: (event: ClusterEvent) => void, settled: (volumeName: string) => void): readonly (() => Disposable)[];
}

export function volumeInformers(informers: InformerFactory): VolumeInformers {
  const claims = informers.informer(refs.persistentVolumeClaims);
  const volumes = informers.informer(refs.persistentVolumes);
  const classes = informers.informer(refs.storageClasses);
  const csiNodes = informers.informer(refs.csiNodes);
  const csiDrivers = informers.informer(refs.csiDrivers);
  const capacities = informers.informer(refs.csiStorageCapacities);
  return {
    listers: {
      claim: (namespace, name) => claims.lister.get(`${namespace}/${name}`),
      volume: (name) => volumes.lister.get(name),
      volumes: () => volumes.lister.list(),
      storageClass: (name) => classes.lister.get(name),
      csiNode: (name) => csiNodes.lister.get(name),
      csiDriver: (name) => csiDrivers.lister.get(name),
      capacities: () => capacities.lister.list(),
    },
    all: [claims, volumes, classes, csiNodes, csiDrivers, capacities],
    watched: (happened, settled) => [
      () => volumes.onChange(({ key, after }) => {
        if (!after || after.spec.claimRef) settled(key);
        happened({ kind: 'volume' });
      }),
      () => claims.onChange(({ before, after }) => happened({ kind: 'volume-claim', before, after })),
      ...[classes, csiNodes, csiDrivers, capacities].map((informer) => () => informer.onChange(() => happened({ kind: 'volume' }))),
    ],
  };
}
