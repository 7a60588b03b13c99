import { type Keyed, SortedChunks } from '../base/sorted-chunks.ts';

/** Entries by key, and in the order of their keys. */
export class KeyIndex<T extends Keyed> {
  readonly #byKey = new Map<string, T>();
  readonly #sorted = new SortedChunks<T>();

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): T | undefined {
    return this.#byKey.get(key);
  }

  /** Adds an entry whose key is not in the index yet. */
  add(entry: T): void {
    this.#byKey.set(entry.key, entry);
    this.#sorted.put(entry);
  }

  delete(key: string): void {
    if (this.#byKey.delete(key)) this.#sorted.delete(key);
  }

  /** Entries whose keys begin with `prefix` and come after `after`, in order. The index must not change meanwhile. */
  *from(prefix: string, after?: string): Generator<T, void, void> {
    const past = after !== undefined && after >= prefix;
    for (const entry of this.#sorted.from(past ? after : prefix)) {
      if (past && entry.key === after) continue;
      if (!entry.key.startsWith(prefix)) return;
      yield entry;
    }
  }
}
