import { parseGoDuration } from './go-duration.ts';
import { isTimeZone } from './time-zone.ts';

/**
 * The five fields of a cron schedule. Texts of errors and the reading of `?`, names and `@daily` are those of
 * github.com/robfig/cron/v3 (ParseStandard), which Kubernetes uses.
 */
export class CronError extends RangeError {}

interface FieldBounds {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly names?: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const FIELDS: readonly FieldBounds[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of month', min: 1, max: 31 },
  { name: 'month', min: 1, max: 12, names: MONTHS },
  { name: 'day of week', min: 0, max: 6, names: DAYS },
];
const DESCRIPTORS: Readonly<Record<string, string>> = {
  '@yearly': '0 0 1 1 *', '@annually': '0 0 1 1 *', '@monthly': '0 0 1 * *', '@weekly': '0 0 * * 0', '@daily': '0 0 * * *', '@midnight': '0 0 * * *', '@hourly': '0 * * * *',
};

export interface CronSchedule {
  readonly minutes: ReadonlySet<number>;
  readonly hours: ReadonlySet<number>;
  readonly daysOfMonth: ReadonlySet<number>;
  readonly months: ReadonlySet<number>;
  readonly daysOfWeek: ReadonlySet<number>;
  /** A day must suit both fields only if one of them is `*`; otherwise either. */
  readonly anyDayOfMonth: boolean;
  readonly anyDayOfWeek: boolean;
  /** Instead of the fields: every so many ms (`@every 5m`). */
  readonly everyMs?: number;
}

function numberIn(text: string, { names, min }: FieldBounds): number {
  const index = names?.indexOf(text.toLowerCase()) ?? -1;
  if (index >= 0) return index + min;
  if (!/^[+-]?[0-9]+$/.test(text)) throw new CronError(`failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  const value = Number(text);
  if (value < 0) throw new CronError(`negative number (${value}) not allowed: ${text}`);
  return value;
}

/** One `a-b/c` of a field: its values, and whether it was `*`. */
function parseRange(text: string, bounds: FieldBounds): { values: number[]; any: boolean } {
  const [range = '', stepText, ...more] = text.split('/');
  const [low = '', high, ...rest] = range.split('-');
  let start: number;
  let end: number;
  let any = false;
  if (low === '*' || low === '?') {
    [start, end, any] = [bounds.min, bounds.max, true];
  } else {
    start = numberIn(low, bounds);
    if (rest.length > 0) throw new CronError(`too many hyphens: ${text}`);
    end = high === undefined ? start : numberIn(high, bounds);
  }
  if (more.length > 0) throw new CronError(`too many slashes: ${text}`);
  const step = stepText === undefined ? 1 : numberIn(stepText, { name: bounds.name, min: bounds.min, max: bounds.max });
  if (stepText !== undefined && high === undefined && !any) end = bounds.max;
  if (step > 1) any = false;
  if (start < bounds.min) throw new CronError(`beginning of range (${start}) below minimum (${bounds.min}): ${text}`);
  if (end > bounds.max) throw new CronError(`end of range (${end}) above maximum (${bounds.max}): ${text}`);
  if (start > end) throw new CronError(`beginning of range (${start}) beyond end of range (${end}): ${text}`);
  if (step === 0) throw new CronError(`step of range should be a positive number: ${text}`);
  const values: number[] = [];
  for (let value = start; value <= end; value += step) values.push(value);
  return { values, any };
}

function parseField(text: string, bounds: FieldBounds): { values: ReadonlySet<number>; any: boolean } {
  const parts = text.split(',').filter((part) => part !== '').map((part) => parseRange(part, bounds));
  return { values: new Set(parts.flatMap((part) => part.values)), any: parts.some((part) => part.any) };
}

/** What is left after a zone that stands in front. */
function withoutZone(text: string): string {
  const [prefix, zone = ''] = /^(?:CRON_)?TZ=(\S*) /.exec(text) ?? [];
  if (prefix === undefined) return text;
  if (!['', 'UTC', 'Local'].includes(zone) && !isTimeZone(zone)) throw new CronError(`provided bad location ${zone}: unknown time zone ${zone}`);
  return text.slice(prefix.length).trim();
}

/** Whole seconds, one at least. */
function everyMsOf(text: string): number {
  const duration = text.slice('@every '.length);
  try {
    return Math.max(1, Math.floor(parseGoDuration(duration) / 1000)) * 1000;
  } catch (error) {
    if (error instanceof RangeError) throw new CronError(`failed to parse duration ${text}: ${error.message}`, { cause: error });
    throw error;
  }
}

/** Throws CronError for a text that is no schedule. A leading `TZ=` is passed over, if there is such a zone: whoever forbids it looks for it. */
export function parseCronSchedule(text: string): CronSchedule {
  if (text === '') throw new CronError('empty spec string');
  let rest = withoutZone(text);
  if (rest.startsWith('@every ')) {
    const none: ReadonlySet<number> = new Set();
    return { minutes: none, hours: none, daysOfMonth: none, months: none, daysOfWeek: none, anyDayOfMonth: true, anyDayOfWeek: true, everyMs: everyMsOf(rest) };
  }
  if (rest.startsWith('@')) {
    const known = DESCRIPTORS[rest];
    if (known === undefined) throw new CronError(`unrecognized descriptor: ${rest}`);
    rest = known;
  }
  const fields = rest.split(/\s+/).filter((field) => field !== '');
  if (fields.length !== FIELDS.length) throw new CronError(`expected exactly 5 fields, found ${fields.length}: [${fields.join(' ')}]`);
  const [minutes, hours, daysOfMonth, months, daysOfWeek] = FIELDS.map((bounds, i) => parseField(fields[i] ?? '', bounds)) as [Parsed, Parsed, Parsed, Parsed, Parsed];
  return {
    minutes: minutes.values, hours: hours.values, daysOfMonth: daysOfMonth.values, months: months.values, daysOfWeek: daysOfWeek.values,
    anyDayOfMonth: daysOfMonth.any, anyDayOfWeek: daysOfWeek.any,
  };
}

type Parsed = ReturnType<typeof parseField>;
