import { isDeepStrictEqual } from 'node:util';
import type { StatefulSet } from '../../api/generated/apps-v1.ts';
import type { PersistentVolumeClaim, Pod } from '../../api/generated/core-v1.ts';
import { pods, statefulSets } from '../../api/refs.ts';
import { apiVersionOf, type DeepReadonly, type KubeObject, type OwnerReference, type ResourceRef } from '../../apimachinery/meta.ts';
import { controllerReference } from '../../component-helpers/owner-reference.ts';
import { isInRange } from './identity.ts';

type Set_ = DeepReadonly<StatefulSet>;
type Pod_ = DeepReadonly<Pod>;
type Claim = DeepReadonly<PersistentVolumeClaim>;

/** What the owners of a pod's claim are to be. */
export interface ClaimOwners {
  /** Undefined: as they are. */
  readonly references: readonly DeepReadonly<OwnerReference>[] | undefined;
  /** Somebody else controls the claim, so that the policy of the set is not followed. */
  readonly isConflicting: boolean;
}

/**
 * Whose the claim of a pod is to be, by the set's `persistentVolumeClaimRetentionPolicy`: the set's, the pod's once it is scaled away, or nobody's. A claim that
 * was the set's or the pod's of before is left alone: the garbage collector has it. Source: KEP-1847; pkg/controller/statefulset, isClaimOwnerUpToDate.
 */
export function claimOwners(set: Set_, pod: Pod_, claim: Claim): ClaimOwners {
  const present = claim.metadata.ownerReferences ?? [];
  const isOurs = (reference: DeepReadonly<OwnerReference>): boolean => names(reference, set, statefulSets) || names(reference, pod, pods);
  const isStale = present.some((reference) => isOurs(reference) && reference.uid !== set.metadata.uid && reference.uid !== pod.metadata.uid);
  const { whenDeleted = 'Retain', whenScaled = 'Retain' } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
  const isKept = whenDeleted === 'Retain' && whenScaled === 'Retain';
  const isConflicting = !isKept && (isStale || present.some((reference) => !isOurs(reference) && reference.controller === true));
  if (isStale) return { references: undefined, isConflicting };
  const others = present.filter((reference) => !isOurs(reference));
  const owner = isConflicting ? undefined : ownerByPolicy(set, pod, { whenDeleted, whenScaled });
  const references = owner ? [...others, owner] : others;
  return { references: isDeepStrictEqual(JSON.parse(JSON.stringify(present)), JSON.parse(JSON.stringify(references))) ? undefined : references, isConflicting };
}

function ownerByPolicy(set: Set_, pod: Pod_, { whenDeleted, whenScaled }: { readonly whenDeleted: string; readonly whenScaled: string }): OwnerReference | undefined {
  if (whenScaled === 'Delete' && !isInRange(set, pod)) return controllerReference(pod, pods);
  return whenDeleted === 'Delete' ? controllerReference(set, statefulSets) : undefined;
}

/** Whether the claim goes with a pod of that name that is no more: its successor waits until it is gone. Source: PodClaimIsStale. */
export function goesWithFormerPod(set: Set_, podName: string, claim: Claim): boolean {
  if (set.spec.persistentVolumeClaimRetentionPolicy?.whenScaled !== 'Delete') return false;
  return claim.metadata.ownerReferences?.some((reference) => names(reference, { metadata: { name: podName } }, pods)) ?? false;
}

function names(reference: DeepReadonly<OwnerReference>, object: { readonly metadata: Pick<KubeObject['metadata'], 'name'> }, ref: Pick<ResourceRef, 'group' | 'version' | 'kind'>): boolean {
  return reference.apiVersion === apiVersionOf(ref) && reference.kind === ref.kind && reference.name === object.metadata.name;
}
