import type { Entry } from '../cacher/entry.ts';
import type { ReadyBody } from '../http/long-body.ts';

const FIRST = Buffer.from('{');
const OTHER = Buffer.from(',{');
const END = Buffer.from(']}\n');
const NOTHING = Buffer.alloc(0);

/** The stored JSON of entries joined to a list. `head`: up to the items; `skipped`: how many bytes behind the brace of each item are left out. */
export class ListBody implements ReadyBody {
  readonly length: number;
  readonly #entries: readonly Entry[];
  readonly #skipped: number;
  /** The next entry, or its separator when `#isSeparated` is false. */
  #next = 0;
  #isSeparated = false;
  #isEnding = false;
  #part: Buffer;
  #at = 0;

  constructor(head: Buffer, entries: readonly Entry[], skipped: number) {
    this.#part = head;
    this.#entries = entries;
    this.#skipped = skipped;
    let length = head.length + END.length + Math.max(entries.length - 1, 0);
    for (const entry of entries) length += entry.bytes.length - skipped;
    this.length = length;
  }

  fill(target: Buffer): number {
    let filled = 0;
    for (;;) {
      const part = this.#part;
      const bytes = Math.min(part.length - this.#at, target.length - filled);
      if (bytes > 0) part.copy(target, filled, this.#at, this.#at + bytes);
      filled += bytes;
      this.#at += bytes;
      if (this.#at < part.length || !this.#turn()) return filled;
    }
  }

  /** Goes to the part behind the present one; false behind the last one. */
  #turn(): boolean {
    const entry = this.#entries[this.#next];
    this.#at = 0;
    if (!entry) {
      this.#part = this.#isEnding ? NOTHING : END;
      const isThere = !this.#isEnding;
      this.#isEnding = true;
      return isThere;
    }
    if (this.#isSeparated) {
      this.#part = entry.bytes;
      this.#at = 1 + this.#skipped;
      this.#next++;
    } else this.#part = this.#next === 0 ? FIRST : OTHER;
    this.#isSeparated = !this.#isSeparated;
    return true;
  }
}
