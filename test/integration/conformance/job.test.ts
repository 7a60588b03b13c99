/** The suite's sig-apps Job and CronJob tests. Where a script of the suite decides how a pod ends, the test ends it: such pods find no node. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ConformanceApi, conditionOf, isTrue, type Json, type Thing } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 2 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

interface Place {
  readonly ns: string;
  readonly all: string;
  readonly url: string;
  readonly pods: string;
}

async function place(prefix: string): Promise<Place> {
  const ns = await api.namespace(prefix);
  const all = `/apis/batch/v1/namespaces/${ns}/jobs`;
  return { ns, all, url: `${all}/it`, pods: `/api/v1/namespaces/${ns}/pods` };
}

function job({ command = undefined as string[] | undefined, byHand = false, restartPolicy = 'Never', labels = {}, ...spec }: Json = {}): object {
  const containers = [{ name: 'c', image: 'busybox', ...(command && { command }) }];
  return { kind: 'Job', metadata: { name: 'it', labels }, spec: { parallelism: 2, completions: 4, backoffLimit: 6, manualSelector: false, ...spec, template: { metadata: { labels: { 'job': 'it' } }, spec: { restartPolicy, ...(byHand && { nodeSelector: { no: 'node' } }), terminationGracePeriodSeconds: 1, containers } } } };
}

const podsOf = async (there: Place): Promise<Thing[]> => (await api.get(`${there.pods}?labelSelector=job%3Dit`)).items;
const indexOf = (pod: Thing): string | undefined => pod.metadata.annotations?.['batch.kubernetes.io/job-completion-index'];

async function end(there: Place, pod: Thing, exitCode: number): Promise<void> {
  const finishedAt = new Date(Date.parse(pod.metadata.creationTimestamp) - 60_000).toISOString().replace(/\.\d+/, ''); // a minute ago, so that nothing waits for ten seconds after a failure
  const state = { terminated: { exitCode, startedAt: finishedAt, finishedAt } };
  await api.patch(`${there.pods}/${pod.metadata.name}/status`, { status: { phase: exitCode === 0 ? 'Succeeded' : 'Failed', containerStatuses: [{ name: 'c', image: 'busybox', imageID: 'x', ready: false, restartCount: 0, state }] } });
}

/** Ends each pod as the script of the suite would. */
const endAll = (there: Place, exitCode: (index: number) => number | undefined): (() => Promise<void>) => async () => {
  for (const pod of await podsOf(there)) {
    const code = exitCode(Number(indexOf(pod)));
    if (pod.status.phase === 'Pending' && !pod.metadata.deletionTimestamp && code !== undefined) await end(there, pod, code);
  }
};

async function ended(there: Place, type: 'Complete' | 'Failed', each: () => Promise<void> = async () => {}): Promise<Thing> {
  return api.until(type, async () => {
    await each();
    const found = await api.get(there.url);
    assert.ok(!isTrue(found, type === 'Complete' ? 'Failed' : 'Complete'), JSON.stringify(found.status));
    return isTrue(found, type) && found;
  });
}

test('should run a job to completion when tasks succeed, and keep its pods', async () => {
  const there = await place('succeed');
  await api.create(there.all, job({ command: ['/bin/sh', '-c', 'exit 0'] }));
  const { status } = await ended(there, 'Complete');
  assert.deepEqual([status.succeeded, status.active ?? 0, status.ready, status.terminating, status.uncountedTerminatedPods], [4, 0, 0, 0, {}]);
  assert.ok(status.completionTime);
  assert.deepEqual(status.conditions.map((one: Json) => [one.type, one.reason]), [['SuccessCriteriaMet', 'CompletionsReached'], ['Complete', 'CompletionsReached']]);
  assert.equal((await podsOf(there)).filter((pod) => pod.status.phase === 'Succeeded' && !pod.metadata.finalizers).length, 4);
});

