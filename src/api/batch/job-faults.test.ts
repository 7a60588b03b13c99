import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createFaults, createWarnings, statusFaults, updateFaults, updateWarnings, type Fields } from '../../../test/support/kind-faults.ts';
import { cronJob } from './cron-job.ts';
import { job } from './job.ts';

const pod = (others: Fields = {}): Fields => ({ spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }], ...others } });
const jobSpec = (others: Fields = {}): Fields => ({ spec: { template: pod(), ...others } });
const cron = (others: Fields = {}): Fields => ({ spec: { schedule: '* * * * *', jobTemplate: jobSpec(), ...others } });
const selected = { selector: { matchLabels: { a: 'b' } }, manualSelector: true };
const labelled = (others: Fields = {}): Fields => ({ metadata: { labels: { a: 'b' } }, ...pod(others) });
/** Of a job whose labels are its own, that an update can keep. */
const own = (others: Fields = {}): Fields => ({ spec: { ...selected, template: labelled(), ...others } });

suite('what is wrong with new jobs', () => {
  test('many indexes', () => {
    assert.deepEqual(createFaults(job, jobSpec({ completionMode: 'Indexed', completions: 100_001, parallelism: 100_001, backoffLimitPerIndex: 1 })), [
      'spec.parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode is Indexed',
      'spec.maxFailedIndexes: Required value: must be specified when completions is above 100000',
      'spec.parallelism: Invalid value: 100001: must be less than or equal to 10000 when completions are above 100000 and used with backoff limit per index',
    ]);
  });
  test('exit codes of nothing', () => {
    assert.deepEqual(createFaults(job, jobSpec({ podFailurePolicy: { rules: [{ action: 'Ignore', onExitCodes: { operator: 'In' } }] } })), ['spec.podFailurePolicy.rules[0].onExitCodes.values: Invalid value: null: at least one value is required']);
  });
});

suite('what is wrong with new cron jobs', () => {
  test('failures of indexes without indexes', () => {
    assert.deepEqual(createFaults(cronJob, cron({ jobTemplate: jobSpec({ backoffLimitPerIndex: 1, maxFailedIndexes: 1, completions: 2 }) })), [
      'spec.jobTemplate.spec.backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode', 'spec.jobTemplate.spec.maxFailedIndexes: Invalid value: 1: requires indexed completion mode',
    ]);
  });
  test('patterns beyond their number are looked at, too', () => {
    const onPodConditions = Array.from({ length: 21 }, (_, i) => ({ type: i === 20 ? 'a b' : 'X', status: 'True' }));
    const [first, second] = createFaults(cronJob, cron({ jobTemplate: jobSpec({ podFailurePolicy: { rules: [{ action: 'Count', onPodConditions }] } }) }));
    const path = 'spec.jobTemplate.spec.podFailurePolicy.rules[0].onPodConditions';
    assert.equal(first, `${path}: Too many: 21: must have at most 20 items`);
    assert.match(second ?? '', new RegExp(`^${path.replaceAll(/[.[\]]/g, '\\$&')}\\[20\\].type: Invalid value: "a b"`));
  });
  test('zones in another case', () => {
    assert.deepEqual(createFaults(cronJob, cron({ timeZone: 'Europe/berlin' })), ['spec.timeZone: Invalid value: "Europe/berlin": unknown time zone Europe/berlin']);
  });
});

suite('what jobs may not become', () => {
  test('another policy', () => {
    assert.deepEqual(updateFaults(job, own({ podFailurePolicy: { rules: [{ action: 'Ignore', onPodConditions: [{ type: 'X' }] }] } }), own()), [
      'spec.podFailurePolicy: Invalid value: {"Rules":[{"Action":"Ignore","OnExitCodes":null,"OnPodConditions":[{"Type":"X","Status":"True"}]}]}: field is immutable',
    ]);
  });
  test('a suspended job may go elsewhere', () => {
    const affinity = { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'a', operator: 'Exists' }] }] } } };
    assert.deepEqual(updateFaults(job, own({ suspend: false, template: labelled({ nodeSelector: { a: 'b' }, affinity }) }), own({ suspend: true })), []);
  });
  test('one that started may not', () => {
    const [text = '', ...others] = updateFaults(job, own({ suspend: true, template: labelled({ nodeSelector: { a: 'b' } }) }), own({ suspend: true }), { startTime: '2026-01-01T00:00:00Z' });
    assert.match(text, /^spec.template: Invalid value: .*: field is immutable$/);
    assert.deepEqual(others, []);
  });
});

suite('schedules and their zones', () => {
  const schedule = 'TZ=UTC * * * * *';
  test('a zone in a new schedule', () => {
    assert.deepEqual(createFaults(cronJob, cron({ schedule })), [`spec.schedule: Invalid value: "${schedule}": cannot use TZ or CRON_TZ in schedule, use timeZone field instead`]);
  });
  test('a stored schedule keeps its zone', () => assert.deepEqual(updateFaults(cronJob, cron({ schedule, suspend: true }), cron({ schedule })), []));
  test('but gets no second one', () => {
    assert.deepEqual(updateFaults(cronJob, cron({ schedule, timeZone: 'Etc/UTC' }), cron({ schedule })), [`spec.schedule: Invalid value: "${schedule}": cannot use both timeZone field and TZ or CRON_TZ in schedule`]);
  });
  test('an unknown zone', () => assert.deepEqual(createFaults(cronJob, cron({ timeZone: 'X/Y' })), ['spec.timeZone: Invalid value: "X/Y": unknown time zone X/Y']));
  test('a selector of its jobs', () => {
    assert.deepEqual(createFaults(cronJob, cron({ jobTemplate: jobSpec({ selector: { matchLabels: { a: 'b' } } }) })), ['spec.jobTemplate.spec.selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` will be auto-generated']);
  });
});

