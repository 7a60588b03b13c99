import { goQuote } from './go-quote.ts';

const [LEAST, MOST] = [-(2n ** 63n), 2n ** 63n - 1n];

/** A whole number of 64 bits as Go reads it; beyond what a double holds exactly, the nearest. Throws RangeError, in Go's words. Source: strconv.ParseInt. */
export function parseGoInteger(text: string): number {
  if (!/^[-+]?\d+$/.test(text)) throw new RangeError(`strconv.ParseInt: parsing ${goQuote(text)}: invalid syntax`);
  const value = BigInt(text.replace(/^\+/, ''));
  if (value < LEAST || value > MOST) throw new RangeError(`strconv.ParseInt: parsing ${goQuote(text)}: value out of range`);
  return Number(value);
}

/** A whole number of 64 bits without a sign; beyond what a double holds exactly, the nearest. Throws RangeError, in Go's words. Source: strconv.ParseUint. */
export function parseGoUnsigned(text: string): number {
  if (!/^\d+$/.test(text)) throw new RangeError(`strconv.ParseUint: parsing ${goQuote(text)}: invalid syntax`);
  if (text.length > 15 && BigInt(text) >= 2n ** 64n) throw new RangeError(`strconv.ParseUint: parsing ${goQuote(text)}: value out of range`);
  return Number(text);
}
