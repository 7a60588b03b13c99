import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../base/virtual-clock.ts';
import { RequestDeadlines } from './request-deadlines.ts';

test('each request that takes too long is told so at its own time, and those that have ended are not', async () => {
  const clock = new VirtualClock();
  const deadlines = new RequestDeadlines(clock, 60_000);
  const told: string[] = [];
  const tell = (what: string) => (): void => void told.push(what);
  deadlines.begin(clock.monotonic(), tell('first'));
  await clock.advance(20_000);
  {
    using _quick = deadlines.begin(clock.monotonic(), tell('quick'));
  }
  deadlines.begin(clock.monotonic(), tell('second'));
  await clock.advance(39_999);
  assert.deepEqual(told, []);
  await clock.advance(1);
  assert.deepEqual(told, ['first']);
  await clock.advance(20_000);
  assert.deepEqual(told.splice(0), ['first', 'second']);
  deadlines.begin(clock.monotonic(), tell('third'));
  deadlines.begin(clock.monotonic(), tell('hurried'), 5000);
  await clock.advance(5000);
  assert.deepEqual(told, ['hurried']);
  await clock.advance(55_000);
  assert.deepEqual(told, ['hurried', 'third']);
});

test('requests may end in any order, and while others are told', async () => {
  const clock = new VirtualClock();
  const deadlines = new RequestDeadlines(clock, 1000);
  const told: number[] = [];
  const begin = (which: number, then: () => void = () => undefined): Disposable => deadlines.begin(clock.monotonic(), () => {
    told.push(which);
    then();
  });
  const fourth = { handle: undefined as Disposable | undefined };
  const handles = [begin(0), begin(1), begin(2, () => fourth.handle?.[Symbol.dispose]()), begin(3)];
  fourth.handle = begin(4);
  for (const which of [1, 1, 0]) handles[which]?.[Symbol.dispose]();
  await clock.advance(1000);
  assert.deepEqual(told.splice(0), [2, 3]);
  begin(5);
  await clock.advance(999);
  const last = begin(6);
  deadlines[Symbol.dispose]();
  last[Symbol.dispose]();
  await clock.advance(5000);
  assert.deepEqual(told, []);
});
