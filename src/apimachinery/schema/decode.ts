import { badRequest } from '../status.ts';
import { DecodeError, jsonKind, ValueError } from './decode-error.ts';
import { goFieldType, goType } from './go-types.ts';
import type { FieldSchema, FieldType, MessageSchema, SchemaRegistry } from './package.ts';
import { scalarDecoders, zeroOf, type Decode } from './scalars.ts';

type JsonObject = Record<string, unknown>;

export interface Decoded<T> {
  /** New; shares with the body only what is opaque to the schema (RawExtension, FieldsV1, JSON). Keys stand in Go's order. */
  readonly object: T;
  /** Whether the body held fields that the message has not; `unknownFields` names them. */
  readonly hasUnknown: boolean;
}

interface CompiledField {
  readonly name: string;
  readonly struct: string;
  /** Named in messages when the value as a whole is of the wrong type. */
  readonly goType: string;
  readonly decode: Decode;
  /** What an absent field is written as; undefined: nothing. */
  readonly absent: (() => unknown) | undefined;
  /** The value that is dropped although it is present: Go's zero of an omitempty field. */
  readonly dropped: unknown;
  /** Empty lists and maps of omitempty fields are dropped. */
  readonly dropsEmpty: boolean;
}

interface CompiledMessage {
  readonly fields: readonly CompiledField[];
  readonly hasTypeMeta: boolean;
  readonly decode: Decode;
}

const NOTHING: JsonObject = Object.freeze({});

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
  #unknown = 0;

  /** `sortsMaps`: maps come out sorted, as Go writes them; else in the order of the body, in which Go mostly validates them. */
  constructor(registry: SchemaRegistry, { sortsMaps = true }: { readonly sortsMaps?: boolean } = {}) {
    this.#registry = registry;
    this.#sortsMaps = sortsMaps;
  }

  /** `body` is not changed. Throws DecodeError or ValueError. */
  decode<T extends object = JsonObject>(message: string, body: unknown): Decoded<T> {
    this.#unknown = 0;
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
    for (const field of schema.fields) fields.push(this.#field(schema, field));
    return compiled;
  }

  #messageDecoder(type: string, fields: readonly CompiledField[], withTypeMeta: boolean): Decode {
    return (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DecodeError(jsonKind(value), type);
      const input = value as JsonObject;
      const output: JsonObject = {};
      let known = withTypeMeta ? decodeTypeMeta(input, output, type) : 0;
      let i = 0;
      try {
        for (; i < fields.length; i++) {
          const field = fields[i] as CompiledField;
          const given = input[field.name];
          if (given === undefined || given === null) {
            if (given === null) known++;
            if (field.absent !== undefined) output[field.name] = field.absent();
            continue;
          }
          known++;
          const decoded = field.decode(given);
          if (decoded === field.dropped || (field.dropsEmpty && isEmpty(decoded))) continue;
          output[field.name] = decoded;
        }
      } catch (error) {
        throw firstError(input, fields) ?? error;
      }
      for (const key in input) if (input[key] !== undefined) known--;
      if (known !== 0) this.#unknown++;
      return output;
    };
  }

  #field(message: MessageSchema, field: FieldSchema): CompiledField {
    const { type, required } = field;
    const container = type.kind === 'list' || type.kind === 'map';
    return {
      name: field.name,
      struct: message.name.slice(message.name.lastIndexOf('.') + 1),
      goType: goFieldType(message.name, field.name, type),
      decode: this.#value(type),
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
    return (value) => {
      if (!Array.isArray(value)) throw new DecodeError(jsonKind(value), name);
      const items: unknown[] = [];
      for (const item of value as unknown[]) items.push(item === null ? zero() : decode(item));
      return items;
    };
  }

  #map(type: FieldType & { kind: 'map' }): Decode {
    const decode = this.#value(type.values);
    const name = goType(type);
    // Bytes that are null are empty once they have been stored.
    const zero = type.values.kind === 'scalar' && type.values.scalar === 'bytes' ? () => '' : this.#zero(type.values);
    const sortsMaps = this.#sortsMaps;
    return (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new DecodeError(jsonKind(value), name);
      const input = value as JsonObject;
      const keys = Object.keys(input);
      if (sortsMaps && !isSorted(keys)) keys.sort();
      const output: JsonObject = {};
      for (const key of keys) {
        const given = input[key];
        setOwn(output, key, given === null || given === undefined ? zero() : decode(given));
      }
      return output;
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

function decodeTypeMeta(input: JsonObject, output: JsonObject, type: string): number {
  const struct = type.slice(type.indexOf('.') + 1);
  let known = 0;
  for (const key of ['kind', 'apiVersion']) {
    const value = input[key];
    if (value === undefined) continue;
    known++;
    if (value === null || value === '') continue;
    if (typeof value !== 'string') {
      const error = new DecodeError(jsonKind(value), 'string');
      error.enter(struct, key);
      throw error;
    }
    output[key] = value;
  }
  return known;
}

function isWhole(error: DecodeError, field: CompiledField): boolean {
  return !error.hasPath && !/^(?:\[\]|map\[)/.test(field.goType);
}

function isSorted(keys: readonly string[]): boolean {
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] ?? '') > (keys[i] ?? '')) return false;
  return true;
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (value === '') return true;
  for (const _ in value as object) return false;
  return true;
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
