import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { WorkQueue } from './work-queue.ts';

const signal = new AbortController().signal;

test('a key waits once however often it is added, and comes again only after it is done', async () => {
  const queue = new WorkQueue({ clock: new VirtualClock() });
  queue.add('a');
  queue.add('a');
  assert.equal(await queue.take(signal), 'a');
  queue.add('a');
  queue.add('a');
  assert.equal(queue.size, 0);
  queue.done('a');
  assert.equal(queue.size, 1);
});

test('failures wait 5 ms, 10 ms, 20 ms; forgetting starts over', async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue({ clock });
  for (const ms of [5, 10, 20]) {
    queue.addRateLimited('a');
    await clock.advance(ms - 1);
    assert.equal(queue.size, 0, `still waits after ${ms - 1} ms`);
    await clock.advance(1);
    assert.equal(await queue.take(signal), 'a');
    queue.done('a');
  }
  queue.forget('a');
  queue.addRateLimited('a');
  await clock.advance(5);
  assert.equal(queue.size, 1);
});

test('the earliest of several delays counts', async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue({ clock });
  queue.addAfter('a', 1000);
  queue.addAfter('a', 100);
  queue.addAfter('a', 500);
  await clock.advance(100);
  assert.equal(queue.size, 1);
});

test('many failing keys share ten retries a second once the burst is used up', async () => {
  const clock = new VirtualClock();
  const queue = new WorkQueue({ clock, burst: 2 });
  for (const key of ['a', 'b', 'c', 'd']) queue.addRateLimited(key);
  await clock.advance(5);
  assert.equal(queue.size, 2);
  await clock.advance(100);
  assert.equal(queue.size, 3);
});

test('a worker that stops waiting leaves the key to another', async () => {
  const queue = new WorkQueue({ clock: new VirtualClock() });
  const stopping = new AbortController();
  const first = queue.take(stopping.signal);
  const second = queue.take(signal);
  stopping.abort(new Error('stopped'));
  await assert.rejects(first, /stopped/);
  queue.add('a');
  assert.equal(await second, 'a');
});
