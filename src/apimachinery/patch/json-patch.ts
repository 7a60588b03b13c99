import { copyOf } from '../deep-copy.ts';
import { jsonKind } from '../schema/decode-error.ts';
import { goQuote } from '../go-quote.ts';
import { setOwn } from '../schema/decode.ts';
import { badRequest, failure, type StatusError } from '../status.ts';
import { getOwn, isObject, jsonEqual, sortedCopy, type JsonObject } from './json.ts';
import { stringifyWhole } from '../whole-numbers.ts';

/** Sources: apiserver pkg/endpoints/handlers/patch.go for the limits; evanphx/json-patch for what RFC 6902 leaves open. */
const MAX_OPERATIONS = 10_000;
const MAX_COPIED_BYTES = 3 * 1024 * 1024;

interface Operation {
  readonly op?: unknown;
  readonly path?: unknown;
  readonly from?: unknown;
  readonly value?: unknown;
}

/** Why a patch does not fit its document, in the words of evanphx/json-patch: the cause of the error that `applyJsonPatch` throws. */
export class JsonPatchFault extends Error {
  override readonly name = 'JsonPatchFault';
  /** A `test` has found another value. */
  readonly isTest: boolean;

  constructor(message: string, isTest = false) {
    super(message);
    this.isTest = isTest;
  }
}

/** All such mistakes have one text. */
function cannotApply(cause: string, isTest = false): StatusError {
  return failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {}, { cause: new JsonPatchFault(cause, isTest) });
}

/** What `run` gives; a fault in it is told with `where` before it. */
function within<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw error instanceof JsonPatchFault ? cannotApply(`${where}: ${error.message}`) : error;
  }
}

/**
 * Applies a JSON patch to a document, which is not changed; what the patch does not touch is shared with it. As in Kubernetes, `replace`
 * of an absent key adds it, a value that is not given or not there to copy is null, what stands before the first slash of a path is passed over, and the whole
 * document is replaced or tested only. Objects on the way come out with sorted keys. `null` is no operation.
 * Throws StatusError: 400 for what is no patch, 413 for too many operations, 422 for what cannot be applied (its cause is a JsonPatchFault).
 */
