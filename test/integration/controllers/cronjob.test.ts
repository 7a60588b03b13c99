/** The suite's CronJob tests that take minutes, with a clock that is told when these pass. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CronJob, Job } from '../../../src/api/generated/batch-v1.ts';
import { cronJobs, events, jobs, namespaces } from '../../../src/api/refs.ts';
import type { DeepReadonly, Draft } from '../../../src/apimachinery/meta.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { type ControllersUnderTest, endPods, runPods, startControllers } from './controllers-under-test.ts';

class CronTest implements AsyncDisposable {
  readonly cluster: ControllersUnderTest;
  readonly #clock: VirtualClock;

  private constructor(cluster: ControllersUnderTest, clock: VirtualClock) {
    this.cluster = cluster;
    this.#clock = clock;
  }

  static async start(spec: object): Promise<CronTest> {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1, 12, 0, 30));
    const cluster = await startControllers(['cronjob-controller', 'job-controller', 'garbage-collector-controller'], {}, clock);
    const { client, signal } = cluster;
    await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
    const template = { spec: { restartPolicy: 'OnFailure', containers: [{ name: 'c', image: 'busybox', command: ['sleep', '300'] }] } };
    const draft = { metadata: { name: 'cron' }, spec: { schedule: '*/1 * * * ?', ...spec, jobTemplate: { spec: { parallelism: 1, completions: 1, template } } } };
    await client.resource(cronJobs, 'shop').create(draft as unknown as Draft<CronJob>, { signal });
    return new CronTest(cluster, clock);
  }

  async jobs(): Promise<readonly DeepReadonly<Job>[]> {
    return (await this.cluster.client.resource(jobs, 'shop').list({ signal: this.cluster.signal })).items;
  }

  get(): Promise<DeepReadonly<CronJob>> {
    return this.cluster.client.resource(cronJobs, 'shop').get('cron', { signal: this.cluster.signal });
  }

  /** Lets ten seconds pass again and again, with pods that run, until it is so. */
  until<R>(what: string, holds: () => Promise<R>): Promise<Exclude<R, false | undefined>> {
    return this.cluster.until(what, async () => {
      await this.pass(10);
      await runPods(this.cluster, 'shop');
      return holds();
    });
  }

  pass(seconds: number): Promise<void> {
    return this.#clock.advance(seconds * 1000);
  }

  async has(reason: string): Promise<boolean> {
    return (await this.cluster.client.resource(events, 'shop').list({ signal: this.cluster.signal })).items.some((event) => event.reason === reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
  }
}

const LIMIT = { timeout: 600_000 };
const named = (all: readonly DeepReadonly<Job>[]): string[] => all.filter(({ metadata }) => !metadata.deletionTimestamp).map(({ metadata }) => metadata.name);

test('should schedule multiple jobs concurrently', LIMIT, async () => {
  await using cron = await CronTest.start({ concurrencyPolicy: 'Allow' });
  const { status } = await cron.until('two are active', async () => {
    const found = await cron.get();
    return (found.status.active?.length ?? 0) > 1 && found;
  });
  const all = await cron.jobs();
  assert.deepEqual(status.active?.map(({ kind, apiVersion, namespace, name }) => `${apiVersion} ${kind} ${namespace}/${name}`), named(all).map((name) => `batch/v1 Job shop/${name}`));
  const [first] = all;
  assert.equal(first?.metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp'], '2026-01-01T12:01:00Z');
  assert.equal(first?.metadata.name, `cron-${Date.UTC(2026, 0, 1, 12, 1) / 60_000}`);
  assert.equal(await cron.has('UnexpectedJob'), false);
});

test('should not schedule jobs when suspended', LIMIT, async () => {
  await using cron = await CronTest.start({ concurrencyPolicy: 'Allow', suspend: true });
  for (let minute = 0; minute < 5; minute++) await cron.pass(60);
  assert.deepEqual([(await cron.get()).status.active ?? [], await cron.jobs()], [[], []]);
});

test('should not schedule new jobs when ForbidConcurrent', LIMIT, async () => {
  await using cron = await CronTest.start({ concurrencyPolicy: 'Forbid' });
  await cron.until('one is active', async () => (await cron.get()).status.active?.length === 1);
  const before = named(await cron.jobs());
  assert.equal(before.length, 1);
  await cron.until('it is told that no other is started', () => cron.has('JobAlreadyActive'));
  for (let minute = 0; minute < 3; minute++) await cron.pass(60);
  assert.deepEqual(named(await cron.jobs()), before);
  await cron.until('the next begins once that has ended', async () => {
    await endPods(cron.cluster, 'shop');
    return (await cron.has('SawCompletedJob')) && named(await cron.jobs()).length > 1;
  });
});

test('should replace jobs when ReplaceConcurrent', LIMIT, async () => {
  await using cron = await CronTest.start({ concurrencyPolicy: 'Replace' });
  await cron.until('one is active', async () => (await cron.get()).status.active?.length === 1);
  const [before] = named(await cron.jobs());
  await cron.until('another has taken its place', async () => {
    const alive = named(await cron.jobs());
    assert.ok(alive.length <= 1, `more than one runs: ${alive.join()}`);
    return alive.length === 1 && alive[0] !== before;
  });
  const { status } = await cron.until('it is the active one', async () => {
    const found = await cron.get();
    return found.status.active?.[0]?.name !== before && found;
  });
  assert.equal(status.active?.length, 1);
});

test('a schedule that is changed starts nothing for times that have passed', LIMIT, async () => {
  await using cron = await CronTest.start({ schedule: '0 9 1 1 *' });
  await cron.pass(3600);
  const { client, signal } = cron.cluster;
  await client.resource(cronJobs, 'shop').patch('cron', { type: 'merge', patch: { spec: { schedule: '30 12 * * *' } } }, { signal });
  await cron.pass(3600);
  assert.deepEqual(await cron.jobs(), [], 'half past twelve was over when it was asked for');
  await cron.pass(22.5 * 3600);
  await cron.until('tomorrow it is started', async () => (await cron.jobs()).length > 0);
  assert.equal((await cron.jobs())[0]?.metadata.annotations?.['batch.kubernetes.io/cronjob-scheduled-timestamp'], '2026-01-02T12:30:00Z');
});
