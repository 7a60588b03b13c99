import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { ResourceClaim, ResourceClaimStatus } from '../generated/resource-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { keepSpecAndMetadata, keepStatus } from '../status-fields.ts';
import { defaultAllocation, defaultClaim } from './claim-defaults.ts';
import { deviceId, validateClaimStatus } from './allocation-validation.ts';
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

function allocatedDevices({ allocation }: DeepReadonly<ResourceClaimStatus>): ReadonlySet<string> {
  return new Set((allocation?.devices?.results ?? []).map((result) => deviceId(result)));
}

/** What was said of devices goes with their allocation, whoever takes that away. Source: pkg/registry/resource/resourceclaim, dropDeallocatedStatusDevices. */
function forgetFreedDevices({ status }: ResourceClaim, old: DeepReadonly<ResourceClaim>): void {
  const [now, before] = [status, old.status].map(allocatedDevices);
  const devices = status.devices?.filter((device) => !before?.has(deviceId(device)) || now?.has(deviceId(device))) ?? [];
  if (devices.length > 0) status.devices = devices;
  else delete status.devices;
}

export const resourceClaim: KindDefinition<ResourceClaim> = defineKind<ResourceClaim>({
  group: 'resource.k8s.io', kind: 'ResourceClaim', resource: 'resourceclaims', namespaced: true,
  versions: [{ version: 'v1', message: 'resource.v1.ResourceClaim' }],
  updateRules: anewThenChanges,
  subresources: {
    status: {
      prepareForUpdate(object, old) {
        keepSpecAndMetadata(object, old);
        forgetFreedDevices(object, old);
      },
      validateUpdate: validateClaimStatus,
    },
  },
  resetFields: { '': ['status'], status: ['metadata', 'spec'] },
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
