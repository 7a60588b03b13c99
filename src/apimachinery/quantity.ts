/**
 * Resource quantities: `100m`, `1.5Gi`, `12e6`. A value is exact in billionths; what is finer rounds away from zero; with a binary suffix,
 * what is larger than 2^63-1 is cut to that. Source: apimachinery pkg/api/resource.
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
const MILLI_NANOS = 1_000_000n;
const MAX_NANOS = (2n ** 63n - 1n) * NANO;
const DECIMAL_SUFFIXES: Readonly<Record<string, number>> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY_SUFFIXES: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 };
const DECIMAL_NAMES = new Map(Object.entries(DECIMAL_SUFFIXES).map(([name, exponent]) => [exponent, name]));
const BINARY_NAMES = ['', ...Object.keys(BINARY_SUFFIXES)];

/** Of decimal numbers that Go reads without big integers. */
const MAX_SHORT_DIGITS = 18;
/** Larger ones mean nothing that could be had. */
const MAX_EXPONENT = 999;

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

/** A text in its parts; leading zeros are left out, a number without digits is 0. Throws QuantityError. */
function partsOf(text: string): { isNegative: boolean; whole: string; fraction: string; hasDigits: boolean; suffix: string } {
  const match = text === '' ? null : /^([+-]?)(0*)([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[-+]?[0-9]*)$/.exec(text);
  if (!match) throw new QuantityError(FORMAT_WRONG);
  const [, sign, zeros = '', whole = '', fraction = '', suffix = ''] = match;
  return { isNegative: sign === '-', whole: whole || '0', fraction, hasDigits: zeros !== '' || whole !== '' || fraction !== '', suffix };
}

function parse(text: string): Quantity {
  const { isNegative, whole, fraction, hasDigits, suffix } = partsOf(text);
  const { base, exponent, format } = readSuffix(suffix);
  if (!hasDigits && exponent < -9) throw new QuantityError(NUMERIC_WRONG);
  const digits = BigInt(whole + fraction);
  const numerator = digits * (base === 2 ? 2n ** BigInt(exponent) : 10n ** BigInt(Math.max(exponent, 0))) * NANO;
  const denominator = 10n ** BigInt(fraction.length) * (base === 10 && exponent < 0 ? 10n ** BigInt(-exponent) : 1n);
  let nanos = (numerator + denominator - 1n) / denominator;
  if (format === 'BinarySI' && nanos > MAX_NANOS) nanos = MAX_NANOS;
  const kept = format === 'BinarySI' && nanos > 0n && nanos < NANO ? 'DecimalSI' : format;
  return { nanos: isNegative ? -nanos : nanos, format: kept };
}

/** Go keeps a text that it takes for canonical as it came, be it `1.500`, `+5` or `1E3`. Source: ParseQuantity. */
function staysAsWritten(text: string): boolean {
  const { whole, fraction, suffix } = partsOf(text);
  const { exponent, format } = readSuffix(suffix);
  if (format === 'BinarySI') {
    return isShortBinary(whole, fraction, exponent) && (BigInt(whole) & 7n) !== 0n && BigInt(whole) << BigInt(exponent) < 2n ** 63n;
  }
  const shifted = whole + fraction;
  const scale = exponent - fraction.length;
  return shifted.length <= MAX_SHORT_DIGITS && scale >= -9 && scale % 3 === 0 && !shifted.endsWith('000') && !shifted.startsWith('0');
}

/**
 * The power of ten in whose units Go keeps a quantity as a whole number of 64 bits; undefined if it needs more room, or is a fraction with a binary suffix. Throws QuantityError.
 * Source: ParseQuantity.
 */
export function decimalScale(text: string): number | undefined {
  const { whole, fraction, suffix } = partsOf(text);
  const { exponent, format } = readSuffix(suffix);
  if (format === 'BinarySI') return isShortBinary(whole, fraction, exponent) && BigInt(whole) << BigInt(exponent) < 2n ** 63n ? 0 : undefined;
  const scale = exponent - fraction.length;
  return whole.length + fraction.length <= MAX_SHORT_DIGITS && scale >= -9 ? scale : undefined;
}

function isShortBinary(whole: string, fraction: string, exponent: number): boolean {
  return fraction === '' && 14 - whole.length - Math.trunc(exponent * 0.3) >= 0;
}

function readSuffix(suffix: string): { base: 2 | 10; exponent: number; format: QuantityFormat } {
  const decimal = own(DECIMAL_SUFFIXES, suffix);
  if (decimal !== undefined) return { base: 10, exponent: decimal, format: 'DecimalSI' };
  const binary = own(BINARY_SUFFIXES, suffix);
  if (binary !== undefined) return { base: 2, exponent: binary, format: 'BinarySI' };
  const exponent = /^[eE]([-+]?[0-9]{1,9})$/.exec(suffix);
  if (!exponent) throw new QuantityError(SUFFIX_WRONG);
  return { base: 10, exponent: Math.max(-MAX_EXPONENT, Math.min(MAX_EXPONENT, Number(exponent[1]))), format: 'DecimalExponent' };
}

function own(table: Readonly<Record<string, number>>, key: string): number | undefined {
  return Object.hasOwn(table, key) ? table[key] : undefined;
}

/** The canonical text: no fraction, and the largest suffix that leaves the number whole; what is no whole number of bytes has a decimal one. */
export function formatQuantity(quantity: Quantity): string {
  const { nanos, format } = quantity;
  if (nanos === 0n) return '0';
  const magnitude = nanos < 0n ? -nanos : nanos;
  const sign = nanos < 0n ? '-' : '';
  if (format === 'BinarySI' && magnitude >= 1024n * NANO && magnitude % NANO === 0n) return sign + binaryText(magnitude / NANO);
  let mantissa = magnitude;
  let exponent = -9;
  while (mantissa % 1000n === 0n) {
    mantissa /= 1000n;
    exponent += 3;
  }
  if (format === 'DecimalExponent' || exponent > 18) return `${sign}${mantissa}${exponent === 0 ? '' : `e${exponent}`}`;
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

/** A quantity on the wire as Go writes it again: mostly the canonical text. Throws QuantityError. */
export function canonicalQuantity(value: string | number): string {
  return remembered(canonicalTexts, value, () => {
    const text = typeof value === 'number' ? numberText(value) : value.trim();
    const quantity = parseQuantity(text);
    return text !== '0' && staysAsWritten(text) ? text : formatQuantity(quantity);
  });
}

const milliTexts = new Map<string | number, string>();

/** The same of an amount in a ResourceList, where it is rounded up (away from zero) to thousandths. Source: pkg/apis/core/v1, SetDefaults_ResourceList. */
export function canonicalAmount(value: string | number): string {
  return remembered(milliTexts, value, () => {
    const { nanos, format } = parseQuantity(value);
    const finer = nanos % MILLI_NANOS;
    if (finer === 0n) return canonicalQuantity(value);
    return formatQuantity({ nanos: nanos - finer + (nanos < 0n ? -MILLI_NANOS : MILLI_NANOS), format });
  });
}

function remembered(texts: Map<string | number, string>, value: string | number, make: () => string): string {
  const known = texts.get(value);
  if (known !== undefined) return known;
  const text = make();
  if (texts.size >= CACHE_SIZE) texts.clear();
  texts.set(value, text);
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
  return { nanos: BigInt(millis) * MILLI_NANOS, format: 'DecimalSI' };
}

/** Rounded up (away from zero) to whole units, as a number: exact within 2^53. */
export function wholeValue(quantity: Quantity): number {
  return ceilTo(quantity.nanos, NANO);
}

/** Rounded up (away from zero) to thousandths. */
export function milliValue(quantity: Quantity): number {
  return ceilTo(quantity.nanos, MILLI_NANOS);
}

function ceilTo(nanos: bigint, unit: bigint): number {
  const rounded = nanos < 0n ? -((-nanos + unit - 1n) / unit) : (nanos + unit - 1n) / unit;
  return Number(rounded);
}