test('what jobs are warned of', () => {
  const dotted = 'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended: [must not contain dots]';
  assert.deepEqual(createWarnings(job, { metadata: { name: 'a.b' }, ...jobSpec() }), [dotted]);
  const zoned = { metadata: { name: 'a.b' }, ...cron({ schedule: 'TZ=UTC * * * * *' }) };
  assert.deepEqual(createWarnings(cronJob, zoned), [dotted]);
  assert.deepEqual(updateWarnings(cronJob, zoned, zoned), ['cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details']);
  const many = { completionMode: 'Indexed', completions: 100_001, parallelism: 10_001, backoffLimitPerIndex: 1 };
  const hard = 'In Indexed Jobs with a number of completions higher than 10^5 and a parallelism higher than 10^4, Kubernetes might not be able to track completedIndexes when a big number of indexes fail';
  assert.deepEqual(createWarnings(job, jobSpec(many)), [`spec: ${hard}`]);
  assert.deepEqual(createWarnings(job, jobSpec({ ...many, parallelism: 10_000 })), []);
  assert.deepEqual(createWarnings(cronJob, cron({ jobTemplate: jobSpec(many) })), [`spec.jobTemplate.spec: ${hard}`]);
});

suite('what jobs may not report', () => {
  const time = '2026-01-01T00:00:00Z';
  const conditions = (...types: string[]): Fields => ({ conditions: types.map((type) => ({ type, status: 'True' })) });
  const indexed = own({ completionMode: 'Indexed', completions: 5, parallelism: 5, backoffLimitPerIndex: 1 });
  const cases: readonly { name: string; job?: Fields; old?: Fields; status: Fields; expected: string[] }[] = [
    { name: 'done without time and reason', status: conditions('Complete'), expected: ['status.completionTime: Required value: completionTime is required for Complete jobs', 'status.conditions: Invalid value: cannot set Complete=True condition without the SuccessCriteriaMet=true condition', 'status.startTime: Required value: startTime is required for finished job'] },
    { name: 'done and failed', status: { startTime: time, completionTime: time, ...conditions('Complete', 'SuccessCriteriaMet', 'Failed', 'FailureTarget') }, expected: ['Complete=True and Failed=true conditions', 'Complete=True and FailureTarget=true conditions', 'SuccessCriteriaMet=True and Failed=true conditions', 'SuccessCriteriaMet=True and FailureTarget=true conditions'].map((text) => `status.conditions: Invalid value: cannot set ${text}`) },
    { name: 'a time of what is not done', status: { startTime: time, completionTime: '2025-01-01T00:00:00Z' }, expected: [`status.completionTime: Invalid value: "2025-01-01T00:00:00Z": cannot set completionTime when there is no Complete=True condition`, 'status.completionTime: Invalid value: "2025-01-01T00:00:00Z": must be equal to or after `startTime`'] },
    { name: 'pods after the end', status: { active: 1, terminating: 1, startTime: time, uncountedTerminatedPods: { failed: ['a'] }, ...conditions('Failed', 'FailureTarget') }, expected: ['status.active: Invalid value: 1: active>0 is invalid for finished job', 'status.uncountedTerminatedPods: Invalid value: {"Succeeded":null,"Failed":["a"]}: must be empty for finished job', 'status.terminating: Invalid value: 1: terminating>0 is invalid for finished job'] },
    { name: 'no end any more', old: { startTime: time, failed: 2, succeeded: 1, ...conditions('FailureTarget') }, status: { failed: 1 }, expected: ['status.conditions: Invalid value: cannot disable the terminal FailureTarget=True condition', 'status.failed: Invalid value: 1: cannot decrease the failed counter', 'status.succeeded: Invalid value: 0: cannot decrease the succeeded counter', 'status.startTime: Required value: startTime cannot be removed for unsuspended job'] },
    { name: 'indexes of a job without', status: { completedIndexes: '0' }, expected: ['status.completedIndexes: Invalid value: "0": cannot set non-empty completedIndexes when non-indexed completion mode'] },
    { name: 'indexes that overlap', job: indexed, status: { completedIndexes: '0-2', failedIndexes: '1,7' }, expected: ['status.failedIndexes: Invalid value: "1,7": error parsing failedIndexes: too large index: "7"', 'status.failedIndexes: Invalid value: "1,7": failedIndexes and completedIndexes overlap at index: 1'] },
    { name: 'an elastic job counts down', job: indexed, old: { succeeded: 3 }, status: { succeeded: 2 }, expected: [] },
    { name: 'a job that goes on starts anew', old: { startTime: time, ...conditions('Suspended') }, status: { startTime: '2027-01-01T00:00:00Z', conditions: [{ type: 'Suspended', status: 'False' }] }, expected: [] },
    { name: 'what was wrong before', old: { ready: 2 }, status: { ready: 2 }, expected: [] },
  ];
  for (const { name, job: fields = own(), old = {}, status, expected } of cases) test(name, () => assert.deepEqual(statusFaults(job, { status }, { ...fields, status: old }), expected));
});

test('a suspended job may get other resources', () => {
  const resources = { requests: { cpu: '1' } };
  const now = labelled({ containers: [{ name: 'c', image: 'i', resources }] });
  assert.deepEqual(updateFaults(job, own({ suspend: true, template: now }), own({ suspend: true })), []);
  const [text = '', ...others] = updateFaults(job, own({ suspend: true, template: labelled({ containers: [{ name: 'c', image: 'j' }] }) }), own({ suspend: true }));
  assert.match(text, /^spec.template.spec: Invalid value: \{"Volumes".*: field is immutable$/);
  assert.deepEqual(others, []);
});
