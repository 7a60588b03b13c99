/** Versions, kinds and metadata of custom objects, and of objects within them. Source: apiextensions-apiserver pkg/apiserver/schema/objectmeta, algorithm.go and coerce.go. */
import { isObject, type JsonObject } from '../../apimachinery/patch/json.ts';
import { DecodeError, ValueError } from '../../apimachinery/schema/decode-error.ts';
import { ObjectDecoder } from '../../apimachinery/schema/decode.ts';
import { unknownFields } from '../../apimachinery/schema/unknown-fields.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { schemas } from '../schemas.ts';
import { additionalOf, itemsOf, propertyOf, schemasOf, type Schema } from './schema-parts.ts';

const decoder = new ObjectDecoder(schemas);

/** Reads metadata as every kind's is read. Throws DecodeError. */
export function decodeMetadata(value: unknown): JsonObject {
  return decoder.decode('meta.v1.ObjectMeta', value ?? {}).object;
}

export function unknownMetadata(value: unknown, path = 'metadata'): string[] {
  return isObject(value) ? unknownFields(schemas, 'meta.v1.ObjectMeta', value).map((text) => text.replace('unknown field "', `unknown field "${path}.`)) : [];
}

/** One error, as a whole text. */
function invalid(path: FieldPath, value: unknown, detail: string): ValueError {
  const errors = new FieldErrors();
  errors.invalid(path, value, detail);
  return new ValueError(`${path.toString()}: ${errors.causes[0]?.message ?? ''}`);
}

function readEmbedded(value: JsonObject, path: FieldPath, unknown: string[]): void {
  for (const key of ['apiVersion', 'kind']) {
    if (Object.hasOwn(value, key) && typeof value[key] !== 'string') throw invalid(path.child(key), value[key], 'must be a string');
  }
  if (!Object.hasOwn(value, 'metadata')) return;
  const given = value['metadata'];
  unknown.push(...unknownMetadata(given, path.child('metadata').toString()));
  try {
    const metadata = decodeMetadata(given);
    if (metadata['creationTimestamp'] === null) delete metadata['creationTimestamp'];
    value['metadata'] = metadata;
  } catch (error) {
    if (!(error instanceof DecodeError || error instanceof ValueError)) throw error;
    throw invalid(path.child('metadata'), given, error.message);
  }
}

const holders = new WeakMap<Schema, boolean>();

/** Whether there are objects within what a schema describes. */
export function holdsObjects(schema: Schema): boolean {
  const known = holders.get(schema) ?? [...schemasOf(schema)].some((one) => one['x-kubernetes-embedded-resource']);
  holders.set(schema, known);
  return known;
}

/**
 * Reads the metadata of the objects within an object, in place; the paths that nobody knows are added to `unknown`.
 * Throws ValueError, with the path in its message, for what is no version, kind or metadata.
 */
export function readEmbeddedObjects(value: unknown, schema: Schema, unknown: string[], path: FieldPath = FieldPath.root): void {
  if (!holdsObjects(schema)) return;
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (items) value.forEach((item, i) => readEmbeddedObjects(item, items, unknown, path.index(i)));
  } else if (isObject(value)) {
    if (schema['x-kubernetes-embedded-resource']) readEmbedded(value, path, unknown);
    for (const [key, member] of Object.entries(value)) {
      const named = propertyOf(schema, key);
      const property = named ?? additionalOf(schema);
      if (property) readEmbeddedObjects(member, property, unknown, named ? path.child(key) : path.key(key));
    }
  }
}
