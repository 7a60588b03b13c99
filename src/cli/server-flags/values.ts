import { InvalidArgumentError } from 'commander';
import { duration, port } from '../flags.ts';

/** Parsers of values as kube-apiserver's flags write them. They throw InvalidArgumentError with what the value must be. */

export const appended = (value: string, before: readonly string[]): readonly string[] => [...before, ...names(value)];

export function names(value: string): readonly string[] {
  return value.split(',').map((one) => one.trim()).filter(Boolean);
}

/** One value each time the flag is given: what may hold commas. */
export const repeated = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export function isTrue(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('must be true or false.');
  return text === 'true';
}

export function portRange(text: string): { first: number; last: number } {
  const [first, last] = text.includes('+') ? fromSize(text) : text.split('-').map(port);
  if (first === undefined || last === undefined || first === 0 || last > 65_535 || last < first) throw new InvalidArgumentError('a range looks like 30000-32767.');
  return { first, last };
}

/** `30000+100`: a base and how many follow it. */
function fromSize(text: string): [number, number] {
  const [base = 0, size = 0] = text.split('+').map(port);
  return [base, base + size];
}

export function wholeNumber(bounds: { min: number; max?: number }): (text: string) => number {
  const { min, max = Number.MAX_SAFE_INTEGER } = bounds;
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < min || value > max) throw new InvalidArgumentError(max === Number.MAX_SAFE_INTEGER ? `must be a whole number of at least ${min}.` : `must be a whole number from ${min} to ${max}.`);
    return value;
  };
}

export function fraction(text: string): number {
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text)) throw new InvalidArgumentError('must be a number such as 0.1.');
  return value;
}

/** `a=b,c=d`, also given several times; a later one wins. */
export function pairs(text: string, before: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const all = new Map(before);
  for (const pair of names(text)) {
    const equals = pair.indexOf('=');
    if (equals === 0) throw new InvalidArgumentError('pairs look like key=value,other=value.');
    all.set(equals < 0 ? pair : pair.slice(0, equals).trim(), equals < 0 ? 'true' : pair.slice(equals + 1).trim());
  }
  return all;
}

/** As durations are written; `0` alone needs no unit. Milliseconds. */
export function durationOrZero(text: string): number {
  return text === '0' ? 0 : duration(text);
}

export function oneOf(allowed: readonly string[]): (text: string) => string {
  return (text) => {
    if (!allowed.includes(text)) throw new InvalidArgumentError(`must be one of ${allowed.join(', ')}.`);
    return text;
  };
}
