import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cluster } from '../../src/index.ts';
import { APPS, condition, DEFAULT, deployment, isReady, list, type Seen } from './support/objects.ts';

test('a silent node is Unknown forty seconds after its last heartbeat, its pods go when their tolerations end, and it comes back', async () => {
  await using cluster = await Cluster.start({ clock: 'virtual', seed: 7, simulatedNodes: 2 });
  const [silent = '', other = ''] = cluster.nodes;
  const node = (): Promise<Seen> => cluster.request('GET', `/api/v1/nodes/${silent}`);
  const on = async (name: string, app: string): Promise<Seen[]> => (await list(cluster, `${DEFAULT}/pods?labelSelector=app%3D${app}`)).filter(({ spec, metadata }) => spec.nodeName === name && metadata.deletionTimestamp === undefined);
  await cluster.request('POST', `${APPS}/deployments`, deployment('patient', 4));
  const soon = ['not-ready', 'unreachable'].map((key) => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 30 }));
  await cluster.request('POST', `${APPS}/deployments`, deployment('hasty', 4, { tolerations: soon }));
  assert.deepEqual([(await on(silent, 'patient')).length, (await on(silent, 'hasty')).length], [2, 2]);

  await cluster.clock.advance('1m');
  await cluster.stopNode(silent);
  await cluster.clock.advance('30s'); // its last heartbeat is ten seconds old at most
  assert.equal(condition(await node(), 'Ready'), 'True');
  await cluster.clock.advance('15s');
  assert.equal(condition(await node(), 'Ready'), 'Unknown');
  assert.deepEqual((await node()).spec.taints?.map(({ key, effect }) => `${key}:${effect}`).sort(), ['node.kubernetes.io/unreachable:NoExecute', 'node.kubernetes.io/unreachable:NoSchedule']);

  await cluster.clock.advance('30s');
  assert.deepEqual([(await on(silent, 'patient')).length, (await on(silent, 'hasty')).length], [2, 0]);
  assert.equal((await on(other, 'hasty')).filter(isReady).length, 4);
  await cluster.clock.advance('4m');
  assert.equal((await on(silent, 'patient')).length, 2);
  await cluster.clock.advance('1m');
  assert.equal((await on(silent, 'patient')).length, 0);
  assert.equal((await on(other, 'patient')).filter(isReady).length, 4);

  await cluster.startNode(silent);
  await cluster.clock.until(async () => isReady(await node()), '1m');
  await cluster.clock.until(async () => (await list(cluster, `${DEFAULT}/pods`)).length === 8, '2m'); // it takes down what it still had
  assert.deepEqual((await node()).spec.taints ?? [], []);
});
