/**
 * A test in virtual time: `node --test examples/virtual-time.test.mjs`, with kubets installed. A node is lost and its pods move, which takes minutes of
 * the cluster's time and milliseconds of yours; the same seed gives the same run, to the last byte.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cluster } from 'kubets';

const labels = { app: 'web' };
const deployment = { metadata: { name: 'web' }, spec: { replicas: 4, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'web', image: 'example/web:1' }] } } } };

async function loseNode(seed) {
  await using cluster = await Cluster.start({ clock: 'virtual', seed, simulatedNodes: 3 });
  const [lost] = cluster.nodes;
  const pods = async () => (await cluster.request('GET', '/api/v1/namespaces/default/pods')).items.filter(({ metadata }) => !metadata.deletionTimestamp);
  const isReady = ({ status }) => status.conditions.find(({ type }) => type === 'Ready').status;

  await cluster.request('POST', '/apis/apps/v1/namespaces/default/deployments', deployment);
  assert.equal((await pods()).filter(({ status }) => status.phase === 'Running').length, 4);

  await cluster.stopNode(lost);
  await cluster.clock.advance('50s');
  assert.equal(isReady(await cluster.request('GET', `/api/v1/nodes/${lost}`)), 'Unknown');

  await cluster.clock.until(async () => (await pods()).every(({ spec, status }) => spec.nodeName !== lost && status.phase === 'Running'), '10m');
  assert.equal((await pods()).length, 4);
  return { digest: cluster.digest(), minutes: (cluster.clock.now() - Date.UTC(2026, 0, 1)) / 60_000 };
}

test('the pods of a lost node move after five minutes, in every run in the same way', async () => {
  const [one, again, other] = [await loseNode(42), await loseNode(42), await loseNode(43)];
  assert.ok(one.minutes > 5 && one.minutes < 7);
  assert.equal(again.digest, one.digest);
  assert.notEqual(other.digest, one.digest);
});
