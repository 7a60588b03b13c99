import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Job } from '../../api/generated/batch-v1.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { jobPod } from './job-pod.ts';
import { planJob } from './plan.ts';
import { FAILURE_COUNT_KEY, IGNORED_FAILURE_COUNT_KEY, INDEX_KEY, TRACKING_FINALIZER } from './pod-outcome.ts';

type Json = ReturnType<typeof JSON.parse>;

const nowMs = Date.UTC(2026, 0, 1, 12);
const at = (seconds: number): string => new Date(nowMs + seconds * 1000).toISOString().replace('.000Z', 'Z');

function job(spec: Json = {}, status: Json = {}): Job {
  const { name = 'work', ...rest } = spec;
  return {
    metadata: { name, namespace: 'shop', uid: 'j', creationTimestamp: at(-600) },
    spec: { parallelism: 2, completions: 4, backoffLimit: 6, template: { spec: { restartPolicy: 'Never', containers: [] } }, ...rest },
    status: { startTime: at(-600), ...status },
  } as unknown as Job;
}

function pod(name: string, { phase = 'Running', index, endedAt, failures, ignored, tracked = true, going, conditions }: Json = {}): Pod {
  const annotations = {
    ...(index !== undefined && { [INDEX_KEY]: String(index) }), ...(failures !== undefined && { [FAILURE_COUNT_KEY]: String(failures) }), ...(ignored !== undefined && { [IGNORED_FAILURE_COUNT_KEY]: String(ignored) }),
  };
  return {
    metadata: { name, namespace: 'shop', uid: name, creationTimestamp: at(-300), annotations, ...(tracked && { finalizers: [TRACKING_FINALIZER] }), ...(going && { deletionTimestamp: at(going), deletionGracePeriodSeconds: 30 }) },
    spec: { containers: [] },
    status: { phase, conditions, ...(endedAt !== undefined && { containerStatuses: [{ name: 'c', state: { terminated: { exitCode: phase === 'Failed' ? 1 : 0, finishedAt: at(endedAt) } } }] }) },
  } as unknown as Pod;
}

const names = (pods: readonly { readonly metadata: { readonly name: string } }[]): string[] => pods.map(({ metadata }) => metadata.name).sort();
const indexed = { completionMode: 'Indexed' };

test('a Job that fails takes its active pods along, and counts them at once, whatever is to be replaced', () => {
  for (const podReplacementPolicy of ['TerminatingOrFailed', 'Failed']) {
    const plan = planJob(job({ backoffLimit: 0, podReplacementPolicy }), [pod('a', { phase: 'Failed', endedAt: -1 }), pod('b'), pod('c', { going: 20 })], nowMs);
    assert.deepEqual([names(plan.delete), names(plan.release)], [['b'], ['a', 'b', 'c']]);
    assert.deepEqual(plan.status.uncountedTerminatedPods?.failed?.toSorted((one, other) => (one < other ? -1 : 1)), ['a', 'b', 'c']);
    assert.deepEqual(plan.status.conditions?.map(({ type, reason }) => [type, reason]), [['FailureTarget', 'BackoffLimitExceeded']]);
  }
});

test('a pod counts once, as it was written down, also when it ends another way', () => {
  const status = { uncountedTerminatedPods: { failed: ['a'], succeeded: ['b'] } };
  const plan = planJob(job({}, status), [pod('a', { phase: 'Succeeded', endedAt: -1 }), pod('b', { phase: 'Failed', endedAt: -1 })], nowMs);
  assert.deepEqual(plan.status.uncountedTerminatedPods, status.uncountedTerminatedPods);
  assert.deepEqual(names(plan.release), ['a', 'b']);
});

test('a Job that succeeds by its policy takes its active pods along, and does not count them', () => {
  const plan = planJob(job({ ...indexed, successPolicy: { rules: [{ succeededIndexes: '0' }] } }), [pod('a', { phase: 'Succeeded', index: 0, endedAt: -1 }), pod('b', { index: 1 })], nowMs);
  assert.deepEqual([names(plan.delete), names(plan.release)], [['b'], ['a', 'b']]);
  assert.deepEqual(plan.status.uncountedTerminatedPods, {});
  assert.equal(plan.status.completedIndexes, '0');
  assert.deepEqual(plan.status.conditions?.map(({ type, reason, message }) => [type, reason, message]), [['SuccessCriteriaMet', 'SuccessPolicy', 'Matched rules at index 0']]);
});

