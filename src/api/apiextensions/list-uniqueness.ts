/** Elements that stand twice in sets and maps. Source: apiextensions-apiserver pkg/apiserver/schema/listtype/validation.go. */
import { isObject } from '../../apimachinery/patch/json.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { additionalOf, itemsOf, propertyOf, schemasOf, type Schema } from './schema-parts.ts';
import { stringifyWhole } from '../../apimachinery/whole-numbers.ts';

const holders = new WeakMap<Schema, boolean>();

/** Whether there may be anything to say of what a schema describes. */
export function holdsUnique(schema: Schema): boolean {
  const known = holders.get(schema) ?? [...schemasOf(schema)].some((one) => one['x-kubernetes-list-type'] === 'set' || one['x-kubernetes-list-type'] === 'map');
  holders.set(schema, known);
  return known;
}

/** As Go writes JSON. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  return isObject(value) ? Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])])) : value;
}

function validateUnique(list: readonly unknown[], keys: readonly unknown[], path: FieldPath, errors: FieldErrors): void {
  if (list.length < 2) return;
  const seen = new Map<string, number>();
  keys.forEach((key, i) => {
    const text = stringifyWhole(sorted(key));
    const times = seen.get(text) ?? 0;
    // The third and later of the same go untold.
    if (times === 1) errors.duplicate(path.index(i), sorted(key));
    seen.set(text, times + 1);
  });
}

function validateList(list: readonly unknown[], schema: Schema, path: FieldPath, errors: FieldErrors): void {
  const type = schema['x-kubernetes-list-type'];
  if (type === 'set') validateUnique(list, list, path, errors);
  if (type === 'map') {
    const odd = list.findIndex((one) => one !== null && !isObject(one));
    const keys = schema['x-kubernetes-list-map-keys'] ?? [];
    const keyOf = (one: unknown): unknown => Object.fromEntries(keys.filter((key) => isObject(one) && Object.hasOwn(one, key)).map((key) => [key, isObject(one) ? one[key] : null]));
    if (odd >= 0) errors.invalid(path.index(odd), list[odd], 'must be an object for an array of list-type map');
    else validateUnique(list, list.map(keyOf), path, errors);
  }
  const items = itemsOf(schema);
  if (items) list.forEach((item, i) => validateUniqueness(item, items, path.index(i), errors));
}

export function validateUniqueness(value: unknown, schema: Schema, path: FieldPath, errors: FieldErrors): void {
  if (!holdsUnique(schema)) return;
  if (Array.isArray(value)) validateList(value, schema, path, errors);
  else if (isObject(value)) {
    for (const [key, member] of Object.entries(value)) {
      const named = propertyOf(schema, key);
      const property = named ?? additionalOf(schema);
      if (property) validateUniqueness(member, property, named ? path.child(key) : path.key(key), errors);
    }
  }
}
