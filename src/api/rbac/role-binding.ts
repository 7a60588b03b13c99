import { pathSegmentName } from '../../apimachinery/validation/names.ts';
import { defineKind } from '../define-kind.ts';
import type { RoleBinding } from '../generated/rbac-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { bindingColumns, defaultBinding, RBAC_GROUP } from './bindings.ts';
import { validateBindingUpdate, validateRoleBinding } from './validation.ts';
import { anewThenChanges } from '../update-orders.ts';

export const roleBinding: KindDefinition<RoleBinding> = defineKind<RoleBinding>({
  group: RBAC_GROUP, kind: 'RoleBinding', resource: 'rolebindings', namespaced: true,
  versions: [{ version: 'v1', message: 'rbac.v1.RoleBinding' }],
  updateRules: anewThenChanges,
  allowCreateOnUpdate: true,
  validateName: pathSegmentName,
  default: defaultBinding,
  validate: validateRoleBinding,
  validateUpdate: validateBindingUpdate,
  columns: bindingColumns<RoleBinding>('roleBinding', 'RoleRef can reference a Role in the current namespace or a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer must return an error. This field is immutable.'),
});
