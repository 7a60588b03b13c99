import { BOOL, BYTES, DOUBLE, DURATION, INT, STRING, TIMESTAMP, UINT, type CelType } from '../checker/types.ts';
import { parseDuration, parseTimestamp } from '../runtime/conversions.ts';
import { EvaluationError } from '../runtime/errors.ts';
import { Duration, Timestamp, typeName, Uint, type Value } from '../runtime/values.ts';
import { overload, traversal, type Declaration } from './declare.ts';
import { goFloat } from '../../apimachinery/go-float.ts';

const NANOS = 1_000_000_000n;
const decoder = new TextDecoder('utf-8', { fatal: true });

function failed(value: Value, to: string): EvaluationError {
  return new EvaluationError(`type conversion error from '${typeName(value)}' to '${to}'`);
}

function within(value: bigint, bits: readonly [bigint, bigint], message: string): bigint {
  if (value < bits[0] || value > bits[1]) throw new EvaluationError(message);
  return value;
}

const INT_RANGE = [-(2n ** 63n), 2n ** 63n - 1n] as const;
const UINT_RANGE = [0n, 2n ** 64n - 1n] as const;

function toInt(value: Value): bigint {
  if (typeof value === 'bigint') return value;
  if (value instanceof Uint) return within(value.value, INT_RANGE, 'integer overflow');
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || value <= -(2 ** 63) || value >= 2 ** 63) throw new EvaluationError('integer overflow');
    return BigInt(Math.trunc(value));
  }
  if (value instanceof Timestamp) return floorSeconds(value.nanos);
  if (value instanceof Duration) return value.nanos;
  if (typeof value === 'string' && /^[+-]?\d+$/.test(value)) {
    const found = BigInt(value.replace(/^\+/, ''));
    if (found >= INT_RANGE[0] && found <= INT_RANGE[1]) return found;
  }
  throw failed(value, 'int');
}

function floorSeconds(nanos: bigint): bigint {
  const below = ((nanos % NANOS) + NANOS) % NANOS;
  return (nanos - below) / NANOS;
}

function toUint(value: Value): Uint {
  if (value instanceof Uint) return value;
  if (typeof value === 'bigint') return new Uint(within(value, UINT_RANGE, 'unsigned integer overflow'));
  if (typeof value === 'number') {
    if (!Number.isFinite(value) || value < 0 || value >= 2 ** 64) throw new EvaluationError('unsigned integer overflow');
    return new Uint(BigInt(Math.trunc(value)));
  }
  if (typeof value === 'string' && /^\d+$/.test(value) && BigInt(value) <= UINT_RANGE[1]) return new Uint(BigInt(value));
  throw failed(value, 'uint');
}

function toDouble(value: Value): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'bigint') return Number(value);
  if (value instanceof Uint) return Number(value.value);
  if (typeof value === 'string') {
    const special = /^([+-]?)(inf|infinity|nan)$/i.exec(value);
    if (special) return special[2]?.toLowerCase() === 'nan' ? NaN : special[1] === '-' ? -Infinity : Infinity;
    if (/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(value)) return Number(value);
  }
  throw failed(value, 'double');
}

function toBool(value: Value): boolean {
  if (typeof value === 'boolean') return value;
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value as string)) return true;
  if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value as string)) return false;
  throw failed(value, 'bool');
}

/** As `string()` writes a value. */
export function toText(value: Value): string {
  if (typeof value === 'number') return goFloat(value);
  if (value instanceof Uint) return String(value.value);
  if (value instanceof Uint8Array) {
    try {
      return decoder.decode(value);
    } catch (error) {
      throw new EvaluationError('invalid UTF-8 in bytes, cannot convert to string', { cause: error });
    }
  }
  return String(value as string);
}

function toTimestamp(value: Value): Timestamp {
  if (value instanceof Timestamp) return value;
  if (typeof value === 'bigint') return new Timestamp(value * NANOS);
  const found = typeof value === 'string' ? parseTimestamp(value) : undefined;
  if (!found) throw failed(value, 'google.protobuf.Timestamp');
  return found;
}

function toDuration(value: Value): Duration {
  if (value instanceof Duration) return value;
  if (typeof value === 'bigint') return new Duration(value);
  const found = typeof value === 'string' ? parseDuration(value) : undefined;
  if (!found) throw failed(value, 'google.protobuf.Duration');
  return found;
}

const NAMES = new Map<CelType, string>([[BOOL, 'bool'], [BYTES, 'bytes'], [DOUBLE, 'double'], [DURATION, 'duration'], [INT, 'int64'], [STRING, 'string'], [TIMESTAMP, 'timestamp'], [UINT, 'uint64']]);

function conversion(name: string, to: CelType, from: readonly CelType[], call: (value: never) => Value): Declaration {
  return [name, ...from.map((type) => overload(`${NAMES.get(type) ?? ''}_to_${NAMES.get(to) ?? ''}`, [type], to, call, (type === STRING && to === BYTES) || (type === BYTES && to === STRING) ? traversal() : undefined))];
}

export const conversions: readonly Declaration[] = [
  conversion('int', INT, [INT, DOUBLE, DURATION, STRING, TIMESTAMP, UINT], toInt),
  conversion('uint', UINT, [UINT, DOUBLE, INT, STRING], toUint),
  conversion('double', DOUBLE, [DOUBLE, INT, STRING, UINT], toDouble),
  conversion('bool', BOOL, [BOOL, STRING], toBool),
  conversion('string', STRING, [STRING, BOOL, BYTES, DOUBLE, DURATION, INT, TIMESTAMP, UINT], toText),
  conversion('bytes', BYTES, [BYTES, STRING], (value: Value) => (typeof value === 'string' ? new TextEncoder().encode(value) : value)),
  conversion('timestamp', TIMESTAMP, [TIMESTAMP, INT, STRING], toTimestamp),
  conversion('duration', DURATION, [DURATION, INT, STRING], toDuration),
];
