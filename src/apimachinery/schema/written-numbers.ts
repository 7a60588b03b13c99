import { wholeNumber } from '../whole-numbers.ts';

/** Only then is a text read once more: a fraction, an exponent, or more digits than JavaScript's numbers hold, and not those of texts such as `nginx:1.25`. */
const MAYBE_TELLING = /(?:"\s*:|[[,])\s*-?\d+(?:[.eE]|\d{15})/;
const DIGITS = /^-?\d+$/;

/**
 * The value of a text of valid JSON in which numbers that JavaScript would write otherwise are as they were written: bigints, and symbols of that
 * description for what has a fraction, an exponent (`1.0`, `1e3`), or more than 64 bits. To Go these are no whole numbers, whatever they come to; a
 * decoder that is given this value refuses them as Go does. It is good for nothing else. Undefined: there is no such number. Source: sigs.k8s.io/json.
 */
export function numbersAsWritten(text: string): unknown {
  if (!MAYBE_TELLING.test(text)) return undefined;
  let isTelling = false;
  const reviver = (_key: string, value: unknown, { source }: { readonly source?: string }): unknown => {
    if (typeof value !== 'number' || source === undefined) return value;
    if (String(value) === source || (Number.isSafeInteger(value) && DIGITS.test(source))) return value;
    isTelling = true;
    const whole = wholeNumber(value, source);
    return typeof whole === 'bigint' ? whole : Symbol(source);
  };
  const value: unknown = JSON.parse(text, reviver as (key: string, value: unknown) => unknown);
  return isTelling ? value : undefined;
}

const { rawJSON } = JSON as unknown as { readonly rawJSON: (this: void, text: string) => object };

/** The same value for JSON.stringify, which writes the numbers as they were. */
export function writtenBack(value: unknown): unknown {
  if (isWritten(value)) return rawJSON(textOf(value));
  if (Array.isArray(value)) return value.map(writtenBack);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, writtenBack(one)]));
}

/** A number of which `numbersAsWritten` kept the text. */
export function isWritten(value: unknown): value is bigint | symbol {
  return typeof value === 'symbol' || typeof value === 'bigint';
}

export function textOf(value: number | bigint | symbol): string {
  return typeof value === 'symbol' ? (value.description ?? '') : String(value);
}
