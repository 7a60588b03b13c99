import { jsonKind } from '../schema/decode-error.ts';
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

/** A patch that does not fit the document; all such mistakes have one text. */
function cannotApply(cause: string): StatusError {
  return failure(422, 'Invalid', 'the server rejected our request due to an error in our request', {}, { cause: new Error(cause) });
}

/**
 * Applies a JSON patch to a document, which is not changed; what the patch does not touch is shared with it. As in Kubernetes, `replace`
 * of an absent key adds it, a value that is not given or not there to copy is null, what stands before the first slash of a path is passed over, and the whole
 * document is replaced or tested only. Objects on the way come out with sorted keys. `null` is no operation.
 * Throws StatusError: 400 for what is no patch, 413 for too many operations, 422 for what cannot be applied.
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
    if (path === undefined) throw cannotApply('operation without a path');
    switch (operation.op) {
      case 'add': this.#add(path, operation.value ?? null); break;
      case 'remove': this.#remove(path); break;
      case 'replace': this.#replace(path, operation.value ?? null); break;
      case 'move': {
        const from = this.#from(operation);
        const value = this.#get(from) ?? null;
        this.#remove(from);
        this.#add(path, value);
        break;
      }
      case 'copy': {
        const value = this.#get(this.#from(operation)) ?? null;
        this.#copiedBytes += Buffer.byteLength(stringifyWhole(value) ?? '');
        if (this.#copiedBytes > MAX_COPIED_BYTES) throw cannotApply('copies are too large');
        this.#add(path, structuredClone(value));
        break;
      }
      case 'test': this.#test(path, operation.value); break;
      default: throw cannotApply(`unexpected kind: ${String(operation.op)}`);
    }
  }

  #from(operation: Operation): string {
    if (typeof operation.from !== 'string') throw cannotApply('operation without a from');
    return operation.from;
  }

  #openValue(value: unknown): unknown {
    if (typeof value !== 'object' || value === null || this.#own.has(value)) return value;
    const copy = Array.isArray(value) ? [...(value as unknown[])] : sortedCopy(value as JsonObject);
    this.#own.add(copy);
    return copy;
  }

  /** The container that a path leads to, opened for change, and the last key. */
  #locate(path: string): { container: JsonObject | unknown[]; key: string } {
    const parts = path.split('/').slice(1).map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
    const key = parts.pop();
    if (key === undefined) throw cannotApply(`missing path ${path}`);
    let container = this.#root;
    for (const part of parts) {
      const opened = this.#openValue(child(container, part));
      if (Array.isArray(container)) container[indexIn(container, part)] = opened;
      else if (isObject(container) && opened !== undefined) setOwn(container, part, opened);
      container = opened;
    }
    if (!Array.isArray(container) && !isObject(container)) throw cannotApply(`missing path ${path}`);
    return { container, key };
  }

  #get(path: string): unknown {
    const { container, key } = this.#locate(path);
    return child(container, key);
  }

  #add(path: string, value: unknown): void {
    const { container, key } = this.#locate(path);
    if (!Array.isArray(container)) setOwn(container, key, value);
    else if (key === '-') container.push(value);
    else {
      const index = indexIn(container, key, container.length);
      container.splice(index, 0, value);
    }
  }

  #replace(path: string, value: unknown): void {
    if (path === '') return this.#replaceRoot(value);
    const { container, key } = this.#locate(path);
    if (Array.isArray(container)) container[indexIn(container, key)] = value;
    else setOwn(container, key, value);
  }

  #replaceRoot(value: unknown): void {
    if (typeof value !== 'object' || value === null) throw cannotApply('the document must be an object or a list');
    this.#root = this.#openValue(value);
  }

  #remove(path: string): void {
    const { container, key } = this.#locate(path);
    if (Array.isArray(container)) container.splice(indexIn(container, key), 1);
    else if (Object.hasOwn(container, key)) delete container[key];
    else throw cannotApply(`nothing to remove at ${path}`);
  }

  #test(path: string, expected: unknown): void {
    const { container, key } = path === '' ? { container: { '': this.#root }, key: '' } : this.#locate(path);
    const actual = Array.isArray(container) ? container[indexIn(container, key)] : getOwn(container, key);
    if (!jsonEqual(actual ?? null, expected ?? null)) throw cannotApply(`testing value ${path} failed`);
  }
}

function child(container: unknown, key: string): unknown {
  if (Array.isArray(container)) return container[indexIn(container, key)] as unknown;
  return isObject(container) ? getOwn(container, key) : undefined;
}

/** An index of an existing element (below `bound`); negative ones count from the end. */
function indexIn(list: readonly unknown[], key: string, last: number = list.length - 1): number {
  const index = /^[-+]?\d+$/.test(key) ? Number(key) : Number.NaN;
  const resolved = index < 0 ? index + last + 1 : index;
  if (!(resolved >= 0 && resolved <= last)) throw cannotApply(`unable to access invalid index: ${key}`);
  return resolved;
}
