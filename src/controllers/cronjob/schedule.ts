/** When a CronJob is due. Times are milliseconds since 1970; the fields are those of cron, in a time zone. Source: robfig/cron, the standard parser. */
export interface Schedule {
  /** The first time after `afterMs`; undefined: none within five years. */
  next(afterMs: number): number | undefined;
}

const MINUTE_MS = 60_000;
const HORIZON_MS = 5 * 366 * 24 * 3_600_000;
const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *', '@monthly': '0 0 1 * *', '@weekly': '0 0 * * 0', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@hourly': '0 * * * *',
};
const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: MINUTE_MS, h: 60 * MINUTE_MS };

/** Throws RangeError for a text that is no schedule, or an unknown time zone. */
export function parseSchedule(text: string, timeZone = 'UTC'): Schedule {
  const trimmed = text.trim();
  if (trimmed.startsWith('@every ')) return every(trimmed.slice('@every '.length));
  const fields = (DESCRIPTORS[trimmed] ?? trimmed).split(/\s+/);
  if (trimmed.startsWith('@') && !Object.hasOwn(DESCRIPTORS, trimmed)) throw new RangeError(`unrecognized descriptor: ${trimmed}`);
  if (fields.length !== 5) throw new RangeError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  const [minute = '', hour = '', dayOfMonth = '', month = '', dayOfWeek = ''] = fields;
  const wanted = {
    minutes: parseField(minute, 0, 59, []),
    hours: parseField(hour, 0, 23, []),
    days: parseField(dayOfMonth, 1, 31, []),
    months: parseField(month, 1, 12, MONTHS),
    weekdays: new Set([...parseField(dayOfWeek, 0, 7, DAYS)].map((day) => day % 7)),
    isAnyDay: /^[*?]/.test(dayOfMonth),
    isAnyWeekday: /^[*?]/.test(dayOfWeek),
  };
  const fieldsAt = calendar(timeZone);
  return { next: (afterMs) => nextMatch(wanted, fieldsAt, afterMs) };
}

type Wanted = Readonly<Record<'minutes' | 'hours' | 'days' | 'months' | 'weekdays', ReadonlySet<number>>> & { readonly isAnyDay: boolean; readonly isAnyWeekday: boolean };
interface CalendarFields {
  readonly minute: number;
  readonly hour: number;
  readonly day: number;
  readonly month: number;
  readonly weekday: number;
}

function nextMatch(wanted: Wanted, fieldsAt: (ms: number) => CalendarFields, afterMs: number): number | undefined {
  let ms = (Math.floor(afterMs / MINUTE_MS) + 1) * MINUTE_MS;
  for (const end = afterMs + HORIZON_MS; ms <= end; ) {
    const { minute, hour, day, month, weekday } = fieldsAt(ms);
    const [isDay, isWeekday] = [wanted.days.has(day), wanted.weekdays.has(weekday)];
    const isRightDay = wanted.isAnyDay || wanted.isAnyWeekday ? isDay && isWeekday : isDay || isWeekday;
    // By hours, not by days: a day may have 23 of them.
    if (!wanted.months.has(month) || !isRightDay || !wanted.hours.has(hour)) ms += (60 - minute) * MINUTE_MS;
    else if (!wanted.minutes.has(minute)) ms += MINUTE_MS;
    else return ms;
  }
  return undefined;
}

function every(text: string): Schedule {
  let totalMs = 0;
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) throw new RangeError(`failed to parse duration @every ${text}`);
  for (const [, amount = '', unit = ''] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) totalMs += Number(amount) * (UNITS_MS[unit] ?? 0);
  const periodMs = Math.max(Math.floor(totalMs / 1000) * 1000, 1000);
  return { next: (afterMs) => Math.floor(afterMs / 1000) * 1000 + periodMs };
}

/** `*`, `5`, `1-5`, `*\/15`, `mon-fri`, and lists of these. */
function parseField(text: string, min: number, max: number, names: readonly string[]): ReadonlySet<number> {
  const values = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(?:([*?])|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part);
    if (!match) throw new RangeError(`failed to parse int from ${part}`);
    const [, star, from = '', to, stepText] = match;
    const step = Number(stepText ?? 1);
    const first = star ? min : valueOf(from, min, names);
    const last = star ? max - (max === 7 ? 1 : 0) : to !== undefined ? valueOf(to, min, names) : stepText === undefined ? first : max;
    if (first < min || last > max || first > last || step === 0) throw new RangeError(`${part} is out of the range ${min}-${max}`);
    for (let value = first; value <= last; value += step) values.add(value);
  }
  return values;
}

function valueOf(text: string, min: number, names: readonly string[]): number {
  const named = names.indexOf(text.toLowerCase());
  if (named >= 0) return named + min;
  if (!/^\d+$/.test(text)) throw new RangeError(`failed to parse int from ${text}`);
  return Number(text);
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