test('should create pods for an Indexed job with completion indexes and specified hostname', async () => {
  const there = await place('indexed');
  await api.create(there.all, job({ command: ['sh', '-c', 'exit 0'], completionMode: 'Indexed' }));
  const { status } = await ended(there, 'Complete');
  assert.equal(status.completedIndexes, '0-3');
  const pods = (await podsOf(there)).sort((one, other) => Number(indexOf(one)) - Number(indexOf(other)));
  assert.deepEqual(pods.map(({ spec }) => spec.hostname), ['it-0', 'it-1', 'it-2', 'it-3']);
  assert.deepEqual(pods.map(({ metadata }) => metadata.labels?.['batch.kubernetes.io/job-completion-index']), ['0', '1', '2', '3']);
});

test('should allow to use the pod failure policy on exit code to fail the job early', async () => {
  const there = await place('failjob');
  await api.create(there.all, job({ command: ['sh', '-c', 'exit 1'], podFailurePolicy: { rules: [{ action: 'FailJob', onExitCodes: { operator: 'In', values: [1] } }] } }));
  const found = await ended(there, 'Failed');
  assert.equal(conditionOf(found, 'FailureTarget').reason, 'PodFailurePolicy');
  assert.equal(conditionOf(found, 'Failed').reason, 'PodFailurePolicy');
});

test('should allow to use a pod failure policy to ignore failure matching on DisruptionTarget condition', async () => {
  const there = await place('disrupted');
  await api.create(there.all, job({ parallelism: 1, completions: 1, completionMode: 'Indexed', backoffLimit: 0, command: ['sleep', '30'], podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] } }));
  const pod = await api.until('it runs', async () => (await podsOf(there)).find(({ status }) => status.phase === 'Running'));
  await api.create(`${there.pods}/${pod.metadata.name}/eviction`, { apiVersion: 'policy/v1', kind: 'Eviction', metadata: { name: pod.metadata.name } });
  await api.untilGone(`${there.pods}/${pod.metadata.name}`);
  await api.until('another pod', async () => (await podsOf(there)).some(({ metadata, status }) => metadata.uid !== pod.metadata.uid && status.phase === 'Running'));
  const { status } = await api.get(there.url);
  assert.deepEqual([status.failed ?? 0, status.conditions ?? []], [0, []]);
});

test('should execute all indexes despite some failing when using backoffLimitPerIndex', async () => {
  const there = await place('per-index');
  await api.create(there.all, job({ byHand: true, completionMode: 'Indexed', backoffLimit: undefined, backoffLimitPerIndex: 1 }));
  const found = await ended(there, 'Failed', endAll(there, (index) => index % 2));
  assert.deepEqual([conditionOf(found, 'FailureTarget').reason, found.status.failedIndexes, found.status.completedIndexes, found.status.failed, found.status.succeeded], ['FailedIndexes', '1,3', '0,2', 4, 2]);
  const failures = (await podsOf(there)).map((pod) => `${indexOf(pod)}: ${pod.metadata.annotations?.['batch.kubernetes.io/job-index-failure-count']}`).sort();
  assert.deepEqual(failures, ['0: 0', '1: 0', '1: 1', '2: 0', '3: 0', '3: 1']);
});

test('should terminate job execution when the number of failed indexes exceeds maxFailedIndexes', async () => {
  const there = await place('max-failed');
  await api.create(there.all, job({ byHand: true, completionMode: 'Indexed', backoffLimit: undefined, parallelism: 1, backoffLimitPerIndex: 0, maxFailedIndexes: 0 })); // one at a time, so that no other has begun
  const found = await ended(there, 'Failed', endAll(there, (index) => (index === 0 ? 1 : undefined)));
  assert.deepEqual([conditionOf(found, 'FailureTarget').reason, conditionOf(found, 'Failed').reason, found.status.failedIndexes, found.status.completedIndexes ?? '', found.status.failed, found.status.succeeded ?? 0], ['MaxFailedIndexesExceeded', 'MaxFailedIndexesExceeded', '0', '', 1, 0]);
});

