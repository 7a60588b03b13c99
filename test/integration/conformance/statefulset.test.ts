/** The suite's sig-apps StatefulSet tests, step by step. A readiness gate stands for the HTTP probe that the suite breaks and mends. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ConformanceApi, type Json, type Thing, isTrue } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;
const GATE = 'conformance.example/ready';

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 2 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

interface Place {
  readonly ns: string;
  readonly sets: string;
  readonly pods: string;
  readonly url: string;
}

async function place(prefix: string): Promise<Place> {
  const ns = await api.namespace(prefix);
  await api.create(`/api/v1/namespaces/${ns}/services`, { metadata: { name: 'test' }, spec: { ports: [{ port: 80, name: 'http', protocol: 'TCP' }], clusterIP: 'None', selector: { baz: 'blah', foo: 'bar' } } });
  const sets = `/apis/apps/v1/namespaces/${ns}/statefulsets`;
  return { ns, sets, pods: `/api/v1/namespaces/${ns}/pods`, url: `${sets}/ss` };
}

function set(replicas: number, { gated = false, ...spec }: Json = {}): object {
  const labels = { foo: 'bar', baz: 'blah' };
  return {
    metadata: { name: 'ss' },
    spec: {
      selector: { matchLabels: labels }, replicas, serviceName: 'test', ...spec,
      template: { metadata: { labels, annotations: {} }, spec: { containers: [{ name: 'webserver', image: 'httpd:old' }], terminationGracePeriodSeconds: 0, ...(gated && { readinessGates: [{ conditionType: GATE }] }) } },
    },
  };
}

async function podsOf({ pods }: Place): Promise<Thing[]> {
  const { items } = await api.get(`${pods}?labelSelector=baz%3Dblah%2Cfoo%3Dbar`);
  return items.sort((one, other) => (one.metadata.name < other.metadata.name ? -1 : 1));
}

async function gate(there: Place, status: 'True' | 'False'): Promise<void> {
  for (const pod of await podsOf(there)) {
    if (pod.metadata.deletionTimestamp || pod.status.conditions?.some((one: Json) => one.type === GATE && one.status === status)) continue;
    await api.answer('PATCH', `${there.pods}/${pod.metadata.name}/status`, JSON.stringify({ status: { conditions: [{ type: GATE, status }] } }), { 'content-type': 'application/strategic-merge-patch+json' });
  }
}

const runningAndReady = (there: Place, count: number, each: () => Promise<void> = async () => {}): Promise<Thing[]> =>
  api.until(`${count} pods are ready`, async () => {
    await each();
    const pods = await podsOf(there);
    return pods.length === count && pods.every((pod) => pod.status.phase === 'Running' && isTrue(pod, 'Ready') && !pod.metadata.deletionTimestamp) && pods;
  });

const settled = (there: Place): Promise<Thing> => api.untilIs(there.url, 'the status tells of this generation', ({ metadata, status }) => status.observedGeneration >= metadata.generation);

/** Longer than any reconcile takes: what has not happened till then is held back. */
async function stays(there: Place, count: number): Promise<void> {
  const end = performance.now() + 1000;
  await api.until('a second has passed', async () => {
    assert.equal((await podsOf(there)).length, count);
    return performance.now() > end;
  });
}

test('Scaling should happen in predictable order and halt if any stateful pod is unhealthy', async () => {
  const there = await place('scaling');
  const { metadata: { resourceVersion } } = await api.get(`${there.pods}?labelSelector=baz%3Dblah%2Cfoo%3Dbar`);
  await using up = api.watch(`${there.pods}?labelSelector=baz%3Dblah%2Cfoo%3Dbar&resourceVersion=${resourceVersion}`);
  await api.create(there.sets, set(1, { gated: true }));
  await runningAndReady(there, 1, () => gate(there, 'True'));
  await gate(there, 'False');
  await api.untilIs(there.url, 'none is ready', ({ status }) => (status.readyReplicas ?? 0) === 0);
  await api.update(there.url, ({ spec }) => (spec.replicas = 3));
  await stays(there, 1);
  await runningAndReady(there, 3, () => gate(there, 'True'));
  for (const name of ['ss-0', 'ss-1', 'ss-2']) await up.until(`${name} is added`, ({ type, object }) => type === 'ADDED' && object.metadata.name === name);

  const list = await api.get(there.pods);
  await using down = api.watch(`${there.pods}?labelSelector=baz%3Dblah%2Cfoo%3Dbar&resourceVersion=${list.metadata.resourceVersion}`);
  await gate(there, 'False');
  await api.untilIs(there.url, 'none is ready', ({ status }) => (status.readyReplicas ?? 0) === 0);
  await api.update(there.url, ({ spec }) => (spec.replicas = 0));
  await stays(there, 3);
  await api.until('all are gone', async () => {
    await gate(there, 'True');
    return (await podsOf(there)).length === 0;
  });
  for (const name of ['ss-2', 'ss-1', 'ss-0']) await down.until(`${name} is deleted`, ({ type, object }) => type === 'DELETED' && object.metadata.name === name);
});

