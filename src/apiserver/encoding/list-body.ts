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
  /** Where `#part` ends for us: an entry's newline is not taken. */
  #end: number;

  constructor(head: Buffer, entries: readonly Entry[], skipped: number) {
    this.#part = head;
    this.#end = head.length;
    this.#entries = entries;
    this.#skipped = skipped;
    let length = head.length + END.length + Math.max(entries.length - 1, 0);
    for (const entry of entries) length += entry.length - skipped;
    this.length = length;
  }

  fill(target: Buffer): number {
    let filled = 0;
    for (;;) {
      const part = this.#part;
      const bytes = Math.min(this.#end - this.#at, target.length - filled);
      if (bytes > 0) part.copy(target, filled, this.#at, this.#at + bytes);
      filled += bytes;
      this.#at += bytes;
      if (this.#at < this.#end || !this.#turn()) return filled;
    }
  }

  /** Goes to the part behind the present one; false behind the last one. */
  #turn(): boolean {
    const entry = this.#entries[this.#next];
    if (!entry) {
      this.#take(this.#isEnding ? NOTHING : END);
      const isThere = !this.#isEnding;
      this.#isEnding = true;
      return isThere;
    }
    if (this.#isSeparated) {
      this.#take(entry.line, 1 + this.#skipped, entry.length);
      this.#next++;
    } else this.#take(this.#next === 0 ? FIRST : OTHER);
    this.#isSeparated = !this.#isSeparated;
    return true;
  }

  #take(part: Buffer, at = 0, end: number = part.length): void {
    this.#part = part;
    this.#at = at;
    this.#end = end;
  }
}
