import type { PersistentVolumeClaim, Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { isControlledBy } from '../../component-helpers/owner-reference.ts';

/** The finalizers that the object is to have; undefined when it has them. The protection comes with the object and goes when it is deleted and nobody uses it. */
export function planProtection({ metadata }: DeepReadonly<KubeObject>, finalizer: string, isUsed: boolean): string[] | undefined {
  const observed = metadata.finalizers ?? [];
  const isProtected = observed.includes(finalizer);
  if (metadata.deletionTimestamp === undefined) return isProtected ? undefined : [...observed, finalizer];
  return isProtected && !isUsed ? observed.filter((one) => one !== finalizer) : undefined;
}

/**
 * Whether a pod keeps a claim that it names from going: once it has a node, for as long as the pod is there, over or not. The claim of an ephemeral volume is let go as soon as
 * the kubelet has done with the pod. A pod that has no node yet will not be started with a claim that is going. Source: pkg/controller/volume/pvcprotection, podUsesPVC.
 */
export function usesClaim(pod: DeepReadonly<Pod>, claim: DeepReadonly<PersistentVolumeClaim>): boolean {
  if (!pod.spec.nodeName) return false;
  const { name } = claim.metadata;
  const { deletionTimestamp, deletionGracePeriodSeconds } = pod.metadata;
  const isShutDown = deletionTimestamp !== undefined && deletionGracePeriodSeconds === 0;
  return pod.spec.volumes?.some(({ persistentVolumeClaim, ephemeral, name: volume }) => (
    persistentVolumeClaim?.claimName === name || (ephemeral !== undefined && !isShutDown && `${pod.metadata.name}-${volume}` === name && isControlledBy(claim, pod)))) ?? false;
}
