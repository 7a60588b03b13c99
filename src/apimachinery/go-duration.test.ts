import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatGoDuration, parseGoDuration } from './go-duration.ts';

test('durations as Go writes them', () => {
  const ms = ['1h30m', '-10s', '1.5s', '.5m', '+0', '100ms', '2us'].map((text) => parseGoDuration(text));
  assert.deepEqual(ms, [5_400_000, -10_000, 1500, 30_000, 0, 100, 0.002]);
});

for (const [text, message] of [
  ['', 'time: invalid duration ""'], ['abc', 'time: invalid duration "abc"'], ['10', 'time: missing unit in duration "10"'], ['5x', 'time: unknown unit "x" in duration "5x"'], ['1s2', 'time: missing unit in duration "1s2"'],
] as const) test(`${JSON.stringify(text)} is no duration`, () => assert.throws(() => parseGoDuration(text), { message }));

for (const [ms, text] of [[501.25, '501.25ms'], [1000, '1s'], [61_500, '1m1.5s'], [3_600_500, '1h0m0.5s']] as const) {
  test(`${ms} ms are ${text}`, () => assert.equal(formatGoDuration(ms), text));
}
