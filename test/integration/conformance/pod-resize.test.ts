/** What the suite's tests of `test/e2e/node/pod_resize.go` ask of scheduler, quotas and limits while pods are resized; their steps, on a node with simulated containers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ConformanceApi, conditionOf, type Thing } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 1 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

const sized = (resources: Record<string, string>): object => ({ requests: resources, limits: resources });
const pod = (name: string, resources: Record<string, string>): object => ({ metadata: { name }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'c', image: 'pause', resources: sized(resources) }] } });
const patchOf = (resources: Record<string, string>): object => ({ spec: { containers: [{ name: 'c', resources: sized(resources) }] } });
const refused = (url: string, resources: Record<string, string>): Promise<string> => api.refused(403, 'PATCH', url, JSON.stringify(patchOf(resources)), { 'content-type': 'application/strategic-merge-patch+json' });
const milli = (count: number): { cpu: string } => ({ cpu: `${Math.floor(count)}m` });
const runs = (url: string): Promise<Thing> => api.untilIs(url, 'it runs', ({ status }) => status.phase === 'Running');
const isUnschedulable = (url: string): Promise<Thing> => api.untilIs(url, 'it fits nowhere', (one) => conditionOf(one, 'PodScheduled')?.reason === 'Unschedulable');
const isResized = (url: string, cpu: string): Promise<Thing> => api.untilIs(url, `it has ${cpu}`, (one) => one.status.containerStatuses?.[0]?.resources?.requests?.cpu === cpu && !conditionOf(one, 'PodResizePending') && !conditionOf(one, 'PodResizeInProgress'));

test('pod-resize-scheduler-tests: what a resize gives up others get, and what it asks for must be there', async () => {
  const pods = `/api/v1/namespaces/${await api.namespace('resize-scheduler')}/pods`;
  const { status } = await api.get('/api/v1/nodes/node-1');
  const all = Number(status.allocatable.cpu) * 1000;
  await api.create(pods, pod('pod1', milli(all / 2)));
  await runs(`${pods}/pod1`);
  await api.create(pods, pod('pod2', milli(all)));
  await isUnschedulable(`${pods}/pod2`);
  assert.equal((await api.patch(`${pods}/pod2/resize`, patchOf(milli(all / 2)))).metadata.generation, 2);
  await runs(`${pods}/pod2`);

  await api.create(pods, pod('pod3', milli(all / 8)));
  await isUnschedulable(`${pods}/pod3`);
  const third = milli(all / 6).cpu;
  assert.equal((await api.patch(`${pods}/pod1/resize`, patchOf({ cpu: third }))).metadata.generation, 2);
  await runs(`${pods}/pod3`);

  assert.equal((await api.patch(`${pods}/pod1/resize`, patchOf(milli(all / 2)))).metadata.generation, 3);
  await api.untilIs(`${pods}/pod1`, 'its resize waits', (one) => conditionOf(one, 'PodResizePending')?.reason === 'Deferred');
  for (const name of ['pod2', 'pod3']) await api.delete(`${pods}/${name}`);
  await isResized(`${pods}/pod1`, `${all / 2000}`);
  assert.match(await refused(`${pods}/pod1/resize`, milli(all * 2)), /: node didn't have enough allocatable resources/);
  await api.delete(`${pods}/pod1`);
  await api.untilGone(`${pods}/pod1`);
});

test('pod-resize-resource-quota-test: a resize may not exceed the quota', async () => {
  const ns = await api.namespace('resize-quota');
  const pods = `/api/v1/namespaces/${ns}/pods`;
  const quota = `/api/v1/namespaces/${ns}/resourcequotas`;
  await api.create(quota, { metadata: { name: 'resize-resource-quota' }, spec: { hard: { cpu: '800m', memory: '800Mi' } } });
  await api.untilIs(`${quota}/resize-resource-quota`, 'it is counted', (one) => one.status.hard?.cpu === '800m');
  for (const name of ['pod1', 'pod2']) await api.create(pods, pod(name, { cpu: '300m', memory: '300Mi' }));
  for (const name of ['pod1', 'pod2']) await runs(`${pods}/${name}`);
  for (const { cpu, memory, expected } of [
    { cpu: '600m', memory: '400Mi', expected: 'requested: cpu=300m, used: cpu=600m, limited: cpu=800m' },
    { cpu: '250m', memory: '750Mi', expected: 'requested: memory=450Mi, used: memory=600Mi, limited: memory=800Mi' },
    { cpu: '600m', memory: '750Mi', expected: 'requested: cpu=300m,memory=450Mi, used: cpu=600m,memory=600Mi, limited: cpu=800m,memory=800Mi' },
  ]) {
    const message = await refused(`${pods}/pod1/resize`, { cpu, memory });
    assert.ok(message.includes(`exceeded quota: resize-resource-quota, ${expected}`), message);
  }
  await api.patch(`${pods}/pod1/resize`, patchOf({ cpu: '400m', memory: '400Mi' }));
  await isResized(`${pods}/pod1`, '400m');
});

test('pod-resize-limit-ranger-test: a resize may not leave the limits of the namespace', async () => {
  const ns = await api.namespace('resize-limits');
  const pods = `/api/v1/namespaces/${ns}/pods`;
  const limit = { type: 'Container', max: { cpu: '500m', memory: '500Mi' }, min: { cpu: '50m', memory: '50Mi' }, default: { cpu: '100m', memory: '100Mi' }, defaultRequest: { cpu: '50m', memory: '50Mi' } };
  await api.create(`/api/v1/namespaces/${ns}/limitranges`, { metadata: { name: 'resize-limit-ranger' }, spec: { limits: [limit] } });
  await api.create(pods, pod('pod1', { cpu: '300m', memory: '300Mi' }));
  await runs(`${pods}/pod1`);
  for (const { cpu, memory, expected } of [
    { cpu: '600m', memory: '250Mi', expected: ['maximum cpu usage per Container is 500m, but limit is 600m'] },
    { cpu: '250m', memory: '750Mi', expected: ['maximum memory usage per Container is 500Mi, but limit is 750Mi'] },
    { cpu: '600m', memory: '600Mi', expected: ['maximum cpu usage per Container is 500m, but limit is 600m', 'maximum memory usage per Container is 500Mi, but limit is 600Mi'] },
    { cpu: '10m', memory: '10Mi', expected: ['minimum cpu usage per Container is 50m, but request is 10m', 'minimum memory usage per Container is 50Mi, but request is 10Mi'] },
  ]) {
    const message = await refused(`${pods}/pod1/resize`, { cpu, memory });
    for (const part of expected) assert.ok(message.includes(part), message);
  }
  assert.equal((await api.get(`${pods}/pod1`)).spec.containers[0].resources.requests.cpu, '300m');
  await api.patch(`${pods}/pod1/resize`, patchOf({ cpu: '350m', memory: '350Mi' }));
  await isResized(`${pods}/pod1`, '350m');
});
