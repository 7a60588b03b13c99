import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Batched } from './batched.ts';

test('never answers with what was asked before the question, and asks once for many', async () => {
  const asked: PromiseWithResolvers<number>[] = [];
  const batched = new Batched(() => {
    const one = Promise.withResolvers<number>();
    asked.push(one);
    return one.promise;
  });
  const first = batched.get();
  const others = [batched.get(), batched.get()];
  assert.equal(asked.length, 1);
  asked[0]?.resolve(1);
  assert.equal(await first, 1);
  await new Promise(setImmediate);
  assert.equal(asked.length, 2);
  const late = batched.get();
  asked[1]?.resolve(2);
  assert.deepEqual(await Promise.all(others), [2, 2]);
  await new Promise(setImmediate);
  asked[2]?.reject(new Error('lost'));
  await assert.rejects(late, /lost/);
  const again = batched.get();
  asked[3]?.resolve(4);
  assert.equal(await again, 4);
});
