/** The suite's sig-api-machinery tests of namespaces and of the garbage collector. */
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

const pod = (name: string, extra: object = {}): object => ({ metadata: { name, ...extra }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'nothing' }] } });

test('should ensure that all pods and all services are removed when a namespace is deleted', async () => {
  const ns = await api.namespace('gone');
  const url = `/api/v1/namespaces/${ns}`;
  await api.create(`${url}/pods`, pod('test-pod'));
  await api.untilIs(`${url}/pods/test-pod`, 'it runs', ({ status }) => status.phase === 'Running');
  await api.create(`${url}/services`, { metadata: { name: 'test-service' }, spec: { selector: { foo: 'bar' }, ports: [{ port: 80 }] } });
  await api.delete(url);
  await api.untilGone(url);
  await api.create('/api/v1/namespaces', { metadata: { name: ns } });
  await api.refused(404, 'GET', `${url}/pods/test-pod`);
  await api.refused(404, 'GET', `${url}/services/test-service`);
});

test('should patch and apply an update to a Namespace', async () => {
  const ns = await api.namespace('patched');
  const patched = await api.patch(`/api/v1/namespaces/${ns}`, { metadata: { labels: { testLabel: 'testValue' } } });
  assert.equal(patched.metadata.labels?.['testLabel'], 'testValue');
  const updated = await api.update(`/api/v1/namespaces/${ns}`, ({ metadata }) => (metadata.labels = { ...metadata.labels, updated: ns }));
  assert.equal(updated.metadata.labels?.['updated'], ns);
});

test('should apply changes to a namespace status', async () => {
  const ns = await api.namespace('status');
  const url = `/api/v1/namespaces/${ns}`;
  const read = await api.get(`${url}/status`);
  assert.equal(read.status.phase, 'Active');
  const patched = await api.patch(`${url}/status`, { metadata: { annotations: { 'e2e-patched-ns-status': ns } }, status: { conditions: [{ type: 'StatusPatch', status: 'True', reason: 'E2E', message: 'Patched by an e2e test' }] } }, 'merge-patch+json');
  assert.equal(patched.metadata.annotations?.['e2e-patched-ns-status'], ns);
  assert.deepEqual(patched.status.conditions.map((one: Json) => one.type), ['StatusPatch']);
  const updated = await api.update(url, ({ status }) => status.conditions.push({ type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Updated by an e2e test' }), `${url}/status`);
  assert.deepEqual(updated.status.conditions.map((one: Json) => one.type), ['StatusPatch', 'StatusUpdate']);
  assert.deepEqual([updated.status.phase, updated.metadata.uid], ['Active', patched.metadata.uid]);
});

test('should apply a finalizer to a Namespace', async () => {
  const ns = await api.namespace('finalizer');
  const url = `/api/v1/namespaces/${ns}`;
  const finalizer = 'e2e.example.com/fakeFinalizer';
  const finalized = await api.update(url, ({ spec }) => spec.finalizers.push(finalizer), `${url}/finalize`);
  assert.deepEqual(finalized.spec.finalizers, ['kubernetes', finalizer]);
  const removed = await api.update(url, ({ spec }) => (spec.finalizers = ['kubernetes']), `${url}/finalize`);
  assert.deepEqual(removed.spec.finalizers, ['kubernetes']);
});

test('OrderedNamespaceDeletion namespace deletion should delete pod first', async () => {
  const ns = await api.namespace('ordered');
  const url = `/api/v1/namespaces/${ns}`;
  await api.create(`${url}/pods`, pod('first', { finalizers: ['e2e.example.com/finalizer'] }));
  await api.untilIs(`${url}/pods/first`, 'it runs', ({ status }) => status.phase === 'Running');
  await api.create(`${url}/configmaps`, { metadata: { name: 'test-configmap' }, data: { key: 'value' } });
  await api.create(`${url}/configmaps`, { metadata: { name: 'second', finalizers: ['e2e.example.com/finalizer'] } });
  await api.delete(url);
  await api.untilIs(`${url}/pods/first`, 'the pod is going', ({ metadata }) => metadata.deletionTimestamp);
  const processed = await api.untilIs(url, 'the namespace controller has worked on it', (one) => conditionOf(one, 'NamespaceDeletionContentFailure'));
  assert.equal(processed.status.phase, 'Terminating');
  assert.ok((await api.get(`${url}/pods/first`)).metadata.deletionTimestamp);
  await api.get(`${url}/configmaps/test-configmap`);
  const waiting = await api.untilIs(url, 'the namespace tells what is left', (one) => conditionOf(one, 'NamespaceFinalizersRemaining')?.status === 'True');
  assert.match(conditionOf(waiting, 'NamespaceContentRemaining').message, /pods\. has 1 resource instances/);
  assert.equal((await api.get(`${url}/configmaps/second`)).metadata.deletionTimestamp, undefined, 'nothing else goes before the pods have');
  await api.update(`${url}/pods/first`, ({ metadata }) => delete metadata.finalizers);
  await api.untilGone(`${url}/pods/first`);
  await api.untilIs(`${url}/configmaps/second`, 'the rest is going', ({ metadata }) => metadata.deletionTimestamp);
  await api.update(`${url}/configmaps/second`, ({ metadata }) => delete metadata.finalizers);
  await api.untilGone(url);
});

const labels = { type: 'gc' };
const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'nginx', image: 'nginx' }] } };

