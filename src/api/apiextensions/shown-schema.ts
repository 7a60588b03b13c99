/** Schemas of definitions as Kubernetes' server has them in memory. Source: apiextensions-apiserver pkg/apis/apiextensions, the internal types. */
import { goForm } from '../go-form.ts';
import type { Schema } from './schema-parts.ts';

type Items = NonNullable<Schema['items']>;

/** Fields in the order of the server's memory, by their names on the wire. */
export const ORDER = [
  'id', '$schema', '$ref', 'description', 'type', 'nullable', 'format', 'title', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum', 'maxLength', 'minLength', 'pattern', 'maxItems', 'minItems', 'uniqueItems',
  'multipleOf', 'enum', 'maxProperties', 'minProperties', 'required', 'items', 'allOf', 'oneOf', 'anyOf', 'not', 'properties', 'additionalProperties', 'patternProperties', 'dependencies', 'additionalItems', 'definitions',
  'externalDocs', 'example', 'default', 'x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource', 'x-kubernetes-int-or-string', 'x-kubernetes-list-map-keys', 'x-kubernetes-list-type',
  'x-kubernetes-map-type', 'x-kubernetes-validations',
];
const FLAGS = new Set(['nullable', 'exclusiveMaximum', 'exclusiveMinimum', 'uniqueItems', 'x-kubernetes-embedded-resource', 'x-kubernetes-int-or-string']);
const TEXTS = new Set(['id', '$schema', 'description', 'type', 'format', 'title', 'pattern']);
const LISTS = new Set(['allOf', 'oneOf', 'anyOf']);
const MAPS = new Set(['properties', 'patternProperties', 'definitions']);

export function memoryName(name: string): string {
  if (name === 'id') return 'ID';
  return name.replace(/^\$/, '').replace(/^x-kubernetes/, 'x').replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
}

/** What `items` says, as messages show it. */
export function shownItems(items: Items): unknown {
  return Array.isArray(items) ? { Schema: null, JSONSchemas: (items as Schema[]).map(shownSchema) } : { Schema: shownSchema(items as Schema), JSONSchemas: null };
}

/** A schema as messages show it. */
export function shownSchema(schema: Schema): Record<string, unknown> {
  return Object.fromEntries(ORDER.map((name) => [memoryName(name), shownField(name, schema[name as keyof Schema])]));
}

function shownField(name: string, value: unknown): unknown {
  if (FLAGS.has(name)) return value ?? false;
  if (TEXTS.has(name)) return value ?? '';
  if (value === undefined) return null;
  if (LISTS.has(name)) return (value as Schema[]).map(shownSchema);
  if (MAPS.has(name)) return Object.fromEntries(Object.entries(value as Record<string, Schema>).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, shownSchema(one)]));
  if (name === 'not') return shownSchema(value as Schema);
  if (name === 'items') return shownItems(value as Items);
  if (name === 'additionalProperties' || name === 'additionalItems') return typeof value === 'object' ? { Allows: true, Schema: shownSchema(value as Schema) } : { Allows: value, Schema: null };
  if (name === 'x-kubernetes-validations') return (value as unknown[]).map((rule) => goForm('apiextensions.v1.ValidationRule', rule));
  return value;
}