test('Burst scaling should run to completion even with unhealthy pods', async () => {
  const there = await place('burst');
  await api.create(there.sets, set(1, { gated: true, podManagementPolicy: 'Parallel' }));
  await runningAndReady(there, 1, () => gate(there, 'True'));
  await gate(there, 'False');
  await api.untilIs(there.url, 'none is ready', ({ status }) => (status.readyReplicas ?? 0) === 0);
  await api.update(there.url, ({ spec }) => (spec.replicas = 3));
  await api.until('there are three', async () => (await podsOf(there)).length === 3);
  await runningAndReady(there, 3, () => gate(there, 'True'));
  await gate(there, 'False');
  await api.untilIs(there.url, 'none is ready', ({ status }) => (status.readyReplicas ?? 0) === 0);
  await api.update(there.url, ({ spec }) => (spec.replicas = 0));
  await api.until('there are none', async () => (await podsOf(there)).length === 0);
  await api.untilIs(there.url, 'no replicas', ({ status }) => status.replicas === 0);
});

test('Should recreate evicted statefulset', async () => {
  const there = await place('evicted');
  const ports = [{ hostPort: 21017, containerPort: 21017, name: 'conflict' }];
  await api.create(there.pods, { metadata: { name: 'test-pod' }, spec: { nodeName: 'node-1', containers: [{ name: 'webserver', image: 'httpd', ports }] } });
  await api.untilIs(`${there.pods}/test-pod`, 'the pod runs', ({ status }) => status.phase === 'Running');
  const body = set(1) as Json;
  body.spec.template.spec.nodeName = 'node-1';
  body.spec.template.spec.containers[0].ports = ports;
  const list = await api.get(`${there.pods}?fieldSelector=metadata.name%3Dss-0`);
  await using watch = api.watch(`${there.pods}?fieldSelector=metadata.name%3Dss-0&resourceVersion=${list.metadata.resourceVersion}`);
  await api.create(there.sets, body);
  const { metadata } = await watch.until('the pod is deleted', ({ type }) => type === 'DELETED');
  await api.delete(`${there.pods}/test-pod`, { gracePeriodSeconds: 0 });
  await api.until('another pod runs', async () => {
    const { body: pod } = await api.answer('GET', `${there.pods}/ss-0`);
    return pod.status?.phase === 'Running' && pod.metadata.uid !== metadata.uid;
  });
});

test('should have a working scale subresource', async () => {
  const there = await place('scale');
  await api.create(there.sets, set(1));
  await runningAndReady(there, 1);
  await api.untilIs(there.url, 'one replica', ({ status }) => status.replicas === 1);
  const scale = await api.get(`${there.url}/scale`);
  assert.deepEqual([scale.spec.replicas, scale.status.replicas], [1, 1]);
  const { resourceVersion: _, ...metadata } = scale.metadata;
  assert.equal((await api.put(`${there.url}/scale`, { ...scale, metadata, spec: { replicas: 2 } })).spec.replicas, 2);
  assert.equal((await api.get(there.url)).spec.replicas, 2);
  await api.patch(`${there.url}/scale`, { metadata: { creationTimestamp: null }, spec: { replicas: 4 }, status: { replicas: 0 } });
  assert.equal((await api.get(there.url)).spec.replicas, 4);
});

test('should list, patch and delete a collection of StatefulSets', async () => {
  const there = await place('collection');
  await api.create(there.sets, set(1));
  await runningAndReady(there, 1);
  await api.patch(there.url, { metadata: { labels: { 'test-ss': 'patched' } }, spec: { replicas: 2, template: { spec: { terminationGracePeriodSeconds: 1, containers: [{ name: 'ss', image: 'pause' }] } } } });
  const patched = await api.get(there.url);
  assert.deepEqual([patched.spec.replicas, patched.spec.template.spec.containers[0].image, patched.spec.template.spec.terminationGracePeriodSeconds], [2, 'pause', 1]);
  await runningAndReady(there, 2);
  await settled(there);
  assert.equal((await api.get('/apis/apps/v1/statefulsets?labelSelector=test-ss%3Dpatched')).items.length, 1);
  await api.delete(`${there.sets}?labelSelector=test-ss%3Dpatched`, { gracePeriodSeconds: 1 });
  assert.equal((await api.get('/apis/apps/v1/statefulsets?labelSelector=test-ss%3Dpatched')).items.length, 0);
});

