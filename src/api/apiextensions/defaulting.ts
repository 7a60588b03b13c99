/** Source: apiextensions-apiserver pkg/apiserver/schema/defaulting/algorithm.go. */
import { isObject } from '../../apimachinery/patch/json.ts';
import { additionalOf, itemsOf, propertyOf, type Schema } from './schema-parts.ts';

/** Whether a default takes the place of a null. */
function isLacking(value: unknown, schema: Schema): boolean {
  return value === null && !schema.nullable && schema.default !== undefined;
}

/** Fills in defaults, in place. A null where none may be is taken for absent when there is a default. */
export function applyDefaults(value: unknown, schema: Schema): void {
  if (Array.isArray(value)) {
    const items = itemsOf(schema);
    if (!items) return;
    for (const [i, item] of value.entries()) {
      if (isLacking(item, items)) value[i] = structuredClone(items.default);
      applyDefaults(value[i], items);
    }
    return;
  }
  if (!isObject(value)) return;
  for (const [key, property] of Object.entries(schema.properties ?? {})) {
    if (property.default !== undefined && (!Object.hasOwn(value, key) || isLacking(value[key], property))) value[key] = structuredClone(property.default);
  }
  for (const key of Object.keys(value)) {
    const property = propertyOf(schema, key);
    const described = property ?? additionalOf(schema);
    if (!described) continue;
    if (!property && isLacking(value[key], described)) value[key] = structuredClone(described.default);
    applyDefaults(value[key], described);
  }
}