test('should mark indexes as failed when the FailIndex action is matched in podFailurePolicy', async () => {
  const there = await place('fail-index');
  await api.create(there.all, job({ byHand: true, completions: 2, completionMode: 'Indexed', backoffLimit: undefined, backoffLimitPerIndex: 1, podFailurePolicy: { rules: [{ action: 'FailIndex', onExitCodes: { operator: 'In', values: [1] } }] } }));
  const found = await ended(there, 'Failed', endAll(there, (index) => index % 2));
  assert.deepEqual([conditionOf(found, 'FailureTarget').reason, found.status.failedIndexes, found.status.completedIndexes, found.status.failed, found.status.succeeded], ['FailedIndexes', '1', '0', 1, 1]);
});

for (const { name, rules, ends, completed } of [
  { name: 'with successPolicy should succeeded when all indexes succeeded', rules: [{ succeededIndexes: '0-1' }], ends: () => 0, completed: '0,1' },
  { name: 'with successPolicy succeededIndexes rule should succeeded even when some indexes remain pending', rules: [{ succeededIndexes: '0' }], ends: (index: number) => (index === 0 ? 0 : undefined), completed: '0' },
  { name: 'with successPolicy succeededCount rule should succeeded even when some indexes remain pending', rules: [{ succeededCount: 1 }], ends: (index: number) => (index === 0 ? 0 : undefined), completed: '0' },
]) {
  test(name, async () => {
    const there = await place('success-policy');
    await api.create(there.all, job({ byHand: true, completions: 2, completionMode: 'Indexed', successPolicy: { rules } }));
    const found = await ended(there, 'Complete', endAll(there, ends));
    assert.equal(found.status.completedIndexes, completed);
    assert.equal(conditionOf(found, 'SuccessCriteriaMet').reason, 'SuccessPolicy');
    assert.equal(conditionOf(found, 'Complete').reason, 'SuccessPolicy');
    assert.deepEqual([found.status.active ?? 0, found.status.ready, found.status.terminating, found.status.failed ?? 0], [0, 0, 0, 0]);
  });
}

test('should adopt matching orphans and release non-matching pods', async () => {
  const there = await place('adopt');
  const { metadata: { uid } } = await api.create(there.all, job({}));
  const [pod] = (await api.until('two pods run', async () => {
    const pods = await podsOf(there);
    return pods.length === 2 && pods.every(({ status }) => status.phase === 'Running') && pods;
  })) as [Thing];
  const url = `${there.pods}/${pod.metadata.name}`;
  await api.update(url, ({ metadata }) => delete metadata.ownerReferences);
  const { metadata } = await api.untilIs(url, 'it is adopted', (one) => one.metadata.ownerReferences?.some(({ controller }) => controller));
  assert.deepEqual([metadata.ownerReferences?.[0].kind, metadata.ownerReferences?.[0].uid], ['Job', uid]);
  await api.update(url, (one) => delete one.metadata.labels);
  await api.untilIs(url, 'it is released', (one) => !one.metadata.ownerReferences?.length);
});

test('should delete a job', async () => {
  const there = await place('delete');
  await api.create(there.all, job({}));
  await api.until('two pods run', async () => (await podsOf(there)).filter(({ status }) => status.phase === 'Running').length === 2);
  await api.delete(there.url, { propagationPolicy: 'Background' });
  await api.untilGone(there.url);
  await api.until('its pods are gone', async () => (await podsOf(there)).length === 0);
});

