import { jsonKind } from '../schema/decode-error.ts';
import { isObject } from './json.ts';
import { stringifyWhole } from '../whole-numbers.ts';

/** A JSON value as Go's `%v` prints it in messages: `map[a:1 b:[x y]]`, keys sorted. */
export function goText(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goText).join(' ')}]`;
  if (typeof value === 'object') {
    const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
    return `map[${entries.map(([key, item]) => `${key}:${goText(item)}`).join(' ')}]`;
  }
  return typeof value === 'string' ? value : stringifyWhole(value);
}

/** What Go calls the type of a value that it read from JSON. */
export function goType(value: unknown): string {
  if (isObject(value)) return 'map[string]interface {}';
  if (Array.isArray(value)) return '[]interface {}';
  if (typeof value === 'bigint') return 'int64';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int64' : 'float64';
  return value === null ? '%!s(<nil>)' : jsonKind(value);
}
