import { CommandError } from '../errors.ts';
import { parseQuantity, compareQuantities } from '../../apimachinery/quantity.ts';
import { type JsonPath, pathOf, relaxedPath } from './json-path.ts';

/** Sorts stably by the value at a path: numbers, quantities and times by value. Throws when no object has the field. */
export function sortObjects<T>(items: readonly T[], objectOf: (item: T) => unknown, path: string): T[] {
  if (items.length < 2) return [...items]; // as it is, whatever the path
  const jsonPath = pathOf(path);
  const keyed = items.map((item) => ({ item, key: firstOf(jsonPath, objectOf(item)) }));
  if (keyed.length > 0 && keyed.every(({ key }) => key === undefined)) throw new CommandError(`couldn't find any field with path ${JSON.stringify(relaxedPath(path))} in the list of objects`);
  return keyed.sort((a, b) => compareKeys(a.key, b.key)).map(({ item }) => item);
}

/** Where a path leads out of a list there is nothing to sort by. */
function firstOf(path: JsonPath, object: unknown): unknown {
  try {
    return path.find(object)[0];
  } catch (error) {
    if (!(error instanceof CommandError)) throw error;
    return undefined;
  }
}

const QUANTITY = /^[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+|[numkMGTPE]i?|Ki)?$/;

const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint';

function compareKeys(a: unknown, b: unknown): number {
  if (a === undefined || a === null) return b === undefined || b === null ? 0 : -1;
  if (b === undefined || b === null) return 1;
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
  const [x, y] = [String(a as string), String(b as string)];
  if (QUANTITY.test(x) && QUANTITY.test(y)) return compareQuantities(parseQuantity(x), parseQuantity(y));
  if (x === y) return 0;
  return naturalLess(x, y) ? -1 : 1;
}

/** Runs of digits compare by value. */
function naturalLess(a: string, b: string): boolean {
  const [one, other] = [a, b].map((text) => text.match(/\d+|\D/g) ?? []);
  for (let i = 0; i < (one?.length ?? 0) && i < (other?.length ?? 0); i++) {
    const [x = '', y = ''] = [one?.[i], other?.[i]];
    if (x === y) continue;
    const areNumbers = /^\d/.test(x) && /^\d/.test(y);
    return areNumbers && Number(x) !== Number(y) ? Number(x) < Number(y) : x < y;
  }
  return a.length < b.length;
}
