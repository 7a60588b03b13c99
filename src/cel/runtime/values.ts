/** Values of CEL: int is bigint, double is number, list is an array; the others have classes. Source: the language definition and cel-go common/types. */
import { noSuchOverload } from './errors.ts';

export type Value = null | boolean | bigint | number | string | Uint8Array | Uint | Timestamp | Duration | Optional | TypeValue | CelMap | OpaqueValue | readonly Value[];

export class Uint {
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

const NANOS = 1_000_000_000n;

export class Duration {
  readonly nanos: bigint;

  constructor(nanos: bigint) {
    this.nanos = nanos;
  }

  /** As Go's seconds: `90s`, `1.5s`. */
  toString(): string {
    const magnitude = this.nanos < 0n ? -this.nanos : this.nanos;
    const fraction = String(magnitude % NANOS).padStart(9, '0').replace(/0+$/, '');
    return `${this.nanos < 0n ? '-' : ''}${magnitude / NANOS}${fraction === '' ? '' : `.${fraction}`}s`;
  }
}

function zoneText(offsetMinutes: number): string {
  if (offsetMinutes === 0) return 'Z';
  const [hours, minutes] = [Math.floor(Math.abs(offsetMinutes) / 60), Math.abs(offsetMinutes) % 60].map((one) => String(one).padStart(2, '0'));
  return `${offsetMinutes < 0 ? '-' : '+'}${hours}:${minutes}`;
}

export class Timestamp {
  /** Since 1970. */
  readonly nanos: bigint;
  /** Of the zone that it was written in, which only its text tells. */
  readonly offsetMinutes: number;

  constructor(nanos: bigint, offsetMinutes = 0) {
    this.nanos = nanos;
    this.offsetMinutes = offsetMinutes;
  }

  /** RFC 3339. */
  toString(): string {
    const below = ((this.nanos % NANOS) + NANOS) % NANOS;
    const seconds = Number((this.nanos - below) / NANOS) + this.offsetMinutes * 60;
    const fraction = String(below).padStart(9, '0').replace(/0+$/, '');
    return `${new Date(seconds * 1000).toISOString().slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}${zoneText(this.offsetMinutes)}`;
  }
}

export class Optional {
  readonly value: Value | undefined;

  constructor(value: Value | undefined) {
    this.value = value;
  }

  static readonly none: Optional = new Optional(undefined);
}

export class TypeValue {
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }
}

/** A map, or an object, whose fields are its keys. */
export abstract class CelMap {
  /** The name of its type; undefined for a map. */
  readonly typeName: string | undefined = undefined;
  abstract readonly size: number;
  /** undefined if the key is not there. */
  abstract get(key: Value): Value | undefined;
  abstract keys(): Iterable<Value>;

  has(key: Value): boolean {
    return this.get(key) !== undefined;
  }
}

/** A value of a library's own type. */
export abstract class OpaqueValue {
  abstract readonly typeName: string;

  equals(other: Value): boolean {
    return this === other;
  }

  /** For `<` and its like; only of types that have an order. */
  get size(): number {
    return 1;
  }
}

/** A key that numbers of the same worth share. */
function keyOf(key: Value): string {
  if (typeof key === 'string') return `s${key}`;
  if (typeof key === 'boolean') return `b${key}`;
  if (typeof key === 'bigint') return `n${key}`;
  if (key instanceof Uint) return `n${key.value}`;
  if (typeof key === 'number') return Number.isInteger(key) ? `n${BigInt(key)}` : `d${key}`;
  throw noSuchOverload();
}

/** A map that an expression has made. */
export class LiteralMap extends CelMap {
  readonly #entries = new Map<string, readonly [Value, Value]>();

  get size(): number {
    return this.#entries.size;
  }

  set(key: Value, value: Value): void {
    this.#entries.set(keyOf(key), [key, value]);
  }

  override has(key: Value): boolean {
    return this.#entries.has(keyOf(key));
  }

  get(key: Value): Value | undefined {
    return this.#entries.get(keyOf(key))?.[1];
  }

