/** The suite's sig-node tests that need no containers: API objects, taints, classes, the states of pods. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ConformanceApi, conditionOf, isTrue, type Json } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';
import { playCrud, type CrudCase } from './crud.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 2 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

const pod = (name: string, { labels = {}, ...spec }: Json = {}): Json => ({ metadata: { name, labels }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'pause', image: 'pause:1' }], ...spec } });

const RESOURCE = '/apis/resource.k8s.io/v1';
const requests = [{ name: 'req-0', exactly: { deviceClassName: 'e2e', allocationMode: 'ExactCount', count: 1 } }];
const label = { metadata: { labels: { 'test.dra.example.com': 'test' } } };
const DRA: readonly Omit<CrudCase, 'apiVersion'>[] = [
  {
    url: `${RESOURCE}/deviceclasses`, kind: 'DeviceClass', initial: { metadata: { name: 'test-crud' }, spec: { selectors: [{ cel: { expression: 'device.driver == "test-driver.cdi.k8s.io"' } }] } },
    updateSpec: (thing) => (thing.spec.config = [{ opaque: { driver: 'dra.example.com', parameters: { apiGroup: 'dra.example.com', key: 'value' } } }]), patchSpec: { spec: { config: [{ opaque: { driver: 'dra.example.com', parameters: { apiGroup: 'dra.example.com' } } }] } },
  },
  {
    url: `${RESOURCE}/namespaces/dra/resourceclaims`, kind: 'ResourceClaim', initial: { metadata: { name: 'test' }, spec: { devices: { requests } } },
    updateSpec: (thing) => (thing.metadata.labels = { ...thing.metadata.labels, ...label.metadata.labels }), patchSpec: label,
    updateStatus: (thing) => (thing.status = { allocation: { devices: { results: [{ request: 'req-0', driver: 'dra.example.com', pool: 'some-pool', device: 'some-device' }] } } }),
    patchStatus: { status: { allocation: { devices: { results: [{ request: 'req-0', driver: 'dra.example.com', pool: 'some-pool', device: 'some-device' }] } } } },
  },
  {
    url: `${RESOURCE}/namespaces/dra/resourceclaimtemplates`, kind: 'ResourceClaimTemplate', initial: { metadata: { name: 'test' }, spec: { spec: { devices: { requests } } } },
    updateSpec: (thing) => (thing.metadata.labels = { ...thing.metadata.labels, ...label.metadata.labels }), patchSpec: label,
  },
  {
    url: `${RESOURCE}/resourceslices`, kind: 'ResourceSlice', initial: { metadata: { name: 'test-crud' }, spec: { driver: 'dra.example.com', pool: { name: 'cluster', generation: 1, resourceSliceCount: 1 }, allNodes: true, devices: [{ name: 'device-0' }] } },
    updateSpec: (thing) => (thing.spec.devices = [{ name: 'device-0' }, { name: 'device-1' }]), patchSpec: { spec: { devices: [{ name: 'device-0' }, { name: 'device-2' }] } },
  },
];

for (const one of DRA) {
  test(`[DRA] CRUD Tests resource.k8s.io/v1 ${one.kind}`, async () => {
    if ((await api.answer('GET', '/api/v1/namespaces/dra')).status === 404) await api.create('/api/v1/namespaces', { metadata: { name: 'dra' } });
    await playCrud(api, { apiVersion: 'resource.k8s.io/v1', ...one });
  });
}

test('Pods should be updated: a label changes, and the pod is found by it', async () => {
  const namespace = await api.namespace('updated');
  const url = `/api/v1/namespaces/${namespace}/pods`;
  await api.create(url, pod('pod-update', { labels: { name: 'foo', time: 'before' } }));
  await api.until('it runs', async () => (await api.get(`${url}/pod-update`)).status.phase === 'Running');
  await api.update(`${url}/pod-update`, (thing) => (thing.metadata.labels = { name: 'foo', time: 'updated' }));
  assert.deepEqual((await api.get(`${url}?labelSelector=time%3Dupdated`)).items.map(({ metadata }: Json) => metadata.name), ['pod-update']);
  assert.deepEqual((await api.get(`${url}?labelSelector=time%3Dbefore`)).items, []);
});

test('ConfigMap: no empty key, a lifecycle, an update', async () => {
  const namespace = await api.namespace('maps');
  const url = `/api/v1/namespaces/${namespace}/configmaps`;
  await api.refused(422, 'POST', url, { metadata: { name: 'empty-key' }, data: { '': 'value-1' } });
  await api.refused(422, 'POST', `/api/v1/namespaces/${namespace}/secrets`, { metadata: { name: 'empty-key' }, data: { '': 'dmFsdWU=' } });
  await using watch = api.watch(`${url}?labelSelector=test-configmap-static%3Dtrue`);
  await api.create(url, { metadata: { name: 'test-configmap', labels: { 'test-configmap-static': 'true' } }, data: { valueName: 'value' } });
  await watch.next('ADDED');
  await api.patch(`${url}/test-configmap`, { metadata: { labels: { 'test-configmap': 'patched' } }, data: { valueName: 'value1' } });
  assert.equal((await watch.next('MODIFIED')).data.valueName, 'value1');
  assert.equal((await api.get('/api/v1/configmaps?labelSelector=test-configmap-static%3Dtrue')).items[0]?.metadata.labels?.['test-configmap'], 'patched');
  await api.delete(`${url}?labelSelector=test-configmap-static%3Dtrue`);
  await watch.next('DELETED');
  assert.equal((await api.get(`${url}?labelSelector=test-configmap-static%3Dtrue`)).items.length, 0);
});

test('Secrets should patch a secret', async () => {
  const namespace = await api.namespace('secrets');
  const url = `/api/v1/namespaces/${namespace}/secrets`;
  await api.create(url, { metadata: { name: 'test-secret', labels: { testsecret: 'true' } }, data: { key: 'dmFsdWU=' }, type: 'Opaque' });
  await api.patch(`${url}/test-secret`, { metadata: { labels: { 'testsecret-constant': 'true' } }, data: { key: Buffer.from('value1').toString('base64') } });
  const [found] = (await api.get('/api/v1/secrets?labelSelector=testsecret-constant%3Dtrue')).items;
  assert.equal(Buffer.from(found?.data.key, 'base64').toString(), 'value1');
  await api.delete(`${url}?labelSelector=testsecret%3Dtrue`);
  assert.equal((await api.get('/api/v1/secrets?labelSelector=testsecret%3Dtrue')).items.length, 0);
});

test('PodTemplates should run the lifecycle of PodTemplates, replace one, delete a collection', async () => {
  const namespace = await api.namespace('templates');
  const url = `/api/v1/namespaces/${namespace}/podtemplates`;
  const template = (name: string): Json => ({ metadata: { name, labels: { 'podtemplate-set': 'true' } }, template: { spec: { containers: [{ name: 'nginx', image: 'nginx:1' }] } } });
  for (const name of ['one', 'two', 'three']) await api.create(url, template(name));
  const patched = await api.patch(`${url}/one`, { metadata: { labels: { podtemplate: 'patched' } } });
  assert.equal(patched.metadata.labels?.podtemplate, 'patched');
  const replaced = await api.update(`${url}/two`, (thing) => (thing.metadata.annotations = { updated: 'true' }));
  assert.deepEqual(replaced.metadata.annotations, { updated: 'true' });
  await api.delete(`${url}?labelSelector=podtemplate-set%3Dtrue`);
  assert.equal((await api.get(`${url}?labelSelector=podtemplate-set%3Dtrue`)).items.length, 0);
});

test('Lease API should be available', async () => {
  const namespace = await api.namespace('lease');
  const url = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  const created = await api.create(url, { metadata: { name: 'lease' }, spec: { holderIdentity: 'holder', leaseDurationSeconds: 30, acquireTime: '2026-01-01T00:00:00.123456Z', renewTime: '2026-01-01T00:00:05.123456Z', leaseTransitions: 0 } });
  assert.deepEqual((await api.get(`${url}/lease`)).spec, created.spec);
  const updated = await api.update(`${url}/lease`, (thing) => (thing.spec = { holderIdentity: 'holder2', leaseDurationSeconds: 60, acquireTime: '2026-01-02T00:00:00.000000Z', renewTime: '2026-01-02T00:00:05.000000Z', leaseTransitions: 1 }));
  assert.equal(updated.spec.holderIdentity, 'holder2');
  assert.equal((await api.patch(`${url}/lease`, { spec: { holderIdentity: 'holder3', leaseDurationSeconds: 50 } })).spec.leaseDurationSeconds, 50);
  await api.create(url, { metadata: { name: 'lease2', labels: { deletecollection: 'true' } }, spec: { holderIdentity: 'holder' } });
  await api.delete(`${url}?labelSelector=deletecollection%3Dtrue`);
  assert.deepEqual((await api.get(url)).items.map(({ metadata }) => metadata.name), ['lease']);
});

test('Node Lifecycle should run through the lifecycle of a node', async () => {
  const url = '/api/v1/nodes/e2e-fake-node';
  await api.create('/api/v1/nodes', { metadata: { name: 'e2e-fake-node' }, spec: { unschedulable: true }, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', reason: 'E2E', message: 'Set from e2e test' }] } });
  assert.equal((await api.get(url)).metadata.name, 'e2e-fake-node');
  await api.patch(url, { metadata: { labels: { 'e2e-fake-node': 'patched' } } });
  assert.equal((await api.get('/api/v1/nodes?labelSelector=e2e-fake-node%3Dpatched')).items.length, 1);
  assert.equal((await api.update(url, (thing) => (thing.metadata.labels = { ...thing.metadata.labels, 'e2e-fake-node': 'updated' }))).metadata.labels?.['e2e-fake-node'], 'updated');
  await api.delete(url);
  await api.untilGone(url);
});

test('RuntimeClass: pods of one that is not there are refused, others get its overhead, the API has all operations', async () => {
  const namespace = await api.namespace('classes');
  const [pods, classes] = [`/api/v1/namespaces/${namespace}/pods`, '/apis/node.k8s.io/v1/runtimeclasses'];
  assert.match(await api.refused(403, 'POST', pods, pod('none', { runtimeClassName: 'nonexistent' })), /RuntimeClass "nonexistent" not found/);
  await api.create(classes, { metadata: { name: 'delete-me' }, handler: 'runc' });
  await api.delete(`${classes}/delete-me`);
  await api.until('the class is gone for pods', async () => (await api.answer('POST', pods, pod('deleted', { runtimeClassName: 'delete-me' }))).status === 403);
  await api.create(classes, { metadata: { name: 'plain' }, handler: 'test-handler' });
  await api.create(classes, { metadata: { name: 'heavy' }, handler: 'test-handler', overhead: { podFixed: { cpu: '10m', memory: '1Mi' } } });
  for (const [name, overhead] of [['plain', undefined], ['heavy', { cpu: '10m', memory: '1Mi' }]] as const) {
    await api.until('the class is known', async () => (await api.answer('POST', pods, pod(name, { runtimeClassName: name }))).status === 201);
    const scheduled = await api.untilIs(`${pods}/${name}`, 'it is scheduled', ({ spec }) => spec.nodeName);
    assert.deepEqual(scheduled.spec.overhead, overhead);
  }
  for (const name of ['rc-1', 'rc-2', 'rc-3']) await api.create(classes, { metadata: { name, labels: { test: 'own' } }, handler: `handler-${name}` });
  await api.refused(409, 'POST', classes, { metadata: { name: 'rc-1' }, handler: 'x' });
  await api.patch(`${classes}/rc-1`, { metadata: { annotations: { patched: 'true' } } }, 'merge-patch+json');
  await api.update(`${classes}/rc-1`, (thing) => (thing.metadata.annotations = { ...thing.metadata.annotations, updated: 'true' }));
  await api.delete(`${classes}/rc-1`);
  assert.equal((await api.get(`${classes}?labelSelector=test%3Down`)).items.length, 2);
  await api.delete(`${classes}?labelSelector=test%3Down`);
  assert.equal((await api.get(`${classes}?labelSelector=test%3Down`)).items.length, 0);
});

test('Sysctls should reject invalid sysctls', async () => {
  const namespace = await api.namespace('sysctls');
  const sysctls = ['foo-', 'kernel.shmmax', 'safe-and-unsafe', 'bar..'].map((name) => ({ name, value: '100' }));
  const message = await api.refused(422, 'POST', `/api/v1/namespaces/${namespace}/pods`, pod('bad', { securityContext: { sysctls } }));
  for (const text of ['Invalid value: "foo-"', 'Invalid value: "bar.."']) assert(message.includes(text), message);
  for (const text of ['safe-and-unsafe', 'kernel.shmmax']) assert(!message.includes(text), message);
});

test('Pods: QOS class, lifecycle and status, ephemeral containers, delete a collection', async () => {
  const namespace = await api.namespace('pods');
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const amounts = { cpu: '100m', memory: '100Mi' };
  assert.equal((await api.create(pods, pod('qos', { containers: [{ name: 'a', image: 'a', resources: { requests: amounts, limits: amounts } }] }))).status.qosClass, 'Guaranteed');
  await using watch = api.watch(`${pods}?labelSelector=test-pod-static%3Dtrue`);
  await api.create(pods, pod('pod-test', { labels: { 'test-pod-static': 'true' }, terminationGracePeriodSeconds: 1 }));
  await watch.until('it runs', ({ object }) => object.status?.phase === 'Running');
  await api.untilIs(`${pods}/pod-test`, 'it is ready', (thing) => isTrue(thing, 'Ready'));
  await api.patch(`${pods}/pod-test`, { metadata: { labels: { 'test-pod': 'patched' } }, spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'pause', image: 'httpd:1' }] } });
  const patched = await api.get(`${pods}/pod-test`);
  assert.deepEqual([patched.metadata.labels?.['test-pod'], patched.spec.containers[0].image], ['patched', 'httpd:1']);
  await api.untilIs(`${pods}/pod-test`, 'it is ready with its new image', (thing) => isTrue(thing, 'Ready') && thing.status.containerStatuses[0].image === 'httpd:1');
  const told = await api.update(`${pods}/pod-test/status`, (thing) => {
    for (const type of ['Ready', 'ContainersReady']) conditionOf(thing, type).status = 'False';
  });
  assert.deepEqual(['Ready', 'ContainersReady'].map((type) => isTrue(told, type)), [false, false]);
  const said = await api.patch(`${pods}/pod-test/status`, { status: { message: 'Patched by e2e test', reason: 'E2E' } });
  assert.deepEqual([said.status.message, said.status.reason], ['Patched by e2e test', 'E2E']);
  const debugged = await api.patch(`${pods}/pod-test/ephemeralcontainers`, { spec: { ephemeralContainers: [{ name: 'debugger', image: 'busybox', stdin: true, tty: true }] } });
  assert.deepEqual(debugged.spec.ephemeralContainers.map(({ name }: Json) => name), ['debugger']);
  const both = await api.update(`${pods}/pod-test/ephemeralcontainers`, (thing) => thing.spec.ephemeralContainers.push({ name: 'debugger2', image: 'busybox', stdin: true, tty: true }));
  assert.equal(both.spec.ephemeralContainers.length, 2);
  await api.delete(`${pods}?labelSelector=test-pod-static%3Dtrue`, { gracePeriodSeconds: 1 });
  await watch.until('it is gone', ({ type }) => type === 'DELETED');
  for (const name of ['test-pod-1', 'test-pod-2', 'test-pod-3']) await api.create(pods, pod(name, { labels: { type: 'Testing' } }));
  await api.until('they run', async () => (await api.get(`${pods}?labelSelector=type%3DTesting`)).items.every((thing) => isTrue(thing, 'Ready')));
  await api.delete(`${pods}?labelSelector=type%3DTesting`, { gracePeriodSeconds: 1 });
  await api.until('they are gone', async () => (await api.get(`${pods}?labelSelector=type%3DTesting`)).items.length === 0);
});

test('NoExecuteTaintManager: removing taint cancels eviction; evicts pods with minTolerationSeconds', async () => {
  const namespace = await api.namespace('taints');
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const taint = { key: 'kubernetes.io/e2e-evict-taint-key', value: 'evictTaintVal', effect: 'NoExecute' };
  const tolerating = (tolerationSeconds: number): Json => ({ nodeName: 'node-1', tolerations: [{ ...taint, tolerationSeconds }] });
  const setTaints = (change: (taints: Json[]) => Json[]): Promise<unknown> => api.update('/api/v1/nodes/node-1', (node) => (node.spec.taints = change(node.spec.taints ?? [])));
  await api.create(pods, pod('stays', tolerating(2)));
  await api.untilIs(`${pods}/stays`, 'it runs', ({ status }) => status.phase === 'Running');
  await setTaints((taints) => [...taints, taint]);
  await setTaints((taints) => taints.filter(({ key }) => key !== taint.key));
  await api.create(pods, pod('second', tolerating(1)));
  await api.create(pods, pod('third', tolerating(3)));
  for (const name of ['second', 'third']) await api.untilIs(`${pods}/${name}`, 'it runs', ({ status }) => status.phase === 'Running');
  await setTaints((taints) => [...taints, taint]);
  await setTaints((taints) => taints);
  await api.untilGone(`${pods}/second`);
  assert.equal((await api.get(`${pods}/third`)).metadata.deletionTimestamp, undefined);
  await api.untilGone(`${pods}/third`);
  await setTaints((taints) => taints.filter(({ key }) => key !== taint.key));
});
