/** The suite's sig-node tests that need no containers: API objects, taints, classes, the states of pods. */
import assert from 'node:assert/strict';
import { isIP } from 'node:net';
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
const labelPatch = [{ op: 'add', path: '/metadata/labels/test.dra.example.com', value: 'test' }];
const results = [{ request: 'req-0', driver: 'dra.example.com', pool: 'some-pool', device: 'some-device' }];
const config = [{ opaque: { driver: 'dra.example.com', parameters: { apiGroup: 'dra.example.com' } } }];
const DRA: readonly Omit<CrudCase, 'apiVersion'>[] = [
  {
    url: `${RESOURCE}/deviceclasses`, kind: 'DeviceClass', initial: { metadata: { name: 'test-crud' }, spec: { selectors: [{ cel: { expression: 'device.driver == "test-driver.cdi.k8s.io"' } }] } },
    updateSpec: (thing) => (thing.spec.config = [{ opaque: { driver: 'dra.example.com', parameters: { apiGroup: 'dra.example.com', key: 'value' } } }]), patchSpec: { spec: { config } }, jsonPatchSpec: [{ op: 'add', path: '/spec/config', value: config }],
  },
  {
    url: `${RESOURCE}/namespaces/dra/resourceclaims`, kind: 'ResourceClaim', initial: { metadata: { name: 'test' }, spec: { devices: { requests } } },
    updateSpec: (thing) => (thing.metadata.labels = { ...thing.metadata.labels, ...label.metadata.labels }), patchSpec: label, jsonPatchSpec: labelPatch,
    updateStatus: (thing) => (thing.status = { allocation: { devices: { results } } }), patchStatus: { status: { allocation: { devices: { results } } } },
    jsonPatchStatus: [{ op: 'add', path: '/status', value: { allocation: { devices: { results } } } }],
  },
  {
    url: `${RESOURCE}/namespaces/dra/resourceclaimtemplates`, kind: 'ResourceClaimTemplate', initial: { metadata: { name: 'test' }, spec: { spec: { devices: { requests } } } },
    updateSpec: (thing) => (thing.metadata.labels = { ...thing.metadata.labels, ...label.metadata.labels }), patchSpec: label, jsonPatchSpec: labelPatch,
  },
  {
    url: `${RESOURCE}/resourceslices`, kind: 'ResourceSlice', initial: { metadata: { name: 'test-crud' }, spec: { driver: 'dra.example.com', pool: { name: 'cluster', generation: 1, resourceSliceCount: 1 }, allNodes: true, devices: [{ name: 'device-0' }] } },
    updateSpec: (thing) => (thing.spec.devices = [{ name: 'device-0' }, { name: 'device-1' }]), patchSpec: { spec: { devices: [{ name: 'device-0' }, { name: 'device-2' }] } },
    jsonPatchSpec: [{ op: 'add', path: '/spec/devices/-', value: { name: 'device-3' } }],
  },
];

for (const one of DRA) {
  test(`[DRA] CRUD Tests resource.k8s.io/v1 ${one.kind}`, async () => {
    if ((await api.answer('GET', '/api/v1/namespaces/dra')).status === 404) await api.create('/api/v1/namespaces', { metadata: { name: 'dra' } });
    await playCrud(api, { apiVersion: 'resource.k8s.io/v1', ...one });
  });
}

test('Pods should be submitted and removed', async () => {
  const namespace = await api.namespace('removed');
  const url = `/api/v1/namespaces/${namespace}/pods`;
  const selected = `${url}?labelSelector=time%3Down`;
  const before = await api.get(selected);
  assert.deepEqual(before.items, []);
  await using watch = api.watch(`${selected}&resourceVersion=${before.metadata.resourceVersion}`);
  const { spec, ...made } = pod('pod-submit-remove', { labels: { name: 'foo', time: 'own' } });
  await api.create(url, { ...made, spec: { containers: spec.containers } });
  assert.equal((await api.get(selected)).items.length, 1);
  await watch.next('ADDED');
  await api.untilIs(`${url}/pod-submit-remove`, 'it runs', ({ status }) => status.phase === 'Running');
  await api.delete(`${url}/pod-submit-remove`, { gracePeriodSeconds: 30 });
  const last = await watch.until('it is gone', ({ type }) => type === 'DELETED');
  assert.ok(last.metadata.deletionTimestamp);
  assert.notEqual(last.spec.terminationGracePeriodSeconds, undefined);
  assert.deepEqual((await api.get(selected)).items, []);
});

