import { keyOf, type DeepReadonly } from '../apimachinery/meta.ts';
import type { PersistentVolume, PersistentVolumeClaim, Pod } from '../api/generated/core-v1.ts';
import { classNameOf } from '../component-helpers/storage-class.ts';
import type { ClusterEvent } from './cluster-event.ts';
import { type DelayedClaim, VolumeChoice } from './volume-choice.ts';
import type { VolumeListers } from './volume-listers.ts';

export interface PodVolumes {
  /** Why no node can take the pod yet. */
  readonly refusal: string | undefined;
  readonly bound: readonly DeepReadonly<PersistentVolume>[];
  readonly delayed: readonly DelayedClaim[];
}

/** The claims of pods and what they are bound to. Source: "Persistent Volumes", "Volume Binding Mode". */
export class VolumeState {
  readonly #listers: VolumeListers;
  readonly choice: VolumeChoice;

  constructor(listers: VolumeListers) {
    this.#listers = listers;
    this.choice = new VolumeChoice(listers);
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
      const className = classNameOf(claim);
      const storageClass = className ? this.#listers.storageClass(className) : undefined;
      if (claim.spec.volumeName || storageClass?.volumeBindingMode !== 'WaitForFirstConsumer') return refused('pod has unbound immediate PersistentVolumeClaims');
      delayed.push({ claim, storageClass });
    }
    return { refusal: undefined, bound, delayed };
  }

  /** Claims of the pod's that one pod alone may use. */
  exclusiveClaimsOf(pod: DeepReadonly<Pod>): string[] {
    const names = (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim: claim }) => (claim ? [claim.claimName] : []));
    return names.filter((name) => this.#listers.claim(pod.metadata.namespace ?? '', name)?.spec.accessModes?.includes('ReadWriteOncePod'));
  }

  /** The volumes of drivers that the pod uses, or will: the drivers by what names the volumes. */
  csiVolumesOf(pod: DeepReadonly<Pod>): ReadonlyMap<string, string> {
    const volumes = new Map<string, string>();
    for (const { name } of claimsOf(pod)) {
      const claim = this.#listers.claim(pod.metadata.namespace ?? '', name);
      if (!claim) continue;
      const volume = claim.spec.volumeName ? this.#listers.volume(claim.spec.volumeName) : undefined;
      const driver = volume ? volume.spec.csi?.driver : this.#listers.storageClass(classNameOf(claim))?.provisioner;
      if (driver) volumes.set(`${driver}/${volume?.spec.csi?.volumeHandle ?? keyOf(claim)}`, driver);
    }
    return volumes;
  }

  /** How many volumes a node can have of each driver that says so. */
  limitsOf(nodeName: string): ReadonlyMap<string, number> {
    const drivers = this.#listers.csiNode?.(nodeName)?.spec.drivers ?? [];
    return new Map(drivers.flatMap(({ name, allocatable }): [string, number][] => (allocatable?.count === undefined ? [] : [[name, allocatable.count]])));
  }
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

/** Whether the pod uses the claim. */
export function usesClaim(pod: DeepReadonly<Pod>, { metadata }: DeepReadonly<PersistentVolumeClaim>): boolean {
  return metadata.namespace === pod.metadata.namespace && claimsOf(pod).some(({ name }) => name === metadata.name);
}

/** Of what happens to claims only what happens to those of the pod may help it. */
export function mayConcernVolumes(pod: DeepReadonly<Pod>, event: ClusterEvent): boolean {
  if (event.kind !== 'volume-claim') return true;
  const claim = event.after ?? event.before;
  return claim !== undefined && usesClaim(pod, claim);
}

function isControlledBy({ metadata }: DeepReadonly<PersistentVolumeClaim>, pod: DeepReadonly<Pod>): boolean {
  return metadata.ownerReferences?.some(({ controller, uid }) => controller === true && uid === pod.metadata.uid) ?? false;
}
