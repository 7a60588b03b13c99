import { jsonKind } from '../schema/decode-error.ts';
import { setOwn } from '../schema/decode.ts';
import { getOwn, isObject, jsonEqual, type JsonObject } from './json.ts';
import type { PatchField, PatchSchema } from './patch-schema.ts';
import { DELETE_FROM_LIST, DIRECTIVE, mergeObjects, patchError, RETAIN_KEYS, SET_ORDER } from './strategic-merge.ts';
import { indexOfItem, sortBy } from './strategic-order.ts';
import { stringifyWhole } from '../whole-numbers.ts';

interface DiffOptions {
  readonly ignoresDeletions: boolean;
  readonly ignoresAdditions: boolean;
  readonly setsOrder: boolean;
}

/** The strategic merge patch that turns `original` into `modified`. Source: apimachinery pkg/util/strategicpatch, CreateTwoWayMergePatch. */
export function createTwoWayStrategicPatch(original: JsonObject, modified: JsonObject, schema: PatchSchema): JsonObject {
  return diffObjects(original, modified, schema, { ignoresDeletions: false, ignoresAdditions: false, setsOrder: true }, false);
}

/**
 * The patch of a client-side apply: it removes what was in `original` (what was applied last) and is not in `modified` (what is applied now), and sets what
 * `modified` has and `current` (what is on the server) has not. Source: CreateThreeWayMergePatch with overwrite.
 */
export function createThreeWayStrategicPatch(original: JsonObject, modified: JsonObject, current: JsonObject, schema: PatchSchema): JsonObject {
  const delta = diffObjects(current, modified, schema, { ignoresDeletions: true, ignoresAdditions: false, setsOrder: true }, false);
  const deletions = diffObjects(original, modified, schema, { ignoresDeletions: false, ignoresAdditions: true, setsOrder: true }, false);
  return mergeObjects(deletions, delta, schema, { carriesOut: false });
}

function diffObjects(original: JsonObject, modified: JsonObject, schema: PatchSchema, options: DiffOptions, retainsKeys: boolean): JsonObject {
  const patch: JsonObject = {};
  for (const [key, value] of Object.entries(modified)) {
    const before = getOwn(original, key);
    if (before !== undefined && jsonKind(before) === jsonKind(value)) {
      if (isObject(before)) diffObjectField(patch, key, before, value as JsonObject, schema, options);
      else if (Array.isArray(before)) diffListField(patch, key, before, value as unknown[], schema, options);
      else setIfChanged(patch, key, before, value, options);
    } else if (!options.ignoresAdditions) setOwn(patch, key, value);
  }
  if (!options.ignoresDeletions) {
    for (const key of Object.keys(original)) if (getOwn(modified, key) === undefined) setOwn(patch, key, null);
  }
  const retained = Object.keys(modified).filter((key) => modified[key] !== null).sort();
  const hasMore = Object.keys(original).some((key) => getOwn(modified, key) === undefined);
  if (retainsKeys && retained.length > 0 && (Object.keys(patch).length > 0 || hasMore)) patch[RETAIN_KEYS] = retained;
  return patch;
}

function setIfChanged(patch: JsonObject, key: string, before: unknown, value: unknown, options: DiffOptions): void {
  if (!options.ignoresAdditions && !jsonEqual(before, value)) setOwn(patch, key, value);
}

function fieldFor(key: string, before: unknown, value: unknown, schema: PatchSchema): PatchField | undefined {
  const field = schema.field(key);
  if (!field && !jsonEqual(before, value)) throw patchError(`unable to find api field in struct ${schema.name} for the json field ${JSON.stringify(key)}`);
  return field;
}

function diffObjectField(patch: JsonObject, key: string, before: JsonObject, value: JsonObject, schema: PatchSchema, options: DiffOptions): void {
  const field = fieldFor(key, before, value, schema);
  if (!field) return;
  if (field.strategy === 'replace') {
    if (!options.ignoresAdditions) setOwn(patch, key, value);
    return;
  }
  const inner = diffObjects(before, value, field.schema, options, field.retainKeys);
  if (Object.keys(inner).length > 0) setOwn(patch, key, inner);
}

function diffListField(patch: JsonObject, key: string, before: readonly unknown[], value: readonly unknown[], schema: PatchSchema, options: DiffOptions): void {
  const field = fieldFor(key, before, value, schema);
  if (!field) return;
  if (field.strategy !== 'merge') return setIfChanged(patch, key, before, value, options);
  if (before.length === 0) {
    if (value.length > 0 && !options.ignoresAdditions) setOwn(patch, key, [...value]);
    return;
  }
  const isList = [...before, ...value].some(isObject) ? diffObjectLists : diffScalarLists;
  const { changes, deletions, order } = isList(before, value, field, options);
  if (changes.length > 0) setOwn(patch, key, changes);
  if (deletions.length > 0) patch[DELETE_FROM_LIST + key] = deletions;
  if (order.length > 0) patch[SET_ORDER + key] = order;
}

interface ListDiff {
  readonly changes: readonly unknown[];
  readonly deletions: readonly unknown[];
  readonly order: readonly unknown[];
}

function diffScalarLists(before: readonly unknown[], value: readonly unknown[], _field: PatchField, options: DiffOptions): ListDiff {
  const changes = options.ignoresAdditions ? [] : value.filter((item) => !before.includes(item));
  const deletions = options.ignoresDeletions ? [] : before.filter((item) => !value.includes(item));
  const needsOrder = deletions.length > 0 || (!options.ignoresAdditions && !jsonEqual(before, value));
  return { changes, deletions, order: options.setsOrder && needsOrder ? value : [] };
}

function diffObjectLists(before: readonly unknown[], value: readonly unknown[], field: PatchField, options: DiffOptions): ListDiff {
  const { mergeKey } = field;
  const keyOf = (item: unknown): unknown => {
    const key = isObject(item) ? getOwn(item, mergeKey) : undefined;
    if (key === undefined) throw patchError(`map: ${stringifyWhole(item)} does not contain declared merge key: ${mergeKey}`);
    return key;
  };
  const changes: unknown[] = [];
  for (const item of value as JsonObject[]) {
    const key = keyOf(item);
    const index = indexOfItem(before, item, mergeKey);
    if (index >= 0) {
      const inner = diffObjects(before[index] as JsonObject, item, field.schema, options, field.retainKeys);
      if (Object.keys(inner).length > 0) changes.push({ ...inner, [mergeKey]: key });
    } else if (!options.ignoresAdditions) changes.push(item);
  }
  const gone = options.ignoresDeletions ? [] : before.filter((item) => indexOfItem(value, item, mergeKey) < 0);
  const all = [...sortBy(changes, value, mergeKey), ...gone.map((item) => ({ [DIRECTIVE]: 'delete', [mergeKey]: keyOf(item) }))];
  const common = before.filter((item) => indexOfItem(value, item, mergeKey) >= 0);
  const isSameOrder = before.length === value.length && common.every((item, i) => indexOfItem(value, item, mergeKey) === i);
  const needsOrder = options.ignoresAdditions ? all.length > 0 : all.length > 0 || !isSameOrder;
  return { changes: all, deletions: [], order: options.setsOrder && needsOrder ? value.map((item) => ({ [mergeKey]: keyOf(item) })) : [] };
}
