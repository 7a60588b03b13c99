import { getOwn, isObject } from '../patch/json.ts';
import type { ApplyType, ListApplyType } from './apply-type.ts';
import { stringifyWhole } from '../whole-numbers.ts';

/** A value that does not fit its type; the message is the part that follows the path. */
export class TypedError extends Error {
  override readonly name = 'TypedError';
}

/** How a path names an element of a list that merges by key or value. Throws TypedError for one without its keys. */
export function elementOf(type: ListApplyType, item: unknown): string {
  if (type.relation === 'set') {
    if (isObject(item)) throw new TypedError('associative list without keys has an element that\'s a map type');
    if (Array.isArray(item)) throw new TypedError('not supported: associative list with lists as elements');
    if (item === null) throw new TypedError('associative list without keys has an element that\'s an explicit null');
    return `v:${stringifyWhole(item)}`;
  }
  if (item === null) throw new TypedError('associative list with keys may not have a null element');
  if (!isObject(item)) throw new TypedError('associative list with keys may not have non-map elements');
  const keys: Record<string, unknown> = {};
  for (const key of type.keys) {
    const given = getOwn(item, key);
    const value = given === undefined ? type.keyDefault(key) : given;
    if (value !== undefined) keys[key] = value;
  }
  if (Object.keys(keys).length === 0) {
    const names = type.keys.map((key) => JSON.stringify(key)).join(' ');
    throw new TypedError(`associative list with keys has an element that omits all key fields [${names}] (and doesn't have default values for any key fields)`);
  }
  return `k:${stringifyWhole(keys)}`;
}

/** The elements of a list in order, each with its name; of names that occur twice, all are kept. */
export function namedItems(type: ListApplyType, items: readonly unknown[]): { element: string; item: unknown }[] {
  return items.map((item) => ({ element: elementOf(type, item), item }));
}

export function fieldTypeOf(type: ApplyType, name: string): ApplyType | undefined {
  if (type.kind === 'untyped') return type;
  return type.kind === 'map' ? type.field(name) : undefined;
}

/** Whether a value is owned as a whole. */
export function isLeafType(type: ApplyType, value: unknown): boolean {
  switch (type.kind) {
    case 'scalar': return true;
    case 'list': return type.relation === 'atomic';
    case 'map': return type.isAtomic;
    case 'untyped': return type.isAtomic || !isObject(value);
  }
}

