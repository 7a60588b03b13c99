import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import type { WatchEvent } from '../../client/transport.ts';
import type { Change, SeenChange } from './change.ts';
import type { Selection } from './selection.ts';

/** How watchers want their events: bytes made by `encode`, or, without it, parsed objects. */
export interface WatchForm {
  /** Equal ids: equal bytes. */
  readonly id: string;
  readonly encode?: (seen: SeenChange) => Buffer;
  /** The same of several at once, where that costs no more than to join what `encode` gives; undefined: one after the other. */
  readonly encodeAll?: (seen: readonly SeenChange[]) => Buffer;
  /** For parsed objects of another version than the stored one, or metadata only. */
  readonly convert?: (seen: SeenChange) => unknown;
  /** To be awaited before either, where a webhook converts. */
  readonly prepare?: (objects: readonly KubeObject[]) => Promise<void>;
}

/** Who else is given a batch: nobody; all of a group, at once; or those who come a little later, for whom some of its bytes are kept. */
type Sharing = 'nobody' | 'everybody' | { keep(batch: Batch, bytes: number): void };

/** What one commit of the store means to all watchers of one selection and form: made once, given to each. */
export class Batch {
  readonly revision: number;
  readonly #seen: readonly { readonly change: Change; readonly seen: SeenChange }[];
  readonly #form: WatchForm;
  readonly #shared: Sharing;
  #bytes: Buffer | undefined;
  #events: readonly WatchEvent[] | undefined;
  #heldBytes: number | undefined;

  constructor(revision: number, seen: readonly { change: Change; seen: SeenChange }[], form: WatchForm, shared: Sharing = 'everybody') {
    this.revision = revision;
    this.#seen = seen;
    this.#form = form;
    this.#shared = shared;
  }

  get size(): number {
    return this.#seen.length;
  }

  get bytes(): Buffer {
    if (this.#bytes) return this.#bytes;
    const { encode, encodeAll } = this.#form;
    if (!encode) throw new Error('watchers of parsed objects have no bytes');
    const bytes = encodeAll ? encodeAll(this.#seen.map(({ seen }) => seen)) : joined(this.frames);
    if (this.#shared === 'nobody') return bytes;
    this.#bytes = bytes;
    if (this.#shared !== 'everybody') this.#shared.keep(this, bytes.length);
    return bytes;
  }

  /** They are made anew when they are asked for again. Gives how many they were. */
  forgetBytes(): number {
    const length = this.#bytes?.length ?? 0;
    this.#bytes = undefined;
    return length;
  }

  /** What is kept in memory for a watcher that does not take it: old states, which would have gone. */
  get heldBytes(): number {
    return (this.#heldBytes ??= this.#seen.reduce((bytes, { change }) => bytes + change.bytes, 0));
  }

  /** Each frame by itself, for watches over WebSocket. */
  get frames(): readonly Buffer[] {
    const { encode, id } = this.#form;
    if (!encode) throw new Error('watchers of parsed objects have no bytes');
    // Frames are kept with changes that other groups are told of too.
    return this.#seen.map(({ change, seen }) => (this.#shared === 'everybody' ? change.frame(seen, id, encode) : encode(seen)));
  }

  get events(): readonly WatchEvent[] {
    const { convert } = this.#form;
    return (this.#events ??= this.#seen.map(({ seen }) => ({ type: seen.type, object: convert ? convert(seen) : seen.entry.object })));
  }

  /** The part of it that came after `revision`. */
  after(revision: number): Batch {
    return new Batch(this.revision, this.#seen.filter(({ change }) => change.revision > revision), this.#form);
  }

  get changes(): readonly Change[] {
    return this.#seen.map(({ change }) => change);
  }

  /** What its events are about. */
  get objects(): readonly DeepReadonly<KubeObject>[] {
    return this.#seen.map(({ seen }) => seen.entry.object);
  }

  get length(): number {
    return this.#seen.length;
  }
}

function joined(frames: readonly Buffer[]): Buffer {
  return frames.length === 1 && frames[0] ? frames[0] : Buffer.concat(frames);
}

/** One watcher. Neither method may block or throw. */
export interface WatchMember {
  receive(batch: Batch): void;
  /** The cache was lost: the watcher must start again from a list. */
  lost(): void;
  /** What it watches is served in another way from now on, or no more. */
  end(): void;
}

/** The watchers of one selection in one form. */
export class WatchGroup {
  readonly id: string;
  readonly selection: Selection;
  readonly form: WatchForm;
  readonly members = new Set<WatchMember>();
  readonly #pending: { change: Change; seen: SeenChange }[] = [];

  constructor(id: string, selection: Selection, form: WatchForm) {
    this.id = id;
    this.selection = selection;
    this.form = form;
  }

  /** Whether the group waits for `flush` for the first time since the last one. */
  offer(change: Change): boolean {
    const seen = change.as(this.selection);
    if (!seen) return false;
    this.#pending.push({ change, seen });
    return this.#pending.length === 1;
  }

  flush(revision: number): void {
    const batch = new Batch(revision, this.#pending.splice(0), this.form);
    for (const member of this.members) member.receive(batch);
  }
}
