/** What a resize tells, and what becomes of resources of whole pods; on a simulated node in virtual time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { events, pods } from '../../../src/api/refs.ts';
import type { Container, ResourceRequirements } from '../../../src/api/generated/core-v1.ts';
import { SIMULATED_MEMORY } from '../../../src/runtime/simulated/simulated-usage.ts';
import { simulate, type SimulatedKubelet } from './simulated-kubelet.ts';

const NEVER = new AbortController().signal;
const container = (name: string, resources: ResourceRequirements = {}): Container => ({ name, image: 'example/app:1', command: ['serve'], resources });
const both = (cpu: string, memory: string): ResourceRequirements => ({ requests: { cpu, memory }, limits: { cpu, memory } });

function resize({ client }: SimulatedKubelet, name: string, spec: object): Promise<unknown> {
  return client.resource(pods, 'default').patch(name, { type: 'strategic', patch: { spec } }, { signal: NEVER }, 'resize');
}

async function eventsOf({ client }: SimulatedKubelet): Promise<string[]> {
  const { items } = await client.resource(events, 'default').list({ signal: NEVER });
  return items.toSorted((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion)).filter(({ reason }) => reason?.startsWith('Resize')).map(({ type, reason, message }) => `${type} ${reason} ${message}`);
}

test('events tell of a resize that begins and is done, of one that must wait, and of one that can never be', async () => {
  await using sim = await simulate();
  await sim.create('web', [], { containers: [container('main', { requests: { memory: '64Mi', cpu: '100m' } })] });
  await sim.create('large', [], { containers: [container('main', { requests: { cpu: '5' } })] });
  await sim.clock.advance(2000);
  const wish = (cpu: string): object => ({ containers: [{ name: 'main', resources: { requests: { cpu } } }] });
  for (const cpu of ['200m', '4', '100']) {
    await resize(sim, 'web', wish(cpu));
    await sim.clock.advance(2000);
  }
  const told = (cpu: string, rest: string): string => `{"containers":[{"name":"main","resources":{"requests":{"cpu":"${cpu}","memory":"64Mi"}}}],"generation":${rest}}`;
  assert.deepEqual(await eventsOf(sim), [
    `Normal ResizeStarted Pod resize started: ${told('200m', '2')}`,
    `Normal ResizeCompleted Pod resize completed: ${told('200m', '2')}`,
    `Warning ResizeDeferred Pod resize Deferred: ${told('4', '3,"error":"Node didn\'t have enough resource: cpu, requested: 4000, used: 5000, capacity: 8000"')}`,
    `Warning ResizeInfeasible Pod resize Infeasible: ${told('100', '4,"error":"Node didn\'t have enough capacity: cpu, requested: 100000, capacity: 8000"')}`,
  ]);
  assert.deepEqual((await sim.pod('web')).status.allocatedResources, { cpu: '200m', memory: '64Mi' });
});

test('a resize that comes while another is carried out is carried out as well, and the status does not run ahead of the container', async () => {
  await using sim = await simulate();
  await sim.create('web', [], { containers: [container('main', both('100m', '64Mi'))] });
  await sim.clock.advance(2000);
  const update = sim.runtime.updateContainerResources.bind(sim.runtime);
  sim.runtime.updateContainerResources = async (id, linux) => {
    await sim.clock.sleep(1000, NEVER);
    await update(id, linux);
  };
  const [one] = await sim.runtime.listContainers(undefined);
  const shares = async (): Promise<number | undefined> => (await sim.runtime.containerStatus(one?.id ?? '')).resources?.linux?.cpuShares;
  const told = async (): Promise<unknown> => (await sim.pod('web')).status.containerStatuses?.[0]?.resources?.requests?.cpu;
  for (const cpu of ['200m', '300m']) {
    await resize(sim, 'web', { containers: [{ name: 'main', resources: both(cpu, '64Mi') }] });
    await sim.clock.advance(500);
  }
  await sim.clock.advance(800);
  assert.deepEqual([await shares(), await told()], [204, '200m']);
  await sim.clock.advance(5000);
  assert.deepEqual([await shares(), await told()], [307, '300m']);
});

test('a limit of memory does not go below what is used: the resize says so, until one is wished that can be', async () => {
  await using sim = await simulate();
  const metadata = { name: 'big', namespace: 'default', annotations: { [SIMULATED_MEMORY]: '200Mi' } };
  await sim.client.resource(pods, 'default').create({ metadata, spec: { nodeName: 'sim', containers: [container('main', both('100m', '256Mi'))] }, status: {} }, { signal: NEVER });
  await sim.clock.advance(2000);
  await resize(sim, 'big', { containers: [{ name: 'main', resources: both('100m', '128Mi') }] });
  await sim.clock.advance(5000);
  const refusal = (subject: string): string => `attempting to set ${subject} memory limit (134217728) below current usage (209715200)`;
  const message = `cannot decrease memory limits: [${refusal('pod')}, ${refusal('container "main"')}]`;
  const condition = async (): Promise<unknown[]> => ((await sim.pod('big')).status.conditions ?? []).filter(({ type }) => type === 'PodResizeInProgress').map((one) => [one.reason, one.message]);
  assert.deepEqual(await condition(), [['Error', message]]);
  assert.equal((await eventsOf(sim)).filter((line) => line.startsWith('Warning ResizeError')).length, 1);
  assert.equal((await sim.pod('big')).status.containerStatuses?.[0]?.resources?.limits?.memory, '256Mi');
  await resize(sim, 'big', { containers: [{ name: 'main', resources: both('100m', '220Mi') }] });
  await sim.clock.advance(5000);
  assert.deepEqual(await condition(), []);
  assert.equal((await sim.pod('big')).status.containerStatuses?.[0]?.resources?.limits?.memory, '220Mi');
});

test('the resources of a whole pod are resized without a restart; containers without limits follow', async () => {
  await using sim = await simulate();
  await sim.create('whole', [], { containers: [container('own', both('100m', '64Mi')), container('shared')], resources: both('500m', '256Mi') });
  await sim.clock.advance(2000);
  const before = (await sim.pod('whole')).status;
  assert.deepEqual([before.allocatedResources, before.resources], [{ cpu: '500m', memory: '256Mi' }, both('500m', '256Mi')]);
  await resize(sim, 'whole', { resources: both('800m', '512Mi') });
  await sim.clock.advance(3000);
  const { status } = await sim.pod('whole');
  assert.deepEqual([status.allocatedResources, status.resources, status.observedGeneration], [{ cpu: '800m', memory: '512Mi' }, both('800m', '512Mi'), 2]);
  assert.deepEqual(status.containerStatuses?.map(({ restartCount }) => restartCount), [0, 0]);
  assert.equal(status.conditions?.some(({ type }) => type.startsWith('PodResize')), false);
  const limits = await Promise.all((status.containerStatuses ?? []).map(async ({ containerID = '' }) => (await sim.runtime.containerStatus(containerID.replace('simulated://', ''))).resources?.linux?.memoryLimitInBytes));
  assert.deepEqual(limits, [64 * 1024 * 1024, 512 * 1024 * 1024]);
});

test('a pod that ends before it began is Failed, and what never ran of it is no success', async () => {
  await using sim = await simulate({}, { hasImage: () => false });
  await sim.client.resource(pods, 'default').create({ metadata: { name: 'kept', namespace: 'default', finalizers: ['example.com/wait'] }, spec: { nodeName: 'sim', containers: [container('main')] }, status: {} }, { signal: NEVER });
  await sim.clock.advance(2000);
  assert.equal((await sim.pod('kept')).status.phase, 'Pending');
  await sim.client.resource(pods, 'default').delete('kept', { gracePeriodSeconds: 5, signal: NEVER });
  await sim.clock.advance(8000);
  const { status } = await sim.pod('kept');
  assert.deepEqual([status.phase, status.containerStatuses?.[0]?.state.terminated?.reason], ['Failed', 'ContainerStatusUnknown']);
});

/** The CPU requests that pods run with, by name. */
async function cpuOf(sim: SimulatedKubelet, names: readonly string[]): Promise<string> {
  const all = await Promise.all(names.map((name) => sim.pod(name)));
  return all.map(({ metadata, status }) => `${metadata.name} ${status.containerStatuses?.[0]?.resources?.requests?.cpu}`).join(', ');
}
const cpu = (amount: string, memory?: string): Container => container('main', { requests: { cpu: amount, ...(memory && { memory }) } });

