import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createFaults, createWarnings, updateFaults, type Fields } from '../../../test/support/kind-faults.ts';
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
  assert.deepEqual(createWarnings(cronJob, { metadata: { name: 'a.b' }, ...cron({ schedule: 'TZ=UTC * * * * *' }) }), [
    dotted,
    'CRON_TZ or TZ used in spec.schedule is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details',
  ]);
});
