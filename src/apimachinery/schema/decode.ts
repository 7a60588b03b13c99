import { badRequest } from '../status.ts';
import { DecodeError, jsonKind, ValueError } from './decode-error.ts';
import { type CompiledField, FoundFields } from './found-fields.ts';
import { goFieldType, goType } from './go-types.ts';
import type { FieldSchema, FieldType, MessageSchema, SchemaRegistry } from './package.ts';
import { amount, scalarDecoders, zeroOf, type Decode } from './scalars.ts';

type JsonObject = Record<string, unknown>;

export interface Decoded<T> {
  /** New; shares with the body only what is opaque to the schema (RawExtension, FieldsV1, JSON). Keys stand in Go's order. */
  readonly object: T;
  /** Whether the body held fields that the message has not; `unknownFields` names them. */
  readonly hasUnknown: boolean;
}

interface CompiledMessage {
  readonly fields: readonly CompiledField[];
  readonly hasTypeMeta: boolean;
  readonly decode: Decode;
}

const NOTHING: JsonObject = Object.freeze({});
const TYPE_META = ['kind', 'apiVersion'];

/** Messages that stand alone, or are whole objects inside others, have `apiVersion` and `kind`, which the catalogue does not repeat. */
export function hasTypeMeta(message: MessageSchema): boolean {
  const name = message.name.slice(message.name.lastIndexOf('.') + 1);
  if (name.endsWith('Options') || name === 'Status') return true;
  const isTemplate = name.endsWith('TemplateSpec') || name === 'PersistentVolumeClaimTemplate';
  return !isTemplate && message.byName.get('metadata')?.type.kind === 'message';
}

/**
 * Reads parsed JSON as Go's decoder would, and gives what Go's encoder would write: unknown fields dropped, zero values of omitempty fields
 * dropped, struct values and required fields always there, times and quantities in canonical form. Compiled per message on first use.
 */
export class ObjectDecoder {
  readonly #registry: SchemaRegistry;
  readonly #compiled = new Map<string, CompiledMessage>();
  readonly #sortsMaps: boolean;
  readonly #sharesParts: boolean;
  readonly #found = new FoundFields();
  #unknown = 0;

  /**
   * `sortsMaps`: maps come out sorted, as Go writes them; else in the order of the body, in which Go mostly validates them. `sharesParts`: what of the body is in order already
   * is in the object as it is, not copied.
   */
  constructor(registry: SchemaRegistry, { sortsMaps = true, sharesParts = false }: { readonly sortsMaps?: boolean; readonly sharesParts?: boolean } = {}) {
    this.#registry = registry;
    this.#sortsMaps = sortsMaps;
    this.#sharesParts = sharesParts;
  }

