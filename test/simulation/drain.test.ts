import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type ApiError, Cluster } from '../../src/index.ts';
import { APPS, DEFAULT, deployment, isReady, list, type Seen } from './support/objects.ts';

test('draining a node waits for what a PodDisruptionBudget allows, and empties it', async () => {
  await using cluster = await Cluster.start({ clock: 'virtual', seed: 3, simulatedNodes: 3 });
  const [drained = ''] = cluster.nodes;
  await cluster.request('POST', `${APPS}/deployments`, deployment('web', 6));
  // A new pod counts as there only after a while, so that the budget holds the drain up.
  await cluster.request('PATCH', `${APPS}/deployments/web`, { spec: { template: { spec: { containers: [{ name: 'main', image: 'example/web:1', readinessProbe: { exec: { command: ['true'] }, initialDelaySeconds: 20 } }] } } } }, { contentType: 'application/strategic-merge-patch+json' });
  const ready = async (): Promise<Seen[]> => (await list(cluster, `${DEFAULT}/pods`)).filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined);
  await cluster.clock.until(async () => (await ready()).length === 6 && (await list(cluster, `${DEFAULT}/pods`)).length === 6, '10m');
  await cluster.request('POST', '/apis/policy/v1/namespaces/default/poddisruptionbudgets', { metadata: { name: 'web' }, spec: { minAvailable: 5, selector: { matchLabels: { app: 'web' } } } });

  await cluster.request('PATCH', `/api/v1/nodes/${drained}`, { spec: { unschedulable: true } });
  const startedMs = cluster.clock.now();
  let refusals = 0;
  const evict = async ({ metadata: { name } }: Seen): Promise<void> => {
    try {
      await cluster.request('POST', `${DEFAULT}/pods/${name}/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name } });
    } catch (error) {
      const { reason, message } = error as ApiError;
      assert.deepEqual([reason, message], ['TooManyRequests', "Cannot evict pod as it would violate the pod's disruption budget."]);
      refusals++;
    }
  };
  const left = async (): Promise<Seen[]> => (await list(cluster, `${DEFAULT}/pods`)).filter(({ spec }) => spec.nodeName === drained);
  assert.equal((await left()).length, 2);
  while ((await left()).length > 0) {
    for (const pod of (await left()).filter(({ metadata }) => metadata.deletionTimestamp === undefined)) await evict(pod);
    assert.ok((await ready()).length >= 5);
    await cluster.clock.advance('5s'); // as kubectl drain
  }
  assert.ok(refusals > 0);
  assert.ok(cluster.clock.now() - startedMs >= 20_000);
  await cluster.clock.until(async () => (await ready()).length === 6, '1m');
  assert.equal((await list(cluster, `${DEFAULT}/pods`)).some(({ spec }) => spec.nodeName === drained), false);
});
