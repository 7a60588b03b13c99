import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Pod } from '../../src/api/generated/core-v1.ts';
import * as refs from '../../src/api/refs.ts';
import type { Draft } from '../../src/apimachinery/meta.ts';
import { StatusError } from '../../src/apimachinery/status.ts';
import { admissionPlugins } from '../../src/apiserver/admission/default-plugins.ts';
import type { UserInfo } from '../../src/apiserver/authentication/authenticator.ts';
import type { Authorizer } from '../../src/apiserver/authorization/authorizer.ts';
import { AuthorizerChain } from '../../src/apiserver/authorization/decide.ts';
import { NodeAuthorizer } from '../../src/apiserver/authorization/node/node-authorizer.ts';
import { CachedObjects } from '../../src/apiserver/cacher/cached-objects.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { SystemRandom } from '../../src/base/random.ts';
import { Client } from '../../src/client/client.ts';
import { JsonClient } from '../support/json-client.ts';
import { webhookTools } from '../support/webhook-server.ts';
import { admin, startTestServer, type TestServer } from '../support/test-server.ts';

const clock = new SystemClock();
const { signal } = new AbortController();
const superusers: Authorizer = { authorize: ({ user }) => (user.groups.includes('system:masters') ? { decision: 'allow', reason: '' } : { decision: 'no opinion', reason: '' }) };
const node: UserInfo = { name: 'system:node:n1', groups: ['system:nodes', 'system:authenticated'] };
let server: TestServer;
let client: Client;

before(async () => {
  const objects = (): CachedObjects => new CachedObjects(server.server.cacher);
  const writeQuotaStatus = (quota: Parameters<Parameters<typeof admissionPlugins>[0]['writeQuotaStatus']>[0]): Promise<unknown> =>
    client.resource(refs.resourceQuotas, quota.metadata.namespace).updateStatus(quota, { signal });
  const authorizers = [superusers, new NodeAuthorizer(objects)];
  server = await startTestServer({ admission: admissionPlugins({ objects, clock, random: new SystemRandom(), writeQuotaStatus, webhooks: webhookTools(() => server.server), authorizer: new AuthorizerChain(authorizers) }), authorizers });
  client = clientOf(admin);
  await client.resource(refs.namespaces).create({ metadata: { name: 'ns' } } as never, { signal });
  await client.resource(refs.serviceAccounts, 'ns').create({ metadata: { name: 'default' } } as never, { signal });
});
after(() => server[Symbol.asyncDispose]());

function clientOf(user: UserInfo): Client {
  return new Client({ transport: server.server.transportFor(user), clock, userAgent: 'test' });
}

function pod(name: string, spec: object = {}): Draft<Pod> {
  return { metadata: { name, namespace: 'ns' }, spec: { containers: [{ name: 'main', image: 'i' }], ...spec } } as unknown as Draft<Pod>;
}

const refused = (message: string) => (error: unknown) => StatusError.is(error) && error.code === 403 && error.message === message;

