/** How large what a schema describes may be, given that a request has at most 3 MiB. Source: apiserver pkg/cel/common/schemas.go. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { JSONSchemaProps } from '../generated/apiextensions-v1.ts';

type Schema = DeepReadonly<JSONSchemaProps>;

const MAX_REQUEST_BYTES = 3 * 1024 * 1024;
const MIN_BYTES: Readonly<Record<string, number>> = { boolean: 4, integer: 1, number: 1, array: 2 };
/** Of texts in these formats the fewest bytes and the most, whatever else a schema says. */
const FORMAT_BYTES: ReadonlyMap<string | undefined, readonly [min: number, max: number]> = new Map([['duration', [3, 32]], ['date', [12, 12]], ['date-time', [21, 32]]]);

export function itemsOf(schema: Schema): Schema | undefined {
  return schema.items !== undefined && !Array.isArray(schema.items) ? (schema.items as Schema) : undefined;
}

export function valuesOf(schema: Schema): Schema | undefined {
  return typeof schema.additionalProperties === 'object' ? (schema.additionalProperties as Schema) : undefined;
}

/** The fewest bytes of JSON. */
export function minBytes(schema: Schema): number {
  if (schema['x-kubernetes-int-or-string']) return 1;
  if (schema.type === 'string') return FORMAT_BYTES.get(schema.format)?.[0] ?? 2;
  if (schema.type !== 'object') return MIN_BYTES[schema.type ?? ''] ?? 1;
  return Object.entries(schema.properties ?? {}).reduce((sum, [name, property]) => (schema.required?.includes(name) && property.default === undefined ? sum + name.length + 4 + minBytes(property) : sum), 2);
}

/** How often one may be in a request. */
export function maxCardinality(schema: Schema): number {
  return Math.floor(MAX_REQUEST_BYTES / (minBytes(schema) + 1));
}

function maxLength(schema: Schema): number {
  const ofFormat = FORMAT_BYTES.get(schema.format);
  if (ofFormat) return ofFormat[1];
  // A character may take four bytes.
  if (schema.maxLength !== undefined) return Math.max(0, schema.maxLength) * (schema.format === 'byte' ? 1 : 4);
  if (schema.enum?.length && schema.format !== 'byte') return Math.max(...schema.enum.map((one) => (typeof one === 'string' ? Buffer.byteLength(one) : 0)));
  return MAX_REQUEST_BYTES - 2;
}

/** Bytes, elements or entries; what has none of them counts none. undefined for what no expression can reach. */
export function maxSize(schema: Schema): number | undefined {
  if (schema['x-kubernetes-int-or-string']) return MAX_REQUEST_BYTES - 2;
  const values = valuesOf(schema);
  switch (schema.type) {
    case 'string': return maxLength(schema);
    case 'array': return zeroIfNegative(schema.maxItems) ?? Math.floor((MAX_REQUEST_BYTES - 2) / (minBytes(itemsOf(schema) ?? {}) + 1));
    case 'object': return values ? (zeroIfNegative(schema.maxProperties) ?? Math.floor((MAX_REQUEST_BYTES - 2) / (minBytes(values) + 6))) : 0;
    default: return schema.type === undefined ? undefined : 0;
  }
}

function zeroIfNegative(count: number | undefined): number | undefined {
  return count === undefined ? undefined : Math.max(0, count);
}
