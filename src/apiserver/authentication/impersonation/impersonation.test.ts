import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '../../../apimachinery/status.ts';
import type { AuthorizationAttributes, Authorizer } from '../../authorization/authorizer.ts';
import type { UserInfo } from '../authenticator.ts';
import { Impersonation } from './impersonation.ts';

/** Rights as texts: `verb group/resource[/subresource] [namespace/]name`. */
function textOf({ verb, apiGroup, resource, subresource, namespace, name }: AuthorizationAttributes): string {
  return `${verb} ${apiGroup}/${resource}${subresource && `/${subresource}`} ${namespace && `${namespace}/`}${name}`;
}

const authorizerOf = (...rights: string[]): Authorizer => ({ authorize: (attributes) => ({ decision: rights.includes(textOf(attributes)) ? 'allow' : 'no opinion', reason: '' }) });
const jane: UserInfo = { name: 'jane', groups: ['dev'] };
const agent: UserInfo = { name: 'system:serviceaccount:a:agent', groups: [], extra: { 'authentication.kubernetes.io/node-name': ['n1'] } };

function listPods(user: UserInfo): AuthorizationAttributes {
  return { user, verb: 'list', isResourceRequest: true, namespace: '', apiGroup: '', apiVersion: 'v1', resource: 'pods', subresource: '', name: '', path: '' };
}

async function ask(rights: readonly string[], user: UserInfo, headers: Record<string, string | string[]>, constrained = true): Promise<unknown> {
  try {
    return await new Impersonation({ authorizer: authorizerOf(...rights), constrained }).impersonate(headers, user, () => listPods(user));
  } catch (error) {
    if (StatusError.is(error)) return error.message;
    throw error;
  }
}

const group = 'authentication.k8s.io';
for (const { name, rights, user = jane, headers, constrained = true, expected } of [
  { name: 'nobody without headers', rights: [], headers: {}, expected: undefined },
  { name: 'the old way, for whatever is done', rights: ['impersonate /users bob'], headers: { 'impersonate-user': 'bob' }, expected: { user: { name: 'bob', groups: ['system:authenticated'] }, constraint: '' } },
  {
    name: 'a user, for one verb', rights: ['impersonate-on:user-info:list /pods ', `impersonate:user-info ${group}/users bob`, `impersonate:user-info ${group}/groups ops`], headers: { 'impersonate-user': 'bob', 'impersonate-group': 'ops' },
    expected: { user: { name: 'bob', groups: ['ops', 'system:authenticated'] }, constraint: 'impersonate:user-info' },
  },
  { name: 'not for another verb', rights: ['impersonate-on:user-info:get /pods ', `impersonate:user-info ${group}/users bob`], headers: { 'impersonate-user': 'bob' }, expected: 'pods is forbidden: User "jane" cannot impersonate-on:user-info:list resource "pods" in API group "" at the cluster scope' },
  { name: 'not another user', rights: ['impersonate-on:user-info:list /pods '], headers: { 'impersonate-user': 'bob' }, expected: `users.${group} "bob" is forbidden: User "jane" cannot impersonate:user-info resource "users" in API group "${group}" at the cluster scope` },
  {
    name: 'many groups by one right', rights: ['impersonate-on:user-info:list /pods ', `impersonate:user-info ${group}/users bob`, `impersonate:user-info ${group}/groups *`], headers: { 'impersonate-user': 'bob', 'impersonate-group': ['1', '2', '3', '4'] },
    expected: { user: { name: 'bob', groups: ['1', '2', '3', '4', 'system:authenticated'] }, constraint: 'impersonate:user-info' },
  },
  {
    name: 'never system:masters by a constrained mode', rights: ['impersonate-on:user-info:list /pods ', `impersonate:user-info ${group}/users bob`, `impersonate:user-info ${group}/groups system:masters`],
    headers: { 'impersonate-user': 'bob', 'impersonate-group': 'system:masters' },
    expected: `groups.${group} "system:masters" is forbidden: User "jane" cannot impersonate:user-info resource "groups" in API group "${group}" at the cluster scope: impersonating the system:masters group is not allowed`,
  },
  {
    name: 'a service account', rights: ['impersonate-on:serviceaccount:list /pods ', `impersonate:serviceaccount ${group}/serviceaccounts ns/robot`], headers: { 'impersonate-user': 'system:serviceaccount:ns:robot' },
    expected: { user: { name: 'system:serviceaccount:ns:robot', groups: ['system:serviceaccounts', 'system:serviceaccounts:ns', 'system:authenticated'] }, constraint: 'impersonate:serviceaccount' },
  },
  {
    name: 'any node', rights: ['impersonate-on:arbitrary-node:list /pods ', `impersonate:arbitrary-node ${group}/nodes n2`], headers: { 'impersonate-user': 'system:node:n2' },
    expected: { user: { name: 'system:node:n2', groups: ['system:nodes', 'system:authenticated'] }, constraint: 'impersonate:arbitrary-node' },
  },
  {
    name: 'the node of one\'s pod', rights: ['impersonate-on:associated-node:list /pods ', `impersonate:associated-node ${group}/nodes *`], user: agent, headers: { 'impersonate-user': 'system:node:n1' },
    expected: { user: { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] }, constraint: 'impersonate:associated-node' },
  },
  { name: 'not the node of others\' pods', rights: ['impersonate-on:associated-node:list /pods ', `impersonate:associated-node ${group}/nodes *`], user: agent, headers: { 'impersonate-user': 'system:node:n2' }, expected: 'pods is forbidden: User "system:serviceaccount:a:agent" cannot impersonate-on:arbitrary-node:list resource "pods" in API group "" at the cluster scope' },
  {
    name: 'no service account whose namespace is none', rights: ['impersonate-on:user-info:list /pods ', `impersonate:user-info ${group}/users system:serviceaccount:NS:robot`], headers: { 'impersonate-user': 'system:serviceaccount:NS:robot' },
    expected: { user: { name: 'system:serviceaccount:NS:robot', groups: ['system:authenticated'] }, constraint: 'impersonate:user-info' },
  },
  {
    name: 'not with a key that has no domain', rights: ['impersonate-on:user-info:list /pods ', `impersonate:user-info ${group}/users bob`], headers: { 'impersonate-user': 'bob', 'impersonate-extra-a_b%2fc': 'd' },
    expected: `userextras.${group} is forbidden: User "jane" cannot impersonate:user-info resource "userextras" in API group "${group}" at the cluster scope: impersonating an invalid key in extra is not allowed: extra.key: Invalid value: "a_b": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')`,
  },
  { name: 'only the old way with the gate off', rights: [], headers: { 'impersonate-user': 'bob' }, constrained: false, expected: 'users "bob" is forbidden: User "jane" cannot impersonate resource "users" in API group "" at the cluster scope' },
] as { name: string; rights: string[]; user?: UserInfo; headers: Record<string, string | string[]>; constrained?: boolean; expected: unknown }[]) {
  test(`impersonates: ${name}`, async () => assert.deepEqual(await ask(rights, user, headers, constrained), expected));
}

test('the mode that was granted last tells of refusals', async () => {
  const impersonation = new Impersonation({ authorizer: authorizerOf('impersonate /users bob'), constrained: true });
  const as = (name: string): Promise<unknown> => impersonation.impersonate({ 'impersonate-user': name }, jane, () => listPods(jane));
  await as('bob');
  await assert.rejects(as('carol'), /User "jane" cannot impersonate resource "users" in API group ""/);
});
