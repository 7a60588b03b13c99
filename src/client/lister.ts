import type { DeepReadonly, KubeObject } from '../apimachinery/meta.ts';

/** Under which values an object is found. The same function gives the same index, so share it: one constant a rule. */
export type IndexFunction<T extends KubeObject> = (object: DeepReadonly<T>) => readonly string[];

/** Reads of an informer's cache. The objects are shared with everybody: copy to change. */
export interface Lister<T extends KubeObject> {
  /** By `namespace/name`, or `name` for objects of the cluster. */
  get(key: string): DeepReadonly<T> | undefined;
  list(): readonly DeepReadonly<T>[];
  inNamespace(namespace: string): readonly DeepReadonly<T>[];
  /** The objects under `value`, in no particular order. */
  byIndex(index: IndexFunction<T>, value: string): readonly DeepReadonly<T>[];
  readonly size: number;
}

const NONE: readonly never[] = Object.freeze([]);

type AnyObject = DeepReadonly<KubeObject>;

export function byNamespace(object: AnyObject): readonly string[] {
  return [object.metadata.namespace ?? ''];
}

/** The uid of the owner that controls the object. */
export function byControllerUid(object: AnyObject): readonly string[] {
  const controller = object.metadata.ownerReferences?.find((owner) => owner.controller === true);
  return controller ? [controller.uid] : [];
}

/** The uids of all owners. */
export function byOwnerUid(object: AnyObject): readonly string[] {
  return object.metadata.ownerReferences?.map((owner) => owner.uid) ?? [];
}

/** The node that a pod is bound to. */
export function byNodeName(pod: AnyObject & { readonly spec: { readonly nodeName?: string } }): readonly string[] {
  return pod.spec.nodeName ? [pod.spec.nodeName] : [];
}

/** The cache behind a lister: objects by key, and indexes that are made on first use. */
export class ObjectCache<T extends KubeObject> implements Lister<T> {
  readonly #objects = new Map<string, DeepReadonly<T>>();
  readonly #indexes = new Map<IndexFunction<T>, Map<string, Map<string, DeepReadonly<T>>>>();

  get size(): number {
    return this.#objects.size;
  }

  get(key: string): DeepReadonly<T> | undefined {
    return this.#objects.get(key);
  }

  keys(): IterableIterator<string> {
    return this.#objects.keys();
  }

  list(): readonly DeepReadonly<T>[] {
    return [...this.#objects.values()];
  }

  inNamespace(namespace: string): readonly DeepReadonly<T>[] {
    return this.byIndex(byNamespace as IndexFunction<T>, namespace);
  }

  byIndex(index: IndexFunction<T>, value: string): readonly DeepReadonly<T>[] {
    let entries = this.#indexes.get(index);
    if (!entries) {
      entries = new Map();
      this.#indexes.set(index, entries);
      for (const [key, object] of this.#objects) enter(entries, index(object), key, object);
    }
    const found = entries.get(value);
    return found ? [...found.values()] : NONE;
  }

  /** Puts `object` under `key`, or takes the key out; gives what was there. */
  set(key: string, object: DeepReadonly<T> | undefined): DeepReadonly<T> | undefined {
    const before = this.#objects.get(key);
    if (object) this.#objects.set(key, object);
    else this.#objects.delete(key);
    for (const [index, entries] of this.#indexes) {
      if (before) leave(entries, index(before), key);
      if (object) enter(entries, index(object), key, object);
    }
    return before;
  }
}

function enter<T>(entries: Map<string, Map<string, T>>, values: readonly string[], key: string, object: T): void {
  for (const value of values) {
    const under = entries.get(value);
    if (under) under.set(key, object);
    else entries.set(value, new Map([[key, object]]));
  }
}

function leave<T>(entries: Map<string, Map<string, T>>, values: readonly string[], key: string): void {
  for (const value of values) {
    const under = entries.get(value);
    under?.delete(key);
    if (under?.size === 0) entries.delete(value);
  }
}
