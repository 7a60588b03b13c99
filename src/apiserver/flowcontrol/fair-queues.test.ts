import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FairQueues } from './fair-queues.ts';
import { dealtQueues, flowHash } from './shuffle-sharding.ts';

test('a flow with many requests does not hold up one with few', () => {
  const queues = new FairQueues<string>({ queues: 2, handSize: 1, queueLengthLimit: 50 });
  for (let i = 0; i < 10; i++) queues.enqueue(0, `many-${i}`);
  for (let i = 0; i < 2; i++) queues.enqueue(1, `few-${i}`);
  const order = Array.from({ length: 4 }, () => queues.next()?.request);
  assert.deepEqual(order, ['many-0', 'few-0', 'many-1', 'few-1']);
});

test('a queue pays for what its requests really took', () => {
  const queues = new FairQueues<string>({ queues: 2, handSize: 1, queueLengthLimit: 50 });
  for (let i = 0; i < 3; i++) for (const queue of [0, 1]) queues.enqueue(queue, `${queue}-${i}`);
  const first = queues.next();
  assert.equal(first?.request, '0-0');
  queues.ended(0, 1000);
  assert.deepEqual([1, 2, 3].map(() => queues.next()?.request), ['1-0', '1-1', '1-2']);
});

test('a full queue takes no more, and what waits no more is gone', () => {
  const queues = new FairQueues<string>({ queues: 1, handSize: 1, queueLengthLimit: 1 });
  assert.equal(queues.enqueue(0, 'a'), true);
  assert.equal(queues.enqueue(0, 'b'), false);
  queues.remove(0, 'a');
  assert.equal(queues.waiting, 0);
  assert.equal(queues.next(), undefined);
});

test('a flow is dealt as many different queues as its hand holds, the same each time', () => {
  for (let i = 0; i < 200; i++) {
    const hash = flowHash('schema', `user-${i}`);
    const hand = dealtQueues(hash, 64, 6);
    assert.equal(new Set(hand).size, 6);
    assert.ok(hand.every((queue) => queue >= 0 && queue < 64));
    assert.deepEqual(dealtQueues(hash, 64, 6), hand);
  }
});

test('of two flows few share all queues', () => {
  const hands = Array.from({ length: 100 }, (_, i) => dealtQueues(flowHash('s', `u${i}`), 128, 6).sort((a, b) => a - b).join());
  assert.ok(new Set(hands).size > 98);
});
