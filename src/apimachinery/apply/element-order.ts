/** The order of the elements of paths, in which conflicts are told. Source: structured-merge-diff, fieldpath/element.go and value/value.go. */

import { parseWhole } from '../whole-numbers.ts';

/** Names of fields first, then elements by their keys, by their value, by their place. */
const KINDS = ['f', 'k', 'v', 'i'];

export function compareElements(a: string, b: string): number {
  const kinds = KINDS.indexOf(a.slice(0, 1)) - KINDS.indexOf(b.slice(0, 1));
  if (kinds !== 0) return kinds;
  const [left, right] = [a.slice(2), b.slice(2)];
  if (left === right) return 0;
  if (a.startsWith('f')) return left < right ? -1 : 1;
  return compareValues(parseWhole(left), parseWhole(right));
}

/** Numbers by size, before texts, before booleans, before objects, key by key. */
function compareValues(a: unknown, b: unknown): number {
  const ranks = rankOf(a) - rankOf(b);
  if (ranks !== 0) return ranks;
  if (isNumber(a) && isNumber(b)) return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) return compareEntries(Object.entries(a), Object.entries(b));
  return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
}

function compareEntries(a: readonly (readonly [string, unknown])[], b: readonly (readonly [string, unknown])[]): number {
  for (const [i, [name, value]] of a.entries()) {
    const other = b[i];
    if (!other) return 1;
    if (name !== other[0]) return name < other[0] ? -1 : 1;
    const values = compareValues(value, other[1]);
    if (values !== 0) return values;
  }
  return a.length - b.length;
}

function isNumber(value: unknown): value is number | bigint {
  return typeof value === 'number' || typeof value === 'bigint';
}

function rankOf(value: unknown): number {
  if (value === null) return 4;
  if (isNumber(value)) return 0;
  return ['number', 'string', 'boolean', 'object'].indexOf(typeof value);
}
