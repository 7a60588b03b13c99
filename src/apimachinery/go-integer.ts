import { goQuote } from './go-quote.ts';

const [LEAST, MOST] = [-(2n ** 63n), 2n ** 63n - 1n];

/** A whole number of 64 bits as Go reads it; beyond what a double holds exactly, the nearest. Throws RangeError, in Go's words. Source: strconv.ParseInt. */
export function parseGoInteger(text: string): number {
  if (!/^[-+]?\d+$/.test(text)) throw new RangeError(`strconv.ParseInt: parsing ${goQuote(text)}: invalid syntax`);
  const value = BigInt(text.replace(/^\+/, ''));
  if (value < LEAST || value > MOST) throw new RangeError(`strconv.ParseInt: parsing ${goQuote(text)}: value out of range`);
  return Number(value);
}
