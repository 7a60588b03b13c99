import { pathSegmentName } from '../../apimachinery/validation/names.ts';
import { defaultColumns } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { ClusterRole } from '../generated/rbac-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { validateClusterRole } from './validation.ts';
import { anewThenChanges } from '../update-orders.ts';

export const clusterRole: KindDefinition<ClusterRole> = defineKind<ClusterRole>({
  group: 'rbac.authorization.k8s.io', kind: 'ClusterRole', resource: 'clusterroles', namespaced: false,
  versions: [{ version: 'v1', message: 'rbac.v1.ClusterRole' }],
  updateRules: anewThenChanges,
  allowCreateOnUpdate: true,
  validateName: pathSegmentName,
  validate: validateClusterRole,
  columns: defaultColumns,
});
