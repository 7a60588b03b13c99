import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Taint } from '../../api/generated/core-v1.ts';
import { planLabels, planTaints, silentConditions } from './plan.ts';
import { isEverythingDown, ZoneTally } from './zones.ts';

const nowMs = Date.UTC(2026, 0, 1);
const now = '2026-01-01T00:00:00Z';

function node(ready: string | undefined, taints: Taint[] = [], unschedulable = false): Node {
  const conditions = ready ? [{ type: 'Ready', status: ready, lastHeartbeatTime: now, lastTransitionTime: now }] : [];
  return { metadata: { name: 'n', creationTimestamp: '2025-12-31T00:00:00Z' }, spec: { taints, unschedulable }, status: { conditions } } as unknown as Node;
}

const short = (taints: Taint[] | undefined): string[] | undefined => taints?.map(({ key, effect }) => `${key.replace('node.kubernetes.io/', '')}:${effect}`);
const taint = (key: string, effect: string): Taint => ({ key: `node.kubernetes.io/${key}`, effect });

for (const { name, observed, evictions = { mayEvict: true, stopEvictions: false }, expected } of [
  { name: 'a ready node has no taint', observed: node('True'), expected: undefined },
  { name: 'a node that is ready again loses its taints', observed: node('True', [taint('unreachable', 'NoSchedule'), taint('unreachable', 'NoExecute')]), expected: [] },
  { name: 'a silent node is unreachable', observed: node('Unknown'), expected: ['unreachable:NoSchedule', 'unreachable:NoExecute'] },
  { name: 'evictions wait for their turn, scheduling stops at once', observed: node('False'), evictions: { mayEvict: false, stopEvictions: false }, expected: ['not-ready:NoSchedule'] },
  { name: 'when everything is down nobody is evicted', observed: node('Unknown', [taint('unreachable', 'NoSchedule'), taint('unreachable', 'NoExecute')]), evictions: { mayEvict: false, stopEvictions: true }, expected: ['unreachable:NoSchedule'] },
  { name: 'a cordoned node is unschedulable; taints of others stay', observed: node('True', [{ key: 'mine', effect: 'NoSchedule' }], true), expected: ['mine:NoSchedule', 'unschedulable:NoSchedule'] },
]) {
  test(name, () => assert.deepEqual(short(planTaints(observed, evictions, nowMs)), expected));
}

test('a node that fell silent is Unknown in all that it reported, and stays so', () => {
  const conditions = silentConditions(node('True'), nowMs) ?? [];
  assert.deepEqual(conditions.map(({ type, status, reason }) => `${type} ${status} ${reason}`), [
    'Ready Unknown NodeStatusUnknown', 'MemoryPressure Unknown NodeStatusNeverUpdated', 'DiskPressure Unknown NodeStatusNeverUpdated', 'PIDPressure Unknown NodeStatusNeverUpdated',
  ]);
  assert.equal(conditions[0]?.message, 'Kubelet stopped posting node status.');
  const silent = { ...node('Unknown'), status: { conditions } } as Node;
  assert.equal(silentConditions(silent, nowMs), undefined);
  assert.equal(silentConditions(node('Unknown'), nowMs), undefined, 'what the others say of one that is Unknown is left to them');
});

test('a zone is disrupted by the part of its nodes that is down', () => {
  const tally = (...nodes: Node[]): ZoneTally => {
    const all = new ZoneTally(0.55);
    nodes.forEach((one, index) => all.set({ ...one, metadata: { ...one.metadata, name: `n${index}` } }));
    return all;
  };
  const state = (ready: number, down: number): string | undefined => tally(...Array<Node>(ready).fill(node('True')), ...Array<Node>(down).fill(node('Unknown'))).states().get(':\0:')?.state;
  assert.deepEqual([state(2, 1), state(0, 1), state(2, 3), state(3, 2)], ['Normal', 'FullDisruption', 'PartialDisruption', 'Normal']);
  assert(isEverythingDown(tally(node('Unknown')).states()));
});

test('a node that is excluded from disruption says nothing of its zone', () => {
  const tally = new ZoneTally(0.55);
  const named = (name: string, ready: 'True' | 'Unknown', labels: object): Node => ({ ...node(ready), metadata: { ...node(ready).metadata, name, labels } } as Node);
  tally.set(named('a', 'Unknown', {}));
  tally.set(named('b', 'True', { 'node.kubernetes.io/exclude-disruption': '' }));
  assert.deepEqual(tally.states().get(':\0:'), { state: 'FullDisruption', size: 1 });
  tally.set(named('b', 'True', {}));
  assert.deepEqual(tally.states().get(':\0:'), { state: 'Normal', size: 2 });
  tally.set(named('b', 'True', { 'node.kubernetes.io/exclude-disruption': '' }));
  assert.equal(tally.states().get(':\0:')?.size, 1);
});

test('labels of old follow those of today', () => {
  const labelled = (labels: object): Node => ({ ...node('True'), metadata: { ...node('True').metadata, labels } } as Node);
  assert.deepEqual(planLabels(labelled({ 'kubernetes.io/os': 'linux', 'kubernetes.io/arch': 'arm64', 'beta.kubernetes.io/arch': 'amd64' })), { 'beta.kubernetes.io/os': 'linux', 'beta.kubernetes.io/arch': 'arm64' });
  assert.equal(planLabels(labelled({ 'kubernetes.io/os': 'linux', 'beta.kubernetes.io/os': 'linux', 'beta.kubernetes.io/arch': 'amd64' })), undefined);
});

test('nodes that change, move to another zone or go are counted where they are', () => {
  const tally = new ZoneTally(0.55);
  const named = (name: string, ready: 'True' | 'Unknown', zone: string): Node => ({ ...node(ready), metadata: { ...node(ready).metadata, name, labels: { 'topology.kubernetes.io/zone': zone } } });
  const seen = (): unknown => Object.fromEntries([...tally.states()].map(([zone, { state, size }]) => [zone, `${state} ${size}`]));
  tally.set(named('a', 'True', 'x'));
  tally.set(named('b', 'Unknown', 'x'));
  tally.set(named('b', 'Unknown', 'x'));
  assert.deepEqual(seen(), { ':\0:x': 'Normal 2' });
  tally.set(named('a', 'Unknown', 'x'));
  assert.deepEqual(seen(), { ':\0:x': 'FullDisruption 2' });
  tally.set(named('a', 'True', 'y'));
  assert.deepEqual(seen(), { ':\0:x': 'FullDisruption 1', ':\0:y': 'Normal 1' });
  tally.delete('b');
  tally.delete('nobody');
  assert.deepEqual(seen(), { ':\0:y': 'Normal 1' });
});
