/** Policies read for those who may read themselves what the policies take as parameters. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { ParamPermission } from '../../src/apiserver/admission/plugins/param-permission.ts';
import type { UserInfo } from '../../src/apiserver/authentication/authenticator.ts';
import type { Authorizer } from '../../src/apiserver/authorization/authorizer.ts';
import { CachedObjects } from '../../src/apiserver/cacher/cached-objects.ts';
import { JsonClient, type Json } from '../support/json-client.ts';
import { admin, ADMIN_TOKEN, startTestServer, tokenUsers, type TestServer } from '../support/test-server.ts';

const author: UserInfo = { name: 'author', groups: ['writers', 'system:authenticated'], extra: { b: ['2'], a: ['1', '1'] } };
const SHOWN = '&{author  [writers system:authenticated] map[a:[1 1] b:[2]]}';
/** `VERB GROUP/VERSION/RESOURCE NAMESPACE/NAME` of what the author may read. */
const granted = new Set<string>();
const roles: Authorizer = {
  authorize: ({ user, verb, apiGroup, apiVersion, resource, namespace, name }) => {
    const isAllowed = user.groups.includes('system:masters') || apiGroup === 'admissionregistration.k8s.io' || granted.has(`${verb} ${apiGroup}/${apiVersion}/${resource} ${namespace}/${name}`);
    return { decision: isAllowed ? 'allow' : 'no opinion', reason: '' };
  },
};
const PATH = '/apis/admissionregistration.k8s.io/v1';
const matchConstraints = { resourceRules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }] };
const MAPS = { apiVersion: 'v1', kind: 'ConfigMap' };
let running: TestServer;
let api: JsonClient;
let own: JsonClient;

before(async () => {
  const tools = { authorizer: roles, objects: () => new CachedObjects(running.server.cacher), resources: () => running.server.resources };
  running = await startTestServer({ authenticators: [tokenUsers({ [ADMIN_TOKEN]: admin, author })], authorizers: [roles], admission: [new ParamPermission(tools)] });
  api = new JsonClient(running.server.port);
  own = new JsonClient(running.server.port, 'author');
  await api.must(`POST ${PATH}/validatingadmissionpolicies`, policy('limits', MAPS));
  await api.must(`POST ${PATH}/validatingadmissionpolicies`, policy('odd', { apiVersion: 'a.example/v1', kind: 'None' }));
  await api.must(`POST ${PATH}/mutatingadmissionpolicies`, { metadata: { name: 'limits' }, spec: { paramKind: MAPS, matchConstraints, reinvocationPolicy: 'Never', mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "remove", path: "/metadata/labels"}]' } }] } });
});
after(async () => {
  api[Symbol.dispose]();
  own[Symbol.dispose]();
  await running[Symbol.asyncDispose]();
});
beforeEach(() => granted.clear());

function policy(name: string, paramKind: object): Json {
  return { metadata: { name }, spec: { paramKind, matchConstraints, validations: [{ expression: 'true' }] } };
}

const binding = (name: string, paramRef: object, policyName = 'limits'): Json => ({ metadata: { name }, spec: { policyName, validationActions: ['Deny'], paramRef: { parameterNotFoundAction: 'Deny', ...paramRef } } });

async function faults(ask: string, body: object): Promise<string[]> {
  const { body: answer } = await own.ask(ask, body);
  return ((answer as Json).details?.causes ?? []).map((cause: Json) => `${cause.field}: ${cause.message}`);
}

test('who writes a policy may read all parameters of the kind', async () => {
  const fault = (kind: string, version: string): string => `spec.paramKind: Forbidden: user ${SHOWN} must have "get" permission on all objects of the referenced paramKind (kind=${kind}, apiVersion=${version})`;
  assert.deepEqual(await faults(`POST ${PATH}/validatingadmissionpolicies`, policy('mine', MAPS)), [fault('ConfigMap', 'v1')]);
  assert.deepEqual(await faults(`POST ${PATH}/validatingadmissionpolicies`, policy('mine', { apiVersion: 'a.example/v1', kind: 'None' })), [fault('None', 'a.example/v1')]);
  granted.add('get /v1/configmaps */*');
  assert.deepEqual(await faults(`POST ${PATH}/validatingadmissionpolicies`, policy('mine', MAPS)), []);
});

test('a policy that keeps its kind of parameters can be changed by anybody who may write it', async () => {
  assert.deepEqual(await faults(`PATCH ${PATH}/validatingadmissionpolicies/limits`, { metadata: { labels: { a: 'b' } } }), []);
  assert.match((await faults(`PATCH ${PATH}/validatingadmissionpolicies/limits`, { spec: { paramKind: { kind: 'Secret' } } })).join('\n'), /kind=Secret, apiVersion=v1/);
});

test('who binds a policy may read the parameters that the binding names or selects', async () => {
  const path = `POST ${PATH}/validatingadmissionpolicybindings`;
  const fault = (verb: string): string => `spec.paramRef: Forbidden: user ${SHOWN} does not have "${verb}" permission on the object referenced by paramRef`;
  assert.deepEqual(await faults(path, binding('named', { name: 'm', namespace: 'n' })), [fault('get')]);
  assert.deepEqual(await faults(path, binding('selected', { selector: {} })), [fault('list')]);
  granted.add('get /v1/configmaps n/m').add('list /v1/configmaps /');
  assert.deepEqual(await faults(path, binding('named', { name: 'm', namespace: 'n' })), []);
  assert.deepEqual(await faults(path, binding('selected', { selector: {} })), []);
});

test('parameters of policies that are not known are all there are', async () => {
  const path = `POST ${PATH}/validatingadmissionpolicybindings`;
  const everywhere = `to determine minimum required permissions and user ${SHOWN} does not have "get" permission for all groups, versions and resources`;
  assert.deepEqual(await faults(path, binding('a', { name: 'm' }, 'gone')), [`spec.paramRef: Forbidden: unable to get policy gone ${everywhere}`]);
  assert.deepEqual(await faults(path, binding('a', { name: 'm' }, 'odd')), [`spec.paramRef: Forbidden: unable to resolve paramKind &{a.example/v1 None} ${everywhere}`]);
  granted.add('get */*/* /m');
  assert.deepEqual(await faults(path, binding('a', { name: 'm' }, 'gone')), []);
});

test('bindings of policies that change objects are asked for the same', async () => {
  const { validationActions: _actions, ...spec } = binding('m', { name: 'm', namespace: 'n' }).spec;
  const body = { metadata: { name: 'm' }, spec };
  assert.deepEqual(await faults(`POST ${PATH}/mutatingadmissionpolicybindings`, body), [`spec.paramRef: Forbidden: user get does not have "${SHOWN}" permission on the object referenced by paramRef`]);
  granted.add('get /v1/configmaps n/m');
  assert.deepEqual(await faults(`POST ${PATH}/mutatingadmissionpolicybindings`, body), []);
});