test('Pods should be updated', async () => {
  const namespace = await api.namespace('updated');
  const url = `/api/v1/namespaces/${namespace}/pods`;
  const named = async (time: string): Promise<string[]> => (await api.get(`${url}?labelSelector=time%3D${time}`)).items.map(({ metadata }) => metadata.name);
  await api.create(url, pod('pod-update', { labels: { name: 'foo', time: 'before' } }));
  await api.until('it runs', async () => (await api.get(`${url}/pod-update`)).status.phase === 'Running');
  assert.deepEqual(await named('before'), ['pod-update']);
  await api.update(`${url}/pod-update`, (thing) => (thing.metadata.labels = { name: 'foo', time: 'updated' }));
  assert.equal((await api.get(`${url}/pod-update`)).status.phase, 'Running');
  assert.deepEqual(await named('updated'), ['pod-update']);
  assert.deepEqual(await named('before'), []);
});

test('Pods should get a host IP', async () => {
  const namespace = await api.namespace('hosted');
  const url = `/api/v1/namespaces/${namespace}/pods`;
  await api.create(url, pod('pod-hostip'));
  const { status } = await api.untilIs(`${url}/pod-hostip`, 'it is ready', (thing) => isTrue(thing, 'Ready'));
  assert.ok(isIP(status.hostIP), status.hostIP);
  assert.deepEqual(status.hostIPs[0], { ip: status.hostIP });
});

