/**
 * Resource quantities: `100m`, `1.5Gi`, `12e6`. A value is exact in billionths; what is finer rounds away from zero, what is larger than
 * 2^63-1 is cut to that. Source: apimachinery pkg/api/resource.
 */
export type QuantityFormat = 'DecimalSI' | 'BinarySI' | 'DecimalExponent';

export interface Quantity {
  readonly nanos: bigint;
  readonly format: QuantityFormat;
}

/** A text that is no quantity; the message is Kubernetes' own. */
export class QuantityError extends Error {
  override readonly name = 'QuantityError';
}

const FORMAT_WRONG = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
const SUFFIX_WRONG = "unable to parse quantity's suffix";
const NUMERIC_WRONG = "unable to parse numeric part of quantity";
const NANO = 1_000_000_000n;
const MAX_NANOS = (2n ** 63n - 1n) * NANO;
const DECIMAL_SUFFIXES: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY_SUFFIXES: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const DECIMAL_NAMES = new Map(Object.entries(DECIMAL_SUFFIXES).map(([name, exponent]) => [exponent, name]));
const BINARY_NAMES = ['', ...Object.keys(BINARY_SUFFIXES)];

const CACHE_SIZE = 4096;
const parsedTexts = new Map<string, Quantity>();

/** Reads a quantity as it stands on the wire (a string, or a JSON number). Throws QuantityError. */
export function parseQuantity(value: string | number): Quantity {
  const text = typeof value === 'number' ? numberText(value) : value;
  const known = parsedTexts.get(text);
  if (known) return known;
  const parsed = parse(text.trim());
  if (parsedTexts.size >= CACHE_SIZE) parsedTexts.clear();
  parsedTexts.set(text, parsed);
  return parsed;
}

function numberText(value: number): string {
  return String(value).replace('e+', 'e');
}

function parse(text: string): Quantity {
  const match = /^([+-]?)([0-9]*)(\.[0-9]*)?([^0-9.].*)?$/.exec(text);
  const whole = match?.[2] ?? '';
  const fraction = (match?.[3] ?? '').slice(1);
  if (!match || text === '') throw new QuantityError(FORMAT_WRONG);
  if (whole === '' && fraction === '') throw new QuantityError(match[3] === undefined ? FORMAT_WRONG : NUMERIC_WRONG);
  const suffix = match[4] ?? '';
  if (!/^[eEinumkKMGTP]*[-+]?[0-9]*$/.test(suffix)) throw new QuantityError(FORMAT_WRONG);
  const { base, exponent, format } = readSuffix(suffix);
  const digits = BigInt(whole + fraction);
  const numerator = digits * (base === 2 ? 2n ** BigInt(exponent) : 10n ** BigInt(Math.max(exponent, 0))) * NANO;
  const denominator = 10n ** BigInt(fraction.length) * (base === 10 && exponent < 0 ? 10n ** BigInt(-exponent) : 1n);
  let nanos = (numerator + denominator - 1n) / denominator;
  if (nanos > MAX_NANOS) nanos = MAX_NANOS;
  const kept = format === 'BinarySI' && nanos > 0n && nanos < NANO ? 'DecimalSI' : format;
  return { nanos: match[1] === '-' ? -nanos : nanos, format: kept };
}

function readSuffix(suffix: string): { base: 2 | 10; exponent: number; format: QuantityFormat } {
  const decimal = own(DECIMAL_SUFFIXES, suffix);
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: 'DecimalSI' };
  const binary = own(BINARY_SUFFIXES, suffix);
  if (binary !== undefined) return { base: 2, exponent: binary, format: 'BinarySI' };
  const exponent = /^[eE]([-+]?[0-9]{1,4})$/.exec(suffix);
  if (!exponent) throw new QuantityError(SUFFIX_WRONG);
  return { base: 10, exponent: Math.max(-40, Math.min(40, Number(exponent[1]))), format: 'DecimalExponent' };
}

function own(table: Readonly<Record<string, number>>, key: string): number | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The canonical text: no fraction, and the largest suffix that leaves the number whole. */
export function formatQuantity(quantity: Quantity): string {
  const { nanos, format } = quantity;
  if (nanos === 0n) return '0';
  const magnitude = nanos < 0n ? -nanos : nanos;
  const sign = nanos < 0n ? '-' : '';
  if (format === 'BinarySI' && magnitude >= 1024n * NANO) return sign + binaryText((magnitude + NANO - 1n) / NANO);
  let mantissa = magnitude;
  let exponent = -9;
  while (exponent < 18 && mantissa % 1000n === 0n) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (format === 'DecimalExponent') return `${sign}${mantissa}${exponent === 0 ? '' : `e${exponent}`}`;
  return `${sign}${mantissa}${DECIMAL_NAMES.get(exponent) ?? ''}`;
}

function binaryText(value: bigint): string {
  let mantissa = value;
  let step = 0;
  while (step < BINARY_NAMES.length - 1 && mantissa % 1024n === 0n) {
    mantissa /= 1024n;
    step++;
  }
  return `${mantissa}${BINARY_NAMES[step]}`;
}

const canonicalTexts = new Map<string | number, string>();

/** The canonical text of a quantity on the wire. Throws QuantityError. */
export function canonicalQuantity(value: string | number): string {
  const known = canonicalTexts.get(value);
  if (known !== undefined) return known;
  const text = formatQuantity(parseQuantity(value));
  if (canonicalTexts.size >= CACHE_SIZE) canonicalTexts.clear();
  canonicalTexts.set(value, text);
  return text;
}

/** Below, at or above 0 as `a` is less than, equal to or more than `b`. */
export function compareQuantities(a: Quantity, b: Quantity): number {
  return a.nanos < b.nanos ? -1 : a.nanos > b.nanos ? 1 : 0;
}

/** Sums keep the format of `a`, unless that is zero. */
export function addQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos + b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

export function subtractQuantities(a: Quantity, b: Quantity): Quantity {
  return { nanos: a.nanos - b.nanos, format: a.nanos === 0n ? b.format : a.format };
}

export const zeroQuantity: Quantity = { nanos: 0n, format: 'DecimalSI' };

export function quantityOf(value: number, format: QuantityFormat = 'DecimalSI'): Quantity {
  return { nanos: BigInt(value) * NANO, format };
}

export function quantityOfMillis(millis: number): Quantity {
  return { nanos: BigInt(millis) * 1_000_000n, format: 'DecimalSI' };
}

/** Rounded up (away from zero) to whole units, as a number: exact within 2^53. */
export function wholeValue(quantity: Quantity): number {
  return ceilTo(quantity.nanos, NANO);
}

/** Rounded up (away from zero) to thousandths. */
export function milliValue(quantity: Quantity): number {
  return ceilTo(quantity.nanos, 1_000_000n);
}

function ceilTo(nanos: bigint, unit: bigint): number {
  const rounded = nanos < 0n ? -((-nanos + unit - 1n) / unit) : (nanos + unit - 1n) / unit;
  return Number(rounded);
}
