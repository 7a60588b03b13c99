/** What the schema of a custom kind takes out of its objects. Source: apiextensions-apiserver pkg/apiserver/schema/pruning and defaulting. */
import { isObject } from '../../apimachinery/patch/json.ts';
import { additionalOf, itemsOf, preservesUnknown, propertyOf, type Schema } from './schema-parts.ts';

const TYPE_META = new Set(['apiVersion', 'kind', 'metadata']);

function within(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`;
}

/**
 * Drops what the schema does not know, in place; the paths that went are added to `unknown`. Without a schema nothing is known: so it is with
 * what stands under `additionalProperties: true`. `isResource`: apiVersion, kind and metadata are known without saying.
 */
export function prune(value: unknown, schema: Schema | undefined, unknown: string[], path = '', isResource = schema?.['x-kubernetes-embedded-resource'] ?? false): void {
  const keepsAll = schema !== undefined && preservesUnknown(schema);
  if (Array.isArray(value)) {
    const items = schema && itemsOf(schema);
    // What the elements of such a list do not know stays too, whatever their own schema says.
    value.forEach((item, i) => prune(item, keepsAll ? { ...items, 'x-kubernetes-preserve-unknown-fields': true } : items, unknown, `${path}[${i}]`));
    return;
  }
  if (!isObject(value)) return;
  for (const key of Object.keys(value)) {
    if (isResource && TYPE_META.has(key)) continue;
    const property = schema && (propertyOf(schema, key) ?? additionalOf(schema));
    if (property || schema?.additionalProperties) prune(value[key], property, unknown, within(path, key));
    else if (!keepsAll) {
      delete value[key];
      unknown.push(`unknown field ${JSON.stringify(within(path, key))}`);
    }
  }
}

/** Drops nulls where none may be and no default comes, in place; nulls in lists stay. */
export function dropNulls(value: unknown, schema: Schema | undefined): void {
  if (Array.isArray(value)) {
    const items = schema && itemsOf(schema);
    for (const item of value) dropNulls(item, items);
    return;
  }
  if (!isObject(value) || !schema) return;
  for (const [key, member] of Object.entries(value)) {
    const property = propertyOf(schema, key) ?? additionalOf(schema);
    if (member === null && property && !property.nullable && property.default === undefined) delete value[key];
    else dropNulls(member, property);
  }
}
