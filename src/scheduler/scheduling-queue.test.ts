import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../api/generated/core-v1.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import type { ClusterEvent } from './cluster-event.ts';
import { nodeResourcesFit } from './plugins/node-resources-fit.ts';
import { schedulingGates } from './plugins/scheduling-gates.ts';
import { SchedulingQueue } from './scheduling-queue.ts';

function pod(name: string, priority = 0): Pod {
  return { metadata: { name, namespace: 'd', uid: name, resourceVersion: '1', creationTimestamp: '' }, spec: { containers: [], priority }, status: {} };
}

const placed = (name: string): Pod => ({ ...pod(name), spec: { ...pod(name).spec, nodeName: 'n' } });
const removed = (name: string): ClusterEvent => ({ kind: 'pod-removed', before: placed(name) });

function names(queue: SchedulingQueue): string[] {
  const found: string[] = [];
  for (let next = queue.pop(); next; next = queue.pop()) found.push(next.key);
  return found;
}

test('the highest priority goes first, then the oldest', () => {
  const queue = new SchedulingQueue(new VirtualClock());
  for (const [name, priority] of [['a', 0], ['b', 5], ['c', 0], ['d', 5], ['e', 9]] as const) queue.set(name, pod(name, priority));
  queue.delete('c');
  assert.deepEqual(names(queue), ['e', 'b', 'd', 'a']);
});

test('a pod that was turned away waits for what its plugin waits for, and for its back-off', async () => {
  const clock = new VirtualClock();
  const queue = new SchedulingQueue(clock);
  queue.set('a', pod('a'));
  queue.pop();
  queue.fail('a', new Set([nodeResourcesFit]));
  queue.happened({ kind: 'pod-added', after: placed('x') });
  await clock.advance(2000);
  queue.moveDue();
  assert.deepEqual(names(queue), [], 'nothing happened that helps');
  queue.happened(removed('x'));
  assert.deepEqual(names(queue), ['a']);
});

test('a pod that was awakened goes before its time when no other is to be tried, but not after an error', async () => {
  const clock = new VirtualClock();
  const queue = new SchedulingQueue(clock);
  for (const name of ['failed', 'refused', 'later', 'important']) queue.set(name, pod(name, name === 'important' ? 9 : 0));
  for (const name of names(queue)) queue.fail(name, name === 'failed' ? new Set() : new Set([nodeResourcesFit]));
  queue.happened(removed('x'));
  queue.set('new', pod('new'));
  assert.deepEqual(names(queue), ['new', 'important', 'refused', 'later']);
  queue.fail('later', new Set([nodeResourcesFit]));
  assert.deepEqual(names(queue), [], 'nothing has happened since');
  await clock.advance(1000);
  queue.moveDue();
  assert.deepEqual(names(queue), ['failed']);
});

test('to be held back is no attempt: nothing is waited for once the pod has changed', () => {
  const queue = new SchedulingQueue(new VirtualClock());
  queue.set('a', pod('a'));
  for (let i = 0; i < 5; i++) {
    assert.deepEqual(names(queue), ['a']);
    queue.hold('a', schedulingGates);
    assert.deepEqual(names(queue), []);
    const changed = pod('a');
    queue.set('a', { ...changed, metadata: { ...changed.metadata, generation: i + 2 } });
  }
  assert.deepEqual(names(queue), ['a']);
});

test('a waiting pod is awakened by its spec, its labels and its claims, not by what else its status tells', () => {
  const queue = new SchedulingQueue(new VirtualClock());
  const waiting = pod('a');
  const wakes = (changed: Pod): boolean => {
    queue.delete('a');
    queue.set('a', waiting);
    queue.pop();
    queue.hold('a', schedulingGates);
    queue.set('a', changed);
    return names(queue).length > 0;
  };
  assert.deepEqual([
    wakes({ ...waiting, metadata: { ...waiting.metadata, resourceVersion: '2' }, status: { conditions: [{ type: 'PodScheduled', status: 'False' }] } as Pod['status'] }),
    wakes({ ...waiting, metadata: { ...waiting.metadata, labels: { a: 'b' } } }),
    wakes({ ...waiting, status: { resourceClaimStatuses: [{ name: 'gpu', resourceClaimName: 'a-gpu' }] } as Pod['status'] }),
    wakes({ ...waiting, metadata: { ...waiting.metadata, generation: 2 } }),
  ], [false, true, true, true]);
});

test('a pod that nothing woke is tried again after five minutes', async () => {
  const clock = new VirtualClock();
  const queue = new SchedulingQueue(clock);
  queue.set('a', pod('a'));
  queue.pop();
  queue.fail('a', new Set([nodeResourcesFit]));
  await clock.advance(299_999);
  queue.moveDue();
  assert.deepEqual(names(queue), []);
  await clock.advance(1);
  queue.moveDue();
  assert.deepEqual(names(queue), ['a']);
});
