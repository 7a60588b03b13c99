import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { nameColumn, textColumn } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { ComponentStatus } from '../generated/core-v1.ts';
import type { KindDefinition } from '../kind.ts';

function healthText({ conditions }: DeepReadonly<ComponentStatus>): string {
  const healthy = conditions?.find((condition) => condition.type === 'Healthy');
  if (!healthy) return 'Unknown';
  return healthy.status === 'True' ? 'Healthy' : 'Unhealthy';
}

function conditionText({ conditions }: DeepReadonly<ComponentStatus>, field: 'message' | 'error'): string {
  return conditions?.find((condition) => condition.type === 'Healthy')?.[field] ?? '';
}

/** Deprecated, and read only: nothing is stored. */
export const componentStatus: KindDefinition<ComponentStatus> = defineKind<ComponentStatus>({
  group: '', kind: 'ComponentStatus', resource: 'componentstatuses', namespaced: false, shortNames: ['cs'],
  stored: false,
  versions: [{ version: 'v1', message: 'core.v1.ComponentStatus', deprecation: 'v1 ComponentStatus is deprecated in v1.19+' }],
  verbs: ['get', 'list'],
  columns: [
    nameColumn,
    textColumn('Status', 'Status of the component conditions', healthText),
    textColumn('Message', 'Message of the component conditions', (object) => conditionText(object, 'message')),
    textColumn('Error', 'Error of the component conditions', (object) => conditionText(object, 'error')),
  ],
});
