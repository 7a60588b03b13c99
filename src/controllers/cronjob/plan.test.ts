import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CronJob, Job } from '../../api/generated/batch-v1.ts';
import { planCronJob } from './plan.ts';

const nowMs = Date.parse('2026-01-01T01:00:10Z');

function cronJob(spec: object = {}, status: object = {}): CronJob {
  return { metadata: { name: 'c', namespace: 'default', uid: 'c', creationTimestamp: '2026-01-01T00:30:00Z' }, spec: { schedule: '0 * * * *', jobTemplate: { spec: { template: {} } }, ...spec }, status } as unknown as CronJob;
}

const job = (name: string, end?: 'Complete' | 'Failed'): Job => ({ metadata: { name, uid: name }, spec: {}, status: { startTime: name, conditions: end ? [{ type: end, status: 'True' }] : [] } }) as unknown as Job;
const running = { active: [{ uid: 'old', name: 'old' }] };

test('starts a Job for the time that is due, named after its minute, once', () => {
  const plan = planCronJob(cronJob(), [], nowMs);
  assert.equal(plan.create?.metadata.name, `c-${Date.parse('2026-01-01T01:00:00Z') / 60_000}`);
  assert.equal(plan.create?.metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp'], '2026-01-01T01:00:00Z');
  assert.equal(plan.status.lastScheduleTime, '2026-01-01T01:00:00Z');
  assert.equal(planCronJob(cronJob({}, plan.status), [], nowMs + 1000).create, undefined);
});

for (const { name, spec, creates, replaces, told } of [
  { name: 'Allow lets both run', spec: {}, creates: true, replaces: 0, told: [] },
  { name: 'Forbid waits', spec: { concurrencyPolicy: 'Forbid' }, creates: false, replaces: 0, told: ['JobAlreadyActive'] },
  { name: 'Replace ends the old one', spec: { concurrencyPolicy: 'Replace' }, creates: true, replaces: 1, told: [] },
  { name: 'a suspended one does nothing', spec: { suspend: true }, creates: false, replaces: 0, told: [] },
  { name: 'one that is too late is let go', spec: { startingDeadlineSeconds: 5 }, creates: false, replaces: 0, told: [] },
  { name: 'a schedule that cannot be read is told of', spec: { schedule: 'x' }, creates: false, replaces: 0, told: ['UnparseableSchedule'] },
]) {
  test(name, () => {
    const plan = planCronJob(cronJob(spec, running), [job('old')], nowMs);
    assert.deepEqual([plan.create !== undefined, plan.replace.length, plan.told.map(({ reason }) => reason)], [creates, replaces, told]);
  });
}

test('says in events what it will not do, as Kubernetes words it', () => {
  const never = planCronJob(cronJob({ schedule: '0 0 31 2 *' }), [], nowMs);
  assert.deepEqual(never.told, [{ type: 'Warning', reason: 'InvalidSchedule', message: 'invalid schedule: 0 0 31 2 * : time difference between two schedules is less than 1 second' }]);
  assert.deepEqual(planCronJob(cronJob({ suspend: true }), [job('by-hand'), job('done', 'Complete')], nowMs).told, [
    { type: 'Warning', reason: 'UnexpectedJob', message: 'Saw a job that the controller did not create or forgot: by-hand' },
  ]);
});

for (const { timeZone, due, expected } of [
  { timeZone: 'Asia/Tokyo', due: '2026-01-01T01:00:00Z', expected: '2026-01-01T10:00:00+09:00' },
  { timeZone: 'America/St_Johns', due: '2026-07-01T01:30:00Z', expected: '2026-06-30T23:00:00-02:30' },
  { timeZone: 'Europe/London', due: '2026-01-01T01:00:00Z', expected: '2026-01-01T01:00:00Z' },
  { timeZone: undefined, due: '2026-01-01T01:00:00Z', expected: '2026-01-01T01:00:00Z' },
]) {
  test(`a Job tells on the clocks of ${timeZone ?? 'no time zone'} for when it was meant`, () => {
    const dueMs = Date.parse(due);
    const plan = planCronJob({ ...cronJob({ timeZone }), metadata: { ...cronJob().metadata, creationTimestamp: new Date(dueMs - 60_000).toISOString() } }, [], dueMs + 1000);
    assert.equal(plan.create?.metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp'], expected);
  });
}

test('keeps as many ended Jobs as it is told, and forgets them as active', () => {
  const plan = planCronJob(cronJob({ successfulJobsHistoryLimit: 1, suspend: true }, { active: [{ uid: '2', name: '2' }, { uid: 'lost', name: 'lost' }] }), [job('1', 'Complete'), job('2', 'Complete'), job('3')], nowMs);
  assert.deepEqual(plan.expire.map(({ metadata }) => metadata.name), ['1']);
  assert.deepEqual(plan.status.active, []);
  assert.deepEqual(plan.told.map(({ reason }) => reason), ['SawCompletedJob', 'MissingJob', 'UnexpectedJob']);
});

test('of Jobs that began in the same second the first by name goes, and one that never began last', () => {
  const done = (name: string, startTime?: string): Job => ({ ...job(name, 'Failed'), status: { ...job(name, 'Failed').status, startTime } }) as Job;
  const own = [done('never'), done('b', '2026-01-01T00:00:00Z'), done('a', '2026-01-01T00:00:00Z'), done('c', '2026-01-01T00:00:00Z')];
  assert.deepEqual(planCronJob(cronJob({ failedJobsHistoryLimit: 2, suspend: true }), own, nowMs).expire.map(({ metadata }) => metadata.name), ['a', 'b']);
});
