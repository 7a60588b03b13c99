import { jsonKind } from '../schema/decode-error.ts';
import { setOwn } from '../schema/decode.ts';
import { badRequest } from '../status.ts';
import { getOwn, isObject, jsonEqual, type JsonObject } from './json.ts';

/**
 * Applies a JSON merge patch (RFC 7386) to a document, which is not changed; what the patch does not touch is shared with it. Objects on the way come out
 * with sorted keys. Throws StatusError 400 for a patch that is no object.
 */
export function applyMergePatch(document: unknown, patch: unknown): JsonObject {
  if (patch === null) throw badRequest('Invalid JSON Patch');
  if (!isObject(patch)) throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonKind(patch)} into Go value of type map[string]interface {}`);
  return merge(document, patch);
}

function merge(document: unknown, patch: JsonObject): JsonObject {
  const original = isObject(document) ? document : {};
  const merged: JsonObject = {};
  for (const key of [...new Set([...Object.keys(original), ...Object.keys(patch)])].sort()) {
    const change = getOwn(patch, key);
    if (change === undefined) setOwn(merged, key, original[key]);
    else if (change !== null) setOwn(merged, key, changed(getOwn(original, key), change));
  }
  return merged;
}

function changed(current: unknown, change: unknown): unknown {
  if (isObject(change)) return merge(current, change);
  return isObject(current) ? change : withoutNulls(change);
}

/** Nothing is left to remove in what is new: null goes from the objects in a list as well; as an element of the list it stays. Source: evanphx/json-patch, pruneNils. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return (value as unknown[]).map(withoutNulls);
  return isObject(value) ? merge(undefined, value) : value;
}

/** The merge patch that turns `original` into `modified`. Lists are replaced as a whole. */
export function createMergePatch(original: JsonObject, modified: JsonObject): JsonObject {
  const patch: JsonObject = {};
  for (const key of Object.keys(original)) if (getOwn(modified, key) === undefined) setOwn(patch, key, null);
  for (const [key, value] of Object.entries(modified)) {
    const before = getOwn(original, key);
    if (jsonEqual(before, value)) continue;
    setOwn(patch, key, isObject(before) && isObject(value) ? createMergePatch(before, value) : value);
  }
  return patch;
}

/**
 * The merge patch of a client-side apply for kinds without merge keys: it removes what was in `original` and is not in `modified`, and sets what `modified`
 * has and `current` has not. Source: apimachinery pkg/util/jsonmergepatch.
 */
export function createThreeWayMergePatch(original: JsonObject, modified: JsonObject, current: JsonObject): JsonObject {
  const additions = keepParts(createMergePatch(current, modified), (value) => value !== null);
  const deletions = keepParts(createMergePatch(original, modified), (value) => value === null);
  return mergePatches(deletions, additions);
}

function keepParts(patch: JsonObject, keep: (value: unknown) => boolean): JsonObject {
  const kept: JsonObject = {};
  for (const [key, value] of Object.entries(patch)) {
    if (isObject(value)) {
      const inner = keepParts(value, keep);
      if (Object.keys(inner).length > 0 || (keep(value) && Object.keys(value).length === 0)) setOwn(kept, key, inner);
    } else if (keep(value)) setOwn(kept, key, value);
  }
  return kept;
}

function mergePatches(first: JsonObject, second: JsonObject): JsonObject {
  const merged: JsonObject = { ...first };
  for (const [key, value] of Object.entries(second)) {
    const before = getOwn(merged, key);
    setOwn(merged, key, isObject(before) && isObject(value) ? mergePatches(before, value) : value);
  }
  return merged;
}