async function owned(prefix: string, replicas: number): Promise<{ url: string; rcs: string; rc: Thing }> {
  const url = `/api/v1/namespaces/${await api.namespace(prefix)}`;
  const rcs = `${url}/replicationcontrollers`;
  const rc = await api.create(rcs, { metadata: { name: 'simpletest.rc' }, spec: { replicas, selector: labels, template } });
  await api.untilIs(`${rcs}/simpletest.rc`, 'all are there', ({ status }) => status.replicas === replicas);
  return { url, rcs, rc };
}

const meant = ({ metadata: { uid } }: Thing, propagationPolicy: string): object => ({ propagationPolicy, preconditions: { uid } });

test('Garbage collector should delete pods created by rc when not orphaning', async () => {
  const { url, rcs, rc } = await owned('gc-pods', 3);
  await api.delete(`${rcs}/simpletest.rc`, meant(rc, 'Background'));
  await api.until('no pod is left', async () => (await api.get(`${url}/pods`)).items.length === 0);
});

test('Garbage collector should orphan pods created by rc if delete options say so', async () => {
  const { url, rcs, rc } = await owned('gc-orphan', 20);
  await api.delete(`${rcs}/simpletest.rc`, meant(rc, 'Orphan'));
  await api.untilGone(`${rcs}/simpletest.rc`);
  const { items } = await api.get(`${url}/pods`);
  assert.equal(items.filter(({ metadata }) => !metadata.deletionTimestamp && !metadata.ownerReferences).length, 20);
});

for (const propagationPolicy of ['Background', 'Orphan']) {
  test(`Garbage collector should ${propagationPolicy === 'Orphan' ? 'orphan' : 'delete'} RS created by deployment (${propagationPolicy})`, async () => {
    const ns = await api.namespace('gc-deployment');
    const apps = `/apis/apps/v1/namespaces/${ns}`;
    const deployment = await api.create(`${apps}/deployments`, { metadata: { name: 'simpletest' }, spec: { replicas: 2, selector: { matchLabels: labels }, template } });
    await api.untilIs(`${apps}/replicasets`, 'the set is there', ({ items }) => items.length === 1);
    await api.delete(`${apps}/deployments/simpletest`, meant(deployment, propagationPolicy));
    await api.untilGone(`${apps}/deployments/simpletest`);
    const pods = `/api/v1/namespaces/${ns}/pods`;
    if (propagationPolicy === 'Background') for (const left of [`${apps}/replicasets`, pods]) await api.untilIs(left, 'nothing is left', ({ items }) => items.length === 0);
    else {
      assert.deepEqual((await api.get(`${apps}/replicasets`)).items.map(({ metadata }) => metadata.ownerReferences), [undefined]);
      await api.untilIs(pods, 'its pods stay', ({ items }) => items.length === 2 && items.every(({ metadata }) => !metadata.deletionTimestamp));
    }
  });
}

test('Garbage collector should keep the rc around until all its pods are deleted if the deleteOptions says so', async () => {
  const { url, rcs, rc } = await owned('gc-foreground', 10);
  await using watch = api.watch(`${url}/pods?resourceVersion=${(await api.get(`${url}/pods`)).metadata.resourceVersion}`);
  await api.delete(`${rcs}/simpletest.rc`, meant(rc, 'Foreground'));
  for (let i = 0; i < 10; i++) await watch.until('a pod is deleted', ({ type }) => type === 'DELETED');
  await api.untilGone(`${rcs}/simpletest.rc`);
  assert.equal((await api.get(`${url}/pods`)).items.length, 0);
});

test('Garbage collector should not delete dependents that have both valid owner and owner that\'s waiting for dependents to be deleted', async () => {
  const { url, rcs, rc } = await owned('gc-both', 10);
  const second = await api.create(rcs, { metadata: { name: 'simpletest-rc-to-stay' }, spec: { replicas: 0, selector: { another: 'x' }, template: { ...template, metadata: { labels: { another: 'x' } } } } });
  const { items } = await api.get(`${url}/pods`);
  for (const { metadata: { name } } of items.slice(0, 5)) await api.patch(`${url}/pods/${name}`, { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'ReplicationController', name: 'simpletest-rc-to-stay', uid: second.metadata.uid }] } });
  await api.delete(`${rcs}/simpletest.rc`, meant(rc, 'Foreground'));
  await api.untilGone(`${rcs}/simpletest.rc`);
  const { items: left } = await api.get(`${url}/pods`);
  assert.deepEqual(left.map(({ metadata }) => metadata.deletionTimestamp), Array(5).fill(undefined));
  assert.deepEqual(left.map(({ metadata }) => metadata.ownerReferences?.map(({ name }) => name)), Array(5).fill(['simpletest-rc-to-stay']));
});

test('Garbage collector should not be blocked by dependency circle', async () => {
  const url = `/api/v1/namespaces/${await api.namespace('gc-circle')}/pods`;
  for (const name of ['pod1', 'pod2', 'pod3']) await api.create(url, pod(name));
  const uids = new Map((await api.get(url)).items.map(({ metadata }) => [metadata.name, metadata.uid]));
  for (const [name, owner] of [['pod1', 'pod3'], ['pod2', 'pod1'], ['pod3', 'pod2']] as const) {
    await api.patch(`${url}/${name}`, { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: owner, uid: uids.get(owner), controller: true, blockOwnerDeletion: true }] } });
  }
  await api.delete(`${url}/pod1`, { propagationPolicy: 'Foreground', preconditions: { uid: uids.get('pod1') } });
  await api.until('all are gone', async () => (await api.get(url)).items.length === 0);
});
