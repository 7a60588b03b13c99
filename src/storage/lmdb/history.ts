/** What is kept in memory of a write in history: enough to walk from a key's state to an older one. */
export interface Step {
  readonly key: string;
  /** The revision of the key's write before it; 0 when there was none. */
  readonly before: number;
  /** Whether the key was there before the write. */
  readonly existed: boolean;
  readonly deleted: boolean;
}

/** Which revision was before which, for every write after the last compaction; values stay on the disk. */
export class History {
  #steps: Step[] = [];
  /** The steps are those of the revisions after this one. */
  #from: number;

  constructor(from: number) {
    this.#from = from;
  }

  get from(): number {
    return this.#from;
  }

  get length(): number {
    return this.#steps.length;
  }

  /** Adds the next revision's. */
  push(step: Step): void {
    this.#steps.push(step);
  }

  /** Adds what came before the first step: those of the revisions after `from`. */
  prepend(from: number, steps: Step[]): void {
    this.#steps = [...steps, ...this.#steps];
    this.#from = from;
  }

  /** The revision at or before `at` in which the key had the state of then, going back from its state of revision `head`; 0: it was not there. */
  revisionAt(at: number, head: number, exists: boolean): number {
    let revision = head;
    let there = exists;
    while (revision > at) {
      const step = this.#steps[revision - this.#from - 1];
      if (!step) throw new RangeError(`history begins after revision ${this.#from}: ${revision} is not in it`);
      revision = step.before;
      there = step.existed;
    }
    return there ? revision : 0;
  }

  /** The revisions that nobody can ask for once history begins after `upTo`, because they were written over or deleted by then, and the keys deleted. */
  unreachable(upTo: number): { revisions: number[]; deleted: string[] } {
    const revisions: number[] = [];
    const deleted: string[] = [];
    for (let at = 0; at < Math.min(upTo - this.#from, this.#steps.length); at++) {
      const step = this.#steps[at];
      if (!step) continue;
      if (step.existed) revisions.push(step.before);
      if (!step.deleted) continue;
      revisions.push(this.#from + 1 + at);
      deleted.push(step.key);
    }
    return { revisions, deleted };
  }

  forget(upTo: number): void {
    this.#steps = this.#steps.slice(upTo - this.#from);
    this.#from = upTo;
  }
}
