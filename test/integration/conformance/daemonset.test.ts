/** The suite's sig-apps tests of DaemonSets and ControllerRevisions. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ConformanceApi, isTrue, type Json, type Thing } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 2 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

const label = { 'daemonset-name': 'daemon-set' };
const daemonSet = ({ nodeSelector = undefined as object | undefined, ...spec }: Json = {}): object => ({
  metadata: { name: 'daemon-set', labels: label },
  spec: { ...spec, selector: { matchLabels: label }, template: { metadata: { labels: label }, spec: { terminationGracePeriodSeconds: 0, ...(nodeSelector && { nodeSelector }), containers: [{ name: 'app', image: 'httpd:1', ports: [{ containerPort: 9376 }] }] } } },
});

interface Place {
  readonly all: string;
  readonly url: string;
  readonly pods: string;
  readonly revisions: string;
}

async function place(prefix: string): Promise<Place> {
  const ns = await api.namespace(prefix);
  const all = `/apis/apps/v1/namespaces/${ns}/daemonsets`;
  return { all, url: `${all}/daemon-set`, pods: `/api/v1/namespaces/${ns}/pods`, revisions: `/apis/apps/v1/namespaces/${ns}/controllerrevisions` };
}

const podsOf = async ({ pods }: Place): Promise<Thing[]> => (await api.get(`${pods}?labelSelector=daemonset-name%3Ddaemon-set`)).items.filter(({ metadata }) => !metadata.deletionTimestamp);

const runsOn = (there: Place, nodes: readonly string[], image = 'httpd:1'): Promise<Thing[]> =>
  api.until(`it runs on ${nodes.join()}`, async () => {
    const pods = await podsOf(there);
    const right = pods.every((pod) => isTrue(pod, 'Ready') && pod.spec.containers[0].image === image);
    return right && pods.map(({ spec }) => String(spec.nodeName)).sort().join() === nodes.join() && pods;
  });

const hashes = (pods: readonly Thing[]): (string | undefined)[] => pods.map(({ metadata }) => metadata.labels?.['controller-revision-hash']);

test('should run and stop simple daemon', async () => {
  const there = await place('simple');
  await api.create(there.all, daemonSet());
  const [pod] = (await runsOn(there, ['node-1', 'node-2'])) as [Thing];
  await api.untilIs(there.url, 'the status', ({ status }) => status.desiredNumberScheduled === 2 && status.numberReady === 2);
  await api.delete(`${there.pods}/${pod.metadata.name}`);
  await api.until('it is replaced', async () => (await podsOf(there)).every(({ metadata }) => metadata.uid !== pod.metadata.uid));
  await runsOn(there, ['node-1', 'node-2']);
});

test('should run and stop complex daemon', async () => {
  const there = await place('complex');
  await api.create(there.all, daemonSet({ nodeSelector: { 'daemonset-color': 'blue' } }));
  assert.deepEqual(await podsOf(there), []);
  const node = '/api/v1/nodes/node-1';
  await api.patch(node, { metadata: { labels: { 'daemonset-color': 'blue' } } });
  await runsOn(there, ['node-1']);
  await api.patch(node, { metadata: { labels: { 'daemonset-color': 'green' } } });
  await runsOn(there, []);
  await api.update(there.url, ({ spec }) => {
    spec.template.spec.nodeSelector = { 'daemonset-color': 'green' };
    spec.updateStrategy = { type: 'RollingUpdate' };
  });
  await runsOn(there, ['node-1']);
  await api.patch(node, { metadata: { labels: { 'daemonset-color': null } } });
  await runsOn(there, []);
});

test('should retry creating failed daemon pods', async () => {
  const there = await place('failed');
  await api.create(there.all, daemonSet());
  const [pod] = (await runsOn(there, ['node-1', 'node-2'])) as [Thing];
  const url = `${there.pods}/${pod.metadata.name}`;
  await api.until('the failed pod is gone', async () => {
    const { status, body } = await api.answer('GET', url);
    if (status === 404) return true;
    const { metadata: { resourceVersion: _, ...metadata }, ...rest } = body as Thing;
    // Its kubelet, which knows better, may have said so before the controller has seen it.
    if (rest.status.phase !== 'Failed' && !metadata.deletionTimestamp) await api.answer('PUT', `${url}/status`, { ...rest, metadata, status: { ...rest.status, phase: 'Failed' } });
    return false;
  });
  await runsOn(there, ['node-1', 'node-2']);
});

test('should update pod when spec was updated and update strategy is RollingUpdate', async () => {
  const there = await place('rolling');
  await api.create(there.all, daemonSet({ updateStrategy: { type: 'RollingUpdate' } }));
  const before = await runsOn(there, ['node-1', 'node-2']);
  const revisions = (): Promise<Thing[]> => api.get(`${there.revisions}?labelSelector=daemonset-name%3Ddaemon-set`).then(({ items }) => items);
  const current = (list: readonly Thing[]): string | undefined => list.toSorted((one, other) => Number(other['revision']) - Number(one['revision']))[0]?.metadata.labels?.['controller-revision-hash'];
  const first = await revisions();
  assert.deepEqual([first.length, first[0]?.['revision']], [1, 1]);
  assert.deepEqual(hashes(before), [current(first), current(first)]);
  await api.patch(there.url, { spec: { template: { spec: { containers: [{ name: 'app', image: 'httpd:2' }] } } } });
  await api.until('all are new, and at most one is missing at a time', async () => {
    const pods = await podsOf(there);
    assert.ok(pods.filter((pod) => !isTrue(pod, 'Ready')).length <= 1, JSON.stringify(pods.map(({ status }) => status)));
    return pods.length === 2 && pods.every(({ spec }) => spec.containers[0].image === 'httpd:2');
  });
  const after = await runsOn(there, ['node-1', 'node-2'], 'httpd:2');
  const second = await revisions();
  assert.deepEqual(new Set(second.map((one) => one['revision'])), new Set([1, 2]));
  assert.deepEqual(hashes(after), [current(second), current(second)]);
});

test('should rollback without unnecessary restarts', async () => {
  const there = await place('rollback');
  await api.create(there.all, daemonSet({ updateStrategy: { type: 'RollingUpdate' } }));
  const before = await runsOn(there, ['node-1', 'node-2']);
  await api.update(there.url, ({ spec }) => (spec.template.spec.readinessGates = [{ conditionType: 'never.example/true' }]));
  const at = await api.until('one pod is new', async () => (await podsOf(there)).find(({ spec }) => spec.readinessGates && spec.nodeName));
  await api.update(there.url, ({ spec }) => delete spec.template.spec.readinessGates);
  await api.until('it is old again', async () => (await podsOf(there)).every(({ spec }) => !spec.readinessGates));
  const after = await runsOn(there, ['node-1', 'node-2']);
  const kept = before.filter(({ spec }) => spec.nodeName !== at.spec.nodeName);
  assert.ok(kept.every(({ metadata }) => after.some((pod) => pod.metadata.uid === metadata.uid)), 'pods that were right all along stay');
});

test('should list and delete a collection of DaemonSets', async () => {
  const there = await place('collection');
  await api.create(there.all, daemonSet());
  await runsOn(there, ['node-1', 'node-2']);
  assert.equal((await api.get('/apis/apps/v1/daemonsets?labelSelector=daemonset-name%3Ddaemon-set')).items.filter(({ metadata }) => there.all.includes(`/${metadata.namespace}/`)).length, 1);
  await api.delete(`${there.all}?labelSelector=daemonset-name%3Ddaemon-set`, { gracePeriodSeconds: 1 });
  assert.equal((await api.get(there.all)).items.length, 0);
});

test('should manage the lifecycle of a ControllerRevision', async () => {
  const there = await place('revision');
  await api.create(there.all, daemonSet());
  await runsOn(there, ['node-1', 'node-2']);
  // Whenever the controller works on the set, it makes one of revisions that are the same: it should have nothing left to do.
  await api.untilIs(there.url, 'the status', ({ status }) => status.numberAvailable === 2 && status.updatedNumberScheduled === 2);
  const [initial] = (await api.get(`${there.revisions}?labelSelector=daemonset-name%3Ddaemon-set`)).items as [Thing];
  const { name } = initial.metadata;
  assert.equal((await api.get(`${there.revisions}/${name}`)).metadata.name, name);
  const patched = await api.patch(`${there.revisions}/${name}`, { metadata: { labels: { [name]: 'patched' } } });
  assert.equal(patched.metadata.labels?.[name], 'patched');
  const owner = (await api.get(there.url)).metadata;
  const hash = '12345';
  const newName = `daemon-set-${hash}`;
  const count = (number: number): Promise<Thing[]> =>
    api.until(`there are ${number}`, async () => {
      const { items } = await api.get(`${there.revisions}?labelSelector=daemonset-name%3Ddaemon-set`);
      return items.length === number && items;
    });
  const reference = { apiVersion: 'apps/v1', kind: 'DaemonSet', name: owner.name, uid: owner.uid, controller: true, blockOwnerDeletion: true };
  await api.create(there.revisions, { metadata: { name: newName, namespace: owner.namespace, labels: { ...label, 'controller-revision-hash': hash }, ownerReferences: [reference] }, data: initial['data'], revision: initial['revision'] + 1 });
  await count(2);
  await api.delete(`${there.revisions}/${name}`);
  await count(1);
  const updated = await api.update(`${there.revisions}/${newName}`, ({ metadata }) => (metadata.labels = { ...metadata.labels, [newName]: 'updated' }));
  assert.equal(updated.metadata.labels?.[newName], 'updated');
  await api.patch(there.url, { spec: { template: { spec: { terminationGracePeriodSeconds: 1 } } }, updateStrategy: { type: 'RollingUpdate' } });
  await count(2);
  await api.delete(`${there.revisions}?labelSelector=${newName}%3Dupdated`, {});
  const [last] = await count(1);
  assert.equal(last?.['revision'], 3);
});

test('a revision that is deleted is made again, and of two with one template the newer stays, with the pods', async () => {
  const there = await place('merge');
  await api.create(there.all, daemonSet());
  const before = await runsOn(there, ['node-1', 'node-2']);
  const [first] = (await api.get(there.revisions)).items as [Thing];
  await api.delete(`${there.revisions}/${first.metadata.name}`);
  const again = await api.untilIs(there.revisions, 'it is there again', ({ items }) => items.length === 1 && items[0]?.metadata.uid !== first.metadata.uid);
  const [second] = again.items as [Thing];
  const copy = { metadata: { name: 'daemon-set-copy', labels: { ...label, 'controller-revision-hash': 'copy' }, ownerReferences: second.metadata.ownerReferences }, data: second['data'], revision: 7 };
  await api.create(there.revisions, copy);
  await api.patch(`${there.revisions}/daemon-set-copy`, { metadata: { annotations: { looked: 'at' } } });
  await api.untilGone(`${there.revisions}/${second.metadata.name}`);
  const after = await api.until('the pods are labelled anew', async () => {
    const pods = await podsOf(there);
    return hashes(pods).every((hash) => hash === 'copy') && pods;
  });
  assert.deepEqual(after.map(({ metadata }) => metadata.uid).sort(), before.map(({ metadata }) => metadata.uid).sort());
});
