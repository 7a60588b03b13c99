import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lastMissed, parseSchedule } from './schedule.ts';

for (const { schedule, zone, after, next } of [
  { schedule: '*/15 * * * *', after: '2026-01-01T00:00:00Z', next: '2026-01-01T00:15:00Z' },
  { schedule: '30 3 * * *', after: '2026-01-01T03:30:00Z', next: '2026-01-02T03:30:00Z' },
  { schedule: '0 0 29 2 *', after: '2026-01-01T00:00:00Z', next: '2028-02-29T00:00:00Z' },
  { schedule: '0 12 * * mon-fri', after: '2026-01-02T12:00:00Z', next: '2026-01-05T12:00:00Z' },
  { schedule: '0 0 13 * 5', after: '2026-01-01T00:00:00Z', next: '2026-01-02T00:00:00Z' },
  { schedule: '0 0 * * 0', after: '2026-01-01T00:00:00Z', next: '2026-01-04T00:00:00Z' },
  { schedule: '0 0 */10 * 5', after: '2026-01-02T00:00:00Z', next: '2026-01-09T00:00:00Z' },
  { schedule: '@hourly', after: '2026-01-01T00:10:00Z', next: '2026-01-01T01:00:00Z' },
  { schedule: '@every 1.5h', after: '2026-01-01T00:00:00Z', next: '2026-01-01T01:30:00Z' },
  { schedule: '@every 90s', after: '2026-01-01T00:00:00Z', next: '2026-01-01T00:01:30Z' },
  { schedule: '0 9 * * *', zone: 'America/New_York', after: '2026-07-01T00:00:00Z', next: '2026-07-01T13:00:00Z' },
  { schedule: '0 9 * * *', zone: 'Asia/Kolkata', after: '2026-07-01T00:00:00Z', next: '2026-07-01T03:30:00Z' },
]) {
  test(`${schedule}${zone ? ` in ${zone}` : ''} after ${after}`, () => {
    const ms = parseSchedule(schedule, zone).next(Date.parse(after));
    assert.equal(new Date(ms ?? 0).toISOString(), new Date(next).toISOString());
  });
}

for (const wrong of ['', '* * * *', '60 * * * *', '* * * * 7', '*/0 * * * *', '@never', '5-1 * * * *', 'x * * * *']) {
  test(`"${wrong}" is no schedule`, () => assert.throws(() => parseSchedule(wrong), RangeError));
}

test('finds the last of the times that were missed', () => {
  const since = Date.parse('2026-01-01T00:00:00Z');
  const missed = (schedule: string, nowText: string): string | undefined => {
    const found = lastMissed(parseSchedule(schedule, 'UTC', since), since, Date.parse(nowText));
    return found && `${new Date(found.atMs).toISOString()} ${found.areTooMany}`;
  };
  assert.equal(missed('0 * * * *', '2026-01-01T00:59:00Z'), undefined);
  assert.equal(missed('0 * * * *', '2026-01-01T03:30:00Z'), '2026-01-01T03:00:00.000Z false');
  assert.equal(missed('@every 70m', '2026-01-01T03:45:00Z'), '2026-01-01T03:30:00.000Z false');
  assert.equal(missed('* * * * *', '2026-01-03T00:00:30Z'), '2026-01-03T00:00:00.000Z true');
});
