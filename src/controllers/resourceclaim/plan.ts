import type { Pod } from '../../api/generated/core-v1.ts';
import type { ResourceClaim, ResourceClaimConsumerReference, ResourceClaimTemplate } from '../../api/generated/resource-v1.ts';
import type { DeepReadonly, Draft } from '../../apimachinery/meta.ts';
import { isPodTerminal } from '../../component-helpers/pod-state.ts';

/** Names, on a claim that was made from a template, the pod's name for it. */
export const POD_CLAIM_NAME = 'resource.kubernetes.io/pod-claim-name';
/** Marks a claim that the scheduler made for a pod's extended resources (KEP-5004). */
export const EXTENDED_CLAIM = 'resource.kubernetes.io/extended-resource-claim';
export const FINALIZER = 'resource.kubernetes.io/delete-protection';

/** The claims that the pod is to have from templates: its own names for them, and the templates. None for a pod that is over. */
export function templatedClaims({ spec, status, metadata }: DeepReadonly<Pod>): { readonly name: string; readonly template: string; readonly claimName: string | undefined }[] {
  if (metadata.deletionTimestamp !== undefined || status.phase === 'Succeeded' || status.phase === 'Failed') return [];
  return (spec.resourceClaims ?? []).flatMap(({ name, resourceClaimTemplateName }) => (
    resourceClaimTemplateName ? [{ name, template: resourceClaimTemplateName, claimName: status.resourceClaimStatuses?.find((one) => one.name === name)?.resourceClaimName }] : []));
}

export function claimFrom(template: DeepReadonly<ResourceClaimTemplate>, pod: DeepReadonly<Pod>, name: string): Draft<ResourceClaim> {
  const { labels, annotations } = template.spec.metadata ?? {};
  const owner = { apiVersion: 'v1', kind: 'Pod', name: pod.metadata.name, uid: pod.metadata.uid, controller: true, blockOwnerDeletion: true };
  return {
    metadata: {
      generateName: `${pod.metadata.name}-${name}-`, ...(pod.metadata.namespace && { namespace: pod.metadata.namespace }), ...(labels && { labels: { ...labels } }),
      annotations: { ...annotations, [POD_CLAIM_NAME]: name }, ownerReferences: [owner],
    },
    spec: structuredClone(template.spec.spec) as ResourceClaim['spec'],
  } as Draft<ResourceClaim>;
}

/** Whether a pod uses its claims no more: it is over, or it has gone and another may bear its name. */
export function isDone(pod: DeepReadonly<Pod> | undefined, uid: string): boolean {
  return !pod || pod.metadata.uid !== uid || isPodTerminal(pod) || (pod.metadata.deletionTimestamp !== undefined && !pod.spec.nodeName);
}

export interface ClaimPlan {
  /** Who uses it still. */
  readonly reservedFor: readonly DeepReadonly<ResourceClaimConsumerReference>[];
  /** Nobody uses it: its devices are free again. */
  readonly deallocates: boolean;
  /** It was made for a pod that is over. */
  readonly deletes: boolean;
}

/** What is to become of a claim. `isOver`: of a pod that it names. Source: pkg/controller/resourceclaim, syncClaim. */
export function planClaim(claim: DeepReadonly<ResourceClaim>, isOver: (pod: { readonly name: string; readonly uid: string }) => boolean): ClaimPlan {
  const before = claim.status?.reservedFor ?? [];
  const reservedFor = before.filter(({ apiGroup, resource, name, uid }) => apiGroup || resource !== 'pods' || !isOver({ name, uid }));
  const isFree = reservedFor.length === 0 && (before.length > 0 || claim.metadata.deletionTimestamp !== undefined);
  const owner = claim.metadata.ownerReferences?.find(({ kind, controller }) => kind === 'Pod' && controller);
  const { [POD_CLAIM_NAME]: nameInPod, [EXTENDED_CLAIM]: isExtended } = claim.metadata.annotations ?? {};
  const isOfDonePod = (nameInPod !== undefined || isExtended === 'true') && owner !== undefined && isOver(owner);
  return { reservedFor, deallocates: isFree && (claim.status?.allocation !== undefined || claim.metadata.finalizers?.includes(FINALIZER) === true), deletes: isOfDonePod && claim.metadata.deletionTimestamp === undefined };
}
