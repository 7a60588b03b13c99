import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCronSchedule } from './cron-schedule.ts';

for (const { text, expected } of [
  { text: '@every 1.5h', expected: 5_400_000 },
  { text: '@every 1h0m2.9s', expected: 3_602_000 },
  { text: '@every 10ms', expected: 1000 },
  { text: 'CRON_TZ=Asia/Tokyo @every 1m', expected: 60_000 },
]) test(`${text} is every ${expected} ms`, () => assert.equal(parseCronSchedule(text).everyMs, expected));

for (const { text, message } of [
  { text: '@every 5', message: 'failed to parse duration @every 5: time: missing unit in duration "5"' },
  { text: '@every 5d', message: 'failed to parse duration @every 5d: time: unknown unit "d" in duration "5d"' },
  { text: 'TZ=Mars/Base * * * * *', message: 'provided bad location Mars/Base: unknown time zone Mars/Base' },
  { text: '* * * * 7', message: 'end of range (7) above maximum (6): 7' },
]) test(`${text} is refused`, () => assert.throws(() => parseCronSchedule(text), { message }));

test('a step makes a field say something of its days', () => {
  assert.equal(parseCronSchedule('0 0 * * *').anyDayOfMonth, true);
  assert.equal(parseCronSchedule('0 0 */2 * *').anyDayOfMonth, false);
});
