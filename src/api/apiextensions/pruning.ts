/** What the schema of a custom kind does to its objects besides validation: unknown fields go, defaults come. Source: apiextensions-apiserver pkg/apiserver/schema. */
import { ObjectDecoder } from '../../apimachinery/schema/decode.ts';
import { unknownFields } from '../../apimachinery/schema/unknown-fields.ts';
import type { JSONSchemaProps } from '../generated/apiextensions-v1.ts';
import { schemas } from '../schemas.ts';

export type JsonObject = Record<string, unknown>;
const decoder = new ObjectDecoder(schemas);

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function own<T>(map: Record<string, T> | undefined, key: string): T | undefined {
  return map && Object.hasOwn(map, key) ? map[key] : undefined;
}

export function itemsOf(schema: JSONSchemaProps): JSONSchemaProps | undefined {
  return Array.isArray(schema.items) ? schema.items[0] : schema.items;
}

/** The schema of keys that are not named; `true`: any value. */
export function additionalOf(schema: JSONSchemaProps): JSONSchemaProps | boolean | undefined {
  return schema.additionalProperties;
}

export function propertyOf(schema: JSONSchemaProps, key: string): JSONSchemaProps | undefined {
  const named = own(schema.properties, key);
  if (named) return named;
  const additional = additionalOf(schema);
  return isObject(additional) ? (additional as JSONSchemaProps) : undefined;
}

/** Reads metadata as every kind's is read. Throws DecodeError. */
export function decodeMetadata(value: unknown): JsonObject {
  return decoder.decode('meta.v1.ObjectMeta', value ?? {}).object;
}

function metadataUnknown(value: unknown, path: string): string[] {
  return unknownFields(schemas, 'meta.v1.ObjectMeta', value).map((text) => text.replace('unknown field "', `unknown field "${path}.`));
}

const TYPE_META = ['apiVersion', 'kind', 'metadata'];

/** Drops what the schema does not know, in place; the paths that went are added to `unknown`. `isResource`: apiVersion, kind and metadata are known without saying. */
export function prune(value: unknown, schema: JSONSchemaProps, unknown: string[], path = '', isResource = path === ''): void {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    value.forEach((item, i) => prune(item, items ?? {}, unknown, `${path}[${i}]`, items?.['x-kubernetes-embedded-resource'] ?? false));
    return;
  }
  if (!isObject(value)) return;
  const keepsAll = schema['x-kubernetes-preserve-unknown-fields'] === true || additionalOf(schema) === true;
  for (const key of Object.keys(value)) {
    const at = path === '' ? key : `${path}.${key}`;
    if (isResource && TYPE_META.includes(key)) {
      if (key === 'metadata' && path !== '') pruneEmbeddedMetadata(value, at, unknown);
      continue;
    }
    const property = propertyOf(schema, key);
    if (property) prune(value[key], property, unknown, at, property['x-kubernetes-embedded-resource'] ?? false);
    else if (!keepsAll) {
      delete value[key];
      unknown.push(`unknown field ${JSON.stringify(at)}`);
    }
  }
}

function pruneEmbeddedMetadata(value: JsonObject, path: string, unknown: string[]): void {
  if (!isObject(value['metadata'])) return;
  unknown.push(...metadataUnknown(value['metadata'], path));
  const metadata = decodeMetadata(value['metadata']);
  if (metadata['creationTimestamp'] === null) delete metadata['creationTimestamp'];
  value['metadata'] = metadata;
}

export function unknownMetadata(value: unknown): string[] {
  return isObject(value) ? metadataUnknown(value, 'metadata') : [];
}

/** Fills in defaults, in place. A null where none may be is taken for absent when there is a default. */
export function applyDefaults(value: unknown, schema: JSONSchemaProps): void {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (items) for (const item of value) applyDefaults(item, items);
    return;
  }
  if (!isObject(value)) return;
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (property.default === undefined) continue;
    if (!Object.hasOwn(value, key) || (value[key] === null && !property.nullable)) value[key] = structuredClone(property.default);
  }
  for (const [key, member] of Object.entries(value)) {
    const property = propertyOf(schema, key);
    if (property) applyDefaults(member, property);
  }
}
