import * as refs from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { AllocationResult, ResourceClaim } from '../../api/generated/resource-v1.ts';
import type { Client } from '../../client/index.ts';

/** Keeps an allocated claim from going while somebody uses its devices. */
const FINALIZER = 'resource.kubernetes.io/delete-protection';

/** Writes into a claim what it was given, if it was now, and that the pod uses it. Rejects with Conflict when somebody else was there first. */
export async function bindDevices(client: Client, claim: DeepReadonly<ResourceClaim>, pod: DeepReadonly<Pod>, allocation: AllocationResult | undefined, signal: AbortSignal): Promise<void> {
  const { uid, name } = pod.metadata;
  if (claim.status?.reservedFor?.some((user) => user.uid === uid)) return;
  const resource = client.resource(refs.resourceClaims, claim.metadata.namespace);
  const finalizers = claim.metadata.finalizers ?? [];
  const isGiven = allocation !== undefined;
  const held = isGiven && !finalizers.includes(FINALIZER) ? await resource.update({ ...claim, metadata: { ...claim.metadata, finalizers: [...finalizers, FINALIZER] } }, { signal }) : claim;
  const reservedFor = [...(held.status?.reservedFor ?? []), { resource: 'pods', name, uid }];
  await resource.update({ ...held, status: { ...held.status, ...(isGiven && { allocation }), reservedFor } }, { signal }, 'status');
}
