import type { Clock } from '../../base/clock.ts';
import { AbortError } from '../../base/lifecycle.ts';
import { Expiry } from '../expiry.ts';
import { DEFAULT_HISTORY_MS, HistoryKeeper } from '../history-keeper.ts';
import { KeyIndex } from '../key-index.ts';
import {
  CompactedError,
  FutureRevisionError,
  RevisionMismatchError,
  type Committed,
  type RangeOptions,
  type RangeResult,
  type Store,
  type Stored,
  type StoreEvent,
  type WatchOptions,
  type Write,
} from '../store.ts';
import { type HistoryChunk, WatchHub } from '../watch-hub.ts';

/** A state of a key, with the one before it as far as history reaches. */
interface Version {
  readonly revision: number;
  /** undefined: the key was deleted. */
  readonly stored: Stored | undefined;
  previous: Version | undefined;
}

interface Entry {
  readonly key: string;
  head: Version;
}

/** What history may take in memory before its older half is forgotten early. */
const MAX_HISTORY_BYTES = 256 * 2 ** 20;
const MAX_HISTORY_REVISIONS = 500_000;

export interface MemoryStoreOptions {
  readonly clock: Clock;
  /** How long history is kept at least, in milliseconds; default: five minutes. */
  readonly historyMs?: number;
  /** How many bytes of history memory may hold; default: 256 MiB. */
  readonly maxHistoryBytes?: number;
}

/**
 * A store for tests, simulations and clusters that may be forgotten. A write is decided, visible and handed to the watches within the call
 * of `commit`, so that under a virtual clock the same calls give the same log.
 */
export class MemoryStore implements Store {
  readonly writable = true;
  readonly #clock: Clock;
  readonly #historyMs: number;
  readonly #maxHistoryBytes: number;
  readonly #index = new KeyIndex<Entry>();
  readonly #hub: WatchHub;
  readonly #expiry: Expiry;
  readonly #done = Promise.withResolvers<void>();
  #keeper: HistoryKeeper | undefined;
  /** The events after `#compacted`, one a revision. */
  #log: StoreEvent[] = [];
  #compacted = 1;
  #revision = 1;
  #closed = false;

  constructor(options: MemoryStoreOptions) {
    this.#clock = options.clock;
    this.#historyMs = options.historyMs ?? DEFAULT_HISTORY_MS;
    this.#maxHistoryBytes = options.maxHistoryBytes ?? MAX_HISTORY_BYTES;
    this.#hub = new WatchHub({ revision: () => this.#revision, readHistory: (revision) => this.#readHistory(revision) });
    this.#expiry = new Expiry(this.#clock, (key, revision) => {
      if (this.#index.get(key)?.head.revision === revision) this.#write({ key, value: undefined, expected: revision });
    });
  }

  get revision(): number {
    return this.#revision;
  }

  get compacted(): number {
    return this.#compacted;
  }

  get done(): Promise<void> {
    return this.#done.promise;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#assertOpen();
    this.#keeper ??= new HistoryKeeper({
      clock: this.#clock,
      historyMs: this.#historyMs,
      maxBytes: this.#maxHistoryBytes,
      maxRevisions: MAX_HISTORY_REVISIONS,
      store: { revision: () => this.#revision, compact: (revision) => this.#compact(revision) },
    });
  }

  async get(key: string): Promise<Stored | undefined> {
    this.#assertOpen();
    return this.#index.get(key)?.head.stored;
  }

  async range(options: RangeOptions): Promise<RangeResult> {
    this.#assertOpen();
    const revision = options.revision ?? this.#revision;
    if (revision > this.#revision) throw new FutureRevisionError(this.#revision);
    if (revision < this.#compacted) throw new CompactedError(this.#compacted);
    const limit = options.limit ?? Infinity;
    const items: Stored[] = [];
    let remaining = 0;
    for (const entry of this.#index.from(options.prefix, options.after)) {
      let version: Version | undefined = entry.head;
      while (version && version.revision > revision) version = version.previous;
      if (!version?.stored) continue;
      if (items.length < limit) items.push(version.stored);
      else remaining++;
    }
    return { items, revision, remaining };
  }

  async count(prefix: string): Promise<number> {
    this.#assertOpen();
    let count = 0;
    for (const entry of this.#index.from(prefix)) if (entry.head.stored) count++;
    return count;
  }

  async commit(write: Write): Promise<Committed> {
    this.#assertOpen();
    const previous = this.#index.get(write.key)?.head.stored;
    if (write.expected !== undefined && write.expected !== (previous?.modRevision ?? 0)) throw new RevisionMismatchError(write.key, previous);
    if (write.value === undefined && !previous) return { revision: this.#revision, previous };
    return { revision: this.#write(write), previous };
  }

  watch(options: WatchOptions): Disposable {
    this.#assertOpen();
    return this.#hub.add(options);
  }

  async compact(revision: number): Promise<void> {
    this.#assertOpen();
    if (revision > this.#revision) throw new FutureRevisionError(this.#revision);
    this.#compact(revision);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#keeper?.[Symbol.dispose]();
    this.#expiry[Symbol.dispose]();
    this.#hub.close();
    this.#done.resolve();
  }

  #assertOpen(): void {
    if (this.#closed) throw new AbortError('the store is closed');
  }

  #write({ key, value, ttlSeconds }: Write): number {
    const revision = ++this.#revision;
    const entry = this.#index.get(key);
    const previous = entry?.head.stored;
    const stored = value && { key, value, createRevision: previous?.createRevision ?? revision, modRevision: revision };
    const head: Version = { revision, stored, previous: entry?.head };
    if (entry) entry.head = head;
    else this.#index.add({ key, head });
    const event: StoreEvent = { type: value ? 'put' : 'delete', key, revision, value, previous };
    this.#log.push(event);
    if (value && ttlSeconds !== undefined) this.#expiry.add(key, revision, this.#clock.now() + ttlSeconds * 1000);
    this.#keeper?.wrote(key.length + (value?.length ?? 0));
    this.#hub.publish([event], revision);
    return revision;
  }

  #readHistory(revision: number): HistoryChunk {
    if (revision < this.#compacted) throw new CompactedError(this.#compacted);
    return { events: this.#log.slice(revision - this.#compacted), revision: this.#revision };
  }

  #compact(revision: number): void {
    if (revision <= this.#compacted) return;
    const forgotten = this.#log.slice(0, revision - this.#compacted);
    this.#log = this.#log.slice(revision - this.#compacted);
    this.#compacted = revision;
    for (const key of new Set(forgotten.map((event) => event.key))) {
      const entry = this.#index.get(key);
      let version: Version | undefined = entry?.head;
      while (version && version.revision > revision) version = version.previous;
      if (!entry || !version) continue;
      version.previous = undefined;
      if (!entry.head.stored && entry.head === version) this.#index.delete(key);
    }
  }
}
