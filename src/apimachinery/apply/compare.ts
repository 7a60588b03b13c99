import { getOwn, isObject, jsonEqual } from '../patch/json.ts';
import type { ApplyType, ListApplyType } from './apply-type.ts';
import { emptySet, FieldSetBuilder, hasElement, type FieldSet } from './field-set.ts';
import { elementOf, fieldTypeOf, isLeafType } from './path-element.ts';

/** How two objects of one type differ. */
export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

interface Builders {
  readonly added: FieldSetBuilder;
  readonly modified: FieldSetBuilder;
  readonly removed: FieldSetBuilder;
}

/** A place in all three sets, made only when something is put there. */
class Place {
  readonly #parent: Place | Builders;
  readonly #prefix: '' | 'f:';
  readonly #name: string;

  /** `prefix` and `name` together are the element: most places are passed without being named. */
  constructor(parent: Place | Builders, prefix: '' | 'f:', name: string) {
    this.#parent = parent;
    this.#prefix = prefix;
    this.#name = name;
  }

  node(which: keyof Builders): FieldSetBuilder {
    const parent = this.#parent;
    return (parent instanceof Place ? parent.node(which) : parent[which]).child(this.#prefix + this.#name);
  }
}

/** What was added, changed and removed between two objects outside of the fields `ignored`, which are not looked at. Source: structured-merge-diff, typed/compare.go. */
export function compare(type: ApplyType, before: object, after: object, ignored: FieldSet = emptySet): Comparison {
  const builders: Builders = { added: new FieldSetBuilder(), modified: new FieldSetBuilder(), removed: new FieldSetBuilder() };
  compareMembers(type, before, after, builders, ignored);
  return {
    added: builders.added.build() ?? emptySet,
    modified: builders.modified.build() ?? emptySet,
    removed: builders.removed.build() ?? emptySet,
  };
}

function hasNothing(value: unknown): boolean {
  if (value === null || value === undefined) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (typeof value !== 'object') return false;
  for (const _ in value) return false;
  return true;
}

/** Whether one is an object, and the other something else that is. */
function isOtherShape(before: unknown, after: unknown): boolean {
  return isObject(before) !== isObject(after) && before !== undefined && before !== null && after !== undefined && after !== null;
}

function compareValues(type: ApplyType, before: unknown, after: unknown, place: Place): void {
  if (before === after) return;
  if (type.kind === 'untyped' && !type.isAtomic && isOtherShape(before, after)) {
    place.node('modified').insert();
    compareMembers(type, before, after, place);
    return;
  }
  const isContainer = (value: unknown): boolean => value === undefined || value === null || typeof value === 'object';
  const isLeaf = isLeafType(type, after ?? before) || !isContainer(before) || !isContainer(after) || (hasNothing(before) && hasNothing(after))
    || (before !== undefined && after !== undefined && before !== null && after !== null && Array.isArray(before) !== Array.isArray(after));
  if (isLeaf) {
    if (before === undefined) place.node('added').insert();
    else if (after === undefined) place.node('removed').insert();
    else if (!jsonEqual(before, after)) place.node('modified').insert();
    return;
  }
  compareMembers(type, before, after, place);
  if (before === undefined) place.node('added').insert();
  else if (after === undefined) place.node('removed').insert();
}

function compareMembers(type: ApplyType, before: unknown, after: unknown, place: Place | Builders, ignored: FieldSet = emptySet): void {
  if (type.kind === 'list') return compareItems(type, Array.isArray(before) ? before : [], Array.isArray(after) ? after : [], place);
  const old = isObject(before) ? before : {};
  const fresh = isObject(after) ? after : {};
  for (const name in fresh) {
    if (ignored !== emptySet && hasElement(ignored, `f:${name}`)) continue;
    const fieldType = fieldTypeOf(type, name);
    const previous = getOwn(old, name);
    if (fieldType && previous !== fresh[name]) compareValues(fieldType, previous, fresh[name], new Place(place, 'f:', name));
  }
  for (const name in old) {
    if (Object.hasOwn(fresh, name) || (ignored !== emptySet && hasElement(ignored, `f:${name}`))) continue;
    const fieldType = fieldTypeOf(type, name);
    if (fieldType) compareValues(fieldType, old[name], undefined, new Place(place, 'f:', name));
  }
}

function compareItems(type: ListApplyType, before: readonly unknown[], after: readonly unknown[], place: Place | Builders): void {
  if (before.length === after.length && jsonEqual(before, after)) return;
  const old = groupItems(type, before);
  const fresh = groupItems(type, after);
  for (const [element, items] of fresh) {
    const at = new Place(place, '', element);
    const previous = old.get(element) ?? [];
    if (items.length === 1 && previous.length <= 1) compareValues(type.items, previous[0], items[0], at);
    else if (previous.length > 1 && items.length > 1) {
      if (!jsonEqual(previous, items)) at.node('modified').insert();
    } else if (items.length > 1) {
      if (previous.length === 1) compareValues(type.items, previous[0], undefined, at);
      at.node('added').insert();
    } else {
      at.node('removed').insert();
      compareValues(type.items, undefined, items[0], at);
    }
  }
  for (const [element, items] of old) {
    if (fresh.has(element)) continue;
    const at = new Place(place, '', element);
    if (items.length === 1) compareValues(type.items, items[0], undefined, at);
    else at.node('removed').insert();
  }
}

function groupItems(type: ListApplyType, items: readonly unknown[]): Map<string, unknown[]> {
  const groups = new Map<string, unknown[]>();
  for (const item of items) {
    const element = elementOf(type, item);
    const group = groups.get(element);
    if (group) group.push(item);
    else groups.set(element, [item]);
  }
  return groups;
}

/** The paths that an applied object sets. Source: structured-merge-diff, typed/tofieldset.go. */
export function fieldSetOf(type: ApplyType, object: object): FieldSet {
  const builder = new FieldSetBuilder();
  collect(type, object, builder, true);
  return builder.build() ?? emptySet;
}

function collect(type: ApplyType, value: unknown, node: FieldSetBuilder, isRoot = false): void {
  if (!isRoot && isLeafType(type, value)) {
    node.insert();
    return;
  }
  if (type.kind === 'list') {
    if (!Array.isArray(value)) return;
    for (const [element, items] of groupItems(type, value)) {
      const child = node.child(element);
      // What stands twice is owned as a whole.
      if (items.length === 1) collect(type.items, items[0], child);
      child.insert();
    }
    return;
  }
  if (!isObject(value)) return;
  for (const [name, item] of Object.entries(value)) {
    const fieldType = fieldTypeOf(type, name);
    if (!fieldType) continue;
    const child = node.child(`f:${name}`);
    collect(fieldType, item, child);
    const isEmptyMap = item === null || (isObject(item) && hasNothing(item));
    if (isEmptyMap || type.kind !== 'map' || !type.isDeclared(name)) child.insert();
  }
}
