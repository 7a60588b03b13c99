import type { Entry } from './entry.ts';
import { isSelected, type Selection } from './selection.ts';

const PER_CHANGE = 200;

/** One write to a resource, as watchers see it. Frames made of it are kept with it, so that watchers of the same form share them. */
export class Change {
  readonly revision: number;
  /** The new state; undefined for a deletion. */
  readonly current: Entry | undefined;
  readonly previous: Entry | undefined;
  #gone: Entry | undefined;
  #frames: Map<string, Buffer> | undefined;

  constructor(revision: number, current: Entry | undefined, previous: Entry | undefined) {
    this.revision = revision;
    this.current = current;
    this.previous = previous;
  }

  /** What is kept in memory for it alone: the state before; the new one is there anyway, or is the state before of a later change. */
  get bytes(): number {
    return (this.previous?.length ?? 0) + (this.#gone?.length ?? 0) + PER_CHANGE;
  }

  /** The last state, under the revision of this change: what DELETED shows. */
  get gone(): Entry {
    if (!this.previous) throw new Error(`nothing was there before revision ${this.revision}`);
    return (this.#gone ??= this.previous.at(this.revision));
  }

  /** What a watcher of `selection` sees; undefined: nothing. An object that leaves the selection is DELETED for it. */
  as(selection: Selection): SeenChange | undefined {
    const isIn = this.current !== undefined && isSelected(selection, this.current);
    const wasIn = this.previous !== undefined && isSelected(selection, this.previous);
    if (isIn && this.current) return { type: wasIn ? 'MODIFIED' : 'ADDED', entry: this.current };
    return wasIn ? { type: 'DELETED', entry: this.gone } : undefined;
  }

  /** The bytes of this change as `seen`, in the form `form`, made by `encode` once. */
  frame(seen: SeenChange, form: string, encode: (seen: SeenChange) => Buffer): Buffer {
    const id = `${seen.type}${form}`;
    const known = this.#frames?.get(id);
    if (known) return known;
    const frame = encode(seen);
    (this.#frames ??= new Map()).set(id, frame);
    return frame;
  }

  /** Lets go what was for the moment only, once it has been written: a late watcher makes its own frames, and old states keep their bytes alone. */
  rest(): void {
    this.#frames = undefined;
    this.previous?.forgetObject();
  }
}

export interface SeenChange {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly entry: Entry;
}
