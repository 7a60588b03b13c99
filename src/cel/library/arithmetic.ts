import { BYTES, DOUBLE, DURATION, INT, listOf, param, STRING, TIMESTAMP, UINT } from '../checker/types.ts';
import { EvaluationError } from '../runtime/errors.ts';
import { Duration, sizeOf, Timestamp, Uint, type Value } from '../runtime/values.ts';
import { overload, type Declaration } from './declare.ts';

const MIN_INT = -(2n ** 63n);
const MAX_INT = 2n ** 63n - 1n;
const MAX_UINT = 2n ** 64n - 1n;
/** The years 1 to 9999. */
const MIN_TIME = -62_135_596_800_000_000_000n;
const MAX_TIME = 253_402_300_799_999_999_999n;
const A = param('A');
const STRING_FACTOR = 0.1;

/** These three give what fits its type. Throw EvaluationError. */
export function int(value: bigint): bigint {
  if (value < MIN_INT || value > MAX_INT) throw new EvaluationError('integer overflow');
  return value;
}

export function uint(value: bigint): Uint {
  if (value < 0n || value > MAX_UINT) throw new EvaluationError('unsigned integer overflow');
  return new Uint(value);
}

export function duration(nanos: bigint): Duration {
  if (nanos < MIN_INT || nanos > MAX_INT) throw new EvaluationError('integer overflow');
  return new Duration(nanos);
}

function timestamp(nanos: bigint, { offsetMinutes }: Timestamp): Timestamp {
  if (nanos < MIN_TIME || nanos > MAX_TIME) throw new EvaluationError('timestamp overflow');
  return new Timestamp(nanos, offsetMinutes);
}

function divided(a: bigint, b: bigint, by: (a: bigint, b: bigint) => bigint, message: string): bigint {
  if (b === 0n) throw new EvaluationError(message);
  return by(a, b);
}

const both = ([a, b]: readonly Value[]): number => Math.ceil((sizeOf(a) + sizeOf(b)) * STRING_FACTOR);
const quotient = (a: bigint, b: bigint): bigint => divided(a, b, (x, y) => x / y, 'division by zero');
const remainder = (a: bigint, b: bigint): bigint => divided(a, b, (x, y) => x % y, 'modulus by zero');

export const arithmetic: readonly Declaration[] = [
  ['_+_',
    overload('add_bytes', [BYTES, BYTES], BYTES, (a: Uint8Array, b: Uint8Array) => new Uint8Array(Buffer.concat([a, b])), both),
    overload('add_double', [DOUBLE, DOUBLE], DOUBLE, (a: number, b: number) => a + b),
    overload('add_duration_duration', [DURATION, DURATION], DURATION, (a: Duration, b: Duration) => duration(a.nanos + b.nanos)),
    overload('add_duration_timestamp', [DURATION, TIMESTAMP], TIMESTAMP, (a: Duration, b: Timestamp) => timestamp(a.nanos + b.nanos, b)),
    overload('add_int64', [INT, INT], INT, (a: bigint, b: bigint) => int(a + b)),
    overload('add_list', [listOf(A), listOf(A)], listOf(A), addLists),
    overload('add_string', [STRING, STRING], STRING, (a: string, b: string) => a + b, both),
    overload('add_timestamp_duration', [TIMESTAMP, DURATION], TIMESTAMP, (a: Timestamp, b: Duration) => timestamp(a.nanos + b.nanos, a)),
    overload('add_uint64', [UINT, UINT], UINT, (a: Uint, b: Uint) => uint(a.value + b.value))],
  ['_-_',
    overload('subtract_double', [DOUBLE, DOUBLE], DOUBLE, (a: number, b: number) => a - b),
    overload('subtract_duration_duration', [DURATION, DURATION], DURATION, (a: Duration, b: Duration) => duration(a.nanos - b.nanos)),
    overload('subtract_int64', [INT, INT], INT, (a: bigint, b: bigint) => int(a - b)),
    overload('subtract_timestamp_duration', [TIMESTAMP, DURATION], TIMESTAMP, (a: Timestamp, b: Duration) => timestamp(a.nanos - b.nanos, a)),
    overload('subtract_timestamp_timestamp', [TIMESTAMP, TIMESTAMP], DURATION, (a: Timestamp, b: Timestamp) => duration(a.nanos - b.nanos)),
    overload('subtract_uint64', [UINT, UINT], UINT, (a: Uint, b: Uint) => uint(a.value - b.value))],
  ['_*_',
    overload('multiply_double', [DOUBLE, DOUBLE], DOUBLE, (a: number, b: number) => a * b),
    overload('multiply_int64', [INT, INT], INT, (a: bigint, b: bigint) => int(a * b)),
    overload('multiply_uint64', [UINT, UINT], UINT, (a: Uint, b: Uint) => uint(a.value * b.value))],
  ['_/_',
    overload('divide_double', [DOUBLE, DOUBLE], DOUBLE, (a: number, b: number) => a / b),
    overload('divide_int64', [INT, INT], INT, (a: bigint, b: bigint) => int(quotient(a, b))),
    overload('divide_uint64', [UINT, UINT], UINT, (a: Uint, b: Uint) => uint(quotient(a.value, b.value)))],
  ['_%_',
    overload('modulo_int64', [INT, INT], INT, (a: bigint, b: bigint) => int(remainder(a, b))),
    overload('modulo_uint64', [UINT, UINT], UINT, (a: Uint, b: Uint) => uint(remainder(a.value, b.value)))],
  ['-_', overload('negate_int64', [INT], INT, (a: bigint) => int(-a)), overload('negate_double', [DOUBLE], DOUBLE, (a: number) => -a)],
];

/** How lists that are sets or maps in their schema are added; set by who made them. */
export const LIST_ADDITION: unique symbol = Symbol('list addition');

function addLists(a: readonly Value[] & { readonly [LIST_ADDITION]?: (other: readonly Value[]) => readonly Value[] }, b: readonly Value[]): readonly Value[] {
  return a[LIST_ADDITION]?.(b) ?? [...a, ...b];
}
