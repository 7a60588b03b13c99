/** How large what a schema describes may be, given that a request has at most 3 MiB. Source: apiserver pkg/cel/common/schemas.go. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { JSONSchemaProps } from '../generated/apiextensions-v1.ts';

type Schema = DeepReadonly<JSONSchemaProps>;

const MAX_REQUEST_BYTES = 3 * 1024 * 1024;
const MIN_BYTES: Readonly<Record<string, number>> = { boolean: 4, integer: 1, number: 1, string: 2, array: 2 };
const FORMAT_LENGTHS: Readonly<Record<string, number>> = { duration: 1, date: 1, 'date-time': 1 };

export function itemsOf(schema: Schema): Schema | undefined {
  return schema.items !== undefined && !Array.isArray(schema.items) ? (schema.items as Schema) : undefined;
}

export function valuesOf(schema: Schema): Schema | undefined {
  return typeof schema.additionalProperties === 'object' ? (schema.additionalProperties as Schema) : undefined;
}

/** The fewest bytes of JSON. */
export function minBytes(schema: Schema): number {
  if (schema['x-kubernetes-int-or-string']) return 1;
  if (schema.type !== 'object') return MIN_BYTES[schema.type ?? ''] ?? 1;
  return Object.entries(schema.properties ?? {}).reduce((sum, [name, property]) => (schema.required?.includes(name) && property.default === undefined ? sum + name.length + 4 + minBytes(property) : sum), 2);
}

/** How often one may be in a request. */
export function maxCardinality(schema: Schema): number {
  return Math.floor(MAX_REQUEST_BYTES / (minBytes(schema) + 1));
}

function maxLength(schema: Schema): number {
  if (schema.maxLength !== undefined) return Math.max(0, schema.maxLength) * 4;
  if (schema.enum) return Math.max(...schema.enum.map((one) => (typeof one === 'string' ? one.length : 0)));
  return FORMAT_LENGTHS[schema.format ?? ''] ?? MAX_REQUEST_BYTES - 2;
}

/** Characters, elements or entries. */
export function maxSize(schema: Schema): number {
  if (schema['x-kubernetes-int-or-string']) return MAX_REQUEST_BYTES - 2;
  const values = valuesOf(schema);
  switch (schema.type) {
    case 'string': return maxLength(schema);
    case 'array': return schema.maxItems ?? Math.floor((MAX_REQUEST_BYTES - 2) / (minBytes(itemsOf(schema) ?? {}) + 1));
    case 'object': return values ? (schema.maxProperties ?? Math.floor((MAX_REQUEST_BYTES - 2) / (minBytes(values) + 6))) : 1;
    default: return 1;
  }
}
