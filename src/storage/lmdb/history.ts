/** What is kept in memory of a write in history: enough to walk from a key's state to an older one. */
export interface Step {
  /** The revision of the key's write before it; 0 when there was none. */
  readonly before: number;
  /** Whether the key was there before the write. */
  readonly existed: boolean;
  readonly deleted: boolean;
}

const CHUNK = 8192;
const EXISTED = 2;
const DELETED = 1;

/** Which revision was before which, for every write after the last compaction, in eight bytes a write; keys and values stay on the disk. */
export class History {
  /** `before` times four, and the two flags, by revision. */
  #chunks: Float64Array[] = [];
  /** The steps are those of the revisions after this one. */
  #from: number;
  /** How many steps of the first chunk are forgotten. */
  #skipped = 0;
  #length = 0;

  constructor(from: number) {
    this.#from = from;
  }

  get from(): number {
    return this.#from;
  }

  /** Adds the next revision's. */
  push({ before, existed, deleted }: Step): void {
    this.#push(before * 4 + (existed ? EXISTED : 0) + (deleted ? DELETED : 0));
  }

  /** Adds what came after the last step. */
  append(later: History): void {
    for (let at = 0; at < later.#length; at++) this.#push(later.#at(at));
  }

  /** The revision at or before `at` in which the key had the state of then, going back from its state of revision `head`; 0: it was not there. */
  revisionAt(at: number, head: number, exists: boolean): number {
    let revision = head;
    let there = exists;
    while (revision > at) {
      const position = revision - this.#from - 1;
      if (position < 0 || position >= this.#length) throw new RangeError(`history begins after revision ${this.#from}: ${revision} is not in it`);
      const step = this.#at(position);
      revision = Math.floor(step / 4);
      there = (step & EXISTED) !== 0;
    }
    return there ? revision : 0;
  }

  /** The revisions that nobody can ask for once history begins after `upTo`, because they were written over or deleted by then; of those, the deletions. */
  unreachable(upTo: number): { revisions: number[]; deletions: number[] } {
    const revisions: number[] = [];
    const deletions: number[] = [];
    for (let at = 0; at < Math.min(upTo - this.#from, this.#length); at++) {
      const step = this.#at(at);
      if ((step & EXISTED) !== 0) revisions.push(Math.floor(step / 4));
      if ((step & DELETED) !== 0) deletions.push(this.#from + 1 + at);
    }
    revisions.push(...deletions);
    return { revisions, deletions };
  }

  forget(upTo: number): void {
    const count = upTo - this.#from;
    this.#from = upTo;
    this.#length = Math.max(this.#length - count, 0);
    this.#skipped += count;
    this.#chunks.splice(0, Math.floor(this.#skipped / CHUNK));
    this.#skipped %= CHUNK;
  }

  #push(step: number): void {
    const position = this.#skipped + this.#length++;
    let chunk = this.#chunks[Math.floor(position / CHUNK)];
    if (!chunk) this.#chunks.push((chunk = new Float64Array(CHUNK)));
    chunk[position % CHUNK] = step;
  }

  #at(index: number): number {
    const position = this.#skipped + index;
    return this.#chunks[Math.floor(position / CHUNK)]?.[position % CHUNK] ?? 0;
  }
}
