import { parseCronSchedule, type CronSchedule } from '../../apimachinery/cron-schedule.ts';

/** When a CronJob is due. Times are milliseconds since 1970; the fields are those of cron, in a time zone. Source: robfig/cron, the standard parser. */
export interface Schedule {
  /** The first time after `afterMs`; undefined: none within five years. */
  next(afterMs: number): number | undefined;
}

const MINUTE_MS = 60_000;
const HORIZON_MS = 5 * 366 * 24 * 3_600_000;
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** `anchorMs`: from when `@every` counts. Throws RangeError for a text that is no schedule, or an unknown time zone. */
export function parseSchedule(text: string, timeZone = 'UTC', anchorMs = 0): Schedule {
  const wanted = parseCronSchedule(text);
  const { everyMs } = wanted;
  if (everyMs !== undefined) return { next: (afterMs) => anchorMs + (Math.floor((afterMs - anchorMs) / everyMs) + 1) * everyMs };
  const fieldsAt = calendar(timeZone);
  return { next: (afterMs) => nextMatch(wanted, fieldsAt, afterMs) };
}

interface CalendarFields {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  readonly weekday: number;
}

function nextMatch(wanted: CronSchedule, fieldsAt: (ms: number) => CalendarFields, afterMs: number): number | undefined {
  let ms = (Math.floor(afterMs / MINUTE_MS) + 1) * MINUTE_MS;
  for (const end = afterMs + HORIZON_MS; ms <= end; ) {
    const { minute, hour, day, month, weekday } = fieldsAt(ms);
    const [isDay, isWeekday] = [wanted.daysOfMonth.has(day), wanted.daysOfWeek.has(weekday)];
    const isRightDay = wanted.anyDayOfMonth || wanted.anyDayOfWeek ? isDay && isWeekday : isDay || isWeekday;
    // By hours, not by days: a day may have 23 of them.
    if (!wanted.months.has(month) || !isRightDay || !wanted.hours.has(hour)) ms += (60 - minute) * MINUTE_MS;
    else if (!wanted.minutes.has(minute)) ms += MINUTE_MS;
    else return ms;
  }
  return undefined;
}

function calendar(timeZone: string): (ms: number) => CalendarFields {
  if (timeZone === 'UTC' || timeZone === 'Etc/UTC') {
    return (ms) => {
      const date = new Date(ms);
      return { minute: date.getUTCMinutes(), hour: date.getUTCHours(), day: date.getUTCDate(), month: date.getUTCMonth() + 1, weekday: date.getUTCDay() };
    };
  }
  const format = new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', minute: 'numeric', hour: 'numeric', day: 'numeric', month: 'numeric', weekday: 'short' });
  return (ms) => {
    const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, value]));
    const number = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.get(type));
    return { minute: number('minute'), hour: number('hour'), day: number('day'), month: number('month'), weekday: DAYS.indexOf(parts.get('weekday')?.toLowerCase() ?? '') };
  };
}

const LOOKBACKS_MS = [MINUTE_MS, 60 * MINUTE_MS, 1440 * MINUTE_MS, 32 * 1440 * MINUTE_MS, HORIZON_MS];

/** The last time at or before `nowMs` that came after `sinceMs`, and whether more than a hundred did. */
export function lastMissed(schedule: Schedule, sinceMs: number, nowMs: number): { readonly atMs: number; readonly areTooMany: boolean } | undefined {
  for (const lookbackMs of LOOKBACKS_MS) {
    let atMs = schedule.next(Math.max(sinceMs, nowMs - lookbackMs));
    if (atMs === undefined || atMs > nowMs) {
      if (nowMs - lookbackMs <= sinceMs) return undefined;
      continue;
    }
    for (let next = schedule.next(atMs); next !== undefined && next <= nowMs; next = schedule.next(atMs)) atMs = next;
    return { atMs, areTooMany: isMoreThan(100, schedule, sinceMs, nowMs) };
  }
  return undefined;
}

function isMoreThan(limit: number, schedule: Schedule, sinceMs: number, nowMs: number): boolean {
  let atMs: number | undefined = sinceMs;
  for (let count = 0; count <= limit; count++) {
    atMs = schedule.next(atMs);
    if (atMs === undefined || atMs > nowMs) return false;
  }
  return true;
}
