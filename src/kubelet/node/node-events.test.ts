import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, NodeStatus } from '../../api/generated/core-v1.ts';
import { nodeEvents, scheduleEvents } from './node-events.ts';

const statusOf = (conditions: Record<string, string>, bootID = 'a'): NodeStatus => (
  { conditions: Object.entries(conditions).map(([type, status]) => ({ type, status })), nodeInfo: { bootID } } as unknown as NodeStatus);
const calm = { MemoryPressure: 'False', DiskPressure: 'False', PIDPressure: 'False' };

for (const { name, before, after, expected } of [
  { name: 'a new node tells what it has enough of', before: undefined, after: statusOf({ ...calm, Ready: 'True' }), expected: ['NodeHasSufficientMemory', 'NodeHasNoDiskPressure', 'NodeHasSufficientPID'] },
  { name: 'nothing new', before: statusOf({ ...calm, Ready: 'True' }), after: statusOf({ ...calm, Ready: 'True' }), expected: [] },
  { name: 'it becomes ready', before: statusOf({ ...calm, Ready: 'False' }), after: statusOf({ ...calm, Ready: 'True' }), expected: ['NodeReady'] },
  { name: 'it comes back', before: statusOf({ Ready: 'Unknown' }), after: statusOf({ Ready: 'True' }), expected: ['NodeReady'] },
  { name: 'it is short of memory', before: statusOf(calm), after: statusOf({ ...calm, MemoryPressure: 'True' }), expected: ['NodeHasInsufficientMemory'] },
  { name: 'the machine has started anew', before: statusOf(calm), after: statusOf(calm, 'b'), expected: ['Rebooted'] },
]) test(`events of a node: ${name}`, () => assert.deepEqual(nodeEvents('n', before, after).map(({ reason }) => reason), expected));

test('events of a node have Kubernetes\' words', () => {
  assert.deepEqual(nodeEvents('n', statusOf({ Ready: 'True' }), statusOf({ Ready: 'False' }, 'b')), [
    { type: 'Normal', reason: 'NodeNotReady', message: 'Node n status is now: NodeNotReady' },
    { type: 'Warning', reason: 'Rebooted', message: 'Node n has been rebooted, boot id: b' },
  ]);
});

test('a node tells that it is cordoned, and that it is not any more', () => {
  const node = (unschedulable?: boolean): Node => ({ metadata: { name: 'n' }, spec: { ...(unschedulable !== undefined && { unschedulable }) } } as unknown as Node);
  assert.deepEqual([scheduleEvents(undefined, node(true)), scheduleEvents(node(), node(false)), scheduleEvents(node(), node(true)), scheduleEvents(node(true), node())].map((list) => list.map(({ reason }) => reason)), [[], [], ['NodeNotSchedulable'], ['NodeSchedulable']]);
});
