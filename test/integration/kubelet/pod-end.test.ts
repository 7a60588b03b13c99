/** How pods end, as their statuses and the calls of the runtime tell it; on a simulated node in virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { events, pods } from '../../../src/api/refs.ts';
import type { Container } from '../../../src/api/generated/core-v1.ts';
import { simulate } from './simulated-kubelet.ts';

const NEVER = new AbortController().signal;
const container = (name: string, more: Partial<Container> = {}): Container => ({ name, image: 'example/app:1', command: [name], resources: {}, ...more });
/** What ignores its signal for longer than any grace here. */
const STUBBORN = { process: ({ command = [] }: { command?: readonly string[] }) => (command[0] === 'short' ? { runMs: 2000, exitCode: 0 } : { exitCode: 0 }) };

test('a pod over its deadline is Failed once its containers have stopped, not before', async () => {
  await using sim = await simulate({}, STUBBORN);
  await sim.create('late', [], { containers: [container('stubborn')], activeDeadlineSeconds: 5, terminationGracePeriodSeconds: 10 });
  await sim.clock.advance(9000);
  const ending = await sim.pod('late');
  assert.deepEqual([ending.status.phase, ending.status.reason], ['Running', undefined]);
  assert.equal(ending.status.conditions?.find(({ type }) => type === 'Ready')?.reason, 'PodFailed');
  await sim.clock.advance(10_000);
  const { status } = await sim.pod('late');
  assert.deepEqual([status.phase, status.reason, status.message], ['Failed', 'DeadlineExceeded', 'Pod was active on the node longer than the specified deadline']);
  assert.equal(status.containerStatuses?.[0]?.state.terminated?.exitCode, 137);
});

test('a pod whose containers have ended is Succeeded once its sidecars have stopped too', async () => {
  await using sim = await simulate({}, STUBBORN);
  await sim.create('task', [], { restartPolicy: 'Never', terminationGracePeriodSeconds: 10, containers: [container('short')], initContainers: [container('stubborn', { restartPolicy: 'Always' })] });
  await sim.clock.advance(6000);
  const ending = await sim.pod('task');
  assert.equal(ending.status.phase, 'Running');
  assert.equal(ending.status.conditions?.find(({ type }) => type === 'Ready')?.reason, 'ContainersNotReady', 'the pod still runs');
  await sim.clock.advance(10_000);
  const { status } = await sim.pod('task');
  assert.equal(status.phase, 'Succeeded');
  assert.equal(status.initContainerStatuses?.[0]?.state.terminated?.exitCode, 137);
});

test('the hooks of containers and sidecars run at once when a pod ends; sidecars stop after the containers', async () => {
  const hooks: string[] = [];
  await using sim = await simulate({}, {
    ...STUBBORN,
    execute: (_config, command) => {
      if (command[0] === 'bye') hooks.push(`${command[1]} at ${Math.round(sim.clock.now() / 1000)}`);
      return { exitCode: 0 };
    },
  });
  const bye = (name: string): Partial<Container> => ({ lifecycle: { preStop: { exec: { command: ['bye', name] } } } });
  await sim.create('team', [], { terminationGracePeriodSeconds: 10, containers: [container('main', bye('main'))], initContainers: [container('proxy', { restartPolicy: 'Always', ...bye('proxy') })] });
  await sim.clock.advance(2000);
  await sim.client.resource(pods, 'default').delete('team', { signal: NEVER });
  const at = Math.round(sim.clock.now() / 1000);
  await sim.clock.advance(1000);
  assert.deepEqual(hooks.toSorted(), [`main at ${at}`, `proxy at ${at}`]);
  await sim.clock.advance(20_000);
  await assert.rejects(sim.pod('team'), /not found/);
});

