import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextTurn } from './turn.ts';
import { VirtualClock } from './virtual-clock.ts';

const NEVER = new AbortController().signal;

test('what an alarm sets off has happened before the next one rings, turns of the event loop too', async () => {
  const clock = new VirtualClock(0);
  const seen: string[] = [];
  clock.after(10, () => {
    void (async () => {
      for (let turn = 0; turn < 3; turn++) await nextTurn();
      seen.push(`first at ${clock.now()}`);
    })();
  });
  clock.after(11, () => seen.push(`second at ${clock.now()}`));
  await clock.advance(20);
  assert.deepEqual(seen, ['first at 10', 'second at 11']);
  assert.equal(clock.now(), 20);
});

test('advances until a condition holds, and no further', async () => {
  const clock = new VirtualClock(0);
  let count = 0;
  void (async () => {
    for (;;) {
      await clock.sleep(7, NEVER);
      count++;
    }
  })();
  assert.equal(await clock.advanceUntil(() => count === 3, 100), true);
  assert.equal(clock.now(), 21);
  assert.equal(await clock.advanceUntil(() => count === 100, 9), false);
  assert.equal(clock.now(), 30);
});

test('is not advanced by two at once', async () => {
  const clock = new VirtualClock(0);
  const first = clock.advance(10);
  await assert.rejects(clock.advance(10), /is being advanced already/);
  await first;
  assert.equal(clock.now(), 10);
});
