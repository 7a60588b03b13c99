import { isObject } from '../../apimachinery/patch/json.ts';

/** A value as Go's `%v` writes what JSON holds: `map[a:1]`, `[a b]`, `<nil>`. */
export function goFormat(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(goFormat).join(' ')}]`;
  if (isObject(value)) return `map[${Object.keys(value).sort().map((key) => `${key}:${goFormat(value[key])}`).join(' ')}]`;
  if (typeof value === 'number' && !Number.isInteger(value)) return String(value);
  return String(value as string | number | boolean);
}

/** The same as Go's `%#v` writes it. */
export function goSyntax(value: unknown): string {
  if (value === null || value === undefined) return 'interface {}(nil)';
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(', ')}}`;
  if (isObject(value)) return `map[string]interface {}{${Object.keys(value).sort().map((key) => `${JSON.stringify(key)}:${goSyntax(value[key])}`).join(', ')}}`;
  return typeof value === 'string' ? JSON.stringify(value) : String(value as number | boolean);
}
