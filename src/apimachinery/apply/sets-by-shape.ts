import { getOwn, isObject } from '../patch/json.ts';
import type { ApplyType, ListApplyType } from './apply-type.ts';
import type { FieldSet } from './field-set.ts';
import { fieldTypeOf, isLeafType } from './path-element.ts';

/** What of a value decides which paths it adds: the fields and the keys of list elements, in their order, not what is in them. */
type Shape =
  /** Owned as a whole, whatever it holds. */
  | { readonly kind: 'leaf' }
  /** The same of a type that is told from the value: a list or a scalar. */
  | { readonly kind: 'no map' }
  /** Only this very value, for it is compared with what a new object has by itself. */
  | { readonly kind: 'value'; readonly value: unknown }
  /** A map or a list without anything in it. */
  | { readonly kind: 'empty'; readonly isList: boolean }
  | { readonly kind: 'map'; readonly names: readonly string[]; readonly members: readonly Shape[] }
  | { readonly kind: 'list'; readonly keys: readonly string[]; readonly keyValues: readonly (readonly unknown[])[]; readonly items: readonly Shape[] };

const LEAF: Shape = { kind: 'leaf' };
/** So many are kept: new objects of a kind mostly come from few templates at a time. */
const MAX_SHAPES = 8;

/** The shape of `value` where a new object has `empty` by itself. Undefined: there is no telling from the shape alone. */
function shapeOf(type: ApplyType, empty: unknown, value: unknown): Shape | undefined {
  const isNew = empty === undefined || empty === null;
  if (value === null || value === undefined || !isNew && typeof value !== 'object') return { kind: 'value', value };
  if (isLeafType(type, value)) return !isNew ? undefined : type.kind === 'untyped' && !type.isAtomic ? { kind: 'no map' } : LEAF;
  if (typeof value !== 'object') return { kind: 'value', value };
  if (Array.isArray(value)) return type.kind === 'list' && isNew ? listShape(type, value) : undefined;
  if (type.kind === 'list' || (!isNew && !isObject(empty))) return undefined;
  const names = Object.keys(value);
  if (names.length === 0) return { kind: 'empty', isList: false };
  const members: Shape[] = [];
  for (const name of names) {
    const fieldType = fieldTypeOf(type, name);
    const member = fieldType ? shapeOf(fieldType, isObject(empty) ? getOwn(empty, name) : undefined, (value as Record<string, unknown>)[name]) : LEAF;
    if (!member) return undefined;
    members.push(member);
  }
  return { kind: 'map', names, members };
}

function listShape(type: ListApplyType, value: readonly unknown[]): Shape | undefined {
  if (value.length === 0) return { kind: 'empty', isList: true };
  const keys = type.relation === 'set' ? [] : type.keys;
  const items: Shape[] = [];
  const keyValues: unknown[][] = [];
  for (const item of value) {
    const shape = itemShape(type, item);
    if (!shape) return undefined;
    const values = keys.map((key) => getOwn(item as Record<string, unknown>, key));
    if (values.some((one) => typeof one === 'object')) return undefined;
    items.push(shape);
    keyValues.push(values);
  }
  return { kind: 'list', keys, keyValues, items };
}

function itemShape(type: ListApplyType, item: unknown): Shape | undefined {
  // Elements that are named by their value are in the shape with it.
  if (type.relation === 'set') return typeof item === 'object' ? undefined : { kind: 'value', value: item };
  return isObject(item) ? shapeOf(type.items, undefined, item) : undefined;
}

function hasShape(shape: Shape, value: unknown): boolean {
  switch (shape.kind) {
    case 'leaf': return value !== null && value !== undefined;
    case 'no map': return value !== null && value !== undefined && !isObject(value);
    case 'value': return value === shape.value;
    case 'empty': {
      if (typeof value !== 'object' || value === null || Array.isArray(value) !== shape.isList) return false;
      for (const _ in value) return false;
      return true;
    }
    case 'map': return isObject(value) && hasMembers(shape, value);
    case 'list': return Array.isArray(value) && hasItems(shape, value);
  }
}

function hasMembers({ names, members }: Shape & { kind: 'map' }, value: Record<string, unknown>): boolean {
  let at = 0;
  for (const name in value) {
    const member = members[at];
    if (member === undefined || names[at++] !== name || !hasShape(member, value[name])) return false;
  }
  return at === names.length;
}

function hasItems({ items, keys, keyValues }: Shape & { kind: 'list' }, value: readonly unknown[]): boolean {
  if (value.length !== items.length) return false;
  for (let i = 0; i < value.length; i++) {
    const item = value[i];
    if (!hasShape(items[i] as Shape, item)) return false;
    for (let k = 0; k < keys.length; k++) if (getOwn(item as Record<string, unknown>, keys[k] as string) !== keyValues[i]?.[k]) return false;
  }
  return true;
}

/** The paths that new objects of a kind set, by shape: objects made from one template share one set, which is found in a single walk without making anything. */
export class SetsByShape {
  readonly #known: { readonly shape: Shape; readonly set: FieldSet }[] = [];

  find(object: object): FieldSet | undefined {
    const at = this.#known.findIndex(({ shape }) => hasShape(shape, object));
    const found = this.#known[at];
    if (found && at > 0) {
      this.#known.splice(at, 1);
      this.#known.unshift(found);
    }
    return found?.set;
  }

  /** `empty`: what a new object has by itself. */
  add(type: ApplyType, empty: object, object: object, set: FieldSet): void {
    const shape = shapeOf(type, empty, object);
    if (!shape) return;
    this.#known.unshift({ shape, set });
    this.#known.length = Math.min(this.#known.length, MAX_SHAPES);
  }
}
