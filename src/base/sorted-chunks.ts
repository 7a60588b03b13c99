/** Anything with a key that does not change. */
export interface Keyed {
  readonly key: string;
}

const CHUNK = 512;

/** Items in the order of their keys: a list of short sorted lists, so that putting one in moves few others, however many there are. */
export class SortedChunks<T extends Keyed> {
  readonly #chunks: T[][] = [];

  get size(): number {
    let size = 0;
    for (const chunk of this.#chunks) size += chunk.length;
    return size;
  }

  /** Puts an item in its place, or in the place of the one with its key. */
  put(item: T): void {
    const at = this.#chunkOf(item.key);
    const chunk = this.#chunks[at];
    if (!chunk) {
      this.#chunks.push([item]);
      return;
    }
    const position = firstAtLeast(chunk, item.key);
    if (chunk[position]?.key === item.key) {
      chunk[position] = item;
      return;
    }
    if (position === chunk.length) chunk.push(item);
    else chunk.splice(position, 0, item);
    if (chunk.length <= CHUNK) return;
    // Keys that come in order fill their lists; others split them in half.
    const upper = chunk.splice(position === chunk.length - 1 ? CHUNK : CHUNK / 2);
    this.#chunks.splice(at + 1, 0, upper);
  }

  /** Takes out the item with this key, if there is one. */
  delete(key: string): void {
    const at = this.#chunkOf(key);
    const chunk = this.#chunks[at];
    const position = chunk ? firstAtLeast(chunk, key) : 0;
    if (!chunk || chunk[position]?.key !== key) return;
    chunk.splice(position, 1);
    if (chunk.length === 0) this.#chunks.splice(at, 1);
  }

  /** Items from `start` on, in order. Nothing must be put in or taken out meanwhile. */
  *from(start: string): Generator<T, void, void> {
    for (let at = this.#chunkOf(start); at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at] ?? [];
      for (let position = firstAtLeast(chunk, start); position < chunk.length; position++) yield chunk[position] as T;
    }
  }

  /** Those from `start` on and before `end`, in order. */
  slice(start: string, end: string): T[] {
    return ([] as T[]).concat(...this.#parts(start, end).map(({ chunk, first, last }) => chunk.slice(first, last)));
  }

  /** How many there are from `start` on and before `end`. */
  count(start: string, end: string): number {
    let count = 0;
    for (const { first, last } of this.#parts(start, end)) count += last - first;
    return count;
  }

  /** At most `count` of them, evenly spread. */
  sample(count: number): T[] {
    const step = Math.max(1, Math.floor(this.size / count));
    const found: T[] = [];
    let passed = 0;
    for (const chunk of this.#chunks) {
      for (let next = found.length * step; next < passed + chunk.length && found.length < count; next += step) found.push(chunk[next - passed] as T);
      passed += chunk.length;
    }
    return found;
  }

  #parts(start: string, end: string): { chunk: readonly T[]; first: number; last: number }[] {
    const parts: { chunk: readonly T[]; first: number; last: number }[] = [];
    for (let at = this.#chunkOf(start); at < this.#chunks.length; at++) {
      const chunk = this.#chunks[at] as readonly T[];
      if ((chunk[0]?.key ?? '') >= end) break;
      const first = firstAtLeast(chunk, start);
      const last = firstAtLeast(chunk, end);
      if (first < last) parts.push({ chunk, first, last });
    }
    return parts;
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
  // Most writes of a busy cluster are to new names, at the end: look there first.
  const last = chunk[high - 1];
  if (last && last.key < key) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((chunk[middle]?.key ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