test('a pod gets an account, its token, a priority and tolerations', async () => {
  const { spec } = await client.resource(refs.pods, 'ns').create(pod('plain'), { signal });
  assert.equal(spec.serviceAccountName, 'default');
  assert.equal(spec.containers[0]?.volumeMounts?.[0]?.mountPath, '/var/run/secrets/kubernetes.io/serviceaccount');
  assert.equal(spec.volumes?.[0]?.name, spec.containers[0]?.volumeMounts?.[0]?.name);
  assert.equal(spec.priority, 0);
  assert.deepEqual(spec.tolerations?.map(({ key }) => key), ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable']);
});

test('a pod of a missing account or priority class is refused', async () => {
  await assert.rejects(client.resource(refs.pods, 'ns').create(pod('a', { serviceAccountName: 'none' }), { signal }), refused('pods "a" is forbidden: error looking up service account ns/none: serviceaccount "none" not found'));
  await assert.rejects(client.resource(refs.pods, 'ns').create(pod('a', { priorityClassName: 'none' }), { signal }), refused('pods "a" is forbidden: no PriorityClass with name none was found'));
});

test('of many requests at once only as many pass as the quota has room for', async () => {
  const quotas = client.resource(refs.resourceQuotas, 'ns');
  const quota = await quotas.create({ metadata: { name: 'q', namespace: 'ns' }, spec: { hard: { 'count/configmaps': '3' } } } as never, { signal });
  await quotas.updateStatus({ ...quota, status: { hard: { 'count/configmaps': '3' }, used: { 'count/configmaps': '1' } } } as never, { signal });
  const results = await Promise.allSettled([1, 2, 3, 4, 5].map((i) => client.resource(refs.configMaps, 'ns').create({ metadata: { name: `c${i}` } } as never, { signal })));
  assert.equal(results.filter((one) => one.status === 'fulfilled').length, 2);
  assert.equal((await quotas.get('q', { signal })).status?.used?.['count/configmaps'], '3');
});

test('a quota asks for amounts and for a known use before it counts', async () => {
  await client.resource(refs.namespaces).create({ metadata: { name: 'asks' } } as never, { signal });
  await client.resource(refs.serviceAccounts, 'asks').create({ metadata: { name: 'default' } } as never, { signal });
  const quotas = client.resource(refs.resourceQuotas, 'asks');
  const write = async (name: string, hard: object, used: object): Promise<void> => {
    const quota = await quotas.create({ metadata: { name, namespace: 'asks' }, spec: { hard } } as never, { signal });
    await quotas.updateStatus({ ...quota, status: { hard, used } } as never, { signal });
  };
  await write('full', { pods: '1' }, { pods: '1' });
  await write('known', { 'requests.cpu': '2', 'limits.memory': '1Gi' }, { 'requests.cpu': '0', 'limits.memory': '0' });
  const create = (resources: object, ofPod?: object): Promise<unknown> => {
    const containers = ['b', 'a'].map((name) => ({ name, image: 'i', resources }));
    return client.resource(refs.pods, 'asks').create({ ...pod('p', { containers, ...(ofPod && { resources: ofPod }) }), metadata: { name: 'p', namespace: 'asks' } } as never, { signal });
  };
  await assert.rejects(create({}), refused('pods "p" is forbidden: failed quota: known: must specify limits.memory for: a,b; requests.cpu for: a,b'));
  const enough = { requests: { cpu: '1m' }, limits: { memory: '1Mi' } };
  await assert.rejects(create(enough), refused('pods "p" is forbidden: exceeded quota: full, requested: pods=1, used: pods=1, limited: pods=1'));
  await assert.rejects(create({}, { requests: { cpu: '1m' } }), refused('pods "p" is forbidden: exceeded quota: full, requested: pods=1, used: pods=1, limited: pods=1'));
  await write('unknown', { 'count/pods': '2', 'requests.memory': '1Gi', 'count/secrets': '1' }, { 'requests.memory': '0' });
  await assert.rejects(create({ ...enough, requests: { cpu: '1m', memory: '1Mi' } }), refused('pods "p" is forbidden: status unknown for quota: unknown, resources: count/pods,requests.memory'));
});

test('a pod is put on a node by a name, and its mistakes are plain errors', async () => {
  const made = await client.resource(refs.pods, 'ns').create(pod('free'), { signal });
  using api = new JsonClient(server.server.port);
  const bind = (metadata: object, target: object): Promise<unknown[]> => api.ask('POST /api/v1/namespaces/ns/pods/free/binding', { metadata: { name: 'free', ...metadata }, target }).then(({ status, body }) => [status, body.reason, body.message]);
  assert.deepEqual(await bind({}, { kind: 'Node' }), [500, undefined, 'target.name: Required value']);
  const stale = (what: string): string => `Operation cannot be fulfilled on pods "free": StorageError: invalid object, Code: 4, Key: /registry/pods/ns/free, ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: ${what}`;
  assert.deepEqual(await bind({ uid: 'x' }, { name: 'n' }), [409, 'Conflict', stale(`UID in precondition: x, UID in object meta: ${made.metadata.uid}`)]);
  assert.deepEqual(await bind({ resourceVersion: '1' }, { name: 'n' }), [409, 'Conflict', stale(`ResourceVersion in precondition: 1, ResourceVersion in object meta: ${made.metadata.resourceVersion}`)]);
  assert.deepEqual(await bind({ uid: made.metadata.uid, resourceVersion: made.metadata.resourceVersion }, { name: 'n' }), [201, undefined, undefined]);
});

test('what was made of a pod\'s priority stays when a client writes it without', async () => {
  const made = await client.resource(refs.pods, 'ns').create(pod('old-client'), { signal });
  const { priority: _priority, preemptionPolicy: _policy, ...spec } = made.spec;
  const { spec: kept } = await client.resource(refs.pods, 'ns').update({ ...made, metadata: { ...made.metadata, labels: { a: 'b' } }, spec } as never, { signal });
  assert.deepEqual([kept.priority, kept.preemptionPolicy], [0, 'PreemptLowerPriority']);
});

test('what breaks a bound in several containers is told once, and nothing of what is going', async () => {
  await client.resource(refs.namespaces).create({ metadata: { name: 'bounds' } } as never, { signal });
  await client.resource(refs.serviceAccounts, 'bounds').create({ metadata: { name: 'default' } } as never, { signal });
  const claims = client.resource(refs.persistentVolumeClaims, 'bounds');
  const claim = { metadata: { name: 'going', namespace: 'bounds', finalizers: ['example.com/x'] }, spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } };
  await claims.create(claim as never, { signal });
  const limits = [{ type: 'Container', min: { cpu: '100m' } }, { type: 'PersistentVolumeClaim', max: { storage: '1Mi' } }];
  await client.resource(refs.limitRanges, 'bounds').create({ metadata: { name: 'l', namespace: 'bounds' }, spec: { limits } } as never, { signal });
  const containers = ['a', 'b'].map((name) => ({ name, image: 'i', resources: { requests: { cpu: '1m' }, limits: { cpu: '1' } } }));
  await assert.rejects(client.resource(refs.pods, 'bounds').create({ metadata: { name: 'p', namespace: 'bounds' }, spec: { containers } } as never, { signal }), refused('pods "p" is forbidden: minimum cpu usage per Container is 100m, but request is 1m'));
  await claims.delete('going', { signal });
  const going = await claims.get('going', { signal });
  const { metadata } = await claims.update({ ...going, metadata: { ...going.metadata, labels: { a: 'b' } } } as never, { signal });
  assert.deepEqual(metadata.labels, { a: 'b' });
});

