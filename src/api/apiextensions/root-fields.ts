/** With a status subresource the root of a schema may say little: objects are also checked by the schema of their status alone. Source: apiextensions-apiserver pkg/apis/apiextensions/validation. */
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { goForm } from '../go-form.ts';
import type { Schema } from './schema-parts.ts';

/** By the names that messages give them, in their order. */
const ALLOWED = [
  'Description', 'Type', 'Format', 'Title', 'Maximum', 'ExclusiveMaximum', 'Minimum', 'ExclusiveMinimum', 'MaxLength', 'MinLength', 'Pattern', 'MaxItems', 'MinItems', 'UniqueItems', 'MultipleOf', 'Required',
  'Items', 'Properties', 'ExternalDocs', 'Example', 'XPreserveUnknownFields', 'XValidations',
];
/** Fields in the order of the server's memory, by their names on the wire. */
const ORDER = [
  'id', '$schema', '$ref', 'description', 'type', 'nullable', 'format', 'title', 'maximum', 'exclusiveMaximum', 'minimum', 'exclusiveMinimum', 'maxLength', 'minLength', 'pattern', 'maxItems', 'minItems', 'uniqueItems',
  'multipleOf', 'enum', 'maxProperties', 'minProperties', 'required', 'items', 'allOf', 'oneOf', 'anyOf', 'not', 'properties', 'additionalProperties', 'patternProperties', 'dependencies', 'additionalItems', 'definitions',
  'externalDocs', 'example', 'default', 'x-kubernetes-preserve-unknown-fields', 'x-kubernetes-embedded-resource', 'x-kubernetes-int-or-string', 'x-kubernetes-list-map-keys', 'x-kubernetes-list-type',
  'x-kubernetes-map-type', 'x-kubernetes-validations',
];
const FLAGS = new Set(['nullable', 'exclusiveMaximum', 'exclusiveMinimum', 'uniqueItems', 'x-kubernetes-embedded-resource', 'x-kubernetes-int-or-string']);
const TEXTS = new Set(['id', '$schema', 'description', 'type', 'format', 'title', 'pattern']);
const LISTS = new Set(['allOf', 'oneOf', 'anyOf']);
const MAPS = new Set(['properties', 'patternProperties', 'definitions']);

function memoryName(name: string): string {
  if (name === 'id') return 'ID';
  return name.replace(/^\$/, '').replace(/^x-kubernetes/, 'x').replace(/(^|-)([a-z])/g, (_, __, letter: string) => letter.toUpperCase());
}

function isZero(value: unknown): boolean {
  return value === undefined || value === false || value === '';
}

/** A schema as messages show it. */
function shownSchema(schema: Schema): Record<string, unknown> {
  return Object.fromEntries(ORDER.map((name) => [memoryName(name), shownField(name, schema[name as keyof Schema])]));
}

function shownField(name: string, value: unknown): unknown {
  if (FLAGS.has(name)) return value ?? false;
  if (TEXTS.has(name)) return value ?? '';
  if (value === undefined) return null;
  if (LISTS.has(name)) return (value as Schema[]).map(shownSchema);
  if (MAPS.has(name)) return Object.fromEntries(Object.entries(value as Record<string, Schema>).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, one]) => [key, shownSchema(one)]));
  if (name === 'not') return shownSchema(value as Schema);
  if (name === 'items') return { Schema: Array.isArray(value) ? null : shownSchema(value as Schema), JSONSchemas: Array.isArray(value) ? (value as Schema[]).map(shownSchema) : null };
  if (name === 'additionalProperties' || name === 'additionalItems') return typeof value === 'object' ? { Allows: true, Schema: shownSchema(value as Schema) } : { Allows: value, Schema: null };
  if (name === 'x-kubernetes-validations') return (value as unknown[]).map((rule) => goForm('apiextensions.v1.ValidationRule', rule));
  return value;
}

export function validateRootFields(schema: Schema, path: FieldPath, errors: FieldErrors): void {
  for (const name of ORDER) {
    const value = schema[name as keyof Schema];
    if (isZero(value)) continue;
    if (name === 'type' && value !== 'object') {
      errors.invalid(path.child('openAPIV3Schema.type'), value, 'only "object" is allowed as the type at the root of the schema if the status subresource is enabled');
      return;
    }
    if (!ALLOWED.includes(memoryName(name))) {
      errors.invalid(path.child('openAPIV3Schema'), shownSchema(schema), `only [${ALLOWED.join(' ')}] fields are allowed at the root of the schema if the status subresource is enabled`);
      return;
    }
  }
}
