import { getOwn, isObject } from '../patch/json.ts';
import { setOwn } from '../schema/decode.ts';
import type { ApplyType, ListApplyType } from './apply-type.ts';
import { below, hasElement, isEmptySet, type FieldSet } from './field-set.ts';
import { elementOf, fieldTypeOf, isLeafType, namedItems } from './path-element.ts';

/** `live` with what `applied` sets; neither is changed. Source: structured-merge-diff, typed/merge.go. */
export function mergeTyped(type: ApplyType, live: unknown, applied: unknown): unknown {
  if (applied === undefined) return live;
  if (live === undefined) return applied;
  const isEmpty = (value: unknown): boolean => value === null || (typeof value === 'object' && Object.keys(value as object).length === 0);
  if (isLeafType(type, applied ?? live) || (isEmpty(live) && isEmpty(applied))) return applied;
  if (type.kind === 'list') return mergeItems(type, Array.isArray(live) ? live : [], Array.isArray(applied) ? applied : []);
  const left = isObject(live) ? live : {};
  const right = isObject(applied) ? applied : {};
  const merged: Record<string, unknown> = { ...left };
  for (const [name, value] of Object.entries(right)) {
    const fieldType = fieldTypeOf(type, name);
    setOwn(merged, name, fieldType ? mergeTyped(fieldType, getOwn(left, name), value) : value);
  }
  return merged;
}

/** Elements of both keep the order of `applied` among themselves; those of `live` alone stay where they were between them. */
function mergeItems(type: ListApplyType, live: readonly unknown[], applied: readonly unknown[]): unknown[] {
  const left = namedItems(type, live);
  const right = namedItems(type, applied);
  const inLeft = new Map<string, unknown>();
  // What stands twice in `live` is not merged with: `applied` takes its place.
  for (const { element, item } of left) inLeft.set(element, inLeft.has(element) ? null : item);
  const inRight = new Map(right.map(({ element, item }) => [element, item]));
  const shared = right.filter(({ element }) => inLeft.has(element)).map(({ element }) => element);
  const done = new Set<string>();
  const out: unknown[] = [];
  let next = shared.shift();
  const takeRight = (element: string): void => {
    done.add(element);
    out.push(mergeTyped(type.items, inLeft.get(element), inRight.get(element)));
    if (next === element) next = shared.shift();
  };
  let l = 0;
  let r = 0;
  while (l < left.length || r < right.length) {
    const leftItem = left[l];
    const rightItem = right[r];
    if (leftItem && rightItem && leftItem.element === rightItem.element) {
      takeRight(rightItem.element);
      l++;
      r++;
    } else if (leftItem && rightItem && inRight.has(leftItem.element) && next !== undefined && next !== leftItem.element) l++;
    else if (leftItem && !inRight.has(leftItem.element)) {
      out.push(leftItem.item);
      l++;
    } else {
      if (leftItem && done.has(leftItem.element)) l++;
      if (rightItem) {
        takeRight(rightItem.element);
        r++;
      }
    }
  }
  return out;
}

/** A value without the paths of `gone`; maps that this empties become null. Source: typed/remove.go. */
export function removePaths(type: ApplyType, value: unknown, gone: FieldSet): unknown {
  if (isEmptySet(gone) || typeof value !== 'object' || value === null) return value;
  if (type.kind === 'list') {
    if (!Array.isArray(value) || type.relation === 'atomic') return value;
    const kept: unknown[] = [];
    for (const item of value as unknown[]) {
      const element = elementOf(type, item);
      if (hasElement(gone, element)) continue;
      const inner = below(gone, element);
      kept.push(inner ? removePaths(type.items, item, inner) : item);
    }
    return kept.length > 0 ? kept : null;
  }
  if (!isObject(value) || isLeafType(type, value)) return value;
  const kept: Record<string, unknown> = {};
  for (const [name, item] of Object.entries(value)) {
    const element = `f:${name}`;
    if (hasElement(gone, element)) continue;
    const inner = below(gone, element);
    const fieldType = fieldTypeOf(type, name);
    setOwn(kept, name, inner && fieldType ? removePaths(fieldType, item, inner) : item);
  }
  return Object.keys(kept).length > 0 ? kept : null;
}

/** The set with every named field on the way to its paths: what is removed as a whole must be named as a whole. */
export function withNamedFields(type: ApplyType | undefined, set: FieldSet): FieldSet {
  const node: Record<string, FieldSet> = {};
  for (const [element, child] of Object.entries(set)) {
    if (element === '.' || isEmptySet(child)) {
      node[element] = child;
      continue;
    }
    const isField = element.startsWith('f:');
    const name = element.slice(2);
    const childType = isField ? type && fieldTypeOf(type, name) : type?.kind === 'list' ? type.items : type;
    const inner = withNamedFields(childType, child);
    const isNamed = isField && type?.kind === 'map' && type.isDeclared(name);
    node[element] = isNamed && !Object.hasOwn(inner, '.') ? { '.': {}, ...inner } : inner;
  }
  return node;
}
