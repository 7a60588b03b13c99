import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import { AllocationManager } from './allocation-manager.ts';
import { format, parse, type AllocationState } from './checkpoint.ts';

const node = { metadata: { name: 'n' }, spec: {}, status: { allocatable: { cpu: '2', memory: '1Gi', pods: '10' } } } as unknown as Node;

function pod(uid: string, cpu: string): Pod {
  return {
    metadata: { name: uid, uid, resourceVersion: '1', creationTimestamp: '' },
    spec: { containers: [{ name: 'c', resources: { requests: { cpu } } }] }, status: {},
  };
}

function cpuOf(subject: ReturnType<AllocationManager['allocate']>): string | number | undefined {
  return subject.spec.containers[0]?.resources?.requests?.cpu;
}

test('a resize is allocated when it fits, deferred while others have it, infeasible when the node is too small', () => {
  const manager = new AllocationManager({ load: async () => ({ allocated: new Map(), actuated: new Map() }), save: async () => undefined });
  const other = pod('other', '1');
  assert.equal(cpuOf(manager.allocate(pod('a', '500m'), node, [])), '500m');
  manager.setActuated(pod('a', '500m'), 'c');
  assert.deepEqual(manager.toActuate(pod('a', '500m')), []);
  assert.equal(cpuOf(manager.allocate(pod('a', '1500m'), node, [other])), '500m');
  assert.deepEqual(manager.pendingResize('a'), { action: 'defer', reason: 'Deferred', message: "Node didn't have enough resource: cpu, requested: 1500, used: 1000, capacity: 2000" });
  assert.equal(cpuOf(manager.allocate(pod('a', '3'), node, [])), '500m');
  assert.deepEqual(manager.pendingResize('a'), { action: 'defer', reason: 'Infeasible', message: "Node didn't have enough capacity: cpu, requested: 3000, capacity: 2000" });
  assert.equal(cpuOf(manager.allocate(pod('a', '1500m'), node, [])), '1500m');
  assert.equal(manager.pendingResize('a'), undefined);
  assert.deepEqual(manager.toActuate(pod('a', '1500m')), ['c']);
  manager.setActuated(pod('a', '1500m'), 'c');
  assert.deepEqual(manager.toActuate(pod('a', '1500m')), []);
});

test('a resize that comes while an older one is carried out is not taken for done', () => {
  const manager = new AllocationManager({ load: async () => ({ allocated: new Map(), actuated: new Map() }), save: async () => undefined });
  const [first, larger] = [pod('a', '500m'), pod('a', '700m')];
  manager.allocate(first, node, []);
  manager.setActuated(first, 'c');
  manager.allocate(larger, node, []);
  manager.allocate(first, node, []); // back again, while the kubelet works on the larger one
  assert.deepEqual(manager.toActuate(larger), ['c']);
  manager.setActuated(larger, 'c');
  assert.deepEqual(manager.resizeInProgress('a'), {});
  assert.deepEqual(manager.actuated('a', 'c'), { requests: { cpu: '700m' } });
  assert.deepEqual(manager.toActuate(first), ['c']);
  manager.setActuated(first, 'c');
  assert.equal(manager.resizeInProgress('a'), undefined);
});

test('a container starts anew for the resources that its policy says it must', () => {
  const manager = new AllocationManager({ load: async () => ({ allocated: new Map(), actuated: new Map() }), save: async () => undefined });
  const container = { name: 'c', resources: {}, resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }, { resourceName: 'memory', restartPolicy: 'RestartContainer' }] };
  const [half, whole] = [pod('a', '500m'), pod('a', '1')];
  manager.allocate(half, node, []);
  manager.setActuated(half, 'c');
  assert.equal(manager.resizeInProgress('a'), undefined);
  manager.allocate(whole, node, []);
  assert.equal(manager.needsRestart(whole, container), false);
  assert.equal(manager.needsRestart(whole, { ...container, resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] }), true);
  assert.deepEqual(manager.resizeInProgress('a'), {});
  manager.setResizeError('a', 'no room');
  assert.deepEqual(manager.resizeInProgress('a'), { error: 'no room' });
  manager.setActuated(whole, 'c');
  assert.equal(manager.resizeInProgress('a'), undefined);
});

test('the same amount in other words is no resize', () => {
  const manager = new AllocationManager({ load: async () => ({ allocated: new Map(), actuated: new Map() }), save: async () => undefined });
  manager.allocate(pod('a', '1'), node, []);
  manager.setActuated(pod('a', '1'), 'c');
  manager.allocate(pod('a', '1000m'), node, []);
  assert.deepEqual(manager.toActuate(pod('a', '1000m')), []);
});

test('a checkpoint comes back as it went, a broken one as none', () => {
  const state: AllocationState = { allocated: new Map([['u', new Map([['c', { requests: { cpu: '1' } }]])]]), actuated: new Map() };
  assert.deepEqual(parse(format(state)), state);
  assert.equal(parse(format(state).replace('cpu', 'xpu')), undefined);
  assert.equal(parse('{'), undefined);
});

test('what is decided is saved once, before it is acted on', async () => {
  const saved: AllocationState[] = [];
  const manager = new AllocationManager({ load: async () => ({ allocated: new Map(), actuated: new Map() }), save: async (state) => void saved.push(state) });
  manager.allocate(pod('a', '1'), node, []);
  manager.allocate(pod('b', '1'), node, []);
  await Promise.all([manager.saved(), manager.saved()]);
  assert.deepEqual(saved.map(({ allocated }) => [...allocated.keys()]), [['a', 'b']]);
});