  /** `body` is not changed. `known`: an object that was decoded before; fields of `body` that are its very own are taken as they are. Throws DecodeError or ValueError. */
  decode<T extends object = JsonObject>(message: string, body: unknown, known?: object): Decoded<T> {
    this.#unknown = 0;
    this.#found.clear(known as JsonObject | undefined);
    const object = this.#message(message).decode(body) as T;
    return { object, hasUnknown: this.#unknown > 0 };
  }

  #message(name: string): CompiledMessage {
    const known = this.#compiled.get(name);
    if (known) return known;
    const schema = this.#registry.message(name);
    const fields: CompiledField[] = [];
    const withTypeMeta = hasTypeMeta(schema);
    const compiled: CompiledMessage = { fields, hasTypeMeta: withTypeMeta, decode: this.#messageDecoder(goType({ kind: 'message', message: name }), fields, withTypeMeta) };
    this.#compiled.set(name, compiled); // before its fields: messages may hold themselves
    schema.fields.forEach((field, index) => fields.push(this.#field(schema, field, index)));
    return compiled;
  }

  #messageDecoder(type: string, fields: readonly CompiledField[], withTypeMeta: boolean): Decode {
    const byName = new Map<string, CompiledField>();
    const always: CompiledField[] = [];
    const prepare = (): void => {
      for (const field of fields) {
        byName.set(field.name, field);
        if (field.absent) always.push(field);
      }
    };
    const found = this.#found;
    return (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DecodeError(jsonKind(value), type);
      if (byName.size === 0) prepare();
      const input = value as JsonObject;
      const start = found.top;
      let isWhole = this.#sharesParts && !withTypeMeta && input !== NOTHING;
      for (const key in input) {
        const given = input[key];
        const field = given === undefined ? undefined : byName.get(key);
        if (field) found.push(field, given);
        else {
          isWhole = false;
          if (given !== undefined && !(withTypeMeta && TYPE_META.includes(key))) this.#unknown++;
        }
      }
      const end = found.top;
      isWhole = found.sort(start) && isWhole;
      const output = withTypeMeta ? decodeTypeMeta(input, type) : {};
      try {
        isWhole = found.decode(start) && isWhole;
      } catch (error) {
        found.top = start;
        throw firstError(input, fields) ?? error;
      }
      found.top = start;
      return isWhole && found.hasAll(always, start, end) ? input : found.write(output, always, start, end);
    };
  }

  #field(message: MessageSchema, field: FieldSchema, index: number): CompiledField {
    const { type, required } = field;
    const container = type.kind === 'list' || type.kind === 'map';
    return {
      name: field.name,
      index,
      struct: message.name.slice(message.name.lastIndexOf('.') + 1),
      goType: goFieldType(message.name, field.name, type),
      decode: field.isResourceList && type.kind === 'map' ? this.#map(type, amount) : this.#value(type),
      absent: this.#absent(field),
      dropped: field.omitZero && type.kind === 'scalar' ? zeroOf(type.scalar) : undefined,
      dropsEmpty: !field.keepsEmpty && ((container && (!required || field.omitZero) && !field.nullWhenAbsent) || (type.kind === 'message' && field.omitZero)
        || (type.kind === 'scalar' && type.scalar === 'bytes' && !required)),
    };
  }

  #absent(field: FieldSchema): (() => unknown) | undefined {
    const { type } = field;
    if (field.nullWhenAbsent) return () => null;
    if (field.omitZero) return undefined;
    if (type.kind === 'list' || type.kind === 'map') return field.required ? () => null : undefined;
    if (type.kind === 'message') {
      const isStructValue = JSON.stringify(field.openapiDefault) === '{}';
      return isStructValue ? () => this.#message(type.message).decode(NOTHING) : field.required ? () => null : undefined;
    }
    const zero = zeroOf(type.scalar);
    // OpenAPI publishes the zero value as the default of what Go always writes.
    return field.required || field.openapiDefault === zero ? () => zero : undefined;
  }

  #value(type: FieldType): Decode {
    switch (type.kind) {
      case 'message': {
        let compiled: CompiledMessage | undefined; // looked up late: a message may hold itself
        return (value) => (compiled ??= this.#message(type.message)).decode(value);
      }
      case 'list': return this.#list(type);
      case 'map': return this.#map(type);
      case 'scalar': return scalarDecoders[type.scalar] ?? this.#schemaValue(type.scalar);
    }
  }

