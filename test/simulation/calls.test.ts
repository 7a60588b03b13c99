import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cluster } from '../../src/index.ts';
import { DEFAULT, list, type Seen } from './support/objects.ts';

test('requests are refused as over the network, and what they give is the caller\'s own', async () => {
  await using cluster = await Cluster.start({ clock: 'virtual' });
  await assert.rejects(cluster.request('GET', `${DEFAULT}/pods/none`), { name: 'ApiError', code: 404, reason: 'NotFound', message: 'pods "none" not found' });
  await assert.rejects(cluster.request('GET', `${DEFAULT}/pods`, undefined, { as: { user: 'joe' } }), { code: 403, reason: 'Forbidden', message: 'pods is forbidden: User "joe" cannot list resource "pods" in API group "" in the namespace "default"' });
  await assert.rejects(cluster.watch(`${DEFAULT}/pods`, () => undefined, { as: { user: 'joe' } }), { code: 403, reason: 'Forbidden' });
  const draft = { metadata: { name: 'kept' }, data: { a: 'b' } };
  const made = await cluster.request<{ metadata: { labels?: object }; data: Record<string, string> }>('POST', `${DEFAULT}/configmaps`, draft);
  made.data['a'] = 'changed here only';
  assert.deepEqual(draft, { metadata: { name: 'kept' }, data: { a: 'b' } });
  assert.equal((await cluster.request<{ data: { a: string } }>('GET', `${DEFAULT}/configmaps/kept`)).data.a, 'b');
  assert.equal(new Date(cluster.clock.now()).toISOString(), '2026-01-01T00:00:00.000Z');
});

test('a watch tells of what there is and what comes, until it is disposed, longer than servers keep watches', async () => {
  await using cluster = await Cluster.start({ clock: 'virtual', controllers: [], scheduler: false });
  const seen: string[] = [];
  const create = (name: string): Promise<unknown> => cluster.request('POST', `${DEFAULT}/configmaps`, { metadata: { name } });
  await create('first');
  const watch = await cluster.watch<Seen>(`${DEFAULT}/configmaps`, ({ type, object }) => void seen.push(`${type} ${object.metadata.name}`));
  await cluster.clock.advance('90m');
  await create('second');
  await cluster.request('DELETE', `${DEFAULT}/configmaps/first`);
  watch[Symbol.dispose]();
  await create('third');
  assert.deepEqual(seen, ['ADDED first', 'ADDED second', 'DELETED first']);
});

test('simulated nodes are what their options say', async () => {
  const taint = { key: 'gpu', value: 'yes', effect: 'NoSchedule' } as const;
  await using cluster = await Cluster.start({ clock: 'virtual', simulatedNodes: { count: 3, namePrefix: 'big-', cpu: 64, memory: '256Gi', pods: 250, labels: { pool: 'gpu' }, taints: [taint], zones: ['a', 'b'] } });
  assert.deepEqual(cluster.nodes, ['big-1', 'big-2', 'big-3']);
  const nodes = await cluster.request<{ items: (Seen & { status: { capacity: Record<string, string> } })[] }>('GET', '/api/v1/nodes');
  assert.deepEqual(nodes.items.map(({ metadata }) => metadata.labels?.['topology.kubernetes.io/zone']), ['a', 'b', 'a']);
  await cluster.request('POST', `${DEFAULT}/pods`, { metadata: { name: 'web' }, spec: { tolerations: [{ operator: 'Exists' }], containers: [{ name: 'main', image: 'example/web:1' }] } });
  await assert.rejects(cluster.request('GET', `${DEFAULT}/pods/web/log`), { code: 400, message: /^node big-\d is simulated: its pods have no logs/ });
  for (const { status: { capacity }, metadata, spec } of nodes.items) {
    assert.deepEqual([capacity['cpu'], capacity['memory'], capacity['pods'], metadata.labels?.['pool']], ['64', '256Gi', '250', 'gpu']);
    assert.deepEqual(spec.taints, [taint]);
  }
});

test('what cannot be is refused with what to write, and leaves nothing behind', async () => {
  for (const [options, message] of [
    [{ seed: -1 }, /^seed: -1 is no seed; give a whole number/],
    [{ startTime: 'noon' }, /^startTime: "noon" is no time; give one such as 2026/],
    [{ simulatedNodes: 1.5 }, /^simulatedNodes: 1.5 is no number of nodes/],
    [{ simulatedNodes: { count: 1, memory: 'much' } }, /^simulatedNodes.memory: "much" is no quantity/],
    [{ simulatedNodes: { count: 1, cpu: 0 } }, /^simulatedNodes.cpu: 0 is no number of cores/],
    [{ controllers: ['frobnicator'] }, /there is no controller "frobnicator"/],
  ] as const) await assert.rejects(Cluster.start({ clock: 'virtual', ...options }), (error: Error) => message.test(error.message));
  await using cluster = await Cluster.start({ clock: 'virtual', controllers: [], scheduler: false });
  await assert.rejects(cluster.clock.advance('soon'), /invalid duration "soon"/);
  await assert.rejects(cluster.clock.until(() => false, '1m'), /has not come within 1m of the cluster's time/);
  await assert.rejects(cluster.stopNode('none'), /there is no node "none"/);
  assert.equal((await list(cluster, '/api/v1/namespaces')).length, 4);
});
