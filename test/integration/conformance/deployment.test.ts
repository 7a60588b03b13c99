/** The suite's sig-apps Deployment tests. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ConformanceApi, conditionOf, isTrue, type Json, type Thing } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 2 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

interface Place {
  readonly pods: string;
  readonly sets: string;
  readonly all: string;
  readonly url: string;
}

async function place(prefix: string): Promise<Place> {
  const ns = await api.namespace(prefix);
  const all = `/apis/apps/v1/namespaces/${ns}/deployments`;
  return { pods: `/api/v1/namespaces/${ns}/pods`, sets: `/apis/apps/v1/namespaces/${ns}/replicasets`, all, url: `${all}/web` };
}

function deployment(replicas: number, { labels = { name: 'sample' }, image = 'httpd', strategy = undefined as object | undefined, ...spec }: Json = {}): object {
  return { metadata: { name: 'web', labels }, spec: { replicas, selector: { matchLabels: labels }, ...(strategy && { strategy }), ...spec, template: { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'httpd', image }] } } } };
}

const replicaSet = (name: string, replicas: number, labels: object, image = 'nginx'): object => ({ metadata: { name, labels }, spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'nginx', image }] } } } });

const complete = (there: Place): Promise<Thing> =>
  api.untilIs(there.url, 'it is complete', ({ spec, status, metadata }) => status.updatedReplicas === spec.replicas && status.replicas === spec.replicas && status.availableReplicas === spec.replicas && status.observedGeneration >= metadata.generation);

const revision = (there: Place, number: string): Promise<Thing> => api.untilIs(there.url, `revision ${number}`, ({ metadata }) => metadata.annotations?.['deployment.kubernetes.io/revision'] === number);

test('RollingUpdateDeployment should delete old pods and create new ones', async () => {
  const there = await place('rolling');
  const old = replicaSet('old', 1, { name: 'sample', pod: 'httpd' }) as Json;
  old.metadata.annotations = { 'deployment.kubernetes.io/revision': '3546343826724305832' };
  old.spec.selector = { matchLabels: { name: 'sample' } };
  await api.create(there.sets, old);
  await api.untilIs(`${there.sets}/old`, 'it runs', ({ status }) => status.availableReplicas === 1);
  await api.create(there.all, deployment(1));
  await revision(there, '3546343826724305833');
  await complete(there);
  const { items } = await api.get(`${there.sets}?labelSelector=name%3Dsample`);
  assert.deepEqual(new Set(items.map(({ spec }) => spec.replicas)), new Set([0, 1]));
  const adopted = await api.get(`${there.sets}/old`);
  assert.equal(adopted.metadata.ownerReferences?.[0].kind, 'Deployment');
  assert.ok(adopted.metadata.labels?.['pod-template-hash'] === undefined, 'an adopted set is not renamed or labelled');
});

test('RecreateDeployment should delete old pods and create new ones', async () => {
  const there = await place('recreate');
  await api.create(there.all, deployment(1, { strategy: { type: 'Recreate' } }));
  await revision(there, '1');
  await complete(there);
  const list = await api.get(there.pods);
  await using watch = api.watch(`${there.pods}?resourceVersion=${list.metadata.resourceVersion}`);
  const changed = await api.update(there.url, ({ spec }) => (spec.template.spec.containers[0] = { name: 'nginx', image: 'nginx' }));
  await using deployments = api.watch(`${there.all}?fieldSelector=metadata.name%3Dweb&resourceVersion=${changed.metadata.resourceVersion}`);
  await revision(there, '2');
  await deployments.until('it is through', ({ object: { spec, status, metadata } }) => {
    assert.ok((status.updatedReplicas ?? 0) === 0 || status.replicas === status.updatedReplicas, `new pods beside old ones: ${JSON.stringify(status)}`);
    return status.observedGeneration >= metadata.generation && status.updatedReplicas === spec.replicas;
  });
  const gone = await watch.until('the old pod goes, or a new one comes', ({ type }) => type === 'DELETED' || type === 'ADDED');
  assert.equal(gone.metadata.uid, list.items[0]?.metadata.uid, 'old pods go before new ones come');
  await complete(there);
});

test('deployment should delete old replica sets', async () => {
  const there = await place('cleanup');
  await api.create(there.sets, replicaSet('old', 1, { name: 'sample' }));
  await api.untilIs(`${there.sets}/old`, 'it runs', ({ status }) => status.availableReplicas === 1);
  const list = await api.get(there.pods);
  await using watch = api.watch(`${there.pods}?resourceVersion=${list.metadata.resourceVersion}`);
  await api.create(there.all, deployment(1, { revisionHistoryLimit: 0 }));
  const added = await watch.until('a pod of the new template', ({ type }) => type === 'ADDED');
  assert.equal(added.spec.containers[0].name, 'httpd');
  await complete(there);
  await api.untilGone(`${there.sets}/old`);
});

test('deployment should support rollover', async () => {
  const there = await place('rollover');
  await api.create(there.sets, replicaSet('old', 1, { name: 'rollover' }));
  await api.untilIs(`${there.sets}/old`, 'it runs', ({ status }) => status.availableReplicas === 1);
  const labels = { name: 'rollover' };
  const stuck = deployment(1, { labels, minReadySeconds: 1, strategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } } }) as Json;
  stuck.spec.template.spec.nodeSelector = { never: 'there' }; // for the image that there is not
  await api.create(there.all, stuck);
  await api.untilIs(there.url, 'it has begun', ({ status }) => status.updatedReplicas >= 1);
  await revision(there, '1');
  const first = await api.until('the new set', async () => (await api.get(there.sets)).items.find(({ metadata }) => metadata.name !== 'old'));
  for (const name of ['old', first.metadata.name]) assert.equal((await api.get(`${there.sets}/${name}`)).status.replicas, 1, name);
  await api.update(there.url, ({ spec }) => {
    delete spec.template.spec.nodeSelector;
    spec.template.spec.containers[0] = { name: 'agnhost', image: 'agnhost' };
  });
  await revision(there, '2');
  await complete(there);
  assert.equal((await api.get(`${there.sets}/old`)).spec.replicas, 0);
  assert.equal((await api.get(`${there.sets}/${first.metadata.name}`)).spec.replicas, 0);
});

test('deployment should support proportional scaling', async () => {
  const there = await place('proportional');
  await api.create(there.all, deployment(10, { strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } }));
  await complete(there);
  const [first] = (await api.get(there.sets)).items as [Thing];
  await api.update(there.url, ({ spec }) => {
    spec.template.spec.containers[0].image = 'webserver:404';
    spec.template.spec.nodeSelector = { never: 'there' };
  });
  await revision(there, '2');
  await api.untilIs(`${there.sets}/${first.metadata.name}`, 'the old set has 8', ({ spec, status }) => spec.replicas === 8 && status.availableReplicas === 8);
  const second = await api.until('the new set has 5', async () => (await api.get(there.sets)).items.find(({ metadata, spec }) => metadata.name !== first.metadata.name && spec.replicas === 5));
  await api.update(there.url, ({ spec }) => (spec.replicas = 30));
  await api.untilIs(`${there.sets}/${first.metadata.name}`, 'the old set has 20', ({ spec }) => spec.replicas === 20);
  await api.untilIs(`${there.sets}/${second.metadata.name}`, 'the new set has 13', ({ spec }) => spec.replicas === 13);
});

test('Deployment should have a working scale subresource', async () => {
  const there = await place('scale');
  await api.create(there.all, deployment(1));
  await complete(there);
  const scale = await api.get(`${there.url}/scale`);
  assert.deepEqual([scale.apiVersion, scale.kind, scale.spec.replicas, scale.status.replicas, scale.status.selector], ['autoscaling/v1', 'Scale', 1, 1, 'name=sample']);
  const { resourceVersion: _, ...metadata } = scale.metadata;
  assert.equal((await api.put(`${there.url}/scale`, { ...scale, metadata, spec: { replicas: 2 } })).spec.replicas, 2);
  await api.patch(`${there.url}/scale`, { metadata: { creationTimestamp: null }, spec: { replicas: 4 }, status: { replicas: 0 } });
  assert.equal((await api.get(there.url)).spec.replicas, 4);
});

test('should run the lifecycle of a Deployment', async () => {
  const there = await place('lifecycle');
  const labels = { 'test-deployment-static': 'true' };
  const selector = '?labelSelector=test-deployment-static%3Dtrue';
  const list = await api.get(`/apis/apps/v1/deployments${selector}`);
  await using watch = api.watch(`${there.all}${selector}&resourceVersion=${list.metadata.resourceVersion}`);
  await api.create(there.all, deployment(2, { labels }));
  await watch.until('it is added', ({ type }) => type === 'ADDED');
  await watch.until('both are ready', ({ object }) => object.status.availableReplicas === 2 && object.status.readyReplicas === 2);
  await api.patch(there.url, { metadata: { labels: { 'test-deployment': 'patched' } }, spec: { replicas: 1, template: { spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'test-deployment', image: 'pause' }] } } } });
  await watch.until('it is patched', ({ type, object }) => type === 'MODIFIED' && object.metadata.labels?.['test-deployment'] === 'patched' && object.spec.template.spec.containers[0].image === 'pause');
  await watch.until('one is ready', ({ object }) => object.status.readyReplicas === 1 && object.status.availableReplicas === 1 && object.status.replicas === 1);
  assert.equal((await api.get(`/apis/apps/v1/deployments${selector}`)).items.length, 1);
  const status = { readyReplicas: 0, availableReplicas: 0, unavailableReplicas: 2 };
  await api.update(there.url, (thing) => {
    thing.metadata.labels = { ...thing.metadata.labels, 'test-deployment': 'updated' };
    thing.spec.template.spec.containers[0].image = 'httpd:2';
    thing.spec.replicas = 2;
  });
  await watch.until('it is updated', ({ object }) => object.metadata.labels?.['test-deployment'] === 'updated');
  await watch.until('both are ready', ({ object }) => object.status.readyReplicas === 2 && object.status.updatedReplicas === 2 && object.status.replicas === 2);
  await api.patch(`${there.url}/status`, { status });
  await watch.until('the status is patched', ({ object }) => (object.status.readyReplicas ?? 0) === 0 && object.status.unavailableReplicas === 2);
  const read = await api.get(`${there.url}/status`);
  assert.ok(conditionOf(read, 'Progressing'));
  await watch.until('both are ready again', ({ object }) => object.status.readyReplicas === 2 && isTrue(object, 'Available'));
  await api.update(there.url, (thing) => {
    thing.status.conditions = [...thing.status.conditions, { type: 'E2E', status: 'True' }];
  }, `${there.url}/status`);
  await watch.until('the condition is seen', ({ object }) => isTrue(object, 'E2E'));
  await api.delete(`${there.all}${selector}`, { gracePeriodSeconds: 1, propagationPolicy: 'Foreground' });
  await watch.until('it is gone', ({ type }) => type === 'DELETED');
});