  #list(type: FieldType & { kind: 'list' }): Decode {
    const decode = this.#value(type.items);
    const name = goType(type);
    const zero = this.#zero(type.items);
    const shares = this.#sharesParts;
    return (value) => {
      if (!Array.isArray(value)) throw new DecodeError(jsonKind(value), name);
      // As long as it must be: what grows item by item has room for sixteen, and keeps it.
      const items = (value as unknown[]).slice();
      let isSame = shares;
      for (let i = 0; i < items.length; i++) {
        const item = items[i];
        const decoded = item === null ? zero() : decode(item);
        if (decoded === item) continue;
        isSame = false;
        items[i] = decoded;
      }
      return isSame ? value : items;
    };
  }

  #map(type: FieldType & { kind: 'map' }, decode: Decode = this.#value(type.values)): Decode {
    const name = goType(type);
    // Bytes that are null are empty once they have been stored.
    const zero = type.values.kind === 'scalar' && type.values.scalar === 'bytes' ? () => '' : this.#zero(type.values);
    const sortsMaps = this.#sortsMaps;
    const shares = this.#sharesParts;
    const sorted = (input: JsonObject): JsonObject => {
      const output: JsonObject = {};
      for (const key of Object.keys(input).sort()) {
        const given = input[key];
        setOwn(output, key, given === null || given === undefined ? zero() : decode(given));
      }
      return output;
    };
    return (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DecodeError(jsonKind(value), name);
      const input = value as JsonObject;
      const output: JsonObject = {};
      let isSame = shares;
      let last = '';
      for (const key in input) {
        if (sortsMaps && last > key) return sorted(input);
        last = key;
        const given = input[key];
        const decoded = given === null || given === undefined ? zero() : decode(given);
        if (decoded !== given) isSame = false;
        setOwn(output, key, decoded);
      }
      return isSame ? input : output;
    };
  }

  #zero(type: FieldType): () => unknown {
    if (type.kind === 'message') return () => this.#message(type.message).decode(NOTHING);
    const zero = type.kind === 'scalar' ? zeroOf(type.scalar) : null;
    return () => zero;
  }

  /** The three unions of JSON schemas. */
  #schemaValue(scalar: string): Decode {
    const props: Decode = (value) => this.#message('apiextensions.v1.JSONSchemaProps').decode(value);
    const strings = this.#list({ kind: 'list', items: { kind: 'scalar', scalar: 'string' } });
    switch (scalar) {
      case 'JSONSchemaPropsOrArray': return (value) => (Array.isArray(value) ? value.map(props) : props(value));
      case 'JSONSchemaPropsOrBool': return (value) => (typeof value === 'boolean' ? value : props(value));
      case 'JSONSchemaPropsOrStringArray': return (value) => (Array.isArray(value) ? strings(value) : props(value));
      default: throw new RangeError(`no decoder for ${scalar}`);
    }
  }
}

/** Go reports the first mistake in the order of the body, which is not that of the type. */
function firstError(input: JsonObject, fields: readonly CompiledField[]): unknown {
  for (const [name, value] of Object.entries(input)) {
    const field = fields.find((one) => one.name === name);
    if (!field || value === null || value === undefined) continue;
    try {
      field.decode(value);
    } catch (error) {
      if (error instanceof DecodeError) error.enter(field.struct, field.name, isWhole(error, field) ? field.goType : undefined);
      return error;
    }
  }
  return undefined;
}

function decodeTypeMeta(input: JsonObject, type: string): JsonObject {
  const output: JsonObject = {};
  for (const key of TYPE_META) {
    const value = input[key];
    if (value === undefined || value === null || value === '') continue;
    if (typeof value !== 'string') {
      const error = new DecodeError(jsonKind(value), 'string');
      error.enter(type.slice(type.indexOf('.') + 1), key);
      throw error;
    }
    output[key] = value;
  }
  return output;
}

function isWhole(error: DecodeError, field: CompiledField): boolean {
  return !error.hasPath && !/^(?:\[\]|map\[)/.test(field.goType);
}

/** Sets a key that a client chose: `__proto__` is only a key. */
export function setOwn(object: JsonObject, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
  else object[key] = value;
}

/** The 400 for a body that is no `kind`: `Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal ...`. */
export function notDecodable(kind: string, version: string, why: string): Error {
  return badRequest(`${kind} in version ${JSON.stringify(version)} cannot be handled as a ${kind}: ${why}`);
}

export function isDecodeError(error: unknown): error is DecodeError | ValueError {
  return error instanceof DecodeError || error instanceof ValueError;
}
