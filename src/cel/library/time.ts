import { DURATION, INT, STRING, TIMESTAMP } from '../checker/types.ts';
import { EvaluationError } from '../runtime/errors.ts';
import type { Duration, Timestamp } from '../runtime/values.ts';
import { member, type Declaration } from './declare.ts';

const NANOS_PER_MS = 1_000_000n;

/** The date whose UTC fields are those of the time zone. */
function zoned({ nanos }: Timestamp, zone: string): Date {
  const below = ((nanos % NANOS_PER_MS) + NANOS_PER_MS) % NANOS_PER_MS;
  const ms = Number((nanos - below) / NANOS_PER_MS);
  const offset = /^([+-]?)(\d\d):(\d\d)$/.exec(zone);
  if (offset) return new Date(ms + (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 60 + Number(offset[3])) * 60_000);
  if (zone === '' || zone === 'UTC') return new Date(ms);
  try {
    const parts = new Intl.DateTimeFormat('en-US', { timeZone: zone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' }).formatToParts(new Date(ms));
    const part = (type: string): number => Number(parts.find((one) => one.type === type)?.value);
    return new Date(Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'), ((ms % 1000) + 1000) % 1000));
  } catch (error) {
    throw new EvaluationError(`unknown time zone ${zone}`, { cause: error });
  }
}

function dayOfYear(date: Date): number {
  return Math.floor((Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()) - Date.UTC(date.getUTCFullYear(), 0, 1)) / 86_400_000);
}

function part(name: string, of: (date: Date) => number, ofDuration?: bigint): Declaration {
  return [name,
    member(`timestamp_${name}`, [TIMESTAMP], INT, (time: Timestamp) => BigInt(of(zoned(time, '')))),
    member(`timestamp_${name}_with_tz`, [TIMESTAMP, STRING], INT, (time: Timestamp, zone: string) => BigInt(of(zoned(time, zone)))),
    ...(ofDuration === undefined ? [] : [member(`duration_${name}`, [DURATION], INT, (span: Duration) => span.nanos / ofDuration)])];
}

export const timeFunctions: readonly Declaration[] = [
  part('getFullYear', (date) => date.getUTCFullYear()),
  part('getMonth', (date) => date.getUTCMonth()),
  part('getDayOfYear', dayOfYear),
  part('getDate', (date) => date.getUTCDate()),
  part('getDayOfMonth', (date) => date.getUTCDate() - 1),
  part('getDayOfWeek', (date) => date.getUTCDay()),
  part('getHours', (date) => date.getUTCHours(), 3_600_000_000_000n),
  part('getMinutes', (date) => date.getUTCMinutes(), 60_000_000_000n),
  part('getSeconds', (date) => date.getUTCSeconds(), 1_000_000_000n),
  part('getMilliseconds', (date) => date.getUTCMilliseconds(), NANOS_PER_MS),
];
