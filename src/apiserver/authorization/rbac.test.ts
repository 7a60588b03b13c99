import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from '../../api/generated/rbac-v1.ts';
import type { AuthorizationAttributes } from './authorizer.ts';
import { bindings } from './bootstrap/bindings.ts';
import { clusterRoles } from './bootstrap/cluster-roles.ts';
import { bindingOf, roleOf } from './bootstrap/notation.ts';
import { RbacAuthorizer } from './rbac.ts';

const GROUP = 'rbac.authorization.k8s.io';
const roles: Role[] = [{ metadata: { name: 'reader', namespace: 'a' } as Role['metadata'], rules: [{ verbs: ['get'], apiGroups: [''], resources: ['pods', 'pods/log'], resourceNames: ['web'] }] }];
const roleBindings: RoleBinding[] = [
  { metadata: { name: 'b', namespace: 'a' } as RoleBinding['metadata'], roleRef: { apiGroup: GROUP, kind: 'Role', name: 'reader' }, subjects: [{ kind: 'User', apiGroup: GROUP, name: 'alice' }, { kind: 'ServiceAccount', name: 'robot', namespace: 'b' }] },
  { metadata: { name: 'none', namespace: 'a' } as RoleBinding['metadata'], roleRef: { apiGroup: GROUP, kind: 'Role', name: 'none' }, subjects: [{ kind: 'User', apiGroup: GROUP, name: 'carol' }] },
];
const defaults = clusterRoles.map((one) => roleOf(one) as unknown as ClusterRole);
const authorizer = new RbacAuthorizer({
  clusterRole: (name) => defaults.find((role) => role.metadata.name === name),
  role: (namespace, name) => roles.find((role) => role.metadata.namespace === namespace && role.metadata.name === name),
  clusterRoleBindings: () => bindings.filter((one) => !one.namespace).map((one) => bindingOf(one) as unknown as ClusterRoleBinding),
  roleBindings: () => roleBindings,
  bindingsVersion: 1,
});

function ask(user: string, groups: readonly string[], what: Partial<AuthorizationAttributes>): string {
  const attributes = { user: { name: user, groups }, verb: 'get', isResourceRequest: true, namespace: 'a', apiGroup: '', apiVersion: 'v1', resource: 'pods', subresource: '', name: 'web', path: '', ...what };
  const { decision, reason } = authorizer.authorize(attributes);
  return `${decision}${reason ? `: ${reason}` : ''}`;
}

for (const { name, user, groups = [], what = {}, expected } of [
  { name: 'a role binding lets its user in', user: 'alice', expected: 'allow: RBAC: allowed by RoleBinding "b/a" of Role "reader" to User "alice"' },
  { name: 'the names of a rule hold', user: 'alice', what: { name: 'other' }, expected: 'no opinion' },
  { name: 'a subresource is a resource of its own', user: 'alice', what: { subresource: 'exec' }, expected: 'no opinion' },
  { name: 'a role holds in its namespace only', user: 'alice', what: { namespace: 'b' }, expected: 'no opinion' },
  { name: 'a service account is found by its user name', user: 'system:serviceaccount:b:robot', what: { subresource: 'log' }, expected: 'allow: RBAC: allowed by RoleBinding "b/a" of Role "reader" to ServiceAccount "robot/b"' },
  { name: 'a role that is not there is told', user: 'carol', expected: 'no opinion: RBAC: role.rbac.authorization.k8s.io "none" not found' },
  { name: 'cluster administrators may do all', user: 'root', groups: ['system:masters'], what: { verb: 'delete', resource: 'secrets' }, expected: 'allow: RBAC: allowed by ClusterRoleBinding "cluster-admin" of ClusterRole "cluster-admin" to Group "system:masters"' },
  { name: 'anybody may ask for health', user: 'system:anonymous', groups: ['system:unauthenticated'], what: { isResourceRequest: false, path: '/livez' }, expected: 'allow: RBAC: allowed by ClusterRoleBinding "system:public-info-viewer" of ClusterRole "system:public-info-viewer" to Group "system:unauthenticated"' },
  { name: 'nobody unknown may ask for the API', user: 'system:anonymous', groups: ['system:unauthenticated'], what: { isResourceRequest: false, path: '/api' }, expected: 'no opinion' },
]) test(name, () => assert.equal(ask(user, groups, what), expected));

test('what a user may do is listed', () => {
  assert.deepEqual(authorizer.rulesFor({ name: 'alice', groups: [] }, 'a').resourceRules, [{ verbs: ['get'], apiGroups: [''], resources: ['pods', 'pods/log'], resourceNames: ['web'] }]);
  assert.equal(authorizer.rulesFor({ name: 'carol', groups: [] }, 'a').evaluationError, 'role.rbac.authorization.k8s.io "none" not found');
});
