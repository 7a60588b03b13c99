/** The types of CEL that structural schemas declare, and the values of objects by them. Source: apiserver pkg/cel/common/schemas.go and values.go, pkg/cel/escaping.go. */
import { BOOL, BYTES, DOUBLE, DURATION, DYN, INT, listOf, mapOf, STRING, TIMESTAMP, type CelType } from '../../cel/checker/types.ts';
import { parseDuration, parseTimestamp } from '../../cel/runtime/conversions.ts';
import { fromJson, JsonObject, type Shape } from '../../cel/runtime/json-values.ts';
import { equal, LIST_EQUALITY, CelMap, type Value } from '../../cel/runtime/values.ts';
import { LIST_ADDITION } from '../../cel/library/arithmetic.ts';
import type { Schema } from './schema-parts.ts';

const RESERVED = new Set([
  'true', 'false', 'null', 'in', 'as', 'break', 'const', 'continue', 'else', 'for', 'function', 'if', 'import', 'let', 'loop', 'package', 'namespace', 'return', 'var', 'void', 'while',
]);
const ESCAPES: readonly (readonly [RegExp, string])[] = [[/__/g, '__underscores__'], [/\./g, '__dot__'], [/-/g, '__dash__'], [/\//g, '__slash__']];

/** The name that a property has in expressions; undefined for one that has none. */
export function escapeProperty(name: string): string | undefined {
  if (RESERVED.has(name)) return `__${name}__`;
  if (!/^[A-Za-z_./-][A-Za-z0-9_./-]*$/.test(name)) return undefined;
  return ESCAPES.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), name);
}

function unescapeProperty(name: string): string {
  const reserved = /^__([a-z]+)__$/.exec(name)?.[1];
  if (reserved !== undefined && RESERVED.has(reserved)) return reserved;
  return name.replaceAll('__underscores__', '__').replaceAll('__dot__', '.').replaceAll('__dash__', '-').replaceAll('__slash__', '/');
}

interface SchemaType {
  readonly type: CelType;
  readonly shape: Shape;
}

const METADATA: Schema = { type: 'object', properties: { name: { type: 'string' }, generateName: { type: 'string' } } };
export const EMBEDDED: Readonly<Record<string, Schema>> = { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: METADATA };

const SCALARS: Readonly<Record<string, SchemaType>> = {
  boolean: { type: BOOL, shape: { read: fromJson } },
  integer: { type: INT, shape: { read: fromJson } },
  number: { type: DOUBLE, shape: { read: (value) => (typeof value === 'number' ? value : typeof value === 'bigint' ? Number(value) : fromJson(value)) } },
  string: { type: STRING, shape: { read: fromJson } },
};
const UNTYPED: SchemaType = { type: DYN, shape: { read: fromJson } };

function read(convert: (text: string) => Value | undefined): Shape {
  return { read: (value) => (typeof value === 'string' ? (convert(value) ?? value) : fromJson(value)) };
}

const FORMATS: Readonly<Record<string, SchemaType>> = {
  byte: { type: BYTES, shape: read((text) => new Uint8Array(Buffer.from(text, 'base64'))) },
  duration: { type: DURATION, shape: read(parseDuration) },
  date: { type: TIMESTAMP, shape: read((text) => parseTimestamp(`${text}T00:00:00Z`)) },
  'date-time': { type: TIMESTAMP, shape: read(parseTimestamp) },
};

function itemSchema({ items }: Schema): Schema | undefined {
  return typeof items === 'object' && !Array.isArray(items) ? (items as Schema) : undefined;
}

function keyOf(item: Value, keys: readonly string[]): Value {
  return item instanceof CelMap ? keys.map((key) => item.get(escapeProperty(key) ?? key) ?? null) : item;
}

/** Lists that are sets or maps are equal in any order, and adding to one merges. */
function special(values: Value[], keys: readonly string[] | undefined): readonly Value[] {
  const same = (a: Value, b: Value): boolean => equal(keys ? keyOf(a, keys) : a, keys ? keyOf(b, keys) : b);
  return Object.assign(values, {
    [LIST_EQUALITY]: (a: readonly Value[], b: readonly Value[]) => a.every((one) => b.some((other) => equal(one, other))),
    [LIST_ADDITION]: (other: readonly Value[]): readonly Value[] => special([...values.map((one) => (keys ? (other.find((added) => same(one, added)) ?? one) : one)), ...other.filter((added) => !values.some((one) => same(one, added)))], keys),
  });
}

function arrayType(schema: Schema): SchemaType | undefined {
  const items = itemSchema(schema);
  const element = items && schemaType(items);
  if (!element) return undefined;
  const kind = schema['x-kubernetes-list-type'];
  const keys = kind === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : undefined;
  return {
    type: listOf(element.type),
    shape: { read: (value) => {
      if (!Array.isArray(value)) return fromJson(value);
      const values = value.map((one) => element.shape.read(one));
      return kind === 'map' || kind === 'set' ? special(values, keys) : values;
    } },
  };
}

function mapType(values: Schema): SchemaType | undefined {
  const value = schemaType(values);
  if (!value) return undefined;
  const members = { jsonKey: (key: string) => key, celKey: (key: string) => key, member: () => value.shape };
  return { type: mapOf(STRING, value.type), shape: { read: (raw) => (isPlain(raw) ? new JsonObject(raw, members) : fromJson(raw)) } };
}

function isPlain(raw: unknown): raw is Record<string, unknown> {
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw);
}

function objectType(schema: Schema, isResource: boolean): SchemaType {
  const properties = { ...schema.properties, ...(isResource && EMBEDDED) };
  const name = 'object';
  const types = new Map<string, SchemaType | undefined>();
  const typeOfProperty = (jsonKey: string): SchemaType | undefined => {
    if (!types.has(jsonKey)) {
      const property = Object.hasOwn(properties, jsonKey) ? properties[jsonKey] : undefined;
      types.set(jsonKey, property && schemaType(property));
    }
    return types.get(jsonKey);
  };
  const fields = {
    field: (key: string) => (escapeProperty(unescapeProperty(key)) === key ? typeOfProperty(unescapeProperty(key))?.type : undefined),
    names: () => Object.keys(properties),
  };
  const members = { typeName: name, dropsNulls: true, jsonKey: unescapeProperty, celKey: (key: string) => escapeProperty(key) ?? key, member: (jsonKey: string) => typeOfProperty(jsonKey)?.shape };
  return { type: { kind: 'object', name, fields }, shape: { typeName: name, read: (raw) => (isPlain(raw) ? new JsonObject(raw, members) : fromJson(raw)) } };
}

const known = new WeakMap<Schema, { readonly found: SchemaType | undefined }>();

/** undefined for what expressions cannot reach: fields that the schema does not type. */
export function schemaType(schema: Schema, isRoot = false): SchemaType | undefined {
  const cached = isRoot ? undefined : known.get(schema);
  if (cached) return cached.found;
  const found = typeOfSchema(schema, isRoot || schema['x-kubernetes-embedded-resource'] === true);
  if (!isRoot) known.set(schema, { found });
  return found;
}

function typeOfSchema(schema: Schema, isResource: boolean): SchemaType | undefined {
  if (schema['x-kubernetes-int-or-string']) return UNTYPED;
  switch (schema.type) {
    case 'array': return arrayType(schema);
    case 'object': {
      const values = schema.additionalProperties as unknown;
      return isPlain(values) ? mapType(values as Schema) : objectType(schema, isResource);
    }
    case 'string': return FORMATS[schema.format ?? ''] ?? SCALARS.string;
    default: return schema.type === undefined ? undefined : SCALARS[schema.type];
  }
}
