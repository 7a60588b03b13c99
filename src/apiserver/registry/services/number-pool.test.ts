import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '../../../base/random.ts';
import { NumberPool } from './number-pool.ts';

test('gives each number once, the low ones last', () => {
  const pool = new NumberPool({ first: 100, last: 163, random: new SeededRandom(1) });
  const given = Array.from({ length: 64 }, () => pool.takeAny() ?? 0);
  assert.equal(new Set(given).size, 64);
  assert.ok(given.slice(0, 48).every((number) => number >= 116));
  assert.equal(pool.takeAny(), undefined);
  pool.free(120);
  assert.equal(pool.takeAny(), 120);
});

test('gives a named number to one only', () => {
  const pool = new NumberPool({ first: 1, last: 10, random: new SeededRandom(1) });
  assert.equal(pool.take(3), true);
  assert.equal(pool.take(3), false);
  assert.equal(pool.holds(11), false);
});
