/** Source: pkg/apis/rbac/validation. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { semanticallyEqual } from '../../apimachinery/validation/immutable.ts';
import { validateLabelSelector } from '../../apimachinery/validation/labels.ts';
import { isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import { compileSelector } from '../apps/workload-rules.ts';
import type { ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, Subject } from '../generated/rbac-v1.ts';
import { addInvalid, validateRequiredSegment } from '../path-segment.ts';
import { RBAC_GROUP } from './bindings.ts';

function validateRule(rule: DeepReadonly<PolicyRule>, path: FieldPath, namespaced: boolean, errors: FieldErrors): void {
  if ((rule.verbs ?? []).length === 0) errors.required(path.child('verbs'), 'verbs must contain at least one value');
  const urls = rule.nonResourceURLs ?? [];
  if (urls.length > 0) {
    if (namespaced) errors.invalid(path.child('nonResourceURLs'), urls, 'namespaced rules cannot apply to non-resource URLs');
    if ([rule.apiGroups, rule.resources, rule.resourceNames].some((list) => (list ?? []).length > 0)) {
      errors.invalid(path.child('nonResourceURLs'), urls, 'rules cannot apply to both regular resources and non-resource URLs');
    }
    return;
  }
  if ((rule.apiGroups ?? []).length === 0) errors.required(path.child('apiGroups'), 'resource rules must supply at least one api group');
  if ((rule.resources ?? []).length === 0) errors.required(path.child('resources'), 'resource rules must supply at least one resource');
}

export function validateRole({ rules }: DeepReadonly<Role>, errors: FieldErrors): void {
  rules?.forEach((rule, i) => validateRule(rule, FieldPath.of('rules').index(i), true, errors));
}

export function validateClusterRole({ rules, aggregationRule }: DeepReadonly<ClusterRole>, errors: FieldErrors): void {
  rules?.forEach((rule, i) => validateRule(rule, FieldPath.of('rules').index(i), false, errors));
  if (!aggregationRule) return;
  const path = FieldPath.of('aggregationRule').child('clusterRoleSelectors');
  const selectors = aggregationRule.clusterRoleSelectors ?? [];
  if (selectors.length === 0) errors.required(path, 'at least one clusterRoleSelector required if aggregationRule is non-nil');
  selectors.forEach((selector, i) => {
    validateLabelSelector(selector, path.index(i), errors);
    if (!compileSelector(selector)) errors.invalid(path.index(i), null, 'invalid label selector.');
  });
}

function validateSubject(subject: DeepReadonly<Subject>, path: FieldPath, namespaced: boolean, errors: FieldErrors): void {
  if (subject.name === '') errors.required(path.child('name'));
  const group = subject.apiGroup ?? '';
  switch (subject.kind) {
    case 'ServiceAccount':
      if (subject.name !== '') addInvalid(isDns1123Subdomain(subject.name), subject.name, path.child('name'), errors);
      if (group !== '') errors.notSupported(path.child('apiGroup'), group, ['']);
      if (!namespaced && !subject.namespace) errors.required(path.child('namespace'));
      break;
    case 'User': case 'Group':
      if (group !== RBAC_GROUP) errors.notSupported(path.child('apiGroup'), group, [RBAC_GROUP]);
      break;
    default:
      errors.notSupported(path.child('kind'), subject.kind, ['ServiceAccount', 'User', 'Group']);
  }
}

function validateBinding(binding: DeepReadonly<RoleBinding | ClusterRoleBinding>, kinds: readonly string[], errors: FieldErrors): void {
  const path = FieldPath.of('roleRef');
  const { apiGroup = '', kind, name } = binding.roleRef;
  if (apiGroup !== RBAC_GROUP) errors.notSupported(path.child('apiGroup'), apiGroup, [RBAC_GROUP]);
  if (!kinds.includes(kind)) errors.notSupported(path.child('kind'), kind, kinds);
  validateRequiredSegment(name, path.child('name'), errors);
  binding.subjects?.forEach((subject, i) => validateSubject(subject, FieldPath.of('subjects').index(i), kinds.includes('Role'), errors));
}

export function validateRoleBinding(binding: DeepReadonly<RoleBinding>, errors: FieldErrors): void {
  validateBinding(binding, ['Role', 'ClusterRole'], errors);
}

export function validateClusterRoleBinding(binding: DeepReadonly<ClusterRoleBinding>, errors: FieldErrors): void {
  validateBinding(binding, ['ClusterRole'], errors);
}

export function validateBindingUpdate(binding: DeepReadonly<RoleBinding | ClusterRoleBinding>, old: DeepReadonly<RoleBinding | ClusterRoleBinding>, errors: FieldErrors): void {
  const { apiGroup, kind, name } = binding.roleRef;
  if (!semanticallyEqual(binding.roleRef, old.roleRef)) errors.invalid(FieldPath.of('roleRef'), { APIGroup: apiGroup, Kind: kind, Name: name }, 'cannot change roleRef');
}
