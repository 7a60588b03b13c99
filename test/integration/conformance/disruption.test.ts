/** The suite's sig-apps DisruptionController tests. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ConformanceApi, conditionOf, type Json } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 2 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

interface Place {
  readonly all: string;
  readonly url: string;
  readonly pods: string;
}

async function place(prefix: string): Promise<Place> {
  const ns = await api.namespace(prefix);
  const all = `/apis/policy/v1/namespaces/${ns}/poddisruptionbudgets`;
  return { all, url: `${all}/foo`, pods: `/api/v1/namespaces/${ns}/pods` };
}

const selector = { matchLabels: { foo: 'bar' } };
const labels = { foo: 'bar', e2e: 'testing' };
const budget = (spec: object, name = 'foo'): object => ({ metadata: { name, labels }, spec: { selector, ...spec } });

async function runPods({ pods }: Place, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await api.create(pods, { metadata: { name: `pod-${i}`, labels: { foo: 'bar' } }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'donothing', image: 'echo' }] } });
  await api.until('the pods run', async () => (await api.get(pods)).items.every(({ status }) => status.phase === 'Running'));
}

test('should create a PodDisruptionBudget', async () => {
  const there = await place('create');
  await api.create(there.all, budget({ minAvailable: '1%' }));
  const { spec } = await api.update(there.url, (one) => (one.spec.minAvailable = '2%'));
  assert.equal(spec.minAvailable, '2%');
  const patched = await api.patch(there.url, { spec: { minAvailable: '3%' } }, 'strategic-merge-patch+json');
  assert.equal(patched.spec.minAvailable, '3%');
  await api.untilIs(there.url, 'it is processed', ({ status, metadata }) => status.observedGeneration === metadata.generation);
  await api.delete(there.url);
  await api.untilGone(there.url);
});

test('Listing PodDisruptionBudgets for all namespaces should list and delete a collection of PodDisruptionBudgets', async () => {
  const [here, other] = [await place('list'), await place('other')];
  await api.create(here.all, budget({ minAvailable: 1 }));
  await api.create(here.all, budget({ minAvailable: '50%' }, 'foo2'));
  await api.create(other.all, budget({ maxUnavailable: 2 }, 'foo2'));
  const everywhere = await api.get('/apis/policy/v1/poddisruptionbudgets');
  assert.deepEqual(everywhere.items.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`), ['list-2/foo', 'list-2/foo2', 'other-3/foo2']);
  await api.delete(here.all, {});
  assert.deepEqual((await api.get(here.all)).items, []);
  assert.equal((await api.get(other.all)).items.length, 1);
});

test('should observe PodDisruptionBudget status updated', async () => {
  const there = await place('observe');
  await api.create(there.all, budget({ minAvailable: 1 }));
  await runPods(there, 3);
  const { status } = await api.untilIs(there.url, 'two may go', (one) => one.status.disruptionsAllowed === 2);
  assert.deepEqual([status.currentHealthy, status.desiredHealthy, status.expectedPods], [3, 1, 3]);
  assert.equal(conditionOf(await api.get(there.url), 'DisruptionAllowed').status, 'True');
});

test('should update/patch PodDisruptionBudget status', async () => {
  const there = await place('status');
  await api.create(there.all, budget({ minAvailable: 1 }));
  await runPods(there, 2);
  const settled = await api.untilIs(there.url, 'one may go', ({ status }) => status.disruptionsAllowed === 1);
  const old = { ...settled.status.disruptedPods };
  const updated = await api.update(there.url, ({ status }) => (status.disruptedPods = { 'pod-0': new Date().toISOString().replace(/\.\d+/, '') }), `${there.url}/status`);
  assert.deepEqual(Object.keys(updated.status.disruptedPods ?? {}), ['pod-0'], JSON.stringify(old));
  const patched = await api.patch(`${there.url}/status`, { status: { disruptedPods: null } }, 'merge-patch+json');
  assert.deepEqual(patched.status.disruptedPods ?? {}, {});
  assert.equal((await api.get(`${there.url}/status`)).metadata.uid, settled.metadata.uid);
});

test('should block an eviction until the PDB is updated to allow it', async () => {
  const there = await place('evict');
  await runPods(there, 3);
  await api.create(there.all, budget({ minAvailable: 3 }));
  await api.untilIs(there.url, 'it is processed', ({ status }) => status.currentHealthy === 3 && status.disruptionsAllowed === 0);
  const evict = (): Parameters<ConformanceApi['answer']> => ['POST', `${there.pods}/pod-0/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'pod-0' } }];
  const { status, body } = await api.answer(...evict());
  assert.deepEqual([status, (body as Json).reason, (body as Json).details.causes[0].reason], [429, 'TooManyRequests', 'DisruptionBudget']);
  await api.update(there.url, ({ spec }) => (spec.minAvailable = 2));
  await api.untilIs(there.url, 'one may go', (one) => one.status.disruptionsAllowed === 1);
  await api.create(`${there.pods}/pod-0/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'pod-0' } });
  await api.untilGone(`${there.pods}/pod-0`);
  const again = await api.patch(there.url, { spec: { minAvailable: 3 } }, 'merge-patch+json');
  assert.equal(again.spec.minAvailable, 3);
  await api.untilIs(there.url, 'none may go', (one) => one.status.observedGeneration === one.metadata.generation && one.status.disruptionsAllowed === 0);
  assert.equal((await api.answer('POST', `${there.pods}/pod-1/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'pod-1' } })).status, 429);
  await api.delete(there.url);
  await api.create(`${there.pods}/pod-1/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: 'pod-1' } });
});
