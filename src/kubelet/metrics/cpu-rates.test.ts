import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CpuRates } from './cpu-rates.ts';

test('a rate of CPU: since the start at first, then since the last question, and anew when the counter began again', () => {
  const rates = new CpuRates();
  const asked = [
    rates.nanoCores('c', 5e9, 20_000, 10_000), rates.nanoCores('c', 5.1e9, 20_100, 10_000), rates.nanoCores('c', 6e9, 22_000, 10_000), rates.nanoCores('c', 1e9, 24_000, 23_000), rates.nanoCores('d', 0, 24_000, undefined),
  ];
  assert.deepEqual(asked, [5e8, 5e8, 5e8, 1e9, 0]);
});
