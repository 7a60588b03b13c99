import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AbortError, untilAborted } from './lifecycle.ts';

test('whoever no longer waits is told only that, and what was waited for may fail', async () => {
  const fails = Promise.withResolvers<never>();
  const late = Promise.withResolvers<never>();
  const stop = new AbortController();
  const waiting = untilAborted(fails.promise, stop.signal);
  stop.abort(new AbortError('stopped'));
  await assert.rejects(waiting, AbortError);
  await assert.rejects(untilAborted(late.promise, stop.signal), AbortError);
  // A rejection that nobody handled would end this process.
  fails.reject(new Error('failed'));
  late.reject(new Error('failed'));
  await new Promise((resolve) => setImmediate(resolve));
});