test('a resize that waits is made once another pod gives up what it needs', async () => {
  await using sim = await simulate();
  await sim.create('a', [], { containers: [cpu('4')] });
  await sim.create('b', [], { containers: [cpu('2')] });
  await sim.clock.advance(2000);
  await resize(sim, 'b', { containers: [cpu('5')] });
  await sim.clock.advance(2000);
  assert.equal(await cpuOf(sim, ['a', 'b']), 'a 4, b 2');
  await resize(sim, 'a', { containers: [cpu('1')] });
  await sim.clock.advance(2000);
  assert.equal(await cpuOf(sim, ['a', 'b']), 'a 1, b 5');
});

test('resizes that wait are made by priority, then Guaranteed pods first, then in their order', async () => {
  await using sim = await simulate();
  await sim.create('p1', [], { containers: [cpu('5')] });
  for (const [name, spec] of [['p2', { priority: 1000 }], ['p3', { containers: [container('main', both('500m', '100Mi'))] }], ['p4', {}], ['p5', {}]] as const) await sim.create(name, [], { containers: [cpu('500m')], ...spec });
  await sim.clock.advance(2000);
  for (const name of ['p4', 'p3', 'p2', 'p5']) {
    await resize(sim, name, { containers: [{ name: 'main', resources: name === 'p3' ? both('5', '100Mi') : { requests: { cpu: '5' } } }] });
    await sim.clock.advance(1000);
  }
  for (const [gone, expected] of [['p1', 'p2 5, p3 500m, p4 500m, p5 500m'], ['p2', 'p3 5, p4 500m, p5 500m'], ['p3', 'p4 5, p5 500m'], ['p4', 'p5 5']] as const) {
    await sim.client.resource(pods, 'default').delete(gone, { gracePeriodSeconds: 1, signal: NEVER });
    await sim.clock.advance(5000);
    assert.equal(await cpuOf(sim, expected.split(', ').map((one) => one.slice(0, 2))), expected);
  }
});

