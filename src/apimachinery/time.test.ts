import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatMicroTime, formatTime, normalizeMicroTime, normalizeTime, parseTime } from './time.ts';

test('normalises times to UTC seconds', () => {
  assert.equal(normalizeTime('2024-01-02T03:04:05Z'), '2024-01-02T03:04:05Z');
  assert.equal(normalizeTime('2024-01-02T03:04:05.999+02:00'), '2024-01-02T01:04:05Z');
  assert.equal(normalizeTime('0050-02-28T00:00:00Z'), '0050-02-28T00:00:00Z');
  assert.equal(normalizeMicroTime('2024-01-02T03:04:05.000001+01:00'), '2024-01-02T02:04:05.000001Z');
  assert.equal(formatMicroTime(1704164645123), '2024-01-02T03:04:05.123000Z');
  assert.equal(formatTime(parseTime('2024-01-02T03:04:05.6Z')), '2024-01-02T03:04:05Z');
});

for (const [text, message] of [
  ['x', 'parsing time "x" as "2006-01-02T15:04:05Z07:00": cannot parse "x" as "2006"'],
  ['', 'parsing time "" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "2006"'],
  ['2024-13-01T00:00:00Z', 'parsing time "2024-13-01T00:00:00Z": month out of range'],
  ['2023-02-29T00:00:00Z', 'parsing time "2023-02-29T00:00:00Z": day out of range'],
  ['2024-01-01', 'parsing time "2024-01-01" as "2006-01-02T15:04:05Z07:00": cannot parse "" as "T"'],
] as const) test(`refuses the time ${JSON.stringify(text)}`, () => assert.throws(() => normalizeTime(text), { message }));

test('refuses a micro time that is none', () => {
  assert.throws(() => normalizeMicroTime('yesterday'), { message: 'parsing time "yesterday" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "yesterday" as "2006"' });
});
