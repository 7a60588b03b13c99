import { pathSegmentName } from '../../apimachinery/validation/names.ts';
import { defaultColumns } from '../columns.ts';
import { defineKind } from '../define-kind.ts';
import type { Role } from '../generated/rbac-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { validateRole } from './validation.ts';
import { anewThenChanges } from '../update-orders.ts';

export const role: KindDefinition<Role> = defineKind<Role>({
  group: 'rbac.authorization.k8s.io', kind: 'Role', resource: 'roles', namespaced: true,
  versions: [{ version: 'v1', message: 'rbac.v1.Role' }],
  updateRules: anewThenChanges,
  allowCreateOnUpdate: true,
  validateName: pathSegmentName,
  validate: validateRole,
  columns: defaultColumns,
});
