/** Who may write roles and bindings: nobody gives more than he has. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { RbacEscalation } from '../../src/apiserver/admission/plugins/rbac-escalation.ts';
import { cachedRbac } from '../../src/apiserver/authorization/cached-rbac.ts';
import { AuthorizerChain } from '../../src/apiserver/authorization/decide.ts';
import { NodeAuthorizer } from '../../src/apiserver/authorization/node/node-authorizer.ts';
import { RbacAuthorizer, superuserAuthorizer } from '../../src/apiserver/authorization/rbac.ts';
import { CachedObjects } from '../../src/apiserver/cacher/cached-objects.ts';
import { JsonClient, type Json } from '../support/json-client.ts';
import { admin, ADMIN_TOKEN, startTestServer, tokenUsers, type TestServer } from '../support/test-server.ts';

const GROUP = '/apis/rbac.authorization.k8s.io/v1';
const REF = 'rbac.authorization.k8s.io';
let running: TestServer;
let api: JsonClient;
let maker: JsonClient;

const clusterRole = (name: string, rules: readonly object[], more: object = {}): object => ({ metadata: { name }, rules, ...more });
const rule = (resource: string, ...verbs: string[]): object => ({ apiGroups: [''], resources: [resource], verbs });
const rolesRule = (resources: string[], verbs: string[], more: object = {}): object => ({ apiGroups: [REF], resources, verbs, ...more });
const bound = (name: string, role: string, user: string): object => ({ metadata: { name }, roleRef: { apiGroup: REF, kind: 'ClusterRole', name: role }, subjects: [{ kind: 'User', apiGroup: REF, name: user }] });

before(async () => {
  const objects = (): CachedObjects => new CachedObjects(running.server.cacher);
  const rbac = new RbacAuthorizer(cachedRbac(objects));
  const authorizers = [superuserAuthorizer, new NodeAuthorizer(objects), rbac];
  running = await startTestServer({
    authenticators: [tokenUsers({ [ADMIN_TOKEN]: admin, maker: { name: 'maker', groups: ['makers'] }, node: { name: 'system:node:n1', groups: ['system:nodes'] }, lost: { name: 'lost', groups: [] } })],
    authorizers, admission: [new RbacEscalation({ rbac, authorizer: new AuthorizerChain(authorizers) })],
  });
  api = new JsonClient(running.server.port);
  maker = new JsonClient(running.server.port, 'maker');
  await api.must('POST /api/v1/namespaces', { metadata: { name: 'ns' } });
  await api.must(`POST ${GROUP}/clusterroles`, clusterRole('writer', [rolesRule(['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'], ['get', 'create', 'update', 'patch']), rule('pods', 'get')]));
  await api.must(`POST ${GROUP}/clusterrolebindings`, bound('writer', 'writer', 'maker'));
});

after(async () => {
  api[Symbol.dispose]();
  maker[Symbol.dispose]();
  await running[Symbol.asyncDispose]();
});

async function refusalOf(ask: string, body: object): Promise<string> {
  const { status, body: answer } = await maker.ask(ask, body);
  return status < 300 ? 'allowed' : `${status} ${String((answer as Json).message)}`;
}

const HOLDS_NOT = 'user "maker" (groups=["makers" "system:authenticated"]) is attempting to grant RBAC permissions not currently held:';

test('a role gives what its maker has, and is not validated before that is known', async () => {
  const roles = 'POST /apis/rbac.authorization.k8s.io/v1/namespaces/ns/roles';
  assert.equal(await refusalOf(roles, clusterRole('reader', [rule('pods', 'get')])), 'allowed');
  const lacking = `${HOLDS_NOT}\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}`;
  assert.equal(await refusalOf(roles, clusterRole('a', [rule('secrets', 'get')])), `403 roles.${REF} "a" is forbidden: ${lacking}`);
  assert.equal(await refusalOf(roles, clusterRole('a', [rule('secrets', 'get'), { verbs: [], resources: ['x'] }])), `403 roles.${REF} "a" is forbidden: ${lacking}`);
  assert.match(await refusalOf(roles, clusterRole('a', [{ verbs: [], apiGroups: [''], resources: ['x'] }])), /^422 .*rules\[0\]\.verbs: Required value/);
});

test('a role that holds more than its writer has is his to clean up only', async () => {
  const path = `${GROUP}/clusterroles/secrets`;
  await api.must(`POST ${GROUP}/clusterroles`, clusterRole('secrets', [rule('secrets', 'get')]));
  assert.equal(await refusalOf(`PATCH ${path}`, { metadata: { labels: { a: 'b' } } }), `403 clusterroles.${REF} "secrets" is forbidden: ${HOLDS_NOT}\n{APIGroups:[""], Resources:["secrets"], Verbs:["get"]}`);
  assert.equal(await refusalOf(`PATCH ${path}`, { metadata: { finalizers: ['example.com/x'] } }), 'allowed');
  await api.must(`PATCH ${path}`, { metadata: { finalizers: null } });
});

test('only who may do everything lets roles gather rules', async () => {
  const gathering = { aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: 'b' } }] } };
  const refused = (name: string): string => `403 clusterroles.${REF} "${name}" is forbidden: must have cluster-admin privileges to use the aggregationRule`;
  assert.equal(await refusalOf(`POST ${GROUP}/clusterroles`, clusterRole('gathers', [], gathering)), refused('gathers'));
  await api.must(`POST ${GROUP}/clusterroles`, clusterRole('gathers', [], gathering));
  assert.equal(await refusalOf(`PATCH ${GROUP}/clusterroles/gathers`, { aggregationRule: null }), refused('gathers'));
});

test('the right to escalate a role by its name does not hold before it is there', async () => {
  await api.must(`POST ${GROUP}/clusterroles`, clusterRole('escalator', [rolesRule(['clusterroles'], ['escalate'], { resourceNames: ['mine'] })]));
  await api.must(`POST ${GROUP}/clusterrolebindings`, bound('escalator', 'escalator', 'maker'));
  const wide = clusterRole('mine', [rule('nodes', 'delete')]);
  assert.match(await refusalOf(`POST ${GROUP}/clusterroles`, wide), /^403 .*not currently held/);
  assert.equal(await refusalOf(`PUT ${GROUP}/clusterroles/mine`, wide), 'allowed');
});

test('a binding needs its role, and the rights of it or to bind it', async () => {
  const bindings = `POST ${GROUP}/namespaces/ns/rolebindings`;
  const to = (kind: string, name: string): object => ({ metadata: { name: 'b' }, roleRef: { apiGroup: REF, kind, name }, subjects: [{ kind: 'User', apiGroup: REF, name: 'x' }] });
  assert.equal(await refusalOf(bindings, to('Role', 'none')), `404 role.${REF} "none" not found`);
  assert.equal(await refusalOf(bindings, to('ClusterRole', 'none')), `404 clusterrole.${REF} "none" not found`);
  assert.equal(await refusalOf(bindings, to('Other', 'none')), '500 unsupported role reference kind: "Other"');
  assert.equal(await refusalOf(bindings, to('ClusterRole', 'writer')), 'allowed');
});

test('roles that are named but not there are told, each once', async () => {
  for (const [name, role] of [['l1', 'gone'], ['l2', 'gone'], ['l3', 'lost']] as const) await api.must(`POST ${GROUP}/clusterrolebindings`, bound(name, role, 'lost'));
  using lost = new JsonClient(running.server.port, 'lost');
  const problems = `[clusterrole.${REF} "gone" not found, clusterrole.${REF} "lost" not found]`;
  const { status } = await api.must('POST /apis/authorization.k8s.io/v1/subjectaccessreviews', { spec: { user: 'lost', resourceAttributes: { verb: 'get', resource: 'pods' } } });
  assert.deepEqual(status, { allowed: false, reason: `RBAC: ${problems}` });
  await api.must(`POST ${GROUP}/clusterroles`, clusterRole('asks', [{ apiGroups: ['authorization.k8s.io'], resources: ['selfsubjectrulesreviews'], verbs: ['create'] }]));
  await api.must(`POST ${GROUP}/clusterrolebindings`, bound('asks', 'asks', 'lost'));
  const rules = await lost.must('POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { spec: { namespace: 'ns' } });
  assert.deepEqual([rules.status.incomplete, rules.status.evaluationError], [false, problems]);
});

test('what nodes may do is no list', async () => {
  using node = new JsonClient(running.server.port, 'node');
  await api.must(`POST ${GROUP}/clusterrolebindings`, bound('asks-node', 'asks', 'system:node:n1'));
  const { status } = await node.must('POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews', { spec: { namespace: 'ns' } });
  assert.deepEqual([status.incomplete, status.evaluationError], [true, 'node authorizer does not support user rule resolution']);
});
