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
