/** What an index holds: anything with a key that does not change. */
export interface Keyed {
  readonly key: string;
}

const CHUNK = 512;

/** Entries by key, and in the order of their keys: a list of short sorted lists, so that adding one key moves few others. */
export class KeyIndex<T extends Keyed> {
  readonly #byKey = new Map<string, T>();
  readonly #chunks: T[][] = [];

  get size(): number {
    return this.#byKey.size;
  }

  get(key: string): T | undefined {
    return this.#byKey.get(key);
  }

  /** Adds an entry whose key is not in the index yet. */
  add(entry: T): void {
    this.#byKey.set(entry.key, entry);
    const at = this.#chunkOf(entry.key);
    const chunk = this.#chunks[at];
    if (!chunk) {
      this.#chunks.push([entry]);
      return;
    }
    const position = firstAtLeast(chunk, entry.key);
    if (position === chunk.length) chunk.push(entry);
    else chunk.splice(position, 0, entry);
    if (chunk.length <= CHUNK) return;
    // Keys that come in order fill their lists; others split them in half.
    const upper = chunk.splice(position === chunk.length - 1 ? CHUNK : CHUNK / 2);
    this.#chunks.splice(at + 1, 0, upper);
  }

  delete(key: string): void {
    if (!this.#byKey.delete(key)) return;
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    if (!chunk) return;
    chunk.splice(firstAtLeast(chunk, key), 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  /** Entries whose keys begin with `prefix` and come after `after`, in order. The index must not change meanwhile. */
  *from(prefix: string, after?: string): Generator<T, void, void> {
    const past = after !== undefined && after >= prefix;
    const start = past ? after : prefix;
    for (let at = this.#chunkOf(start); at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at] ?? [];
      for (let position = firstAtLeast(chunk, start); position < chunk.length; position++) {
        const entry = chunk[position];
        if (!entry || (past && entry.key === after)) continue;
        if (!entry.key.startsWith(prefix)) return;
        yield entry;
      }
    }
  }

  /** The last list that begins at or before `key`; 0 when there is none. */
  #chunkOf(key: string): number {
    let low = 0;
    let high = this.#chunks.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const first = this.#chunks[middle]?.[0];
      if (first && first.key <= key) low = middle + 1;
      else high = middle;
    }
    return Math.max(low - 1, 0);
  }
}

function firstAtLeast(chunk: readonly Keyed[], key: string): number {
  let low = 0;
  let high = chunk.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((chunk[middle]?.key ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