test('a pod that ends gracefully still says whether it is ready, and is not killed for its liveness', async () => {
  let well = true;
  await using sim = await simulate({}, { ...STUBBORN, execute: () => ({ exitCode: well ? 0 : 1 }) });
  const probe = { exec: { command: ['check'] }, periodSeconds: 1, failureThreshold: 1 };
  await sim.create('probed', [], { terminationGracePeriodSeconds: 30, containers: [container('main', { readinessProbe: probe, livenessProbe: probe })] });
  await sim.clock.advance(3000);
  const ready = async (): Promise<string | undefined> => (await sim.pod('probed')).status.conditions?.find(({ type }) => type === 'Ready')?.status;
  assert.equal(await ready(), 'True');
  await sim.client.resource(pods, 'default').delete('probed', { signal: NEVER });
  await sim.clock.advance(2000);
  assert.equal(await ready(), 'True');
  well = false;
  await sim.clock.advance(3000);
  assert.equal(await ready(), 'False');
  assert.deepEqual((await sim.pod('probed')).status.containerStatuses?.map(({ restartCount, state }) => [restartCount, state.running !== undefined]), [[0, true]]);
});

test('statuses of containers are in the order of their names, and held back ones say so in Kubernetes\' words', async () => {
  await using sim = await simulate({}, { process: ({ command = [] }) => (command[0] === 'b' ? { runMs: 10, exitCode: 1 } : { exitCode: 0 }) });
  await sim.create('pair', [], { containers: [container('b'), container('a')] });
  await sim.clock.advance(3000);
  const { status, metadata } = await sim.pod('pair');
  assert.deepEqual(status.containerStatuses?.map(({ name }) => name), ['a', 'b']);
  assert.equal(status.containerStatuses?.[1]?.state.waiting?.message, `back-off 10s restarting failed container=b pod=pair_default(${metadata.uid})`);
  const { items } = await sim.client.resource(events, 'default').list({ signal: NEVER });
  assert.equal(items.find(({ reason }) => reason === 'BackOff')?.message, `Back-off restarting failed container b in pod pair_default(${metadata.uid})`);
});

/** When its container had ended, in seconds after its deletion was asked for; whole ones, as clients compute it from the two times. */
async function endOfSleeper(sim: Awaited<ReturnType<typeof simulate>>, name: string, graceSeconds: number, options: { readonly gracePeriodSeconds?: number } = {}): Promise<number> {
  const { metadata } = await sim.client.resource(pods, 'default').delete(name, { ...options, signal: NEVER }).then(() => sim.pod(name));
  await sim.clock.advance(120_000);
  const ended = (await sim.pod(name)).status.containerStatuses?.[0]?.state.terminated?.finishedAt ?? '';
  return (Date.parse(ended) - Date.parse(metadata.deletionTimestamp ?? '')) / 1000 + graceSeconds;
}

for (const { title, seconds, options, grace, from, to } of [
  { title: 'valid prestop hook using sleep action', seconds: 50, grace: 100, from: 50, to: 100 },
  { title: 'reduce GracePeriodSeconds during runtime', seconds: 50, grace: 30, options: { gracePeriodSeconds: 30 }, from: 30, to: 50 },
  { title: 'prestop hook using sleep action with zero duration', seconds: 0, grace: 100, from: 0, to: 100 },
]) {
  test(`Lifecycle Sleep Hook: ${title}`, async () => {
    await using sim = await simulate();
    await sim.create('sleeper', [], { terminationGracePeriodSeconds: 100, containers: [container('main', { lifecycle: { preStop: { sleep: { seconds } } } })] });
    await sim.client.resource(pods, 'default').patch('sleeper', { type: 'merge', patch: { metadata: { finalizers: ['test/finalizer'] } } }, { signal: NEVER });
    await sim.clock.advance(2500);
    const took = await endOfSleeper(sim, 'sleeper', grace, options);
    assert.ok(took >= from && took <= to, `it took ${took} s`);
  });
}

test('Lifecycle Sleep Hook: ignore terminated container', async () => {
  await using sim = await simulate({}, { process: () => ({ runMs: 3000, exitCode: 0 }) });
  await sim.create('sleeper', [], { restartPolicy: 'Never', terminationGracePeriodSeconds: 30, containers: [container('main', { lifecycle: { preStop: { sleep: { seconds: 10 } } } })] });
  await sim.clock.advance(3500);
  const { status } = await sim.pod('sleeper');
  assert.deepEqual([status.phase, status.containerStatuses?.[0]?.state.terminated?.exitCode], ['Succeeded', 0]);
  await sim.client.resource(pods, 'default').delete('sleeper', { signal: NEVER });
  await sim.clock.advance(1000);
  await assert.rejects(sim.pod('sleeper'), /not found/);
});