test('a resize that is made may make room for the next, and that for another', async () => {
  await using sim = await simulate();
  const names = ['p1', 'p2', 'p3', 'p4'];
  for (const name of names) await sim.create(name, [], { containers: [cpu('2', '6Gi')] });
  await sim.clock.advance(2000);
  for (const [name, one] of [['p2', cpu('2600m', '1Gi')], ['p3', cpu('300m', '20Gi')], ['p4', cpu('5', '6Gi')]] as const) {
    await resize(sim, name, { containers: [one] });
    await sim.clock.advance(1000);
  }
  assert.equal(await cpuOf(sim, names), 'p1 2, p2 2, p3 2, p4 2');
  await sim.client.resource(pods, 'default').delete('p1', { gracePeriodSeconds: 1, signal: NEVER });
  await sim.clock.advance(10_000);
  assert.equal(await cpuOf(sim, names.slice(1)), 'p2 2600m, p3 300m, p4 5');
});

test('a pod that has ended makes room, though it is still there to be looked at', async () => {
  await using sim = await simulate();
  await sim.create('task', [], { restartPolicy: 'Never', containers: [{ ...cpu('6'), command: ['sleep', '10'] }] });
  await sim.create('web', [], { containers: [cpu('1')] });
  await sim.clock.advance(2000);
  await resize(sim, 'web', { containers: [cpu('5')] });
  await sim.clock.advance(2000);
  assert.equal(await cpuOf(sim, ['web']), 'web 1');
  await sim.clock.advance(10_000);
  assert.equal(await cpuOf(sim, ['web']), 'web 5');
});

test('a container that must start anew for its resources does so, though it ends well when it is told to stop', async () => {
  await using sim = await simulate({}, { process: () => ({ exitCode: 0, exitCodeOnTerm: 0 }) });
  const resizePolicy = [{ resourceName: 'memory', restartPolicy: 'RestartContainer' }];
  await sim.create('web', [], { restartPolicy: 'OnFailure', containers: [{ ...container('main', both('1', '64Mi')), resizePolicy }, container('other')] });
  await sim.clock.advance(2000);
  await resize(sim, 'web', { containers: [{ name: 'main', resources: both('1', '128Mi') }] });
  await sim.clock.advance(3000);
  const { status } = await sim.pod('web');
  assert.deepEqual(status.containerStatuses?.map(({ restartCount, state, resources }) => [restartCount, state.running !== undefined, resources?.limits?.memory]), [[1, true, '128Mi'], [0, true, undefined]]);
  assert.deepEqual([status.phase, status.conditions?.some(({ type }) => type.startsWith('PodResize'))], ['Running', false]);
});
