/** Who may write what of the status of a claim of devices: bind it, and tell of the devices of a driver. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ClaimStatusPermission } from '../../src/apiserver/admission/plugins/claim-status-permission.ts';
import type { UserInfo } from '../../src/apiserver/authentication/authenticator.ts';
import type { Authorizer } from '../../src/apiserver/authorization/authorizer.ts';
import { JsonClient, type Json } from '../support/json-client.ts';
import { admin, ADMIN_TOKEN, startTestServer, tokenUsers, type TestServer } from '../support/test-server.ts';

const agent: UserInfo = { name: 'system:serviceaccount:ns:agent', groups: ['system:authenticated'], extra: { 'authentication.kubernetes.io/node-name': ['n1'] } };
/** `VERB SUBRESOURCE NAME` of what the agent may do besides writing statuses, everywhere or (driver) in the claim's namespace. */
const granted = new Set<string>();
const roles: Authorizer = {
  authorize: ({ user, verb, subresource, name, namespace }) => {
    const isAllowed = user.groups.includes('system:masters') || subresource === 'status' || subresource === '' || (granted.has(`${verb} ${subresource} ${name}`) && namespace === (subresource === 'driver' ? 'ns' : ''));
    return { decision: isAllowed ? 'allow' : 'no opinion', reason: '' };
  },
};
const CLAIMS = '/apis/resource.k8s.io/v1/namespaces/ns/resourceclaims';
const WHO = 'User "system:serviceaccount:ns:agent" cannot';
const place = (node: string): Json => ({ nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: [node] }] }] });
const allocation = (node = 'n1'): Json => ({ nodeSelector: place(node), devices: { results: ['a.example', 'b.example'].map((driver) => ({ request: 'r', driver, pool: 'p', device: 'd' })) } });
const told = (driver: string, data: object = {}): Json => ({ driver, pool: 'p', device: 'd', data });
let running: TestServer;
let api: JsonClient;
let own: JsonClient;

before(async () => {
  running = await startTestServer({ authenticators: [tokenUsers({ [ADMIN_TOKEN]: admin, agent })], authorizers: [roles], admission: [new ClaimStatusPermission(roles)] });
  api = new JsonClient(running.server.port);
  own = new JsonClient(running.server.port, 'agent');
  await api.must('POST /api/v1/namespaces', { metadata: { name: 'ns' } });
});
after(async () => {
  api[Symbol.dispose]();
  own[Symbol.dispose]();
  await running[Symbol.asyncDispose]();
});

/** A claim with this status, and what the agent is told of a change of it. */
async function claim(name: string, status: Json = {}): Promise<(change: Json, verb?: 'PATCH' | 'PUT') => Promise<{ faults: string[]; object: Json }>> {
  granted.clear();
  const made = await api.must(`POST ${CLAIMS}`, { metadata: { name }, spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'c' } }] } } });
  const held = await api.must(`PUT ${CLAIMS}/${name}/status`, { ...made, status });
  return async (change, verb = 'PATCH') => {
    const { body } = await own.ask(`${verb} ${CLAIMS}/${name}/status`, verb === 'PATCH' ? { status: change } : { ...held, status: change });
    const object = body as Json;
    return { faults: (object.details?.causes ?? []).map((cause: Json) => `${cause.field}: ${cause.message}`), object };
  };
}

test('who binds claims needs to be told so, for all of them', async () => {
  const change = await claim('bound');
  const fault = (verb: string): string => `status: Forbidden: changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="${verb}" permission: resourceclaims.resource.k8s.io is forbidden: ${WHO} ${verb} resource "resourceclaims/binding" in API group "resource.k8s.io" at the cluster scope`;
  assert.deepEqual((await change({ allocation: allocation() })).faults, [fault('patch')]);
  assert.deepEqual((await change({ allocation: allocation() }, 'PUT')).faults, [fault('update')]);
  granted.add('patch binding ');
  assert.deepEqual((await change({ allocation: allocation(), reservedFor: [{ resource: 'pods', name: 'p', uid: 'u' }] })).faults, []);
});

test('a driver tells of its own devices, from the node of the claim or from anywhere', async () => {
  const change = await claim('told', { allocation: allocation() });
  const both = { devices: [told('b.example'), told('a.example')] };
  const fault = (driver: string): string => `status.devices: Forbidden: changing status.devices requires resource="resourceclaims/driver", verb="[associated-node:patch arbitrary-node:patch]" permission: resourceclaims.resource.k8s.io "${driver}" is forbidden: ${WHO} associated-node:patch resource "resourceclaims/driver" in API group "resource.k8s.io" in the namespace "ns"`;
  assert.deepEqual((await change(both)).faults, [fault('a.example'), fault('b.example')]);
  granted.add('associated-node:patch driver a.example').add('arbitrary-node:patch driver b.example');
  assert.deepEqual((await change(both)).faults, []);
  granted.delete('arbitrary-node:patch driver b.example');
  assert.deepEqual((await change({ devices: [told('b.example'), told('a.example', { more: 1 })] })).faults, []);
  assert.deepEqual((await change({ devices: [told('b.example', { more: 1 })] })).faults, [fault('b.example')]);
});

test('on the node of another claim, only a right that holds anywhere counts', async () => {
  const change = await claim('elsewhere', { allocation: allocation('n2') });
  granted.add('associated-node:patch driver a.example');
  const { faults: [fault = ''] } = await change({ devices: [told('a.example')] });
  assert.match(fault, /verb="\[arbitrary-node:patch\]" permission: .* cannot arbitrary-node:patch resource/);
});

test('what was said of devices goes with their allocation', async () => {
  const change = await claim('freed', { allocation: allocation(), devices: [told('a.example'), told('b.example')] });
  granted.add('patch binding ');
  const { faults, object } = await change({ allocation: null });
  assert.deepEqual(faults, []);
  assert.equal(object.status.devices, undefined);
});

test('a write of the status leaves labels, annotations and finalizers alone', async () => {
  await claim('labelled');
  const patch = { metadata: { labels: { a: 'b' }, annotations: { a: 'b' }, finalizers: ['a.example/b'] }, status: { allocation: allocation() } };
  const { metadata, status } = await api.must(`PATCH ${CLAIMS}/labelled/status`, patch);
  assert.deepEqual([metadata.labels, metadata.annotations, metadata.finalizers], [undefined, undefined, undefined]);
  assert.equal(status.allocation.devices.results.length, 2);
});
