import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { PersistentVolume } from '../../api/generated/core-v1.ts';
import { refuseFinally, type Plugin } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import { mayConcernVolumes } from '../volume-state.ts';

/** Labels that tell where a volume is, with what nodes call the same today. */
const LABELS: readonly (readonly [label: string, onNodes: string])[] = [
  ['failure-domain.beta.kubernetes.io/zone', 'topology.kubernetes.io/zone'], ['failure-domain.beta.kubernetes.io/region', 'topology.kubernetes.io/region'],
  ['topology.kubernetes.io/zone', 'topology.kubernetes.io/zone'], ['topology.kubernetes.io/region', 'topology.kubernetes.io/region'],
];
/** Between the zones of a volume that is in several. */
const SEPARATOR = '__';

interface Place {
  readonly label: string;
  readonly onNodes: string;
  readonly values: ReadonlySet<string>;
}

/** The pod's volumes are in the zone and the region of the node, where volumes and nodes are labelled so. Source: kube-scheduler's plugin VolumeZone. */
export const volumeZone: Plugin = {
  name: 'VolumeZone',
  weight: 0,
  wakesOn: ['volume', 'volume-claim', 'node-added', 'node-labels'],
  mayHelp: mayConcernVolumes,
  begin(pod, cluster) {
    if (!pod.spec.volumes?.some((volume) => volume.persistentVolumeClaim ?? volume.ephemeral)) return undefined;
    const places = cluster.volumes.volumesOf(pod).bound.flatMap(placesOf);
    if (places.length === 0) return undefined;
    return {
      filter(node) {
        // In a cluster of one zone nodes may do without labels.
        if (!LABELS.some(([label]) => node.label(label) !== undefined)) return undefined;
        return places.every((place) => isAt(place, node)) ? undefined : refuseFinally('node(s) had no available volume zone');
      },
    };
  },
};

function placesOf({ metadata: { labels = {} } }: DeepReadonly<PersistentVolume>): Place[] {
  return LABELS.flatMap(([label, onNodes]) => {
    const values = Object.hasOwn(labels, label) ? (labels[label] ?? '').split(SEPARATOR).map((one) => one.trim()) : [''];
    // What cannot be read is as if it were not there.
    return values.includes('') ? [] : [{ label, onNodes, values: new Set(values) }];
  });
}

function isAt({ label, onNodes, values }: Place, node: NodeInfo): boolean {
  const value = node.label(label) ?? node.label(onNodes);
  return value !== undefined && values.has(value);
}
