import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SharedSets } from './shared-sets.ts';

const setOf = (name: string): Record<string, Record<string, object>> => ({ 'f:metadata': { 'f:labels': {}, [`f:${name}`]: {} } });

test('gives equal sets as one object, and others as they are', () => {
  const sets = new SharedSets();
  const first = sets.share(setOf('a') as never);
  assert.equal(sets.share(setOf('a') as never), first);
  assert.deepEqual(sets.share(setOf('b') as never), setOf('b'));
});

test('remembers a bounded number of sets, those that are asked for again first', () => {
  const sets = new SharedSets();
  const used = sets.share(setOf('used') as never);
  const once = sets.share(setOf('once') as never);
  for (let i = 0; i < 3000; i++) {
    sets.share(setOf(`other-${i}`) as never);
    assert.equal(sets.share(setOf('used') as never), used);
  }
  assert.notEqual(sets.share(setOf('once') as never), once);
});

test('does not keep sets that are very long', () => {
  const sets = new SharedSets();
  const first = sets.share(setOf('x'.repeat(5000)) as never);
  assert.notEqual(sets.share(setOf('x'.repeat(5000)) as never), first);
});
