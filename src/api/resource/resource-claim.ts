import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { ResourceClaim } from '../generated/resource-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { keepStatus } from '../status-fields.ts';
import { defaultAllocation, defaultClaim } from './claim-defaults.ts';
import { validateClaimStatus } from './allocation-validation.ts';
import { validateNewResourceClaim, validateResourceClaimUpdate } from './claim-validation.ts';
import { anewThenChanges } from '../update-orders.ts';

function stateText({ metadata, status }: DeepReadonly<ResourceClaim>): string {
  const states: string[] = [];
  if (metadata.deletionTimestamp) states.push('deleted');
  if (status.allocation) states.push('allocated');
  else if (!metadata.deletionTimestamp) states.push('pending');
  if ((status.reservedFor ?? []).length > 0) states.push('reserved');
  return states.join(',');
}

export const resourceClaim: KindDefinition<ResourceClaim> = defineKind<ResourceClaim>({
  group: 'resource.k8s.io', kind: 'ResourceClaim', resource: 'resourceclaims', namespaced: true,
  versions: [{ version: 'v1', message: 'resource.v1.ResourceClaim' }],
  updateRules: anewThenChanges,
  subresources: { status: { validateUpdate: validateClaimStatus } },
  default({ spec, status }) {
    defaultClaim(spec);
    defaultAllocation(status);
  },
  prepareForCreate(object) {
    object.status = {};
  },
  validateCreate: validateNewResourceClaim,
  prepareForUpdate: keepStatus,
  validateUpdate: validateResourceClaimUpdate,
  deleteReturnsObject: true,
  columns: [nameColumn, textColumn('State', 'A summary of the current state (allocated, pending, reserved, etc.).', stateText), ageColumn],
});
