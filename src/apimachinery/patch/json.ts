import { setOwn } from '../schema/decode.ts';

export type JsonObject = Record<string, unknown>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What an object holds under a key of a client's choice; never what it inherits. */
export function getOwn(object: JsonObject, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A copy one level deep, its keys sorted as Go's maps are written. */
export function sortedCopy(object: JsonObject): JsonObject {
  const copy: JsonObject = {};
  for (const key of Object.keys(object).sort()) setOwn(copy, key, object[key]);
  return copy;
}

/** The same, all levels deep. */
export function allSorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(allSorted);
  if (!isObject(value)) return value;
  const copy = sortedCopy(value);
  for (const key of Object.keys(copy)) setOwn(copy, key, allSorted(copy[key]));
  return copy;
}

/** Whether two JSON values are the same; the order of keys does not matter. */
export function jsonEqual(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!jsonEqual(a[i], b[i])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  let more = 0;
  for (const key in a) {
    if (!Object.hasOwn(b, key) || !jsonEqual((a as JsonObject)[key], (b as JsonObject)[key])) return false;
    more++;
  }
  for (const _ in b) more--;
  return more === 0;
}