export function applyJsonPatch(document: unknown, patch: unknown): unknown {
  if (patch === null) return new Patching(document).run([]);
  if (!Array.isArray(patch)) throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonKind(patch)} into Go value of type []handlers.jsonPatchOp`);
  if (patch.length > MAX_OPERATIONS) {
    throw failure(413, 'RequestEntityTooLarge', `Request entity too large: The allowed maximum operations in a JSON patch is ${MAX_OPERATIONS}, got ${patch.length}`);
  }
  for (const operation of patch) {
    if (operation !== null && !isObject(operation)) throw badRequest(`error decoding patch: json: cannot unmarshal ${jsonKind(operation)} into Go value of type handlers.jsonPatchOp`);
  }
  return new Patching(document).run(patch as (Operation | null)[]);
}

class Patching {
  #root: unknown;
  /** Containers made by this patch: these may be changed in place. */
  readonly #own = new Set<object>();
  #copiedBytes = 0;

  constructor(document: unknown) {
    this.#root = document;
  }

  run(operations: readonly (Operation | null)[]): unknown {
    this.#root = this.#openValue(this.#root);
    for (const operation of operations) this.#apply(operation ?? {});
    return this.#root;
  }

  #apply(operation: Operation): void {
    const path = typeof operation.path === 'string' ? operation.path : undefined;
    if (path === undefined) throw cannotApply(`${String(operation.op)} operation failed to decode path: missing value`);
    switch (operation.op) {
      case 'add': this.#add(path, operation.value ?? null); break;
      case 'remove': this.#remove(path); break;
      case 'replace': this.#replace(path, operation.value ?? null); break;
      case 'move': this.#move(fromOf(operation), path); break;
      case 'copy': this.#copy(fromOf(operation), path); break;
      case 'test': this.#test(path, operation.value); break;
      default: throw cannotApply(`Unexpected kind: ${typeof operation.op === 'string' ? operation.op : 'unknown'}`);
    }
  }

  #move(from: string, path: string): void {
    const { container, key } = this.#locate(from, `move operation does not apply: doc is missing from path: ${from}`);
    const value = within(`error in move for path: '${key}'`, () => {
      const found = child(container, key) ?? null;
      removeFrom(container, key);
      return found;
    });
    const target = this.#locate(path, `move operation does not apply: doc is missing destination path: ${path}`);
    within(`error in move for path: '${path}'`, () => addTo(target, value));
  }

  #copy(from: string, path: string): void {
    const { container, key } = this.#locate(from, `copy operation does not apply: doc is missing from path: ${from}`);
    const value = within(`error in copy for from: '${from}'`, () => child(container, key) ?? null);
    const target = this.#locate(path, `copy operation does not apply: doc is missing destination path: ${path}`);
    this.#copiedBytes += Buffer.byteLength(stringifyWhole(value) ?? '');
    if (this.#copiedBytes > MAX_COPIED_BYTES) throw cannotApply(`Unable to complete the copy, the accumulated size increase of copy is ${this.#copiedBytes}, exceeding the limit ${MAX_COPIED_BYTES}`);
    within('error while adding value during copy', () => addTo(target, copyOf(value)));
  }

  #openValue(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || this.#own.has(value)) return value;
    const copy = Array.isArray(value) ? [...(value as unknown[])] : sortedCopy(value as JsonObject);
    this.#own.add(copy);
    return copy;
  }

  /** The container that a path leads to, opened for change, and the last key. `missing`: what is told if there is none. */
  #locate(path: string, missing: string): Place {
    const parts = path.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const key = parts.pop();
    let container = key === undefined ? undefined : this.#root;
    for (const part of parts) {
      if (Array.isArray(container) && indexOf(container, part) === undefined) container = undefined;
      const opened = this.#openValue(child(container, part));
      if (Array.isArray(container)) container[indexIn(container, part)] = opened;
      else if (isObject(container) && opened !== undefined) setOwn(container, part, opened);
      container = opened;
    }
    if (key === undefined || (!Array.isArray(container) && !isObject(container))) throw cannotApply(`${missing}: missing value`);
    return { container, key };
  }

  #add(path: string, value: unknown): void {
    const place = this.#locate(path, `add operation does not apply: doc is missing path: "${path}"`);
    within(`error in add for path: '${path}'`, () => addTo(place, value));
  }

  #replace(path: string, value: unknown): void {
    if (path === '') return this.#replaceRoot(value);
    const { container, key } = this.#locate(path, `replace operation does not apply: doc is missing path: ${path}`);
    if (!Array.isArray(container)) return setOwn(container, key, value);
    const index = indexOf(container, key);
    if (index === undefined) throw cannotApply(`replace operation does not apply: doc is missing key: ${path}: missing value`);
    container[index] = value;
  }

  #replaceRoot(value: unknown): void {
    if (typeof value !== 'object' || value === null) throw cannotApply('the document must be an object or a list');
    this.#root = this.#openValue(value);
  }

  #remove(path: string): void {
    const { container, key } = this.#locate(path, `remove operation does not apply: doc is missing path: "${path}"`);
    within(`error in remove for path: '${path}'`, () => removeFrom(container, key));
  }

  #test(path: string, expected: unknown): void {
    const { container, key } = path === '' ? { container: { '': this.#root }, key: '' } : this.#locate(path, `test operation does not apply: is missing path: ${path}`);
    const actual = within(`error in test for path: '${path}'`, () => child(container, key));
    if (!jsonEqual(actual ?? null, expected ?? null)) throw cannotApply(`testing value ${path} failed: test failed`, true);
  }
}

interface Place {
  readonly container: JsonObject | unknown[];
  readonly key: string;
}

function fromOf({ op, from }: Operation): string {
  if (typeof from !== 'string') throw cannotApply(`${String(op)} operation failed to decode from: operation, missing from field: missing value`);
  return from;
}

/** Throws JsonPatchFault. */
function addTo({ container, key }: Place, value: unknown): void {
  if (!Array.isArray(container)) setOwn(container, key, value);
  else if (key === '-') container.push(value);
  else if (INDEX.test(key)) container.splice(indexIn(container, key, container.length), 0, value);
  else throw new JsonPatchFault(`value was not a proper array index: '${key}': ${notAnIndex(key)}`);
}

/** Throws JsonPatchFault. */
function removeFrom(container: JsonObject | unknown[], key: string): void {
  if (Array.isArray(container)) container.splice(indexIn(container, key), 1);
  else if (Object.hasOwn(container, key)) delete container[key];
  else throw new JsonPatchFault(`Unable to remove nonexistent key: ${key}: missing value`);
}

/** Throws JsonPatchFault. */
function child(container: unknown, key: string): unknown {
  if (Array.isArray(container)) return container[indexIn(container, key)] as unknown;
  return isObject(container) ? getOwn(container, key) : undefined;
}

const INDEX = /^[-+]?\d+$/;
const notAnIndex = (key: string): string => `strconv.Atoi: parsing ${goQuote(key)}: invalid syntax`;

/** An index up to `last`; negative ones count from the end. */
function indexOf(list: readonly unknown[], key: string, last: number = list.length - 1): number | undefined {
  const index = INDEX.test(key) ? Number(key) : Number.NaN;
  const resolved = index < 0 ? index + last + 1 : index;
  return resolved >= 0 && resolved <= last ? resolved : undefined;
}

/** Throws JsonPatchFault. */
function indexIn(list: readonly unknown[], key: string, last?: number): number {
  const index = indexOf(list, key, last);
  if (index === undefined) throw new JsonPatchFault(INDEX.test(key) ? `Unable to access invalid index: ${Number(key)}: invalid index referenced` : notAnIndex(key));
  return index;
}