test('ConfigMap should fail to create ConfigMap with empty key; Secrets should fail to create secret due to empty secret key', async () => {
  const namespace = await api.namespace('empty-keys');
  await api.refused(422, 'POST', `/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name: 'empty-key' }, data: { '': 'value-1' } });
  await api.refused(422, 'POST', `/api/v1/namespaces/${namespace}/secrets`, { metadata: { name: 'empty-key' }, data: { '': 'dmFsdWU=' } });
});

test('ConfigMap should update ConfigMap successfully', async () => {
  const url = `/api/v1/namespaces/${await api.namespace('map-updates')}/configmaps`;
  const map = { metadata: { name: 'configmap-test' }, data: { 'data-1': 'value-1', 'data-2': 'value-2', 'data-3': 'value-3' } };
  await api.create(url, map);
  // As the suite does: without a resourceVersion.
  await api.put(`${url}/configmap-test`, { ...map, data: { data: 'value' } });
  assert.deepEqual((await api.get(`${url}/configmap-test`)).data, { data: 'value' });
});

test('ConfigMap should run through a ConfigMap lifecycle', async () => {
  const namespace = await api.namespace('maps');
  const url = `/api/v1/namespaces/${namespace}/configmaps`;
  await using watch = api.watch(`${url}?labelSelector=test-configmap-static%3Dtrue`);
  await api.create(url, { metadata: { name: 'test-configmap', labels: { 'test-configmap-static': 'true' } }, data: { valueName: 'value' } });
  await watch.next('ADDED');
  const { data, metadata } = await api.get(`${url}/test-configmap`);
  assert.deepEqual([data, metadata.labels], [{ valueName: 'value' }, { 'test-configmap-static': 'true' }]);
  await api.patch(`${url}/test-configmap`, { metadata: { labels: { 'test-configmap': 'patched' } }, data: { valueName: 'value1' } });
  assert.equal((await watch.next('MODIFIED')).data.valueName, 'value1');
  const [found] = (await api.get('/api/v1/configmaps?labelSelector=test-configmap%3Dpatched')).items;
  assert.deepEqual([found?.metadata.name, found?.metadata.namespace, found?.metadata.labels, found?.data], ['test-configmap', namespace, { 'test-configmap-static': 'true', 'test-configmap': 'patched' }, { valueName: 'value1' }]);
  await api.delete(`${url}?labelSelector=test-configmap-static%3Dtrue`);
  await watch.next('DELETED');
  assert.equal((await api.get(`${url}?labelSelector=test-configmap-static%3Dtrue`)).items.length, 0);
});

test('Secrets should patch a secret', async () => {
  const namespace = await api.namespace('secrets');
  const url = `/api/v1/namespaces/${namespace}/secrets`;
  const all = '/api/v1/secrets?labelSelector=testsecret-constant%3Dtrue';
  await api.create(url, { metadata: { name: 'test-secret', labels: { 'testsecret-constant': 'true' } }, data: { key: 'dmFsdWU=' }, type: 'Opaque' });
  assert.deepEqual((await api.get(all)).items.map(({ metadata }) => [metadata.namespace, metadata.name]), [[namespace, 'test-secret']]);
  await api.patch(`${url}/test-secret`, { metadata: { labels: { testsecret: 'true' } }, data: { key: Buffer.from('value1').toString('base64') } });
  assert.equal(Buffer.from((await api.get(`${url}/test-secret`)).data.key, 'base64').toString(), 'value1');
  await api.delete(`${url}?labelSelector=testsecret%3Dtrue`);
  assert.equal((await api.get(all)).items.length, 0);
});

const template = (name: string, labels: Record<string, string> = {}): Json => ({ metadata: { name, labels }, template: { spec: { containers: [{ name: 'nginx', image: 'nginx:1' }] } } });

test('PodTemplates should run the lifecycle of PodTemplates', async () => {
  const url = `/api/v1/namespaces/${await api.namespace('templates')}/podtemplates`;
  const all = '/api/v1/podtemplates?labelSelector=podtemplate-static%3Dtrue';
  assert.equal((await api.get(all)).items.length, 0);
  await api.create(url, template('nginx-pod-template', { 'podtemplate-static': 'true' }));
  assert.equal((await api.get(`${url}/nginx-pod-template`)).metadata.name, 'nginx-pod-template');
  await api.patch(`${url}/nginx-pod-template`, { metadata: { labels: { podtemplate: 'patched' } } });
  assert.deepEqual((await api.get(`${url}/nginx-pod-template`)).metadata.labels, { 'podtemplate-static': 'true', podtemplate: 'patched' });
  await api.delete(`${url}/nginx-pod-template`);
  assert.equal((await api.get(all)).items.length, 0);
});

test('PodTemplates should replace a pod template', async () => {
  const url = `/api/v1/namespaces/${await api.namespace('templates')}/podtemplates`;
  await api.create(url, template('podtemplate'));
  assert.deepEqual((await api.update(`${url}/podtemplate`, (thing) => (thing.metadata.annotations = { updated: 'true' }))).metadata.annotations, { updated: 'true' });
});

test('PodTemplates should delete a collection of pod templates', async () => {
  const url = `/api/v1/namespaces/${await api.namespace('templates')}/podtemplates`;
  for (const index of [1, 2, 3]) await api.create(url, template(`test-podtemplate-${index}`, { 'podtemplate-set': 'true' }));
  assert.equal((await api.get(`${url}?labelSelector=podtemplate-set%3Dtrue`)).items.length, 3);
  await api.delete(`${url}?labelSelector=podtemplate-set%3Dtrue`);
  assert.equal((await api.get(`${url}?labelSelector=podtemplate-set%3Dtrue`)).items.length, 0);
});

test('Lease lease API should be available', async () => {
  const namespace = await api.namespace('lease');
  const url = `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`;
  /** The times of the suite: seconds after the zero of Go's times. */
  const specOf = (holderIdentity: string, leaseDurationSeconds: number, acquired: string, renewed: string, leaseTransitions: number): Json =>
    ({ holderIdentity, leaseDurationSeconds, acquireTime: `0001-01-01T00:${acquired}.000000Z`, renewTime: `0001-01-01T00:${renewed}.000000Z`, leaseTransitions });
  const first = specOf('holder', 30, '00:02', '00:05', 0);
  const created = await api.create(url, { metadata: { name: 'lease' }, spec: first });
  assert.deepEqual((await api.get(`${url}/lease`)).spec, first);
  const second = specOf('holder2', 30, '00:20', '00:50', 1);
  await api.put(`${url}/lease`, { ...created, spec: second });
  assert.deepEqual((await api.get(`${url}/lease`)).spec, second);
  const third = specOf('holder3', 60, '00:50', '01:10', 2);
  await api.patch(`${url}/lease`, { spec: third });
  assert.deepEqual((await api.get(`${url}/lease`)).spec, third);
  await api.create(url, { metadata: { name: 'lease2', labels: { deletecollection: 'true' } }, spec: first });
  assert.equal((await api.get(url)).items.length, 2);
  await api.delete(`${url}?labelSelector=deletecollection%3Dtrue`);
  assert.deepEqual((await api.get(url)).items.map(({ metadata }) => metadata.name), ['lease']);
  await api.delete(`${url}/lease`);
  await api.refused(404, 'GET', `${url}/lease`);
  assert.ok((await api.get('/apis/coordination.k8s.io/v1/leases')).items.length > 0);
});

test('Node Lifecycle should run through the lifecycle of a node', async () => {
  const url = '/api/v1/nodes/e2e-fake-node';
  const created = await api.create('/api/v1/nodes', { metadata: { name: 'e2e-fake-node' }, spec: { unschedulable: true }, status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True', reason: 'E2E', message: 'Set from e2e test' }] } });
  assert.equal(created.metadata.name, 'e2e-fake-node');
  assert.match(created.metadata.resourceVersion, /^[1-9]\d*$/);
  assert.equal((await api.get(url)).metadata.name, 'e2e-fake-node');
  const patched = await api.patch(url, { metadata: { labels: { 'e2e-fake-node': 'patched' } } });
  assert.equal(patched.metadata.labels?.['e2e-fake-node'], 'patched');
  assert.ok(BigInt(patched.metadata.resourceVersion) > BigInt(created.metadata.resourceVersion));
  assert.equal((await api.get('/api/v1/nodes?labelSelector=e2e-fake-node%3Dpatched')).items.length, 1);
  assert.equal((await api.update(url, (thing) => (thing.metadata.labels = { ...thing.metadata.labels, 'e2e-fake-node': 'updated' }))).metadata.labels?.['e2e-fake-node'], 'updated');
  await api.delete(url);
  await api.untilGone(url);
});

const CLASSES = '/apis/node.k8s.io/v1/runtimeclasses';

test('RuntimeClass should reject a Pod requesting a non-existent RuntimeClass, and one requesting a deleted RuntimeClass', async () => {
  const pods = `/api/v1/namespaces/${await api.namespace('classes')}/pods`;
  assert.match(await api.refused(403, 'POST', pods, pod('none', { runtimeClassName: 'nonexistent' })), /RuntimeClass "nonexistent" not found/);
  await api.create(CLASSES, { metadata: { name: 'delete-me' }, handler: 'runc' });
  await api.delete(`${CLASSES}/delete-me`);
  await api.untilGone(`${CLASSES}/delete-me`);
  await api.until('the class is gone for pods', async () => (await api.answer('POST', pods, pod('deleted', { runtimeClassName: 'delete-me' }))).status === 403);
});

for (const [title, overhead] of [['without PodOverhead', undefined], ['and initialize its Overhead', { cpu: '10m', memory: '1Mi' }]] as const) {
  test(`RuntimeClass should schedule a Pod requesting a RuntimeClass ${title}`, async () => {
    const namespace = await api.namespace('classes');
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    await api.create(CLASSES, { metadata: { name: namespace }, handler: 'test-handler', ...(overhead && { overhead: { podFixed: overhead } }) });
    // At once, as the suite does: a class that has just been made is known.
    await api.create(pods, pod('classed', { runtimeClassName: namespace }));
    await api.untilIs(`${pods}/classed`, 'it is scheduled', ({ spec }) => spec.nodeName);
    const { items } = await api.get(pods);
    assert.deepEqual(items.map(({ metadata, spec }) => [metadata.name, spec.overhead]), [['classed', overhead]]);
    await api.delete(`${CLASSES}/${namespace}`);
  });
}

test('RuntimeClass should support RuntimeClasses API operations', async () => {
  const ours = `${CLASSES}?labelSelector=test%3Down`;
  const make = (name: string): Json => ({ metadata: { name, labels: { test: 'own' } }, handler: `handler-${name}` });
  const versionsOf = (group: Json): string[] => group?.versions.map(({ version }: Json) => version);
  assert.ok(versionsOf((await api.get('/apis')).groups.find(({ name }: Json) => name === 'node.k8s.io')).includes('v1'));
  assert.ok(versionsOf(await api.get('/apis/node.k8s.io')).includes('v1'));
  assert.ok((await api.get('/apis/node.k8s.io/v1')).resources.some(({ name }: Json) => name === 'runtimeclasses'));
  const created = await api.create(CLASSES, make('rc-1'));
  await api.refused(409, 'POST', CLASSES, make('rc-1'));
  await api.create(CLASSES, make('rc-2'));
  await using watch = api.watch(`${ours}&resourceVersion=${(await api.get(ours)).metadata.resourceVersion}`);
  await api.create(CLASSES, make('rc-3'));
  assert.equal((await api.get(`${CLASSES}/rc-1`)).metadata.uid, created.metadata.uid);
  assert.equal((await api.get(ours)).items.length, 3);
  const patched = await api.patch(`${CLASSES}/rc-1`, { metadata: { annotations: { patched: 'true' } } }, 'merge-patch+json');
  assert.deepEqual(patched.metadata.annotations, { patched: 'true' });
  const updated = await api.put(`${CLASSES}/rc-1`, { ...patched, metadata: { ...patched.metadata, annotations: { patched: 'true', updated: 'true' } } });
  assert.deepEqual(updated.metadata.annotations, { patched: 'true', updated: 'true' });
  assert.equal((await watch.next('ADDED')).metadata.name, 'rc-3');
  assert.deepEqual((await watch.next('MODIFIED')).metadata.annotations, { patched: 'true' });
  assert.deepEqual((await watch.next('MODIFIED')).metadata.annotations, { patched: 'true', updated: 'true' });
  await api.delete(`${CLASSES}/rc-1`);
  await api.refused(404, 'GET', `${CLASSES}/rc-1`);
  assert.equal((await api.get(ours)).items.length, 2);
  await api.delete(ours);
  assert.equal((await api.get(ours)).items.length, 0);
});

test('Sysctls should reject invalid sysctls', async () => {
  const namespace = await api.namespace('sysctls');
  const sysctls = [['foo-', 'bar'], ['kernel.shmmax', '100000000'], ['safe-and-unsafe', '100000000'], ['bar..', '42']].map(([name, value]) => ({ name, value }));
  const message = await api.refused(422, 'POST', `/api/v1/namespaces/${namespace}/pods`, pod('bad', { securityContext: { sysctls } }));
  for (const text of ['Invalid value: "foo-"', 'Invalid value: "bar.."']) assert(message.includes(text), message);
  for (const text of ['safe-and-unsafe', 'kernel.shmmax']) assert(!message.includes(text), message);
});

test('Pods Set QOS Class should be set on Pods with matching resource requests and limits for memory and cpu', async () => {
  const pods = `/api/v1/namespaces/${await api.namespace('qos')}/pods`;
  const amounts = { cpu: '100m', memory: '100Mi' };
  await api.create(pods, pod('pod-qos-class', { containers: [{ name: 'agnhost', image: 'a', args: ['pause'], resources: { requests: amounts, limits: amounts } }] }));
  assert.equal((await api.get(`${pods}/pod-qos-class`)).status.qosClass, 'Guaranteed');
});

test('Pods should patch a pod status', async () => {
  const pods = `/api/v1/namespaces/${await api.namespace('statuses')}/pods`;
  await api.create(pods, pod('patched', { terminationGracePeriodSeconds: 1 }));
  await api.untilIs(`${pods}/patched`, 'it runs', ({ status }) => status.phase === 'Running');
  const patch = { metadata: { annotations: { patchedstatus: 'true' } }, status: { message: 'Patched by e2e test', reason: 'E2E' } };
  const { status } = await api.patch(`${pods}/patched/status`, patch, 'merge-patch+json');
  assert.deepEqual([status.message, status.reason], ['Patched by e2e test', 'E2E']);
});

test('Pods should run through the lifecycle of Pods and PodStatus', async () => {
  const pods = `/api/v1/namespaces/${await api.namespace('pods')}/pods`;
  const { resourceVersion } = (await api.get('/api/v1/pods?labelSelector=test-pod-static%3Dtrue')).metadata;
  await using watch = api.watch(`${pods}?labelSelector=test-pod-static%3Dtrue&resourceVersion=${resourceVersion}`);
  await api.create(pods, pod('pod-test', { labels: { 'test-pod-static': 'true' }, terminationGracePeriodSeconds: 1 }));
  await watch.until('it runs', ({ object }) => object.status?.phase === 'Running');
  assert.equal((await api.get(`${pods}/pod-test`)).status.phase, 'Running');
  await api.patch(`${pods}/pod-test`, { metadata: { labels: { 'test-pod': 'patched' } }, spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'pause', image: 'httpd:1', resources: {} }] }, status: {} });
  await watch.until('it was modified', ({ type }) => type === 'MODIFIED');
  const patched = await api.get(`${pods}/pod-test`);
  assert.deepEqual([patched.metadata.labels?.['test-pod'], patched.spec.containers[0].image], ['patched', 'httpd:1']);
  await api.untilIs(`${pods}/pod-test`, 'it is ready with its new image', (thing) => isTrue(thing, 'Ready') && thing.status.containerStatuses[0].image === 'httpd:1');
  const told = await api.update(`${pods}/pod-test/status`, (thing) => {
    for (const type of ['Ready', 'ContainersReady']) conditionOf(thing, type).status = 'False';
  });
  assert.deepEqual(['Ready', 'ContainersReady'].map((type) => conditionOf(told, type).status), ['False', 'False']);
  await api.delete(`${pods}?labelSelector=test-pod-static%3Dtrue`, { gracePeriodSeconds: 1 });
  await watch.until('it is gone', ({ type }) => type === 'DELETED');
  await api.refused(404, 'GET', `${pods}/pod-test`);
});

test('Pods should delete a collection of pods', async () => {
  const pods = `/api/v1/namespaces/${await api.namespace('pods')}/pods`;
  const ours = `${pods}?labelSelector=type%3DTesting`;
  for (const name of ['test-pod-1', 'test-pod-2', 'test-pod-3']) await api.create(pods, pod(name, { labels: { type: 'Testing' }, terminationGracePeriodSeconds: 1, restartPolicy: 'Never' }));
  await api.until('they run', async () => {
    const { items } = await api.get(ours);
    return items.length === 3 && items.every((thing) => isTrue(thing, 'Ready'));
  });
  await api.delete(ours, { gracePeriodSeconds: 1 });
  await api.until('they are gone', async () => (await api.get(ours)).items.length === 0);
});

/** The taint of the suite, added now; as it writes taints, with a patch of the whole list. */
const TAINT = { key: 'kubernetes.io/e2e-evict-taint-key', value: 'evictTaintVal', effect: 'NoExecute' };
const isTainted = (node: { spec: Json }): boolean => node.spec.taints?.some(({ key }: Json) => key === TAINT.key) ?? false;

async function setTaint(node: string, isThere: boolean): Promise<void> {
  const url = `/api/v1/nodes/${node}`;
  const others = ((await api.get(url)).spec.taints ?? []).filter(({ key }: Json) => key !== TAINT.key);
  await api.patch(url, { spec: { taints: isThere ? [...others, { ...TAINT, timeAdded: new Date().toISOString().replace(/\.\d+/, '') }] : others } });
  assert.equal(isTainted(await api.get(url)), isThere);
}

const tolerating = (tolerationSeconds: number, node: string): Json => ({ nodeSelector: { 'kubernetes.io/hostname': node }, tolerations: [{ ...TAINT, tolerationSeconds }] });

test('NoExecuteTaintManager Single Pod removing taint cancels eviction', async () => {
  const pods = `/api/v1/namespaces/${await api.namespace('taints')}/pods`;
  await api.create(pods, pod('stays', tolerating(15, 'node-1')));
  await api.create(pods, pod('goes', tolerating(15, 'node-2')));
  for (const name of ['stays', 'goes']) await api.untilIs(`${pods}/${name}`, 'it runs', ({ status }) => status.phase === 'Running');
  await setTaint('node-1', true);
  await setTaint('node-2', true);
  await setTaint('node-1', false);
  // Whoever had as long, from a taint that came later, has gone: the time of the other would have come.
  await api.untilGone(`${pods}/goes`);
  assert.equal((await api.get(`${pods}/stays`)).metadata.deletionTimestamp, undefined);
  await setTaint('node-2', false);
});

test('NoExecuteTaintManager Multiple Pods evicts pods with minTolerationSeconds', async () => {
  const pods = `/api/v1/namespaces/${await api.namespace('taints')}/pods`;
  await using watch = api.watch(`${pods}?labelSelector=group%3Dtaint-eviction-b`);
  for (const [name, seconds] of [['taint-eviction-b1', 1], ['taint-eviction-b2', 5]] as const) await api.create(pods, pod(name, { ...tolerating(seconds, 'node-1'), labels: { group: 'taint-eviction-b' } }));
  for (const index of [1, 2]) await api.untilIs(`${pods}/taint-eviction-b${index}`, 'it runs', ({ status, spec }) => status.phase === 'Running' && spec.nodeName === 'node-1');
  await setTaint('node-1', true);
  for (const index of [1, 2]) assert.equal((await watch.until('one is gone', ({ type }) => type === 'DELETED')).metadata.name, `taint-eviction-b${index}`);
  await setTaint('node-1', false);
});
