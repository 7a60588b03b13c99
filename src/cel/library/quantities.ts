/** Source: apiserver pkg/cel/library/quantity.go. */
import { decimalScale, parseQuantity, QuantityError, type Quantity } from '../../apimachinery/quantity.ts';
import { BOOL, DOUBLE, INT, opaque, STRING } from '../checker/types.ts';
import { EvaluationError } from '../runtime/errors.ts';
import { OpaqueValue, type Value } from '../runtime/values.ts';
import { member, overload, traversal, type Declaration } from './declare.ts';

const QUANTITY = opaque('kubernetes.Quantity');
const NANO = 1_000_000_000n;
const MAX_INT = 2n ** 63n - 1n;

class QuantityValue extends OpaqueValue {
  readonly typeName = 'kubernetes.Quantity';
  readonly quantity: Quantity;
  /** The power of ten that Go counts it in; undefined for one that Go keeps with more digits than fit. Only of those counted in whole numbers it says that they are some: `1000m` is none. */
  readonly scale: number | undefined;

  constructor(quantity: Quantity, scale: number | undefined) {
    super();
    this.quantity = quantity;
    this.scale = scale;
  }

  override equals(other: Value): boolean {
    return other instanceof QuantityValue && other.quantity.nanos === this.quantity.nanos;
  }
}

function parse(text: string): QuantityValue {
  try {
    return new QuantityValue(parseQuantity(text), decimalScale(text));
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    throw new EvaluationError(error.message, { cause: error });
  }
}

function isQuantity(text: string): boolean {
  try {
    parseQuantity(text);
    return true;
  } catch (error) {
    if (!(error instanceof QuantityError)) throw error;
    return false;
  }
}

const isInteger = ({ quantity, scale }: QuantityValue): boolean => scale !== undefined && scale >= 0 && fits(quantity.nanos / NANO);
const order = (a: QuantityValue, b: QuantityValue): bigint => (a.quantity.nanos < b.quantity.nanos ? -1n : a.quantity.nanos > b.quantity.nanos ? 1n : 0n);

function asInteger(value: QuantityValue): bigint {
  if (!isInteger(value)) throw new EvaluationError('cannot convert value to integer');
  return value.quantity.nanos / NANO;
}

const fits = (value: bigint): boolean => value >= -MAX_INT - 1n && value <= MAX_INT;

/** Of a sum: the finer one, as long as it fits. Source: apimachinery pkg/api/resource, int64Amount. */
function scaleOfSum(nanos: bigint, a: QuantityValue, b: QuantityValue | bigint): number | undefined {
  const [first, second] = [a.scale, typeof b === 'bigint' ? 0 : b.scale];
  if (first === undefined || second === undefined) return undefined;
  if ((typeof b === 'bigint' ? b : b.quantity.nanos) === 0n) return first;
  const scale = a.quantity.nanos === 0n ? second : Math.min(first, second);
  return fits(nanos / 10n ** BigInt(9 + scale)) ? scale : undefined;
}

function add(a: QuantityValue, b: QuantityValue | bigint, sign: bigint): QuantityValue {
  const nanos = typeof b === 'bigint' ? b * NANO : b.quantity.nanos;
  const sum = a.quantity.nanos + sign * nanos;
  const format = a.quantity.nanos === 0n && typeof b !== 'bigint' ? b.quantity.format : a.quantity.format;
  return new QuantityValue({ nanos: sum, format }, scaleOfSum(sum, a, b));
}

const QQ = [QUANTITY, QUANTITY] as const;

export const quantityLibrary: readonly Declaration[] = [
  ['quantity', overload('string_to_quantity', [STRING], QUANTITY, parse, traversal())],
  ['isQuantity', overload('is_quantity_string', [STRING], BOOL, isQuantity, traversal())],
  ['sign', member('quantity_sign', [QUANTITY], INT, ({ quantity }: QuantityValue) => (quantity.nanos < 0n ? -1n : quantity.nanos > 0n ? 1n : 0n))],
  ['isGreaterThan', member('quantity_is_greater_than', QQ, BOOL, (a: QuantityValue, b: QuantityValue) => order(a, b) > 0n)],
  ['isLessThan', member('quantity_is_less_than', QQ, BOOL, (a: QuantityValue, b: QuantityValue) => order(a, b) < 0n)],
  ['compareTo', member('quantity_compare_to', QQ, INT, order)],
  ['asApproximateFloat', member('quantity_get_float', [QUANTITY], DOUBLE, ({ quantity }: QuantityValue) => Number(quantity.nanos) / 1e9)],
  ['asInteger', member('quantity_get_int', [QUANTITY], INT, asInteger)],
  ['isInteger', member('quantity_is_integer', [QUANTITY], BOOL, isInteger)],
  ['add', member('quantity_add', QQ, QUANTITY, (a: QuantityValue, b: QuantityValue) => add(a, b, 1n)), member('quantity_add_int', [QUANTITY, INT], QUANTITY, (a: QuantityValue, b: bigint) => add(a, b, 1n))],
  ['sub', member('quantity_sub', QQ, QUANTITY, (a: QuantityValue, b: QuantityValue) => add(a, b, -1n)), member('quantity_sub_int', [QUANTITY, INT], QUANTITY, (a: QuantityValue, b: bigint) => add(a, b, -1n))],
];

