import { isObject } from '../../apimachinery/patch/json.ts';
import { CommandError } from '../errors.ts';
import { goFormat } from './go-format.ts';

/** Go's truth: not false, 0, nil, or empty. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isObject(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (one) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&#34;', "'": '&#39;' })[one] ?? one);

const FUNCTIONS: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
  not: (value) => !isTrue(value),
  len: (value) => (typeof value === 'string' ? Buffer.byteLength(value) : Array.isArray(value) ? value.length : isObject(value) ? Object.keys(value).length : 0),
  index: (value, ...keys) => keys.reduce((current: unknown, key) => indexOne(current, key), value),
  slice: (value, from, to) => (value as string | unknown[]).slice(Number(from ?? 0), to === undefined ? undefined : Number(to)),
  print: (...args) => args.map(goFormat).join(' '),
  println: (...args) => `${args.map(goFormat).join(' ')}\n`,
  printf: (format, ...args) => formatText(String(format as string), args),
  html: (...args) => escapeHtml(args.map(goFormat).join('')),
  urlquery: (...args) => encodeURIComponent(args.map(goFormat).join('')).replaceAll('%20', '+'),
  js: (...args) => JSON.stringify(args.map(goFormat).join('')).slice(1, -1).replaceAll("'", "\\'"),
  base64decode: (value) => Buffer.from(goFormat(value), 'base64').toString(),
  exists: (value, ...keys) => {
    let current = value;
    for (const key of keys) {
      const has = Array.isArray(current) ? Number(key) < current.length : isObject(current) && Object.hasOwn(current, String(key as string));
      if (!has) return false;
      current = indexOne(current, key);
    }
    return true;
  },
  eq: (first, ...others) => others.some((other) => first === other),
  ne: (a, b) => a !== b,
  lt: (a, b) => compare(a, b) < 0,
  le: (a, b) => compare(a, b) <= 0,
  gt: (a, b) => compare(a, b) > 0,
  ge: (a, b) => compare(a, b) >= 0,
};

/** Throws CommandError when there is no such function. */
export function callFunction(name: string, args: readonly unknown[]): unknown {
  if (!Object.hasOwn(FUNCTIONS, name)) throw new CommandError(`error parsing template: function ${JSON.stringify(name)} not defined`);
  return FUNCTIONS[name]?.(...args);
}

function indexOne(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) {
    if (typeof key !== 'number' || key < 0 || key >= value.length) throw new CommandError(`error executing template: error calling index: index out of range: ${goFormat(key)}`);
    return value[key];
  }
  return isObject(value) && Object.hasOwn(value, String(key as string)) ? value[String(key as string)] : undefined;
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const [x, y] = [goFormat(a), goFormat(b)];
  return x < y ? -1 : x > y ? 1 : 0;
}

function formatText(format: string, args: readonly unknown[]): string {
  let next = 0;
  return format.replace(/%(-)?(0)?(\d+)?(?:\.(\d+))?([vsdqtfxX%])/g, (whole: string, left: string | undefined, zero: string | undefined, width: string | undefined, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (next >= args.length) return `%!${verb}(MISSING)`;
    const value = args[next++];
    const text = verb === 'q' ? JSON.stringify(goFormat(value)) : verb === 'f' ? Number(value).toFixed(Number(precision ?? '6')) : verb === 'x' ? Number(value).toString(16) : verb === 'X' ? Number(value).toString(16).toUpperCase() : verb === 's' && precision ? goFormat(value).slice(0, Number(precision)) : goFormat(value);
    if (!whole) return text;
    return left ? text.padEnd(Number(width ?? 0)) : text.padStart(Number(width ?? 0), zero ? '0' : ' ');
  });
}
