import type { Component } from '../base/lifecycle.ts';

/**
 * etcd's contract in small: one ordered log of revisions over a map of keys to bytes. Every write has a revision, one more than the write
 * before it; a read sees all writes up to the revision that it tells; a watch gets every write after a revision, once, in order.
 *
 * A write is acknowledged, and visible to reads and watches, only once it is durable, in the order of revisions. The engines (`memory/`,
 * `lmdb/`, `etcd/`) pass one suite, `store-suite.ts`.
 */
export interface Store extends Component {
  /** The revision of the newest visible write; 1 in an empty store, as in etcd. */
  readonly revision: number;

  /** The revision up to which history was forgotten, as far as this server knows: no older state can be read. */
  readonly compacted: number;

  /** Whether writes can be taken; false once there is no room, until there is some again. */
  readonly writable: boolean;

  /** For a store that other servers write to as well; undefined: only this one does, and `revision` is the newest there is. */
  readonly shared?: SharedStore | undefined;

  get(key: string): Promise<Stored | undefined>;

  /**
   * In the order of the keys (UTF-16's in memory and lmdb, bytes in etcd: the same, but for characters beyond U+D7FF). Throws
   * `CompactedError` or `FutureRevisionError` for a revision that cannot be read.
   */
  range(options: RangeOptions): Promise<RangeResult>;

  /** How many keys begin with `prefix` now. */
  count(prefix: string): Promise<number>;

  /**
   * Writes if the key's head is as expected; throws `RevisionMismatchError` if not, `StoreFullError` when there is no room. Deleting a key
   * that is not there writes nothing. `value` belongs to the store from here on. Watches that have caught up were told
   * before this resolves (not with etcd).
   */
  commit(write: Write): Promise<Committed>;

  /**
   * Every write to keys beginning with `prefix` after `revision`, in order; `onEvents` gets them in batches and must not block; with no
   * events it says that there were none up to `revision`. It is never called within `watch` itself. Ends, with the reason, when `onEnd` is
   * called: once, `CompactedError` for a revision that history no longer holds. Disposing it or the store ends it silently.
   */
  watch(options: WatchOptions): Disposable;

  /** Whether the newest value of a key wants writing again though it would be the same: its stored form is one that is being given up (encryption keys). */
  isStale?(key: string): boolean;

  /** Forgets history up to `revision`: older reads and watches end with `CompactedError`. */
  compact(revision: number): Promise<void>;
}

/**
 * What consistent reads from a cache need of a store with several writers (KEP-2340): the newest revision, for which they wait. A watch of all keys comes
 * to it by its events, since each revision has one; no etcd has to be asked for progress, which ones before 3.4.25 and 3.5.8 answer too early.
 */
export interface SharedStore {
  /** The revision of the newest write that anybody had acknowledged when this was called, or of a later one. */
  readIndex(): Promise<number>;
}

export interface Stored {
  readonly key: string;
  readonly value: Uint8Array;
  /** The revision of the key's creation. */
  readonly createRevision: number;
  /** The revision of its last write: an object's resourceVersion. */
  readonly modRevision: number;
}

export interface Write {
  readonly key: string;
  /** undefined deletes. */
  readonly value: Uint8Array | undefined;
  /** The modRevision that the key must have; 0: it must not exist; undefined: whatever it is. */
  readonly expected: number | undefined;
  /** The key is deleted by itself this long after the write (events, leases of servers). */
  readonly ttlSeconds?: number;
}

export interface Committed {
  /** The revision of this write. */
  readonly revision: number;
  /** The key's state before it; undefined when there was none. */
  readonly previous: Stored | undefined;
}

export interface RangeOptions {
  readonly prefix: string;
  /** Only keys after this one. */
  readonly after?: string;
  /** At most so many. */
  readonly limit?: number;
  /** The state as it was then; default: now. */
  readonly revision?: number;
}

export interface RangeResult {
  readonly items: readonly Stored[];
  /** The revision of which `items` are the state. */
  readonly revision: number;
  /** Whether `limit` cut the answer, and how many keys come after it. */
  readonly remaining: number;
}

export interface StoreEvent {
  readonly type: 'put' | 'delete';
  readonly key: string;
  readonly revision: number;
  /** The new state; undefined for a deletion. */
  readonly value: Uint8Array | undefined;
  /** The state before; undefined when the key was created. */
  readonly previous: Stored | undefined;
}

export interface WatchOptions {
  readonly prefix: string;
  /** Events after this revision. */
  readonly revision: number;
  readonly onEvents: (events: readonly StoreEvent[], revision: number) => void;
  readonly onEnd: (reason: Error) => void;
}

/** The key's head was not the expected one; `current` is what it was. */
export class RevisionMismatchError extends Error {
  override readonly name = 'RevisionMismatchError';
  readonly current: Stored | undefined;

  constructor(key: string, current: Stored | undefined) {
    super(`the key ${key} is at revision ${current?.modRevision ?? 0}`);
    this.current = current;
  }
}

/** History begins after the asked revision. */
export class CompactedError extends Error {
  override readonly name = 'CompactedError';
  readonly compactedRevision: number;

  constructor(compactedRevision: number) {
    super(`history up to revision ${compactedRevision} has been compacted`);
    this.compactedRevision = compactedRevision;
  }
}

/** The asked revision has not been reached yet. */
export class FutureRevisionError extends Error {
  override readonly name = 'FutureRevisionError';
  readonly revision: number;

  constructor(revision: number) {
    super(`the store is at revision ${revision} only`);
    this.revision = revision;
  }
}

/** No room on the disk: nothing was written, reads go on. */
export class StoreFullError extends Error {
  override readonly name = 'StoreFullError';
}