  keys(): Iterable<Value> {
    return [...this.#entries.values()].map(([key]) => key);
  }
}

export function typeName(value: Value): string {
  if (value === null) return 'null_type';
  switch (typeof value) {
    case 'boolean': return 'bool';
    case 'bigint': return 'int';
    case 'number': return 'double';
    case 'string': return 'string';
    default:
  }
  if (Array.isArray(value)) return 'list';
  if (value instanceof Uint) return 'uint';
  if (value instanceof Uint8Array) return 'bytes';
  if (value instanceof Timestamp) return 'google.protobuf.Timestamp';
  if (value instanceof Duration) return 'google.protobuf.Duration';
  if (value instanceof Optional) return 'optional_type';
  if (value instanceof TypeValue) return 'type';
  if (value instanceof CelMap) return value.typeName ?? 'map';
  return (value as OpaqueValue).typeName;
}

function numberOf(value: Value): bigint | number | undefined {
  if (typeof value === 'bigint' || typeof value === 'number') return value;
  return value instanceof Uint ? value.value : undefined;
}

/** How two lists that are sets or maps in their schema compare; set by who made them. */
export const LIST_EQUALITY: unique symbol = Symbol('list equality');

export interface SpecialList {
  readonly [LIST_EQUALITY]?: (a: readonly Value[], b: readonly Value[]) => boolean;
}

function listsEqual(a: readonly Value[], b: readonly Value[]): boolean {
  if (a.length !== b.length) return false;
  const special = (a as SpecialList)[LIST_EQUALITY] ?? (b as SpecialList)[LIST_EQUALITY];
  return special ? special(a, b) : a.every((one, i) => equal(one, b[i] as Value));
}

function mapsEqual(a: CelMap, b: CelMap): boolean {
  if (a.size !== b.size) return false;
  for (const key of a.keys()) {
    const mine = a.get(key);
    const other = b.get(key);
    if (mine === undefined || other === undefined || !equal(mine, other)) return false;
  }
  return true;
}

/** Values of different types are not equal, but numbers are by their worth. */
export function equal(a: Value, b: Value): boolean {
  if (a === b) return true;
  const left = numberOf(a);
  if (left !== undefined) {
    const right = numberOf(b);
    return right !== undefined && compareNumbers(left, right) === 0;
  }
  if (a === null || b === null || typeof a !== 'object' || typeof b !== 'object') return false;
  if (Array.isArray(a)) return Array.isArray(b) && listsEqual(a, b);
  if (a instanceof CelMap) return b instanceof CelMap && mapsEqual(a, b);
  if (a instanceof Uint8Array) return b instanceof Uint8Array && Buffer.compare(a, b) === 0;
  if (a instanceof Timestamp) return b instanceof Timestamp && a.nanos === b.nanos;
  if (a instanceof Duration) return b instanceof Duration && a.nanos === b.nanos;
  if (a instanceof TypeValue) return b instanceof TypeValue && a.name === b.name;
  if (a instanceof Optional) return b instanceof Optional && (a.value === undefined || b.value === undefined ? a.value === b.value : equal(a.value, b.value));
  return a instanceof OpaqueValue && a.equals(b);
}

/** undefined if one of them is NaN. */
function compareNumbers(a: bigint | number, b: bigint | number): number | undefined {
  return a < b ? -1 : a > b ? 1 : Number.isNaN(a) || Number.isNaN(b) ? undefined : 0;
}

/** Strings are in the order of their code points, not of UTF-16. */
function compareStrings(a: string, b: string): number {
  if (a === b) return 0;
  for (let i = 0; i < a.length && i < b.length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    const surrogates = x >= 0xd800 && y >= 0xd800;
    return surrogates ? Math.sign((a.codePointAt(i) ?? 0) - (b.codePointAt(i) ?? 0)) : x < y ? -1 : 1;
  }
  return a.length < b.length ? -1 : 1;
}

/** undefined if one of them is NaN. Throws EvaluationError for values that have no order. */
export function compare(a: Value, b: Value): number | undefined {
  const left = numberOf(a);
  const right = numberOf(b);
  if (left !== undefined && right !== undefined) return compareNumbers(left, right);
  if (typeof a === 'string' && typeof b === 'string') return compareStrings(a, b);
  if (typeof a === 'boolean' && typeof b === 'boolean') return Number(a) - Number(b);
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b);
  if ((a instanceof Timestamp && b instanceof Timestamp) || (a instanceof Duration && b instanceof Duration)) return compareNumbers(a.nanos, b.nanos);
  throw noSuchOverload();
}

export function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}

/** How long a value is, for costs: characters, bytes, elements, entries; 1 for what has no length. */
export function sizeOf(value: Value | undefined): number {
  if (value === undefined || value === null) return 1;
  if (typeof value === 'string') return codePoints(value);
  if (Array.isArray(value)) return value.length;
  if (value instanceof Uint8Array) return value.length;
  if (value instanceof CelMap) return value.size;
  return value instanceof OpaqueValue ? value.size : 1;
}

/** Only a text with surrogates has fewer characters than code units. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code >= 0xd800 && code < 0xdc00) count--;
  }
  return count;
}
