/**
 * Whole numbers as Go reads them from JSON: 64 bits. Those that JavaScript's numbers cannot hold exactly are `bigint`s here, in objects whose fields nobody has declared as anything smaller:
 * custom resources (times in nanoseconds, for one). They are written as they were read.
 */
const MAX = 2n ** 63n - 1n;
const MIN = -(2n ** 63n);
/** What may be such a number: only then is a text read the slower way. */
const MAYBE_LARGE = /[:[,\s]-?[1-9]\d{15}/;
const DIGITS = /^-?\d+$/;

/** What JSON.parse hands to a reviver besides the value (TC39, "JSON.parse source text access"). */
interface Source {
  readonly source?: string;
}

const { rawJSON } = JSON as unknown as { readonly rawJSON: (this: void, text: string) => object };

type Replacer = (this: unknown, key: string, value: unknown) => unknown;

/** A number that was written as `digits`. Beyond 64 bits it is read as a fraction, as Go does. */
export function wholeNumber(value: number, digits: string): number | bigint {
  if (Number.isSafeInteger(value) || !DIGITS.test(digits)) return value;
  const whole = BigInt(digits);
  return whole >= MIN && whole <= MAX ? whole : value;
}

/** Whether a text of JSON or YAML may hold a whole number that is a bigint here. */
export function mayHoldLarge(text: string): boolean {
  return MAYBE_LARGE.test(text);
}

/** As JSON.parse, for objects with whole numbers of 64 bits. Throws SyntaxError. */
export function parseWhole(text: string): unknown {
  if (!mayHoldLarge(text)) return JSON.parse(text);
  const reviver = (_key: string, value: unknown, { source }: Source): unknown => (typeof value === 'number' && source !== undefined ? wholeNumber(value, source) : value);
  return JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
}

/**
 * As JSON.stringify, for anything that may hold an object of a user's: what `parseWhole` has read is written digit by digit.
 * A program that embeds kubets keeps its own `BigInt.prototype`: what JSON cannot write is written once more, and objects without such numbers cost nothing.
 */
export function stringifyWhole(value: unknown, replacer?: Replacer | null, space?: number): string {
  try {
    return JSON.stringify(value, replacer ?? undefined, space);
  } catch (error) {
    // Of a bigint, or of a circle, which is found again.
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, withDigits(replacer), space);
  }
}

function withDigits(replacer: Replacer | null | undefined): Replacer {
  return function replace(this: unknown, key, given) {
    const value = replacer ? replacer.call(this, key, given) : given;
    return typeof value === 'bigint' ? rawJSON(value.toString()) : value;
  };
}
