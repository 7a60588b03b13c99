/** The suite's sig-api-machinery ResourceQuota tests, and sig-scheduling's LimitRange tests. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { type ConformanceApi, type Json, type Thing } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 2 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

const HARD = {
  pods: '5', services: '10', 'services.nodeports': '1', 'services.loadbalancers': '1', replicationcontrollers: '10', resourcequotas: '1', cpu: '1', memory: '500Mi', configmaps: '10', secrets: '10',
  persistentvolumeclaims: '10', 'requests.storage': '10Gi', 'requests.ephemeral-storage': '50Gi', 'requests.example.com/dongle': '3', 'gold.storageclass.storage.k8s.io/persistentvolumeclaims': '10', 'gold.storageclass.storage.k8s.io/requests.storage': '10Gi',
  'count/replicasets.apps': '5',
};

interface Place {
  readonly url: string;
  readonly quota: string;
  used(expected: Record<string, string>, name?: string): Promise<Thing>;
}

async function place(prefix: string): Promise<Place> {
  const ns = await api.namespace(prefix);
  const url = `/api/v1/namespaces/${ns}`;
  const quota = `${url}/resourcequotas`;
  return {
    url, quota,
    used: (expected, name = 'test-quota') => api.untilIs(`${quota}/${name}`, JSON.stringify(expected), ({ status }) => Object.entries(expected).every(([resource, amount]) => status.used?.[resource] === amount)),
  };
}

const create = ({ quota }: Place, hard: object = HARD, spec: object = {}, name = 'test-quota'): Promise<Thing> => api.create(quota, { metadata: { name }, spec: { hard, ...spec } });
const pod = (name: string, requests: object = {}, limits: object = {}): object => ({ metadata: { name }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'pause', image: 'pause', resources: { requests, limits } }] } });

test('should create a ResourceQuota and ensure its status is promptly calculated', async () => {
  const there = await place('promptly');
  await create(there);
  const { status } = await there.used({ resourcequotas: '1', pods: '0' });
  assert.deepEqual(status.hard, HARD);
});

for (const { name, resource, object, used, gone } of [
  { name: 'service', resource: 'services', object: { metadata: { name: 'it' }, spec: { type: 'ClusterIP', ports: [{ port: 80 }] } }, used: { services: '1', 'services.nodeports': '0' }, gone: { services: '0' } },
  { name: 'secret', resource: 'secrets', object: { metadata: { name: 'it' }, data: { 'data-1': 'dmFsdWU=' } }, used: { secrets: '1' }, gone: { secrets: '0' } },
  { name: 'configMap', resource: 'configmaps', object: { metadata: { name: 'it' }, data: { a: 'b' } }, used: { configmaps: '2' }, gone: { configmaps: '1' } },
  { name: 'replication controller', resource: 'replicationcontrollers', object: { metadata: { name: 'it' }, spec: { replicas: 0, selector: { name: 'it' }, template: { metadata: { labels: { name: 'it' } }, spec: { containers: [{ name: 'a', image: 'b' }] } } } }, used: { replicationcontrollers: '1' }, gone: { replicationcontrollers: '0' } },
]) {
  test(`should create a ResourceQuota and capture the life of a ${name}`, async () => {
    const there = await place('life');
    await create(there);
    await there.used(gone);
    await api.create(`${there.url}/${resource}`, object);
    await there.used(used);
    await api.delete(`${there.url}/${resource}/it`);
    await there.used(gone);
  });
}

test('should create a ResourceQuota and capture the life of a service: node ports and load balancers', async () => {
  const there = await place('service');
  await create(there);
  const service = (name: string, type: string): object => ({ metadata: { name }, spec: { type, ports: [{ port: 80, targetPort: 80 }] } });
  await there.used({ services: '0' });
  await api.create(`${there.url}/services`, service('a', 'ClusterIP'));
  await api.create(`${there.url}/services`, service('b', 'NodePort'));
  assert.match(await api.refused(403, 'POST', `${there.url}/services`, service('c', 'LoadBalancer')), /exceeded quota: test-quota, requested: services.nodeports=1, used: services.nodeports=1, limited: services.nodeports=1/);
  await there.used({ services: '2', 'services.nodeports': '1', 'services.loadbalancers': '0' });
  await api.delete(`${there.url}/services/a`);
  await api.delete(`${there.url}/services/b`);
  await there.used({ services: '0', 'services.nodeports': '0' });
});

test('should create a ResourceQuota and capture the life of a pod', async () => {
  const there = await place('pod');
  await create(there);
  await there.used({ pods: '0' });
  const requests = { cpu: '500m', memory: '252Mi', 'ephemeral-storage': '30Gi', 'example.com/dongle': '2' };
  await api.create(`${there.url}/pods`, pod('test-pod', requests, { 'example.com/dongle': '2' }));
  const used = { pods: '1', cpu: '500m', memory: '252Mi', 'requests.ephemeral-storage': '30Gi', 'requests.example.com/dongle': '2' };
  await there.used(used);
  assert.match(await api.refused(403, 'POST', `${there.url}/pods`, pod('fail-pod', { cpu: '600m', memory: '100Mi' })), /exceeded quota: test-quota, requested: cpu=600m, used: cpu=500m, limited: cpu=1/);
  assert.match(await api.refused(403, 'POST', `${there.url}/pods`, pod('fail-pod-for-extended-resource', { cpu: '500m', memory: '100Mi', 'ephemeral-storage': '10Gi', 'example.com/dongle': '2' }, { 'example.com/dongle': '2' })), /exceeded quota/);
  await api.refused(422, 'PATCH', `${there.url}/pods/test-pod`, JSON.stringify({ spec: { containers: [{ name: 'pause', resources: { requests: { cpu: '100m' } } }] } }), { 'content-type': 'application/strategic-merge-patch+json' });
  await there.used(used);
  await api.delete(`${there.url}/pods/test-pod`, { gracePeriodSeconds: 0 });
  await there.used({ pods: '0', cpu: '0', memory: '0', 'requests.ephemeral-storage': '0', 'requests.example.com/dongle': '0' });
});

test('should create a ResourceQuota and capture the life of a replica set', async () => {
  const there = await place('replicaset');
  await create(there);
  await there.used({ 'count/replicasets.apps': '0' });
  const sets = there.url.replace('/api/v1', '/apis/apps/v1').concat('/replicasets');
  await api.create(sets, { metadata: { name: 'it' }, spec: { replicas: 0, selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'b' }] } } } });
  await there.used({ 'count/replicasets.apps': '1' });
  await api.delete(`${sets}/it`);
  await there.used({ 'count/replicasets.apps': '0' });
});

const COMPUTE = { pods: '5', 'requests.cpu': '1', 'requests.memory': '500Mi', 'limits.cpu': '2', 'limits.memory': '1Gi' };
const ZERO = { pods: '0', 'requests.cpu': '0', 'requests.memory': '0', 'limits.cpu': '0', 'limits.memory': '0' };
const USED = { pods: '1', 'requests.cpu': '500m', 'requests.memory': '200Mi', 'limits.cpu': '1', 'limits.memory': '400Mi' };
const sized = (name: string): Json => pod(name, { cpu: '500m', memory: '200Mi' }, { cpu: '1', memory: '400Mi' });

test('should verify ResourceQuota with terminating scopes', async () => {
  const there = await place('terminating');
  await create(there, COMPUTE, { scopes: ['Terminating'] }, 'terminating');
  await create(there, COMPUTE, { scopes: ['NotTerminating'] }, 'not-terminating');
  for (const { object, counted, ignored } of [
    { object: sized('test-pod'), counted: 'not-terminating', ignored: 'terminating' },
    { object: { ...sized('ending'), spec: { ...sized('ending').spec, activeDeadlineSeconds: 3600 } }, counted: 'terminating', ignored: 'not-terminating' },
  ]) {
    await there.used(ZERO, counted);
    await api.create(`${there.url}/pods`, object);
    await there.used(USED, counted);
    await there.used(ZERO, ignored);
    await api.delete(`${there.url}/pods/${object.metadata.name}`, { gracePeriodSeconds: 0 });
    await there.used(ZERO, counted);
  }
});

test('should verify ResourceQuota with best effort scope', async () => {
  const there = await place('best-effort');
  await create(there, { pods: '5' }, { scopes: ['BestEffort'] }, 'best');
  await create(there, { pods: '5' }, { scopes: ['NotBestEffort'] }, 'not-best');
  for (const { object, counted, ignored } of [{ object: pod('a') as Json, counted: 'best', ignored: 'not-best' }, { object: sized('b'), counted: 'not-best', ignored: 'best' }]) {
    await there.used({ pods: '0' }, counted);
    await api.create(`${there.url}/pods`, object);
    await there.used({ pods: '1' }, counted);
    await there.used({ pods: '0' }, ignored);
    await api.delete(`${there.url}/pods/${object.metadata.name}`, { gracePeriodSeconds: 0 });
    await there.used({ pods: '0' }, counted);
  }
});

test('should verify ResourceQuota with cross namespace pod affinity and priority class scopes', async () => {
  const there = await place('scopes');
  await api.create('/apis/scheduling.k8s.io/v1/priorityclasses', { metadata: { name: 'pclass1' }, value: 1000 });
  await create(there, { pods: '1' }, { scopeSelector: { matchExpressions: [{ scopeName: 'PriorityClass', operator: 'In', values: ['pclass1'] }] } }, 'quota-priorityclass');
  await create(there, { pods: '1' }, { scopeSelector: { matchExpressions: [{ scopeName: 'CrossNamespacePodAffinity', operator: 'Exists' }] } }, 'quota-cross');
  await there.used({ pods: '0' }, 'quota-priorityclass');
  const first = pod('first') as Json;
  await api.create(`${there.url}/pods`, { ...first, spec: { ...first.spec, priorityClassName: 'pclass1' } });
  await there.used({ pods: '1' }, 'quota-priorityclass');
  await api.refused(403, 'POST', `${there.url}/pods`, { ...(pod('second') as Json), spec: { ...first.spec, priorityClassName: 'pclass1' } });
  const affinity = { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: 'region', namespaces: ['ns1'] }] } };
  await api.create(`${there.url}/pods`, { ...(pod('cross') as Json), spec: { ...first.spec, affinity } });
  await there.used({ pods: '1' }, 'quota-cross');
});

test('should be able to update and delete ResourceQuota', async () => {
  const there = await place('update');
  const url = `${there.quota}/test-quota`;
  await create(there, { cpu: '1', memory: '500Mi' });
  assert.deepEqual((await api.get(url)).spec.hard, { cpu: '1', memory: '500Mi' });
  const updated = await api.put(url, { metadata: { name: 'test-quota' }, spec: { hard: { cpu: '2', memory: '1Gi' } } });
  assert.deepEqual(updated.spec.hard, { cpu: '2', memory: '1Gi' });
  assert.deepEqual((await api.get(url)).spec.hard, { cpu: '2', memory: '1Gi' });
  await api.delete(url);
  await api.refused(404, 'GET', url);
});

test('should manage the lifecycle of a ResourceQuota', async () => {
  const there = await place('lifecycle');
  const url = `${there.quota}/e2e-quota`;
  const selector = '?labelSelector=e2e-rq-label%3De2e-quota';
  await api.create(there.quota, { metadata: { name: 'e2e-quota', labels: { 'e2e-rq-label': 'e2e-quota' } }, spec: { hard: { cpu: '1', memory: '500Mi' } } });
  assert.deepEqual((await api.get(url)).spec.hard, { cpu: '1', memory: '500Mi' });
  const { items } = await api.get(`/api/v1/resourcequotas${selector}`);
  assert.equal(items.length, 1);
  const patched = await api.patch(url, { metadata: { labels: { 'e2e-quota': 'patched' } }, spec: { hard: { memory: '750Mi' } } });
  assert.deepEqual([patched.metadata.labels?.['e2e-quota'], patched.spec.hard.memory], ['patched', '750Mi']);
  assert.ok(BigInt(items[0]?.metadata.resourceVersion ?? '') < BigInt(patched.metadata.resourceVersion));
  await api.delete(there.quota + selector, {});
  await api.refused(404, 'GET', url);
});

test('should apply changes to a resourcequota status', async () => {
  const there = await place('status');
  const url = `${there.quota}/test-quota`;
  const selector = '?labelSelector=e2e-rq-label%3Dstatus';
  const list = async (): Promise<string> => (await api.get(`/api/v1/resourcequotas${selector}`)).metadata.resourceVersion;
  const seen = async (from: string, hard: object): Promise<void> => {
    await using watch = api.watch(`${there.quota}${selector}&resourceVersion=${from}`);
    await watch.until('the status', ({ object }) => isDeepStrictEqual(object.status?.hard, hard));
  };
  let from = await list();
  await api.create(there.quota, { metadata: { name: 'test-quota', labels: { 'e2e-rq-label': 'status' } }, spec: { hard: { cpu: '500m', memory: '500Mi' } } });
  const { spec } = await api.get(url);
  assert.deepEqual(spec.hard, { cpu: '500m', memory: '500Mi' });
  const updated = await api.update(url, (one) => (one.status = { hard: spec.hard }), `${url}/status`);
  await seen(from, updated.spec.hard);
  from = await list();
  const { spec: { hard } } = await api.patch(url, { spec: { hard: { cpu: '1', memory: '1Gi' } } });
  assert.deepEqual(hard, { cpu: '1', memory: '1Gi' });
  await api.patch(`${url}/status`, { status: { hard } });
  await seen(from, hard);
  assert.deepEqual((await api.get(`${url}/status`)).status.hard, hard);
  from = await list();
  const repatched = await api.patch(`${url}/status`, { status: { hard: { cpu: '2', memory: '2Gi' } } });
  assert.deepEqual([repatched.status.hard, repatched.spec.hard], [{ cpu: '2', memory: '2Gi' }, hard]);
  await seen(from, { cpu: '2', memory: '2Gi' });
  const last = await api.untilIs(url, 'the spec rules again', ({ status }) => isDeepStrictEqual(status.hard, hard));
  assert.deepEqual([last.spec.hard, last.status.used], [hard, { cpu: '0', memory: '0' }]);
});

test('LimitRange should create a LimitRange with defaults and ensure pod has those defaults applied', async () => {
  const url = `/api/v1/namespaces/${await api.namespace('limits')}`;
  const values = (cpu: string, memory: string, storage: string): object => ({ cpu, memory, 'ephemeral-storage': storage });
  const ranges = `${url}/limitranges`;
  await using watch = api.watch(ranges);
  const limits = [{ type: 'Container', min: values('50m', '100Mi', '100Gi'), max: values('500m', '500Mi', '500Gi'), default: values('500m', '500Mi', '500Gi'), defaultRequest: values('100m', '200Mi', '200Gi') }];
  await api.create(ranges, { metadata: { name: 'limit-range' }, spec: { limits } });
  await watch.next('ADDED');
  await api.create(`${url}/pods`, pod('pod-no-resources'));
  const [limit] = (await api.get(`${ranges}/limit-range`)).spec.limits;
  assert.deepEqual([limit.defaultRequest, limit.default], [values('100m', '200Mi', '200Gi'), values('500m', '500Mi', '500Gi')]);
  const { resources } = (await api.get(`${url}/pods/pod-no-resources`)).spec.containers[0];
  assert.deepEqual(resources, { limits: values('500m', '500Mi', '500Gi'), requests: values('100m', '200Mi', '200Gi') });
  const partial = await api.create(`${url}/pods`, pod('pod-partial-resources', { memory: '150Mi', 'ephemeral-storage': '150Gi' }, { cpu: '300m' }));
  assert.deepEqual(partial.spec.containers[0].resources, { limits: values('300m', '500Mi', '500Gi'), requests: values('300m', '150Mi', '150Gi') });
  await api.refused(403, 'POST', `${url}/pods`, pod('too-small', values('10m', '50Mi', '50Gi')));
  await api.refused(422, 'POST', `${url}/pods`, pod('too-big', values('600m', '600Mi', '600Gi')));
  await api.update(`${ranges}/limit-range`, ({ spec }) => (spec.limits[0].min = values('9m', '49Mi', '49Gi')));
  await watch.next('MODIFIED');
  await api.create(`${url}/pods`, pod('small-enough', values('10m', '50Mi', '50Gi')));
  await api.refused(422, 'POST', `${url}/pods`, pod('too-big', values('600m', '600Mi', '600Gi')));
  await api.delete(`${ranges}/limit-range`, { gracePeriodSeconds: 30 });
  await watch.next('DELETED');
  await api.create(`${url}/pods`, pod('big', values('600m', '600Mi', '600Gi')));
});

test('LimitRange should list, patch and delete a LimitRange by collection', async () => {
  const [here, other] = [`/api/v1/namespaces/${await api.namespace('ranges')}/limitranges`, `/api/v1/namespaces/${await api.namespace('ranges')}/limitranges`];
  const range = { metadata: { name: 'it', labels: { e2e: 'it' } }, spec: { limits: [{ type: 'Container', min: { cpu: '50m' }, max: { cpu: '500m' } }] } };
  await api.create(here, range);
  await api.create(other, range);
  assert.equal((await api.get('/api/v1/limitranges?labelSelector=e2e%3Dit')).items.length, 2);
  const patched = await api.patch(`${here}/it`, { metadata: { labels: { it: 'patched' } }, spec: { limits: [{ type: 'Container', min: { cpu: '40m' } }] } });
  assert.deepEqual([patched.metadata.labels?.['it'], patched.spec.limits[0].min], ['patched', { cpu: '40m' }]);
  await api.delete(`${here}?labelSelector=it%3Dpatched`, {});
  assert.deepEqual((await api.get('/api/v1/limitranges?labelSelector=e2e%3Dit')).items.length, 1);
});
