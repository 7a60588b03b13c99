import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ConcurrencyLimit } from './concurrency-limit.ts';

test('no more than the limit run at a time, in order, also after one fails', async () => {
  const limit = new ConcurrencyLimit(2);
  const begun: number[] = [];
  const ends = [0, 1, 2, 3].map(() => Promise.withResolvers<void>());
  const calls = ends.map((end, index) => limit.run(async () => {
    begun.push(index);
    await end.promise;
  }));
  assert.deepEqual(begun, [0, 1]);
  ends[1]?.reject(new Error('failed'));
  await assert.rejects(calls[1] ?? Promise.resolve());
  assert.deepEqual(begun, [0, 1, 2]);
  for (const end of ends) end.resolve();
  await Promise.all([calls[0], calls[2], calls[3]]);
  assert.deepEqual(begun, [0, 1, 2, 3]);
});
