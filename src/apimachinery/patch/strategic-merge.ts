import { jsonKind } from '../schema/decode-error.ts';
import { setOwn } from '../schema/decode.ts';
import { badRequest, failure, type StatusError } from '../status.ts';
import { goText, goType } from './go-text.ts';
import { getOwn, isObject, jsonEqual, type JsonObject } from './json.ts';
import type { PatchField, PatchSchema } from './patch-schema.ts';
import { indexOfItem, normalizeOrder } from './strategic-order.ts';

export const DIRECTIVE = '$patch';
export const RETAIN_KEYS = '$retainKeys';
export const DELETE_FROM_LIST = '$deleteFromPrimitiveList/';
export const SET_ORDER = '$setElementOrder/';
/** Directives of lists are known by these; a list must be named after them. */
const [DELETE_PREFIX, ORDER_PREFIX] = ['$deleteFromPrimitiveList', '$setElementOrder'] as const;

export interface MergeOptions {
  /** False while two patches are merged into one: directives for lists are then kept, not carried out. */
  readonly carriesOut: boolean;
}

/** Mistakes in a patch that Kubernetes reports as plain errors: a 500 without a reason. */
export function patchError(message: string): StatusError {
  return failure(500, '', message);
}

/**
 * Applies a strategic merge patch to a document of the type that `schema` tells. Neither is changed; what the patch does not touch is shared.
 * Throws StatusError. Source: apimachinery pkg/util/strategicpatch.
 */
export function applyStrategicMergePatch(document: JsonObject, patch: unknown, schema: PatchSchema): JsonObject {
  if (patch === null) return document;
  if (!isObject(patch)) throw badRequest(`json: cannot unmarshal ${jsonKind(patch)} into Go value of type map[string]interface {}`);
  return mergeObjects(document, patch, schema, { carriesOut: true });
}

export function mergeObjects(original: JsonObject, patch: JsonObject, schema: PatchSchema, options: MergeOptions): JsonObject {
  const directive = getOwn(patch, DIRECTIVE);
  if (directive !== undefined) return carryOutDirective(directive, patch);
  const merged = retainKeys({ ...original }, patch, options);
  const done = orderedLists(merged, patch, schema, options);
  for (const [name, change] of Object.entries(patch)) {
    if (done.has(name) || name === RETAIN_KEYS || name.startsWith(ORDER_PREFIX)) continue;
    const isDeleteList = name.startsWith(DELETE_PREFIX);
    if (isDeleteList && !options.carriesOut) setOwn(merged, name, change);
    else mergeField(merged, isDeleteList ? listOf(name, DELETE_FROM_LIST, 'primitive list') : name, change, { schema, options, isDeleteList });
  }
  return merged;
}

/** The list that a directive is about. */
function listOf(directive: string, prefix: string, what: string): string {
  if (!directive.startsWith(prefix)) throw badRequest(`invalid patch format of ${what}`);
  return directive.slice(prefix.length);
}

function carryOutDirective(directive: unknown, patch: JsonObject): JsonObject {
  if (directive === 'delete') return {};
  if (directive !== 'replace') throw patchError(`unknown patch type: ${goText(directive)} in map: ${goText(patch)}`);
  const { [DIRECTIVE]: _, ...rest } = patch;
  return rest;
}

interface FieldMerge {
  readonly schema: PatchSchema;
  readonly options: MergeOptions;
  readonly isDeleteList: boolean;
}

