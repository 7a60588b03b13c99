import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../../../src/api/generated/batch-v1.ts';
import { jobs, namespaces, pods } from '../../../src/api/refs.ts';
import type { Draft } from '../../../src/apimachinery/meta.ts';
import { type ControllersUnderTest, endPods, runPods, startControllers } from './controllers-under-test.ts';

function job(spec: Partial<Job['spec']>): Draft<Job> {
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'one' } as never] } };
  return { metadata: { name: 'work', namespace: 'shop' }, spec: { template, ...spec } as Job['spec'] };
}

async function start(): Promise<ControllersUnderTest> {
  const cluster = await startControllers(['job-controller', 'garbage-collector-controller', 'ttl-after-finished-controller']);
  await cluster.client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal: cluster.signal });
  return cluster;
}

test('a Job runs to its completions, counts each pod once, and goes when its time is over', { timeout: 600_000 }, async () => {
  await using cluster = await start();
  const { client, signal, until } = cluster;
  const resource = client.resource(jobs, 'shop');
  await resource.create(job({ completions: 5, parallelism: 2 }), { signal });
  let most = await until('two are active', async () => (await resource.get('work', { signal })).status.active);
  const done = await until('it is complete', async () => {
    most = Math.max(most, (await resource.get('work', { signal })).status.active ?? 0);
    await endPods(cluster, 'shop');
    const { status } = await resource.get('work', { signal });
    return status.conditions?.some(({ type }) => type === 'Complete') && status;
  });
  assert.equal(most, 2);
  assert.deepEqual([done.succeeded, done.failed ?? 0, done.active ?? 0], [5, 0, 0]);
  assert.deepEqual(done.conditions?.map(({ type, reason }) => `${type} ${reason}`), ['SuccessCriteriaMet CompletionsReached', 'Complete CompletionsReached']);
  const { items } = await client.resource(pods, 'shop').list({ signal });
  assert.equal(items.length, 5);
  await until('no finalizer is left', async () => (await client.resource(pods, 'shop').list({ signal })).items.every(({ metadata }) => !metadata.finalizers?.length));
  await resource.patch('work', { type: 'merge', patch: { spec: { ttlSecondsAfterFinished: 0 } } }, { signal });
  await until('job and pods are gone', async () => {
    await endPods(cluster, 'shop');
    return (await resource.list({ signal })).items.length === 0 && (await client.resource(pods, 'shop').list({ signal })).items.length === 0;
  });
});

test('an indexed Job runs each index; one that fails too often fails', { timeout: 600_000 }, async () => {
  await using cluster = await start();
  const { client, signal, until } = cluster;
  const resource = client.resource(jobs, 'shop');
  await resource.create(job({ completions: 3, parallelism: 3, completionMode: 'Indexed' }), { signal });
  const done = await until('it is complete', async () => {
    await endPods(cluster, 'shop');
    const { status } = await resource.get('work', { signal });
    return status.conditions?.some(({ type }) => type === 'Complete') && status;
  });
  assert.equal(done.completedIndexes, '0-2');
  const { items } = await client.resource(pods, 'shop').list({ signal });
  assert.deepEqual(items.map(({ spec }) => spec.hostname).sort((one = '', other = '') => (one < other ? -1 : 1)), ['work-0', 'work-1', 'work-2']);
  await resource.delete('work', { propagationPolicy: 'Background', signal });
  await until('pods are gone', async () => (await client.resource(pods, 'shop').list({ signal })).items.length === 0);

  await resource.create(job({ backoffLimit: 0, parallelism: 2, completions: 2 }), { signal });
  let failedOne = '';
  const failed = await until('it has failed', async () => {
    const { items: running } = await client.resource(pods, 'shop').list({ signal });
    failedOne ||= running[0]?.metadata.name ?? '';
    if (running.length === 2 || failedOne) {
      for (const pod of running) {
        if (pod.metadata.name === failedOne && pod.status.phase === 'Pending') await client.resource(pods, 'shop').updateStatus({ ...pod, status: { ...pod.status, phase: 'Failed' } } as never, { signal });
        else if (pod.metadata.deletionTimestamp) await endPods(cluster, 'shop', () => true);
      }
    }
    const { status } = await resource.get('work', { signal });
    return status.conditions?.some(({ type }) => type === 'Failed') && status;
  });
  assert.deepEqual(failed.conditions?.map(({ type, reason }) => `${type} ${reason}`), ['FailureTarget BackoffLimitExceeded', 'Failed BackoffLimitExceeded']);
});

test('a Job that ends or is suspended with ready pods says so in one write: they are no longer active, nor ready', { timeout: 600_000 }, async () => {
  for (const { what, change, conditions } of [
    { what: 'is suspended', change: { spec: { suspend: true } }, conditions: ['Suspended'] },
    { what: 'is over its deadline', change: { spec: { activeDeadlineSeconds: 1 } }, conditions: ['FailureTarget'] },
  ]) {
    await using cluster = await start();
    const { client, signal, until } = cluster;
    const resource = client.resource(jobs, 'shop');
    await resource.create(job({ parallelism: 2, completions: 2 }), { signal });
    const { metadata: { resourceVersion } } = await until('two are ready', async () => {
      await runPods(cluster, 'shop');
      const found = await resource.get('work', { signal });
      return found.status.ready === 2 && found;
    });
    const stop = new AbortController();
    const events = client.transport.watch({ method: 'GET', path: '/apis/batch/v1/namespaces/shop/jobs', query: { resourceVersion }, signal: stop.signal });
    await resource.patch('work', { type: 'merge', patch: change }, { signal });
    const told: unknown[] = [];
    for await (const batch of await events) {
      for (const { object } of batch) {
        const { status } = object as unknown as Job;
        if (status.conditions) told.push([status.conditions.map(({ type }) => type), status.active ?? 0, status.ready, status.terminating]);
      }
      if (told.length > 0) break;
    }
    stop.abort();
    assert.deepEqual(told[0], [conditions, 0, 0, 2], `the first that is told of one that ${what}`);
  }
});
