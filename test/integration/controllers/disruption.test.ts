import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PodDisruptionBudget } from '../../../src/api/generated/policy-v1.ts';
import { deployments, events, namespaces, podDisruptionBudgets, pods, replicaSets } from '../../../src/api/refs.ts';
import type { Draft } from '../../../src/apimachinery/meta.ts';
import { startControllers } from './controllers-under-test.ts';

test('a disruption that was announced and did not come is taken back; a budget says which pods it cannot count', { timeout: 600_000 }, async () => {
  await using cluster = await startControllers(['disruption-controller']);
  const { client, signal, until } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  const pod = await client.resource(pods, 'shop').create({ metadata: { name: 'lone', labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'one' }] } } as never, { signal });
  const told = { type: 'DisruptionTarget', status: 'True', reason: 'EvictionByEvictionAPI', message: 'Eviction API: evicting', lastTransitionTime: '2026-01-01T00:00:00Z' };
  const ready = { type: 'Ready', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z' };
  await client.resource(pods, 'shop').updateStatus({ ...pod, status: { phase: 'Running', conditions: [told, ready] } } as never, { signal });
  const after = await until('it is taken back', async () => {
    const { conditions } = (await client.resource(pods, 'shop').get('lone', { signal })).status;
    return conditions?.find(({ type, status }) => type === 'DisruptionTarget' && status === 'False');
  });
  assert.deepEqual([after.reason, after.message], [undefined, undefined]);
  assert.equal((await client.resource(pods, 'shop').get('lone', { signal })).status.conditions?.length, 2);

  const budget = { metadata: { name: 'b', namespace: 'shop' }, spec: { maxUnavailable: 1, selector: { matchLabels: { app: 'web' } } } } as Draft<PodDisruptionBudget>;
  await client.resource(podDisruptionBudgets, 'shop').create(budget, { signal });
  const event = await until('an event tells of it', async () => (await client.resource(events, 'shop').list({ signal })).items.find(({ reason }) => reason === 'UnmanagedPods'));
  assert.match(event.message ?? '', /^Pods selected by this PodDisruptionBudget \(selector: &LabelSelector\{MatchLabels:map\[string\]string\{app: web,\},.*\) were found to be unmanaged\. As a result, /);
  assert.equal(event.type, 'Warning');
});

test('a budget counts by the set of a Deployment that is gone, and not at all where the set is gone too', { timeout: 60_000 }, async () => {
  await using cluster = await startControllers(['disruption-controller']);
  const { client, signal, until } = cluster;
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  const labels = { app: 'web' };
  const template = { metadata: { labels }, spec: { containers: [{ name: 'c', image: 'one' }] } };
  const controlledBy = (kind: string, { name, uid }: { name: string; uid: string }): object => ({ ownerReferences: [{ apiVersion: 'apps/v1', kind, name, uid, controller: true }] });
  const above = await client.resource(deployments, 'shop').create({ metadata: { name: 'web' }, spec: { replicas: 7, selector: { matchLabels: labels }, template } } as never, { signal });
  const set = await client.resource(replicaSets, 'shop').create({ metadata: { name: 'web-1', labels, ...controlledBy('Deployment', above.metadata) }, spec: { replicas: 4, selector: { matchLabels: labels }, template } } as never, { signal });
  await client.resource(pods, 'shop').create({ ...template, metadata: { name: 'p', labels, ...controlledBy('ReplicaSet', set.metadata) } } as never, { signal });
  const budgets = client.resource(podDisruptionBudgets, 'shop');
  await budgets.create({ metadata: { name: 'b', namespace: 'shop' }, spec: { maxUnavailable: 1, selector: { matchLabels: labels } } } as never, { signal });
  const expected = async (): Promise<number | undefined> => (await budgets.get('b', { signal })).status.expectedPods;
  await until('the Deployment counts', async () => (await expected()) === 7);
  await client.resource(deployments, 'shop').delete('web', { propagationPolicy: 'Orphan', signal });
  await client.resource(deployments, 'shop').patch('web', { type: 'merge', patch: { metadata: { finalizers: null } } }, { signal });
  await until('its set counts', async () => (await expected()) === 4);
  await client.resource(replicaSets, 'shop').delete('web-1', { signal });
  const failed = await until('nothing can be told', async () => (await budgets.get('b', { signal })).status.conditions?.find(({ reason }) => reason === 'SyncFailed'));
  assert.deepEqual([failed.status, failed.message], ['False', 'found no controllers for pod "p"']);
});
