import { matchesNodeSelector } from '../component-helpers/node-affinity.ts';
import { keyOf, type DeepReadonly } from '../apimachinery/meta.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../api/generated/core-v1.ts';
import type { StorageClass } from '../api/generated/storage-v1.ts';
import type { NodeInfo } from './node-info.ts';

export interface VolumeListers {
  claim(namespace: string, name: string): DeepReadonly<PersistentVolumeClaim> | undefined;
  volume(name: string): DeepReadonly<PersistentVolume> | undefined;
  volumes(): readonly DeepReadonly<PersistentVolume>[];
  storageClass(name: string): DeepReadonly<StorageClass> | undefined;
}

/** A claim that waits for its first consumer, and the class that will provide it. */
export interface DelayedClaim {
  readonly claim: DeepReadonly<PersistentVolumeClaim>;
  readonly canProvision: boolean;
}

export interface PodVolumes {
  /** Why no node can take the pod yet. */
  readonly refusal: string | undefined;
  readonly bound: readonly DeepReadonly<PersistentVolume>[];
  readonly delayed: readonly DelayedClaim[];
}

const NO_PROVISIONER = 'kubernetes.io/no-provisioner';

/** The claims of pods and what they are bound to. Source: "Persistent Volumes", "Volume Binding Mode". */
export class VolumeState {
  readonly #listers: VolumeListers;

  constructor(listers: VolumeListers) {
    this.#listers = listers;
  }

  volumesOf(pod: DeepReadonly<Pod>): PodVolumes {
    const bound: DeepReadonly<PersistentVolume>[] = [];
    const delayed: DelayedClaim[] = [];
    const refused = (refusal: string): PodVolumes => ({ refusal, bound, delayed });
    for (const { name, isEphemeral } of claimsOf(pod)) {
      const claim = this.#listers.claim(pod.metadata.namespace ?? '', name);
      if (!claim) return refused(isEphemeral ? `waiting for ephemeral volume controller to create the persistentvolumeclaim ${JSON.stringify(name)}` : `persistentvolumeclaim ${JSON.stringify(name)} not found`);
      if (claim.status.phase === 'Lost') return refused(`persistentvolumeclaim ${JSON.stringify(name)} bound to non-existent persistentvolume ${JSON.stringify(claim.spec.volumeName ?? '')}`);
      if (claim.metadata.deletionTimestamp) return refused(`persistentvolumeclaim ${JSON.stringify(name)} is being deleted`);
      if (isEphemeral && !isControlledBy(claim, pod)) return refused(`PVC ${keyOf(claim)} was not created for pod ${keyOf(pod)} (pod is not owner)`);
      if (claim.spec.volumeName && claim.status.phase === 'Bound') {
        const volume = this.#listers.volume(claim.spec.volumeName);
        if (!volume) return refused(`persistentvolume ${JSON.stringify(claim.spec.volumeName)} not found`);
        bound.push(volume);
        continue;
      }
      const className = claim.spec.storageClassName;
      const storageClass = className ? this.#listers.storageClass(className) : undefined;
      if (claim.spec.volumeName || storageClass?.volumeBindingMode !== 'WaitForFirstConsumer') return refused('pod has unbound immediate PersistentVolumeClaims');
      delayed.push({ claim, canProvision: storageClass.provisioner !== NO_PROVISIONER });
    }
    return { refusal: undefined, bound, delayed };
  }

  /** Claims of the pod's that one pod alone may use. */
  exclusiveClaimsOf(pod: DeepReadonly<Pod>): string[] {
    const names = (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) => (claim ? [claim.claimName] : []));
    return names.filter((name) => this.#listers.claim(pod.metadata.namespace ?? '', name)?.spec.accessModes?.includes('ReadWriteOncePod'));
  }

  /** A free volume on this node for each claim that no provisioner can serve. */
  hasVolumesFor(delayed: readonly DelayedClaim[], node: NodeInfo): boolean {
    const taken = new Set<string>();
    return delayed.every(({ claim, canProvision }) => {
      const free = this.#listers.volumes().find((volume) => !taken.has(volume.metadata.name) && canServe(volume, claim) && volumeReaches(volume, node));
      if (free) taken.add(free.metadata.name);
      return free !== undefined || canProvision;
    });
  }
}

export function volumeReaches(volume: DeepReadonly<PersistentVolume>, node: NodeInfo): boolean {
  const required = volume.spec.nodeAffinity?.required;
  return !required || matchesNodeSelector(required, node.node);
}

function canServe(volume: DeepReadonly<PersistentVolume>, claim: DeepReadonly<PersistentVolumeClaim>): boolean {
  const owner = volume.spec.claimRef;
  if (owner) return owner.namespace === claim.metadata.namespace && owner.name === claim.metadata.name && (!owner.uid || owner.uid === claim.metadata.uid);
  return (
    volume.status.phase === 'Available' &&
    (volume.spec.storageClassName ?? '') === (claim.spec.storageClassName ?? '') &&
    (claim.spec.accessModes ?? []).every((mode) => volume.spec.accessModes?.includes(mode))
  );
}

/** The claims that the pod names, those made for its ephemeral volumes included. */
function claimsOf(pod: DeepReadonly<Pod>): { readonly name: string; readonly isEphemeral: boolean }[] {
  const claims: { name: string; isEphemeral: boolean }[] = [];
  for (const volume of pod.spec.volumes ?? []) {
    if (volume.persistentVolumeClaim) claims.push({ name: volume.persistentVolumeClaim.claimName, isEphemeral: false });
    else if (volume.ephemeral) claims.push({ name: `${pod.metadata.name}-${volume.name}`, isEphemeral: true });
  }
  return claims;
}

function isControlledBy({ metadata }: DeepReadonly<PersistentVolumeClaim>, pod: DeepReadonly<Pod>): boolean {
  return metadata.ownerReferences?.some(({ controller, uid }) => controller === true && uid === pod.metadata.uid) ?? false;
}
