import { compareElements } from './element-order.ts';
import { parseWhole, stringifyWhole } from '../whole-numbers.ts';

/**
 * Sets of paths into an object, in the very form in which managedFields holds them (FieldsV1): `f:name` for a field, `k:{...}` for an element by its
 * keys, `v:...` for one by its value. A node is in the set if it holds `.` or nothing at all; the root never is. Sets are never changed once made,
 * and share what they have in common. Source: structured-merge-diff, fieldpath.
 */
export interface FieldSet {
  readonly [element: string]: FieldSet;
}

export const emptySet: FieldSet = Object.freeze({});
const SELF = '.';

export function isEmptySet(set: FieldSet): boolean {
  for (const _ in set) return false;
  return true;
}

function isMember(node: FieldSet): boolean {
  return isEmptySet(node) || Object.hasOwn(node, SELF);
}

/** A set that is being filled. Nodes are made on the way. */
export class FieldSetBuilder {
  #children: Map<string, FieldSetBuilder> | undefined;
  #isMember = false;

  insert(): void {
    this.#isMember = true;
  }

  child(element: string): FieldSetBuilder {
    const children = (this.#children ??= new Map<string, FieldSetBuilder>());
    let child = children.get(element);
    if (!child) children.set(element, (child = new FieldSetBuilder()));
    return child;
  }

  /** The set below this node; undefined when it holds nothing. */
  build(isRoot = true): FieldSet | undefined {
    const children = this.#children;
    if (!children) return this.#isMember && !isRoot ? emptySet : undefined;
    const node: Record<string, FieldSet> = {};
    let size = 0;
    for (const key of inOrder([...children.keys()])) {
      const child = children.get(key)?.build(false);
      if (!child) continue;
      if (size++ === 0 && this.#isMember && !isRoot) node[SELF] = emptySet;
      node[key] = child;
    }
    if (size > 0) return node;
    return this.#isMember && !isRoot ? emptySet : undefined;
  }
}

/** Sorts a list, which most are already. */
function inOrder(keys: string[]): string[] {
  for (let i = 1; i < keys.length; i++) if ((keys[i - 1] as string) > (keys[i] as string)) return keys.sort();
  return keys;
}

function childrenOf(node: FieldSet): string[] {
  return Object.keys(node).filter((key) => key !== SELF);
}

function makeNode(member: boolean, children: Record<string, FieldSet>): FieldSet | undefined {
  const keys = Object.keys(children);
  if (keys.length === 0) return member ? emptySet : undefined;
  const node: Record<string, FieldSet> = member ? { [SELF]: emptySet } : {};
  for (const key of inOrder(keys)) node[key] = children[key] as FieldSet;
  return node;
}

type Combine = (a: FieldSet, b: FieldSet | undefined) => FieldSet | undefined;

function combineChildren(a: FieldSet, b: FieldSet, combine: Combine): Record<string, FieldSet> {
  const children: Record<string, FieldSet> = {};
  for (const key in a) {
    if (key === SELF) continue;
    const combined = combine(a[key] as FieldSet, Object.hasOwn(b, key) ? b[key] : undefined);
    if (combined) children[key] = combined;
  }
  return children;
}

const minus: Combine = (a, b) => (b ? makeNode(isMember(a) && !isMember(b), combineChildren(a, b, minus)) : a);
const minusRecursively: Combine = (a, b) => {
  if (!b) return a;
  return isMember(b) ? undefined : makeNode(isMember(a), combineChildren(a, b, minusRecursively));
};
const both: Combine = (a, b) => (b ? makeNode(isMember(a) && isMember(b), combineChildren(a, b, both)) : undefined);
const keepUnder: Combine = (a, b) => {
  if (!b) return undefined;
  return isMember(b) ? a : makeNode(false, combineChildren(a, b, keepUnder));
};

/** The paths of `a` that are not in `b`; what lies below a path of `b` stays. */
export function difference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a) || isEmptySet(b)) return a;
  return makeNode(false, combineChildren(a, b, minus)) ?? emptySet;
}

/** The paths of `a` that are neither in `b` nor below a path of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a) || isEmptySet(b)) return a;
  return makeNode(false, combineChildren(a, b, minusRecursively)) ?? emptySet;
}

export function intersection(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a) || isEmptySet(b)) return emptySet;
  return makeNode(false, combineChildren(a, b, both)) ?? emptySet;
}

/** The paths of `a` that are in `b` or below a path of `b`. */
export function restriction(a: FieldSet, b: FieldSet): FieldSet {
  return makeNode(false, combineChildren(a, b, keepUnder)) ?? emptySet;
}

export function union(a: FieldSet, b: FieldSet): FieldSet {
  if (isEmptySet(a)) return b;
  return isEmptySet(b) ? a : unionNodes(a, b, true);
}

function unionNodes(a: FieldSet, b: FieldSet, isRoot: boolean): FieldSet {
  const children: Record<string, FieldSet> = {};
  for (const key in a) if (key !== SELF) children[key] = Object.hasOwn(b, key) ? unionNodes(a[key] as FieldSet, b[key] as FieldSet, false) : a[key] as FieldSet;
  for (const key in b) if (key !== SELF && !Object.hasOwn(a, key)) children[key] = b[key] as FieldSet;
  return makeNode(!isRoot && (isMember(a) || isMember(b)), children) ?? emptySet;
}

/** Whether the element right below the root is itself in the set. */
export function hasElement(set: FieldSet, element: string): boolean {
  return Object.hasOwn(set, element) && isMember(set[element] as FieldSet);
}

/** What is in the set below an element; undefined if nothing is. */
export function below(set: FieldSet, element: string): FieldSet | undefined {
  const node = Object.hasOwn(set, element) ? set[element] : undefined;
  return node && childrenOf(node).length > 0 ? node : undefined;
}

/** All paths of a set as messages print them: `.spec.containers[name="a"].image`. */
export function pathsOf(set: FieldSet, prefix = ''): string[] {
  const paths: string[] = [];
  const keys = childrenOf(set).sort(compareElements);
  for (const key of keys) if (isMember(set[key] as FieldSet)) paths.push(prefix + elementText(key));
  for (const key of keys) paths.push(...pathsOf(set[key] as FieldSet, prefix + elementText(key)));
  return paths;
}

/** One element of a path in messages. */
export function elementText(element: string): string {
  const value = element.slice(2);
  switch (element.slice(0, 2)) {
    case 'f:': return `.${value}`;
    case 'v:': return `[=${value}]`;
    case 'k:': {
      const keys = Object.entries(parseWhole(value) as Record<string, unknown>).map(([key, one]) => `${key}=${stringifyWhole(one)}`);
      return `[${keys.join(',')}]`;
    }
    default: return `[${value}]`;
  }
}

/** A set of exactly these paths, each a list of field names. */
export function setOfFields(paths: readonly (readonly string[])[]): FieldSet {
  const builder = new FieldSetBuilder();
  for (const path of paths) {
    let node = builder;
    for (const name of path) node = node.child(`f:${name}`);
    node.insert();
  }
  return builder.build() ?? emptySet;
}
