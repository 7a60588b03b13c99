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
  assert.equal(ending.status.conditions?.find(({ type }) => type === 'Ready')?.reason, 'PodCompleted');
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