const images = (pods: readonly Thing[]): string[] => pods.map(({ spec }) => spec.containers[0].image);
const revisions = (pods: readonly Thing[]): (string | undefined)[] => pods.map(({ metadata }) => metadata.labels?.['controller-revision-hash']);

async function updated(there: Place, image: string): Promise<Thing> {
  await api.update(there.url, ({ spec }) => (spec.template.spec.containers[0].image = image));
  const { status } = await settled(there);
  assert.notEqual(status.currentRevision, status.updateRevision);
  return status;
}

test('should perform rolling updates and roll backs of template modifications', async () => {
  const there = await place('rolling');
  await api.create(there.sets, set(3, { gated: true }));
  const mend = (): Promise<void> => gate(there, 'True');
  const first = await runningAndReady(there, 3, mend);
  const { status: { currentRevision, updateRevision } } = await settled(there);
  assert.equal(currentRevision, updateRevision);
  assert.deepEqual(revisions(first), Array(3).fill(currentRevision));
  const list = await api.get(there.pods);
  await using watch = api.watch(`${there.pods}?resourceVersion=${list.metadata.resourceVersion}`);
  const breakOne = async (): Promise<void> => {
    await api.patch(`${there.pods}/ss-1/status`, { status: { conditions: [{ type: GATE, status: 'False' }] } });
    await api.untilIs(`${there.pods}/ss-1`, 'it is not ready', (pod) => !isTrue(pod, 'Ready'));
  };
  await breakOne();
  const second = await updated(there, 'httpd:new');
  const rolled = (image: string): Promise<boolean> => api.until(`all run ${image}`, async () => {
    await mend();
    const { status } = await api.get(there.url);
    return status.currentRevision === status.updateRevision && status.updatedReplicas === 3 && status.readyReplicas === 3;
  });
  await rolled('httpd:new');
  for (const name of ['ss-2', 'ss-1', 'ss-0']) await watch.until(`${name} is made anew`, ({ type, object }) => type === 'ADDED' && object.metadata.name === name);
  const pods = await runningAndReady(there, 3);
  assert.deepEqual([images(pods), revisions(pods)], [Array(3).fill('httpd:new'), Array(3).fill(second.updateRevision)]);
  await breakOne();
  const back = await updated(there, 'httpd:old');
  assert.equal(back.updateRevision, currentRevision, 'the old revision is taken again');
  await rolled('httpd:old');
  assert.deepEqual(revisions(await runningAndReady(there, 3)), Array(3).fill(currentRevision));
});

test('should perform canary updates and phased rolling updates of template modifications', async () => {
  const there = await place('canary');
  await api.create(there.sets, set(3, { updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 3 } } }));
  await runningAndReady(there, 3);
  await settled(there);
  const { currentRevision, updateRevision } = (await updated(there, 'httpd:new')) as Json;
  await stays(there, 3);
  assert.deepEqual(images(await podsOf(there)), Array(3).fill('httpd:old'));
  const partition = async (count: number): Promise<void> => {
    await api.update(there.url, ({ spec }) => (spec.updateStrategy = { type: 'RollingUpdate', rollingUpdate: { partition: count } }));
    await api.until(`from ${count} on all are new`, async () => {
      const pods = await podsOf(there);
      return pods.length === 3 && pods.every((pod, index) => isTrue(pod, 'Ready') && (index < count || revisions([pod])[0] === updateRevision));
    });
    assert.deepEqual(revisions(await runningAndReady(there, 3)), [0, 1, 2].map((index) => (index < count ? currentRevision : updateRevision)));
  };
  await partition(2);
  const [first, , last] = await podsOf(there);
  for (const pod of [first, last]) await api.delete(`${there.pods}/${pod?.metadata.name}`);
  await api.until('they are others', async () => (await podsOf(there)).every(({ metadata: { uid } }) => uid !== first?.metadata.uid && uid !== last?.metadata.uid));
  const pods = await runningAndReady(there, 3);
  assert.deepEqual(images(pods), ['httpd:old', 'httpd:old', 'httpd:new']);
  await partition(1);
  await partition(0);
  await api.untilIs(there.url, 'the new revision is the current one', ({ status }) => status.currentRevision === updateRevision);
});
