import { CelMap, type Value } from './values.ts';

/** How the JSON of an object's field or an element is read; without it, whole numbers are ints and objects are maps. */
export interface Shape {
  readonly typeName?: string | undefined;
  read(value: unknown): Value;
}

interface MembersShape {
  readonly typeName?: string | undefined;
  /** The key in JSON of a field of CEL; undefined if it has no such field. */
  jsonKey(key: string): string;
  celKey(key: string): string;
  member(jsonKey: string): Shape | undefined;
  /** A field that is null is one that is not there: so it is with named fields, not with keys of maps. */
  readonly dropsNulls?: boolean;
}

/** A JSON object, read as far as it is looked at. */
export class JsonObject extends CelMap {
  readonly raw: Readonly<Record<string, unknown>>;
  readonly #shape: MembersShape | undefined;
  readonly #read = new Map<string, Value>();
  override readonly typeName: string | undefined;

  constructor(raw: Readonly<Record<string, unknown>>, shape?: MembersShape) {
    super();
    this.raw = raw;
    this.#shape = shape;
    this.typeName = shape?.typeName;
  }

  get size(): number {
    let size = 0;
    for (const key in this.raw) if (this.raw[key] !== undefined) size++;
    return size;
  }

  override has(key: Value): boolean {
    return this.get(key) !== undefined;
  }

  get(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined;
    const known = this.#read.get(key);
    if (known !== undefined) return known;
    const jsonKey = this.#shape ? this.#shape.jsonKey(key) : key;
    const raw = Object.hasOwn(this.raw, jsonKey) ? this.raw[jsonKey] : undefined;
    if (raw === undefined || (raw === null && this.#shape?.dropsNulls)) return undefined;
    const shape = this.#shape?.member(jsonKey);
    const value = shape ? shape.read(raw) : fromJson(raw);
    this.#read.set(key, value);
    return value;
  }

  keys(): Iterable<Value> {
    const keys = Object.keys(this.raw).filter((key) => this.raw[key] !== undefined);
    return this.#shape ? keys.map((key) => this.#shape?.celKey(key) ?? key) : keys;
  }
}

/** A value of JSON, without a schema. */
export function fromJson(raw: unknown): Value {
  switch (typeof raw) {
    case 'string': case 'boolean': case 'bigint': return raw;
    case 'number': return Number.isInteger(raw) ? BigInt(raw) : raw;
    case 'object': break;
    default: return null;
  }
  if (raw === null) return null;
  if (Array.isArray(raw)) return raw.map(fromJson);
  return raw instanceof CelMap ? raw : new JsonObject(raw as Record<string, unknown>);
}