function mergeField(merged: JsonObject, key: string, change: unknown, { schema, options, isDeleteList }: FieldMerge): void {
  const before = getOwn(merged, key);
  if (change === null) {
    if (options.carriesOut) delete merged[key];
    else setOwn(merged, key, null);
    return;
  }
  const isSameKind = before !== undefined && before !== null && jsonKind(before) === jsonKind(change);
  if (!isSameKind) {
    const added = withoutDirectives(options.carriesOut ? withoutNulls(change) : change);
    if (added === undefined) delete merged[key];
    else if (!isDeleteList) setOwn(merged, key, added);
    return;
  }
  const field = schema.field(key);
  if (isObject(before) && isObject(change)) {
    const known = fieldOf(field, schema, key);
    setOwn(merged, key, known.strategy === 'replace' ? change : mergeObjects(before, change, known.schema, options));
  } else if (Array.isArray(before) && Array.isArray(change)) {
    setOwn(merged, key, mergeLists(before, change, fieldOf(field, schema, key), options, isDeleteList));
  } else setOwn(merged, key, change);
}

function fieldOf(field: PatchField | undefined, schema: PatchSchema, key: string): PatchField {
  if (!field) throw patchError(`unable to find api field in struct ${schema.name} for the json field ${JSON.stringify(key)}`);
  return field;
}

function retainKeys(original: JsonObject, patch: JsonObject, options: MergeOptions): JsonObject {
  const list = getOwn(patch, RETAIN_KEYS);
  if (list === undefined) return original;
  const isBad = (): StatusError => badRequest('invalid patch format of retainKeys');
  if (!options.carriesOut) {
    const before = getOwn(original, RETAIN_KEYS);
    if (before !== undefined && !jsonEqual(before, list)) throw isBad();
    return { ...original, [RETAIN_KEYS]: list };
  }
  if (!Array.isArray(list)) throw isBad();
  const kept = new Set<unknown>(list);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null || key === RETAIN_KEYS || key.startsWith(DELETE_PREFIX) || key.startsWith(ORDER_PREFIX)) continue;
    if (!kept.has(key)) throw isBad();
  }
  return Object.fromEntries(Object.entries(original).filter(([key]) => kept.has(key)));
}

/** Lists that the patch gives an order for are merged with it; gives the names of the fields that this settles. */
function orderedLists(merged: JsonObject, patch: JsonObject, schema: PatchSchema, options: MergeOptions): Set<string> {
  const done = new Set<string>();
  for (const [directive, order] of Object.entries(patch)) {
    if (!directive.startsWith(ORDER_PREFIX)) continue;
    if (!Array.isArray(order)) throw noList(order);
    if (!options.carriesOut) {
      const before = getOwn(merged, directive);
      if (before !== undefined && !jsonEqual(before, order)) throw badRequest('invalid patch format of setElementOrder list');
      setOwn(merged, directive, order);
    }
    const key = listOf(directive, SET_ORDER, 'setElementOrder list');
    const field = fieldOf(schema.field(key), schema, key);
    const before = getOwn(merged, key) ?? undefined;
    const change = getOwn(patch, key);
    for (const list of [before, change]) if (list !== undefined && !Array.isArray(list)) throw noList(list);
    if (Array.isArray(change)) checkOrder(change, order, field.mergeKey);
    if (!Array.isArray(before) && !Array.isArray(change)) continue;
    let list: unknown[];
    if (Array.isArray(before)) list = Array.isArray(change) ? mergeLists(before, change, field, options, false) : before;
    else list = withoutDirectives(change) as unknown[];
    if ([before, change].every((one) => !Array.isArray(one) || one.length === 0)) throw patchError('no elements in any of the given slices');
    setOwn(merged, key, normalizeOrder(list, order, Array.isArray(before) ? before : [], field.mergeKey));
    done.add(key);
  }
  return done;
}

function checkOrder(patchList: readonly unknown[], order: readonly unknown[], mergeKey: string): void {
  if (order.length === 0) return;
  const kept = mergeKey === '' ? patchList : patchList.filter((item) => isObject(item) && !Object.hasOwn(item, DIRECTIVE));
  let at = 0;
  for (const place of order) {
    if (at === kept.length) break;
    if (mergeKey !== '') for (const item of [kept[at], place]) checkMergeKey(item, mergeKey);
    if (indexOfItem([place], kept[at], mergeKey) === 0) at++;
  }
  if (at < kept.length) {
    throw patchError(`The order in patch list:\n${goText(patchList)}\n doesn't match $setElementOrder list:\n${goText(order)}\n`);
  }
}

