/** The suite's sig-apps tests of ReplicationControllers and ReplicaSets. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ConformanceApi, conditionOf, type Json, type Thing } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 2 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

const kinds = [
  { kind: 'ReplicationController', resource: 'replicationcontrollers', group: '/api/v1', selector: (labels: object) => labels },
  { kind: 'ReplicaSet', resource: 'replicasets', group: '/apis/apps/v1', selector: (labels: object) => ({ matchLabels: labels }) },
] as const;
type Kind = (typeof kinds)[number];

const template = (labels: object, image = 'httpd'): object => ({ metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'httpd', image }] } });
const made = (kind: Kind, name: string, replicas: number, labels: Record<string, string>): object => ({ metadata: { name, labels }, spec: { replicas, selector: kind.selector(labels), template: template(labels) } });

async function place({ resource, group }: Kind, prefix: string): Promise<{ ns: string; all: string; pods: string }> {
  const ns = await api.namespace(`${prefix}-${resource.slice(-6)}`);
  return { ns, all: `${group}/namespaces/${ns}/${resource}`, pods: `/api/v1/namespaces/${ns}/pods` };
}

const controller = ({ metadata }: Thing): Json => metadata.ownerReferences?.find((one) => one.controller);

for (const kind of kinds) {
  test(`${kind.kind} should adopt matching pods on creation and release no longer matching pods`, async () => {
    const { all, pods } = await place(kind, 'adopt');
    await api.create(pods, { metadata: { name: 'orphan', labels: { name: 'pod-adoption' } }, spec: { containers: [{ name: 'httpd', image: 'httpd' }] } });
    await api.untilIs(`${pods}/orphan`, 'it runs', ({ status }) => status.phase === 'Running');
    const { metadata: { uid } } = await api.create(all, made(kind, 'it', 1, { name: 'pod-adoption' }));
    const adopted = await api.untilIs(`${pods}/orphan`, 'it is adopted', controller);
    assert.deepEqual([controller(adopted).uid, controller(adopted).kind], [uid, kind.kind]);
    await api.update(`${pods}/orphan`, ({ metadata }) => (metadata.labels = { name: 'not-matching-name' }));
    await api.untilIs(`${pods}/orphan`, 'it is released', (pod) => !controller(pod));
    await api.until('another takes its place', async () => (await api.get(`${pods}?labelSelector=name%3Dpod-adoption`)).items.length === 1);
  });

  test(`${kind.kind} should surface a failure condition on a common issue like exceeded quota`, async () => {
    const { ns, all } = await place(kind, 'quota');
    await api.create(`/api/v1/namespaces/${ns}/resourcequotas`, { metadata: { name: 'condition-test' }, spec: { hard: { pods: '2' } } });
    await api.untilIs(`/api/v1/namespaces/${ns}/resourcequotas/condition-test`, 'the quota is seen', ({ status }) => status.hard?.pods === '2' && status.used);
    await api.create(all, made(kind, 'condition-test', 3, { name: 'condition-test' }));
    const failed = await api.untilIs(`${all}/condition-test`, 'it cannot make all', (thing) => thing.status.observedGeneration >= thing.metadata.generation && conditionOf(thing, 'ReplicaFailure'));
    assert.deepEqual([conditionOf(failed, 'ReplicaFailure').status, conditionOf(failed, 'ReplicaFailure').reason], ['True', 'FailedCreate']);
    await api.update(`${all}/condition-test`, ({ spec }) => (spec.replicas = 2));
    await api.untilIs(`${all}/condition-test`, 'it can', (thing) => thing.status.observedGeneration >= thing.metadata.generation && !conditionOf(thing, 'ReplicaFailure'));
  });

  test(`${kind.kind} should have a working scale subresource`, async () => {
    const { all, pods } = await place(kind, 'scale');
    await api.create(all, made(kind, 'it', 1, { name: 'sample-pod' }));
    await api.untilIs(`${all}/it`, 'one is ready', ({ status }) => status.readyReplicas === 1);
    const scale = await api.get(`${all}/it/scale`);
    assert.deepEqual([scale.apiVersion, scale.spec.replicas, scale.status.replicas, scale.status.selector], ['autoscaling/v1', 1, 1, 'name=sample-pod']);
    const { resourceVersion: _, ...metadata } = scale.metadata;
    assert.equal((await api.put(`${all}/it/scale`, { ...scale, metadata, spec: { replicas: 2 } })).spec.replicas, 2);
    await api.untilIs(`${all}/it`, 'two are ready', ({ status }) => status.readyReplicas === 2);
    await api.patch(`${all}/it/scale`, { metadata: { creationTimestamp: null }, spec: { replicas: 4 }, status: { replicas: 0 } });
    assert.equal((await api.get(`${all}/it`)).spec.replicas, 4);
    await api.until('four pods', async () => (await api.get(pods)).items.length === 4);
  });
}

test('ReplicationController should test the lifecycle of a ReplicationController', async () => {
  const { all } = await place(kinds[0], 'lifecycle');
  const url = `${all}/rc-test`;
  const selector = '?labelSelector=test-rc-static%3Dtrue';
  const list = await api.get(all + selector);
  await using watch = api.watch(`${all}${selector}&resourceVersion=${list.metadata.resourceVersion}`);
  await api.create(all, made(kinds[0], 'rc-test', 1, { 'test-rc-static': 'true' }));
  await watch.next('ADDED');
  await watch.until('one is ready', ({ object }) => object.status.replicas === 1 && object.status.readyReplicas === 1);
  const patched = await api.patch(url, { metadata: { labels: { 'test-rc': 'patched' } } });
  assert.equal(patched.metadata.labels?.['test-rc'], 'patched');
  await watch.until('it is modified', ({ type }) => type === 'MODIFIED');
  const { status } = await api.patch(`${url}/status`, { status: { readyReplicas: 0, availableReplicas: 0 } });
  assert.equal(status.readyReplicas ?? 0, 0);
  await watch.until('it is modified', ({ type }) => type === 'MODIFIED');
  await watch.until('one replica', ({ object }) => object.status.replicas === 1);
  assert.equal((await api.get(`${url}/status`)).status.replicas, 1);
  await api.patch(`${url}/scale`, { metadata: { creationTimestamp: null }, spec: { replicas: 2 }, status: { replicas: 0 } });
  await watch.until('it is modified', ({ type }) => type === 'MODIFIED');
  await watch.until('two are ready', ({ object }) => object.status.replicas === 2 && object.status.readyReplicas === 2);
  const thing = await api.get(url);
  thing.status.availableReplicas = 1;
  thing.status.readyReplicas = 1;
  await api.update(url, (one) => Object.assign(one.status, { availableReplicas: 1, readyReplicas: 1 }), `${url}/status`);
  await watch.until('it is modified', ({ type }) => type === 'MODIFIED');
  assert.equal((await api.get(`/api/v1/replicationcontrollers${selector}`)).items[0]?.metadata.labels?.['test-rc'], 'patched');
  await api.delete(`${all}${selector}`, {});
  await watch.until('it is deleted', ({ type }) => type === 'DELETED');
});

test('ReplicaSet Replace and Patch tests', async () => {
  const { ns, all } = await place(kinds[1], 'replace');
  await using watch = api.watch(`${all}?labelSelector=test-rs%3Dpatched`);
  await api.create(all, made(kinds[1], 'test-rs', 1, { name: 'sample-pod', pod: 'httpd' }));
  await api.untilIs(`${all}/test-rs`, 'one is ready', ({ status }) => status.readyReplicas === 1);
  await api.patch(`${all}/test-rs/scale`, { metadata: { name: 'test-rs', namespace: ns }, spec: { replicas: 2 } }, 'merge-patch+json');
  await api.untilIs(`${all}/test-rs`, 'two are ready', ({ status }) => status.readyReplicas === 2);
  await api.patch(`${all}/test-rs`, { metadata: { labels: { 'test-rs': 'patched' } }, spec: { replicas: 3, template: { spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'test-rs', image: 'pause' }] } } } });
  await watch.until('it is patched, and all are ready', ({ object: { spec, status } }) => status.readyReplicas === 3 && status.availableReplicas === 3 && spec.template.spec.containers[0].image === 'pause' && spec.template.spec.terminationGracePeriodSeconds === 0);
});

test('ReplicaSet should list and delete a collection of ReplicaSets', async () => {
  const { ns, all } = await place(kinds[1], 'collection');
  await api.create(all, made(kinds[1], 'e2e', 3, { e2e: 'testing' }));
  await api.untilIs(`${all}/e2e`, 'three are available', ({ status }) => status.availableReplicas === 3);
  const everywhere = async (): Promise<number> => (await api.get('/apis/apps/v1/replicasets?labelSelector=e2e%3Dtesting')).items.length;
  assert.equal(await everywhere(), 1);
  await api.delete(`${all}?labelSelector=e2e%3Dtesting`, { gracePeriodSeconds: 1 });
  assert.equal(await everywhere(), 0);
  await api.until('no pod is left', async () => (await api.get(`/api/v1/namespaces/${ns}/pods`)).items.length === 0);
});
