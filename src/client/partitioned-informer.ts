import type { DeepReadonly, KubeObject } from '../apimachinery/meta.ts';
import type { ChangeHandler, Informer } from './informer.ts';
import { type Lister, ObjectCache } from './lister.ts';

/** A cache that is kept true by somebody else: what a component reads of an informer that it does not own. */
export interface SharedCache<T extends KubeObject> {
  readonly lister: Lister<T>;
  /** Tells `handler` of every change from now on, and of every object that is already there. */
  onChange(handler: ChangeHandler<T>): Disposable;
}

/** The objects of one partition. */
class Part<T extends KubeObject> implements SharedCache<T> {
  readonly #cache = new ObjectCache<T>();
  readonly #handlers = new Set<ChangeHandler<T>>();

  get lister(): Lister<T> {
    return this.#cache;
  }

  get isUnused(): boolean {
    return this.#handlers.size === 0 && this.#cache.size === 0;
  }

  onChange(handler: ChangeHandler<T>): Disposable {
    this.#handlers.add(handler);
    for (const key of this.#cache.keys()) handler({ key, before: undefined, after: this.#cache.get(key) });
    return { [Symbol.dispose]: () => this.#handlers.delete(handler) };
  }

  set(key: string, before: DeepReadonly<T> | undefined, after: DeepReadonly<T> | undefined): void {
    const known = this.#cache.set(key, after);
    if (!known && !after) return;
    for (const handler of this.#handlers) handler({ key, before: after ? known : (before ?? known), after });
  }
}

/**
 * One watch for many readers, each of which wants the objects of one partition only: the pods of its node. An object that moves is gone from the one and
 * new in the other; objects without a partition are in none.
 */
export class PartitionedInformer<T extends KubeObject> implements Disposable {
  readonly #parts = new Map<string, Part<T>>();
  readonly #subscription: Disposable;

  /** The informer stays its giver's. */
  constructor(informer: Informer<T>, partitionOf: (object: DeepReadonly<T>) => string | undefined) {
    this.#subscription = informer.onChange(({ key, before, after }) => {
      const [from, to] = [before && partitionOf(before), after && partitionOf(after)];
      if (from !== undefined && from !== to) this.#leave(from, key, before);
      if (to !== undefined) this.#part(to).set(key, from === to ? before : undefined, after);
    });
  }

  of(partition: string): SharedCache<T> {
    return this.#part(partition);
  }

  #leave(from: string, key: string, before: DeepReadonly<T> | undefined): void {
    const part = this.#part(from);
    part.set(key, before, undefined);
    if (part.isUnused) this.#parts.delete(from);
  }

  #part(name: string): Part<T> {
    let part = this.#parts.get(name);
    if (!part) this.#parts.set(name, (part = new Part<T>()));
    return part;
  }

  [Symbol.dispose](): void {
    this.#subscription[Symbol.dispose]();
  }
}
