import { isObject } from './patch/json.ts';

/** The fields of an object: true for what holds no fields, an object for its own, a list of one object for those of each in a list. */
export type Shape = { readonly [field: string]: true | Shape | readonly [Shape] };

/** The paths of fields that an object should not have. */
export function unknownFields(value: unknown, shape: Shape, path = ''): string[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = path === '' ? name : `${path}.${name}`;
    const known = Object.hasOwn(shape, name) ? shape[name] : undefined;
    if (known === undefined) return [at];
    if (known === true) return [];
    if (!Array.isArray(known)) return unknownFields(inner, known as Shape, at);
    return Array.isArray(inner) ? inner.flatMap((one, i) => unknownFields(one, known[0] as Shape, `${at}[${i}]`)) : [];
  });
}
