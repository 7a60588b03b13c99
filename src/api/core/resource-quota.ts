import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { ageColumn, nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { ResourceQuota } from '../generated/core-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { keepSpec, keepStatus } from '../status-fields.ts';
import { validateQuotaStatus, validateQuotaUpdate, validateResourceQuota } from './resource-quota-validation.ts';
import { changesAndSpec } from '../update-orders.ts';

/** `cpu: 1/2, pods: 0/10`: what is used of what is allowed, of limits or of all else. */
function usageText({ status }: DeepReadonly<ResourceQuota>, isLimit: boolean): string {
  const names = Object.keys(status.hard ?? {}).sort().filter((name) => name.startsWith('limits.') === isLimit);
  return names.map((name) => `${name}: ${status.used?.[name] ?? '0'}/${status.hard?.[name] ?? '0'}`).join(', ');
}

export const resourceQuota: KindDefinition<ResourceQuota> = defineKind<ResourceQuota>({
  group: '', kind: 'ResourceQuota', resource: 'resourcequotas', namespaced: true, shortNames: ['quota'],
  versions: [{ version: 'v1', message: 'core.v1.ResourceQuota' }],
  updateRules: changesAndSpec,
  subresources: { status: { prepareForUpdate: keepSpec, validateUpdate: validateQuotaStatus } },
  prepareForCreate(object) {
    object.status = {};
  },
  prepareForUpdate: keepStatus,
  validate: validateResourceQuota,
  validateUpdate: validateQuotaUpdate,
  deleteReturnsObject: true,
  columns: [
    nameColumn,
    textColumn('Request', 'Request represents a minimum amount of cpu/memory that a container may consume.', (object) => usageText(object, false)),
    textColumn('Limit', 'Limits control the maximum amount of cpu/memory that a container may use independent of contention on the node.', (object) => usageText(object, true)),
    ageColumn,
  ],
});
