import { pathSegmentName } from '../../apimachinery/validation/names.ts';
import { defineKind } from '../define-kind.ts';
import type { ClusterRoleBinding } from '../generated/rbac-v1.ts';
import type { KindDefinition } from '../kind.ts';
import { bindingColumns, defaultBinding, RBAC_GROUP } from './bindings.ts';
import { validateBindingUpdate, validateClusterRoleBinding } from './validation.ts';
import { anewThenChanges } from '../update-orders.ts';

export const clusterRoleBinding: KindDefinition<ClusterRoleBinding> = defineKind<ClusterRoleBinding>({
  group: RBAC_GROUP, kind: 'ClusterRoleBinding', resource: 'clusterrolebindings', namespaced: false,
  versions: [{ version: 'v1', message: 'rbac.v1.ClusterRoleBinding' }],
  updateRules: anewThenChanges,
  allowCreateOnUpdate: true,
  validateName: pathSegmentName,
  default: defaultBinding,
  validate: validateClusterRoleBinding,
  validateUpdate: validateBindingUpdate,
  columns: bindingColumns<ClusterRoleBinding>('clusterRoleBinding', 'RoleRef can only reference a ClusterRole in the global namespace. If the RoleRef cannot be resolved, the Authorizer must return an error. This field is immutable.'),
});