function mergeLists(original: readonly unknown[], patch: readonly unknown[], field: PatchField, options: MergeOptions, isDeleteList: boolean): unknown[] {
  if (field.strategy !== 'merge' && !isDeleteList) return [...patch];
  if (original.length === 0 && patch.length === 0) return [];
  const items = [...original, ...patch];
  if (Array.isArray(items[0])) throw failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {});
  if (new Set(items.map(goType)).size > 1) throw patchError(`list element types are not identical: ${goText([original, patch])}`);
  if (!items.some(isObject)) {
    if (isDeleteList && options.carriesOut) return original.filter((item) => !patch.some((gone) => jsonEqual(gone, item)));
    return normalizeOrder([...new Set(items)], patch, original, '');
  }
  const { mergeKey } = field;
  if (mergeKey === '') throw patchError(`cannot merge lists without merge key for ${field.schema.name}`);
  const { kept, changes } = carryOutElementDirectives(original as JsonObject[], patch as JsonObject[], mergeKey);
  const merged: unknown[] = [...kept];
  for (const change of changes) {
    if (getOwn(change, mergeKey) === undefined) throw noMergeKey(change, mergeKey);
    const index = indexOfItem(merged, change, mergeKey);
    if (index < 0) merged.push(change);
    else merged[index] = mergeObjects(merged[index] as JsonObject, change, field.schema, options);
  }
  return normalizeOrder(merged, changes, kept, mergeKey);
}

function checkMergeKey(item: unknown, mergeKey: string): void {
  if (!isObject(item)) throw patchError(`expected a map[string]interface {}, but received a ${goType(item)}`);
  if (!Object.hasOwn(item, mergeKey)) throw noMergeKey(item, mergeKey);
}

function noList(value: unknown): StatusError {
  return patchError(`expected a []interface {}, but received a ${goType(value)}`);
}

function noMergeKey(item: JsonObject, mergeKey: string): StatusError {
  return patchError(`map: ${goText(item)} does not contain declared merge key: ${mergeKey}`);
}

/** `$patch: delete` takes elements away; `$patch: replace` makes the rest of the patch the whole list. */
function carryOutElementDirectives(
  original: readonly JsonObject[], patch: readonly JsonObject[], mergeKey: string,
): { kept: readonly JsonObject[]; changes: readonly JsonObject[] } {
  let kept = original;
  let replaces = false;
  const changes: JsonObject[] = [];
  for (const item of patch) {
    const directive = getOwn(item, DIRECTIVE);
    if (directive === undefined) changes.push(item);
    else if (directive === 'replace') replaces = true;
    else if (directive === 'merge') throw patchError('merging lists cannot yet be specified in the patch');
    else if (directive !== 'delete') throw patchError(`unknown patch type: ${goText(directive)} in map: ${goText(item)}`);
    else {
      if (getOwn(item, mergeKey) === undefined) throw noMergeKey(item, mergeKey);
      kept = kept.filter((one) => !jsonEqual(one[mergeKey], item[mergeKey]));
    }
  }
  return replaces ? { kept: changes, changes: [] } : { kept, changes };
}

/** What a patch sets where there was nothing: objects with a directive are none; undefined if it is one itself. */
function withoutDirectives(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutDirectives).filter((item) => item !== undefined);
  if (!isObject(value)) return value;
  if (getOwn(value, DIRECTIVE) !== undefined) return undefined;
  const clean: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    const kept = withoutDirectives(item);
    if (kept !== undefined) setOwn(clean, key, kept);
  }
  return clean;
}

/** Nulls in lists stay. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const clean: JsonObject = {};
  for (const [key, item] of Object.entries(value)) if (item !== null) setOwn(clean, key, withoutNulls(item));
  return clean;
}
