/** Sizes and costs of which only bounds are known. They never overflow: what is too much stays the largest 64-bit number. */
export interface Range {
  readonly min: number;
  readonly max: number;
}

export const UNBOUNDED = 2 ** 64;
export const UNKNOWN: Range = { min: 0, max: UNBOUNDED };
export const ZERO: Range = { min: 0, max: 0 };
export const ONE: Range = { min: 1, max: 1 };

/** None yet: what is joined to it is the outcome. */
export const NOTHING: Range = { min: UNBOUNDED, max: 0 };

export function exactly(value: number): Range {
  return { min: value, max: value };
}

function each(a: Range, b: Range, combine: (x: number, y: number) => number): Range {
  return { min: Math.min(UNBOUNDED, combine(a.min, b.min)), max: Math.min(UNBOUNDED, combine(a.max, b.max)) };
}

export function plus(...ranges: readonly Range[]): Range {
  return ranges.reduce((sum, one) => each(sum, one, (x, y) => x + y), ZERO);
}

export function product(a: Range, b: Range): Range {
  return each(a, b, (x, y) => x * y);
}

/** By a cost per unit, rounded up. */
export function scaled(a: Range, factor: number): Range {
  return each(a, a, (x) => Math.ceil(x * factor));
}

export function joined(a: Range, b: Range): Range {
  return { min: Math.min(a.min, b.min), max: Math.max(a.max, b.max) };
}
