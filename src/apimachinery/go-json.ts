import { stringifyWhole } from './whole-numbers.ts';

/** JSON as Go writes maps: keys in order, what HTML has a meaning for escaped. Source: encoding/json, Marshal. */
export function goJson(value: unknown): string {
  return stringifyWhole(value, sorted).replace(/[<>&\u2028\u2029]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function sorted(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
