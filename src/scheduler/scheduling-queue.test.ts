import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../api/generated/core-v1.ts';
import { VirtualClock } from '../base/virtual-clock.ts';
import { nodeResourcesFit } from './plugins/node-resources-fit.ts';
import { SchedulingQueue } from './scheduling-queue.ts';

function pod(name: string, priority = 0): Pod {
  return { metadata: { name, namespace: 'd', uid: name, resourceVersion: '1', creationTimestamp: '' }, spec: { containers: [], priority }, status: {} };
}

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
  queue.happened('pod-added');
  await clock.advance(2000);
  queue.moveDue();
  assert.deepEqual(names(queue), [], 'nothing happened that helps');
  queue.happened('pod-removed');
  assert.deepEqual(names(queue), ['a']);
});

test('what happens while a pod is being tried is not missed', async () => {
  const clock = new VirtualClock();
  const queue = new SchedulingQueue(clock);
  queue.set('a', pod('a'));
  queue.pop();
  queue.happened('node-added');
  queue.fail('a', new Set([nodeResourcesFit]));
  assert.equal(queue.moveDue(), 1000);
  await clock.advance(1000);
  queue.moveDue();
  assert.deepEqual(names(queue), ['a']);
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
