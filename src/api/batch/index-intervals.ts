/** Texts such as `0,2-5` that name indexes of a job. Source: pkg/apis/batch/validation, validateIndexesFormat. */

export interface Interval {
  readonly first: number;
  readonly last: number;
}

/** An interval, or what is wrong with it. */
function intervalOf(text: string, completions: number): Interval | string {
  const limits = text.split('-');
  if (limits.length > 2) return `the fragment ${JSON.stringify(text)} violates the requirement that an index interval can have at most two parts separated by '-'`;
  const [first = '', last = first] = limits;
  for (const limit of [first, last]) {
    if (!/^[0-9]+$/.test(limit)) return `cannot convert string to integer for index: ${JSON.stringify(limit)}`;
    if (Number(limit) >= completions) return `too large index: ${JSON.stringify(limit)}`;
  }
  const [low, high] = [Number(first), Number(last)];
  return limits.length === 2 && low >= high ? `non-increasing order, previous: ${low}, current: ${high}` : { first: low, last: high };
}

/** How many indexes a text names, or what is wrong with it. */
export function countIndexes(text: string, completions: number): number | string {
  if (text === '') return 0;
  let previous = -1;
  let count = 0;
  for (const part of text.split(',')) {
    const interval = intervalOf(part, completions);
    if (typeof interval === 'string') return interval;
    if (previous >= interval.first) return `non-increasing order, previous: ${previous}, current: ${interval.first}`;
    count += interval.last - interval.first + 1;
    previous = interval.last;
  }
  return count;
}

/** The first index that both texts name; parts that cannot be read are passed over. */
export function overlap(one: string, other: string, completions: number): number | undefined {
  const read = (text: string): Interval[] => text.split(',').map((part) => intervalOf(part, completions)).filter((interval) => typeof interval !== 'string');
  const [ours, theirs] = [one, other].map(read);
  const shared = (ours ?? []).flatMap((a) => (theirs ?? []).filter((b) => a.first <= b.last && b.first <= a.last).map((b) => Math.max(a.first, b.first)));
  return shared.length > 0 ? Math.min(...shared) : undefined;
}
