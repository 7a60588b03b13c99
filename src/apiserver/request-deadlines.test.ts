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