test('should manage the lifecycle of a job', async () => {
  const there = await place('lifecycle');
  const selector = '?labelSelector=e2e-job-label%3Dlife';
  const { metadata: { resourceVersion } } = await api.get(there.all + selector);
  await using watch = api.watch(`${there.all}${selector}&resourceVersion=${resourceVersion}`);
  await api.create(there.all, job({ suspend: true, labels: { 'e2e-job-label': 'life' }, command: ['sh', '-c', 'exit 0'] }));
  await api.patch(there.url, { metadata: { labels: { life: 'patched' } } });
  await watch.until('the patch', ({ type, object }) => type === 'MODIFIED' && object.metadata.labels?.['life'] === 'patched');
  await api.untilIs(there.url, 'it is suspended', (one) => isTrue(one, 'Suspended'));
  await api.update(there.url, ({ spec, metadata }) => {
    spec.suspend = false;
    metadata.annotations = { ...metadata.annotations, updated: 'true' };
  });
  await watch.until('the update', ({ type, object }) => type === 'MODIFIED' && object.metadata.annotations?.['updated'] === 'true');
  assert.equal((await api.get(`/apis/batch/v1/jobs${selector}`)).items.length, 1);
  await ended(there, 'Complete');
  await api.delete(there.all + selector, { propagationPolicy: 'Background' });
  await watch.until('the deletion', ({ type }) => type === 'DELETED');
  assert.deepEqual((await api.get(`/apis/batch/v1/jobs${selector}`)).items, []);
});

const cron = (spec: object, ...command: string[]): object => ({ metadata: { name: 'cron' }, spec: { schedule: '*/1 * * * ?', ...spec, jobTemplate: { spec: { parallelism: 1, completions: 1, template: { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'c', image: 'busybox', command }] } } } } } });

test('should support CronJob API operations', async () => {
  const ns = await api.namespace('cron');
  const all = `/apis/batch/v1/namespaces/${ns}/cronjobs`;
  const url = `${all}/cron`;
  const groups = await api.get('/apis');
  assert.ok(groups['groups'].find((one: Json) => one.name === 'batch').versions.some((one: Json) => one.version === 'v1'));
  assert.deepEqual((await api.get('/apis/batch/v1'))['resources'].map((one: Json) => one.name).sort(), ['cronjobs', 'cronjobs/status', 'jobs', 'jobs/status']);
  const template = cron({ successfulJobsHistoryLimit: 0, failedJobsHistoryLimit: 0, suspend: true }, 'sleep', '300') as Json;
  for (let i = 0; i < 3; i++) await api.create(all, { ...template, metadata: { generateName: 'e2e-', labels: { special: 'yes' } } });
  await api.create(all, { ...template, metadata: { name: 'cron', labels: { special: 'yes' } } });
  const list = await api.get(`${all}?labelSelector=special%3Dyes`);
  assert.equal(list.items.length, 4);
  assert.equal((await api.get('/apis/batch/v1/cronjobs?labelSelector=special%3Dyes')).items.length, 4);
  await using watch = api.watch(`${all}?resourceVersion=${list.metadata.resourceVersion}&labelSelector=special%3Dyes`);
  const patched = await api.patch(url, { metadata: { annotations: { patched: 'true' } } }, 'merge-patch+json');
  assert.equal(patched.metadata.annotations?.['patched'], 'true');
  await api.update(url, ({ metadata }) => (metadata.annotations = { ...metadata.annotations, updated: 'true' }));
  await watch.until('the patch and the update', ({ type, object }) => type === 'MODIFIED' && object.metadata.annotations?.['patched'] === 'true' && object.metadata.annotations?.['updated'] === 'true');
  const lastScheduleTime = patched.metadata.creationTimestamp;
  const withStatus = await api.patch(`${url}/status`, { metadata: { annotations: { patchedstatus: 'true' } }, status: { lastScheduleTime } }, 'merge-patch+json');
  assert.deepEqual([withStatus.status.lastScheduleTime, withStatus.metadata.annotations?.['patchedstatus']], [lastScheduleTime, 'true']);
  const updated = await api.update(url, ({ status }) => (status.lastScheduleTime = '2026-01-01T00:00:00Z'), `${url}/status`);
  assert.equal(updated.status.lastScheduleTime, '2026-01-01T00:00:00Z');
  assert.equal((await api.get(`${url}/status`)).metadata.uid, patched.metadata.uid);
  await api.delete(url);
  await api.refused(404, 'GET', url);
  assert.equal((await api.get(`${all}?labelSelector=special%3Dyes`)).items.length, 3);
  await api.delete(`${all}?labelSelector=special%3Dyes`);
  assert.deepEqual((await api.get(`${all}?labelSelector=special%3Dyes`)).items, []);
});