test('mirror pods name neither accounts nor secrets', async () => {
  const mirror = (spec: object): object => ({ ...pod('m', spec), metadata: { name: 'm', namespace: 'ns', annotations: { 'kubernetes.io/config.mirror': 'x' } } });
  const create = (spec: object): Promise<unknown> => client.resource(refs.pods, 'ns').create(mirror(spec) as never, { signal });
  await assert.rejects(create({ serviceAccountName: 'default' }), refused('pods "m" is forbidden: a mirror pod may not reference service accounts'));
  await assert.rejects(create({ imagePullSecrets: [{ name: 's' }] }), refused('pods "m" is forbidden: a mirror pod may not reference secrets'));
});

test('a node reads the secrets of its own pods, and changes nothing of others', async () => {
  const own = clientOf(node);
  await client.resource(refs.secrets, 'ns').create({ metadata: { name: 's' } } as never, { signal });
  const message = `secrets "s" is forbidden: User "system:node:n1" cannot get resource "secrets" in API group "" in the namespace "ns": no relationship found between node 'n1' and this object`;
  await assert.rejects(own.resource(refs.secrets, 'ns').get('s', { signal }), refused(message));
  await client.resource(refs.pods, 'ns').create(pod('mine', { nodeName: 'n1', volumes: [{ name: 'v', secret: { secretName: 's' } }] }), { signal });
  assert.equal((await own.resource(refs.secrets, 'ns').get('s', { signal })).metadata.name, 's');
  await client.resource(refs.pods, 'ns').create(pod('theirs', { nodeName: 'n2' }), { signal });
  await assert.rejects(own.resource(refs.pods, 'ns').delete('theirs', { signal }), refused('pods "theirs" is forbidden: node "n1" can only delete pods with spec.nodeName set to itself'));
  await assert.rejects(own.resource(refs.nodes).create({ metadata: { name: 'n2' } } as never, { signal }), refused('nodes "n2" is forbidden: node "n1" is not allowed to modify node "n2"'));
});
