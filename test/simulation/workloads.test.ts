import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cluster } from '../../src/index.ts';
import { APPS, BATCH, DEFAULT, deployment, isReady, list, type Seen } from './support/objects.ts';

test('a rolling update keeps as many pods ready as it promises, all the way', async () => {
  await using cluster = await Cluster.start({ clock: 'virtual', simulatedNodes: 3 });
  const path = `${APPS}/deployments/web`;
  const pods = (): Promise<Seen[]> => list(cluster, `${DEFAULT}/pods`);
  const ready = async (): Promise<Seen[]> => (await pods()).filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined);
  await cluster.request('POST', `${APPS}/deployments`, deployment('web', 8));
  await cluster.clock.until(async () => (await ready()).length === 8);
  await cluster.request('PATCH', path, { spec: { strategy: { rollingUpdate: { maxSurge: 2, maxUnavailable: 1 } }, minReadySeconds: 10 } });
  let [fewest, most, isUpdating] = [Infinity, 0, false];
  const there = new Map<string, Seen>();
  using _watching = await cluster.watch<Seen>(`${DEFAULT}/pods`, ({ type, object }) => {
    if (type === 'DELETED' || object.metadata.deletionTimestamp !== undefined) there.delete(object.metadata.name);
    else there.set(object.metadata.name, object);
    if (!isUpdating) return; // it tells what there is, one by one
    fewest = Math.min(fewest, [...there.values()].filter(isReady).length);
    most = Math.max(most, there.size);
  });
  isUpdating = true;
  await cluster.request('PATCH', path, { spec: { template: { spec: { containers: [{ name: 'main', image: 'example/web:2' }] } } } }, { contentType: 'application/strategic-merge-patch+json' });
  const isUpdated = async (): Promise<boolean> => {
    const { status } = await cluster.request<Seen>('GET', path);
    return status.updatedReplicas === 8 && status.replicas === 8 && status.readyReplicas === 8;
  };
  assert.equal(await isUpdated(), false);
  await cluster.clock.until(isUpdated, '10m');
  assert.deepEqual([...new Set((await ready()).map(({ spec }) => spec.containers?.[0]?.image))], ['example/web:2']);
  assert.ok(fewest >= 7, `at least 7 were to be ready, there were ${fewest}`);
  assert.ok(most <= 10, `at most 10 were to be there, there were ${most}`);
});

test('a CronJob fires all day, its jobs end, and only as many are kept as it says', async () => {
  const controllers = ['cronjob-controller', 'job-controller', 'serviceaccount-controller', 'node-lifecycle-controller']; // each watch less is time saved
  await using cluster = await Cluster.start({ clock: 'virtual', simulatedNodes: 1, startTime: '2026-03-01T00:00:30Z', controllers });
  const template = { spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example/report:1', command: ['sleep', '40'] }] } };
  await cluster.request('POST', `${BATCH}/cronjobs`, { metadata: { name: 'report' }, spec: { schedule: '0 * * * *', successfulJobsHistoryLimit: 3, jobTemplate: { spec: { template } } } });
  const started: string[] = [];
  using _watching = await cluster.watch<Seen>(`${BATCH}/jobs`, ({ type, object }) => {
    if (type === 'ADDED') started.push(object.metadata.creationTimestamp);
  });
  await cluster.clock.advance('24h');
  assert.deepEqual(started.map((time) => time.slice(0, 16)), Array.from({ length: 24 }, (_, hour) => new Date(Date.UTC(2026, 2, 1, hour + 1)).toISOString().slice(0, 16)));
  const [last, ...before] = (await list(cluster, `${BATCH}/jobs`)).toReversed();
  assert.equal(last?.metadata.creationTimestamp.slice(0, 16), '2026-03-02T00:00');
  assert.equal(before.length, 3);
  await cluster.clock.advance('1m');
  assert.equal((await list(cluster, `${BATCH}/jobs`)).length, 3);
});

test('a container that crashes is restarted after ten seconds, then twenty, then forty', async () => {
  await using cluster = await Cluster.start({ clock: 'virtual', simulatedNodes: 1 });
  const startedMs = cluster.clock.now();
  const restartedAfter: number[] = [];
  using _watching = await cluster.watch<Seen>(`${DEFAULT}/pods`, ({ object }) => {
    const { restartCount = 0 } = object.status.containerStatuses?.[0] ?? {};
    if (restartCount > restartedAfter.length) restartedAfter.push((cluster.clock.now() - startedMs) / 1000);
  });
  await cluster.request('POST', `${DEFAULT}/pods`, { metadata: { name: 'failing' }, spec: { containers: [{ name: 'main', image: 'example/app:1', command: ['false'] }] } });
  await cluster.clock.advance('3m');
  assert.deepEqual(restartedAfter.map(Math.round), [0, 10, 30, 70, 150]);
});
