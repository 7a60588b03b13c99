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
  print: (...args) => args.map((arg, index) => (index > 0 && typeof arg !== 'string' && typeof args[index - 1] !== 'string' ? ' ' : '') + goFormat(arg)).join(''),
  println: (...args) => `${args.map(goFormat).join(' ')}\n`,
  printf: (format, ...args) => formatText(String(format as string), args),
  html: (...args) => escapeHtml(args.map(goFormat).join('')),
  urlquery: (...args) => encodeURIComponent(args.map(goFormat).join('')).replaceAll('%20', '+'),
  js: (...args) => JSON.stringify(args.map(goFormat).join('')).slice(1, -1).replaceAll("'", "\\'"),
  base64decode: (value) => decoded(goFormat(value)),
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

function decoded(text: string): string {
  const wrong = /[^A-Za-z0-9+/=\r\n]/.exec(text)?.index;
  if (wrong !== undefined) throw new CommandError(`error calling base64decode: base64 decode failed: illegal base64 data at input byte ${wrong}`);
  return Buffer.from(text, 'base64').toString();
}

/** Throws CommandError when there is no such function. */
export function callFunction(name: string, args: readonly unknown[]): unknown {
  if (!Object.hasOwn(FUNCTIONS, name)) throw new CommandError(`function ${JSON.stringify(name)} not defined`);
  return FUNCTIONS[name]?.(...args);
}

function indexOne(value: unknown, key: unknown): unknown {
  if (Array.isArray(value)) {
    if (typeof key !== 'number' || key < 0 || key >= value.length) throw new CommandError(`error calling index: index out of range: ${goFormat(key)}`);
    return value[key];
  }
  return isObject(value) && Object.hasOwn(value, String(key as string)) ? value[String(key as string)] : undefined;
}

function compare(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a !== 'string' || typeof b !== 'string') throw new CommandError('incompatible types for comparison');
  return a < b ? -1 : a > b ? 1 : 0;
}

function formatText(format: string, args: readonly unknown[]): string {
  let next = 0;
  const text = format.replace(/%([-+#0 ]*)(\d+)?(?:\.(\d+))?([a-zA-Z%])/g, (_whole, signs: string, width: string | undefined, precision: string | undefined, verb: string) => {
    if (verb === '%') return '%';
    if (next >= args.length) return `%!${verb}(MISSING)`;
    const one = verbText(verb, args[next++], precision === undefined ? undefined : Number(precision));
    return signs.includes('-') ? one.padEnd(Number(width ?? 0)) : one.padStart(Number(width ?? 0), signs.includes('0') ? '0' : ' ');
  });
  const rest = args.slice(next).map((arg) => `${goType(arg)}=${goFormat(arg)}`);
  return rest.length === 0 ? text : `${text}%!(EXTRA ${rest.join(', ')})`;
}

function goType(value: unknown): string {
  if (typeof value === 'bigint') return 'int';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64';
  if (typeof value === 'boolean') return 'bool';
  return typeof value === 'string' ? 'string' : Array.isArray(value) ? '[]interface {}' : isObject(value) ? 'map[string]interface {}' : '<nil>';
}

/** As fmt writes one value; a verb that is not for its type is told as there. */
function verbText(verb: string, value: unknown, precision: number | undefined): string {
  const type = goType(value);
  const isNumber = typeof value === 'number';
  switch (verb) {
    case 'v': return goFormat(value);
    case 'T': return type;
    case 's': if (!isNumber && typeof value !== 'boolean') return precision === undefined ? goFormat(value) : goFormat(value).slice(0, precision); break;
    case 'q': if (typeof value === 'string') return JSON.stringify(value); break;
    case 'd': if (type === 'int') return goFormat(value); break;
    case 't': if (type === 'bool') return goFormat(value); break;
    case 'f': if (isNumber) return value.toFixed(precision ?? 6); break;
    case 'g': if (isNumber) return String(value); break;
    case 'e': if (isNumber) return value.toExponential(precision ?? 6).replace(/e([-+])(\d)$/, 'e$10$2'); break;
    case 'x': case 'X': {
      const hex = type === 'int' ? Number(value).toString(16) : typeof value === 'string' ? Buffer.from(value).toString('hex') : undefined;
      if (hex !== undefined) return verb === 'x' ? hex : hex.toUpperCase();
    }
  }
  return `%!${verb}(${type}=${goFormat(value)})`;
}