test('an index that failed waits by itself, and its pod is counted when another takes its place, which is told the failures', () => {
  const spec = { ...indexed, backoffLimit: 2 ** 31 - 1, backoffLimitPerIndex: 3, podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'DisruptionTarget', status: 'True' }] }] } };
  const failed = pod('a', { phase: 'Failed', index: 0, endedAt: -4, failures: 0 });
  const early = planJob(job(spec), [failed, pod('b', { index: 1, failures: 0 })], nowMs);
  assert.deepEqual([early.create, early.release, early.requeueMs, early.status.failed], [[], [], 6000, 0]);
  assert.deepEqual(early.status.uncountedTerminatedPods, {});
  const later = planJob(job(spec), [failed, pod('b', { index: 1, failures: 0 })], nowMs + 6000);
  assert.deepEqual(later.create, [{ index: 0, failures: { counted: 1, ignored: 0 } }]);
  const disrupted = pod('a', { phase: 'Failed', index: 0, endedAt: -30, failures: 1, ignored: 1, conditions: [{ type: 'DisruptionTarget', status: 'True' }] });
  const ignored = planJob(job(spec), [disrupted, pod('b', { index: 1 })], nowMs);
  assert.deepEqual([ignored.create, ignored.requeueMs], [[], 10_000], 'what is ignored makes the index wait too: the third time forty seconds');
  assert.deepEqual(planJob(job(spec), [disrupted, pod('b', { index: 1 })], nowMs + 10_000).create, [{ index: 0, failures: { counted: 1, ignored: 2 } }]);
  const replaced = planJob(job(spec), [failed, pod('c', { index: 0, failures: 1 }), pod('b', { index: 1 })], nowMs);
  assert.deepEqual([names(replaced.release), replaced.status.uncountedTerminatedPods], [['a'], { failed: ['a'] }]);
});

test('an index that has failed too often, or by a rule for it, has failed; others go on', () => {
  const rules = [{ action: 'FailIndex', onExitCodes: { operator: 'In', values: [1] } }];
  for (const spec of [{ backoffLimitPerIndex: 0 }, { backoffLimitPerIndex: 5, podFailurePolicy: { rules } }]) {
    const plan = planJob(job({ ...indexed, ...spec, backoffLimit: 2 ** 31 - 1 }), [pod('a', { phase: 'Failed', index: 0, endedAt: -1, failures: 0 }), pod('b', { index: 1 })], nowMs);
    assert.deepEqual([plan.status.failedIndexes, names(plan.release), plan.create.map(({ index }) => index)], ['0', ['a'], [2]]);
  }
});

test('a pod that is deleted makes the Job wait from when its deletion was asked for', () => {
  assert.equal(planJob(job(), [pod('a', { going: 27 }), pod('b')], nowMs).requeueMs, 7000, 'it was asked for three seconds ago');
  const [lost] = planJob(job({ parallelism: 1 }), [{ ...pod('a', { phase: 'Failed' }), status: { phase: 'Failed' } } as Pod], nowMs).create;
  assert.ok(lost, 'a pod that tells of no end counts from its creation');
});

test('more pods succeed than were wanted: an event says so', () => {
  const plan = planJob(job({ completions: 1 }, { succeeded: 2, conditions: [{ type: 'SuccessCriteriaMet', status: 'True', reason: 'CompletionsReached', message: 'm' }] }), [], nowMs);
  assert.deepEqual(plan.told.map(({ reason }) => reason), ['TooManySucceededPods', 'Completed']);
});

test('the index stays in the name of a pod, however long that of the Job is', () => {
  const name = 'x'.repeat(63);
  const { metadata } = jobPod(job({ name, ...indexed }), { index: 12, failures: { counted: 0, ignored: 0 } });
  assert.equal(metadata.generateName, `${'x'.repeat(54)}-12-`);
});

test('a Job whose last pods end well after it was suspended is complete, and began some time', () => {
  const suspended = { ...job({ suspend: true, completions: 1 }), status: { conditions: [{ type: 'Suspended', status: 'True', reason: 'JobSuspended', message: 'Job suspended' }] } } as unknown as Job;
  assert.equal(planJob(suspended, [pod('a', { going: 10 })], nowMs).status.startTime, undefined);
  assert.equal(planJob(suspended, [pod('a', { phase: 'Succeeded', endedAt: -1 })], nowMs).status.startTime, at(0));
});
