import { mkdirSync } from 'node:fs';
import type { Clock } from '../../base/clock.ts';
import { AbortError } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import { Expiry } from '../expiry.ts';
import { DEFAULT_HISTORY_MS, HistoryKeeper } from '../history-keeper.ts';
import { KeyIndex } from '../key-index.ts';
import {
  CompactedError,
  FutureRevisionError,
  RevisionMismatchError,
  StoreFullError,
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
import { DataDirLock } from './data-dir-lock.ts';
import { checkRoom, DiskRoom } from './disk-room.ts';
import { History } from './history.ts';
import { Tables } from './tables.ts';

/** A state of a key: its last write, a deletion too (`createRevision` 0). */
interface Head {
  readonly revision: number;
  readonly createRevision: number;
}

interface Entry {
  readonly key: string;
  /** What reads see: it is on the disk. */
  visible: Head;
  /** What the next write is decided against: it may be on its way to the disk. */
  decided: Head;
  /** The state of `decided` while it is on its way. */
  pending: Stored | undefined;
  /** Settles with the write that made `decided`, while it is on its way. */
  settling: Promise<Committed> | undefined;
}

interface PendingWrite {
  readonly entry: Entry;
  readonly head: Head;
  readonly value: Uint8Array | undefined;
  readonly before: number;
  readonly expiresAt: number;
  readonly previous: Stored | undefined;
  readonly resolve: (committed: Committed) => void;
  readonly reject: (error: unknown) => void;
}

const NEVER: Head = { revision: 0, createRevision: 0 };
/** What history may take before its older half is forgotten early: on the disk, and, eight bytes a revision, in memory. */
const MAX_HISTORY_BYTES = 2 * 2 ** 30;
const MAX_HISTORY_REVISIONS = 4_000_000;
/** How many writes may wait for the disk: beyond, writers get an error rather than memory being filled. */
const MAX_PENDING = 100_000;
const COMPACTION_CHUNK = 1_000;
const HISTORY_CHUNK = 500;
const EXPIRY_RETRY_MS = 10_000;

export interface LmdbStoreOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Made when it is missing, for its owner only. One process at a time may use it. */
  readonly dataDir: string;
  /** How long history is kept at least, in milliseconds; default: five minutes. */
  readonly historyMs?: number;
  /** How many bytes of history the disk may hold; default: 2 GiB, as much as etcd's quota. */
  readonly maxHistoryBytes?: number;
}

/** The embedded, durable store: etcd's promises on one machine. How it works: docs/architecture.md, "One ordered log". */
export class LmdbStore implements Store {
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #dataDir: string;
  readonly #historyMs: number;
  readonly #maxHistoryBytes: number;
  readonly #index = new KeyIndex<Entry>();
  readonly #hub: WatchHub;
  readonly #expiry: Expiry;
  readonly #done = Promise.withResolvers<void>();
  #state: 'new' | 'open' | 'closed' = 'new';
  #lock: DataDirLock | undefined;
  #opened: Tables | undefined;
  #keeper: HistoryKeeper | undefined;
  #history = new History(1);
  #loading: Promise<void> | undefined;
  #compacting: Promise<void> = Promise.resolve();
  #compacted = 1;
  /** The newest visible revision, and the newest one given to a write. */
  #revision = 1;
  #assigned = 1;
  #queue: PendingWrite[] = [];
  #flight: Promise<void> | undefined;
  readonly #room: DiskRoom;

  constructor(options: LmdbStoreOptions) {
    this.#clock = options.clock;
    this.#logger = options.logger;
    this.#dataDir = options.dataDir;
    this.#room = new DiskRoom(options.dataDir, options.clock);
    this.#historyMs = options.historyMs ?? DEFAULT_HISTORY_MS;
    this.#maxHistoryBytes = options.maxHistoryBytes ?? MAX_HISTORY_BYTES;
    this.#hub = new WatchHub({ revision: () => this.#revision, readHistory: (revision) => this.#readHistory(revision) });
    this.#expiry = new Expiry(this.#clock, (key, revision) => void this.#expire(key, revision));
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

  /** Whether writes can be taken; false once the disk is full, until there is room. */
  get writable(): boolean {
    return this.#room.error === undefined;
  }

  /** Rejects when another process uses the folder, naming its pid. */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#state !== 'new') throw new AbortError('the store was started before');
    const lock = lockOf(this.#dataDir);
    try {
      this.#opened = await Tables.open(this.#dataDir);
      signal.throwIfAborted();
    } catch (error) {
      await this.#opened?.close();
      lock[Symbol.dispose]();
      throw error;
    }
    this.#lock = lock;
    this.#state = 'open';
    this.#load(this.#opened);
    this.#keeper = new HistoryKeeper({
      clock: this.#clock,
      historyMs: this.#historyMs,
      maxBytes: this.#maxHistoryBytes,
      maxRevisions: MAX_HISTORY_REVISIONS,
      store: { revision: () => this.#revision, compact: (revision) => this.#compactInBackground(revision) },
    });
  }

  async get(key: string): Promise<Stored | undefined> {
    const tables = this.#tables();
    const head = this.#index.get(key)?.visible;
    return head && head.createRevision > 0 ? stored(tables, key, head.revision) : undefined;
  }

  async range(options: RangeOptions): Promise<RangeResult> {
    let tables = this.#tables();
    const revision = options.revision ?? this.#revision;
    if (revision > this.#revision) throw new FutureRevisionError(this.#revision);
    if (revision < this.#compacted) throw new CompactedError(this.#compacted);
    if (revision < this.#history.from) {
      await this.#loadHistory();
      tables = this.#tables();
      if (revision < this.#compacted) throw new CompactedError(this.#compacted);
    }
    const limit = options.limit ?? Infinity;
    const items: Stored[] = [];
    let remaining = 0;
    for (const { key, visible } of this.#index.from(options.prefix, options.after)) {
      const at = this.#history.revisionAt(revision, visible.revision, visible.createRevision > 0);
      if (at === 0) continue;
      if (items.length < limit) items.push(at === visible.revision ? new UnreadState(tables, key, visible) : stored(tables, key, at));
      else remaining++;
    }
    return { items, revision, remaining };
  }

  async count(prefix: string): Promise<number> {
    this.#tables();
    let count = 0;
    for (const { visible } of this.#index.from(prefix)) if (visible.createRevision > 0) count++;
    return count;
  }

  commit(write: Write): Promise<Committed> {
    try {
      return this.#commit(write);
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /** Throws at once what is wrong with the store; a function that waits would make each write wait some turns more. */
  #commit(write: Write): Promise<Committed> {
    const tables = this.#tables();
    const fullError = this.#room.error;
    if (fullError) throw fullError;
    if (this.#queue.length >= MAX_PENDING) throw new Error('too many writes wait for the disk');
    const entry = this.#index.get(write.key);
    const head = entry?.decided ?? NEVER;
    const exists = head.createRevision > 0;
    const previous = exists ? (entry?.pending ?? new UnreadState(tables, write.key, head)) : undefined;
    const mismatch = write.expected !== undefined && write.expected !== (exists ? head.revision : 0);
    if (mismatch || (write.value === undefined && !exists)) {
      return this.#nothingToWrite(entry, mismatch ? new RevisionMismatchError(write.key, previous) : undefined);
    }
    return this.#decide(write, entry ?? this.#newEntry(write.key), previous);
  }

  /** What a write was decided against must become true before anybody is told of it. */
  async #nothingToWrite(entry: Entry | undefined, mismatch: RevisionMismatchError | undefined): Promise<Committed> {
    await entry?.settling;
    if (mismatch) throw mismatch;
    return { revision: this.#revision, previous: undefined };
  }

  watch(options: WatchOptions): Disposable {
    this.#tables();
    return this.#hub.add(options);
  }

  compact(revision: number): Promise<void> {
    this.#tables();
    if (revision > this.#revision) return Promise.reject(new FutureRevisionError(this.#revision));
    const compacting = this.#compacting.then(() => this.#compact(revision));
    this.#compacting = compacting.catch(() => undefined);
    return compacting;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === 'closed') return this.#done.promise;
    this.#state = 'closed';
    this.#keeper?.[Symbol.dispose]();
    this.#expiry[Symbol.dispose]();
    while (this.#flight) await this.#flight;
    await Promise.allSettled([this.#compacting, this.#loading]);
    this.#hub.close();
    await this.#opened?.close();
    this.#lock?.[Symbol.dispose]();
    this.#done.resolve();
  }

  #tables(): Tables {
    if (this.#state !== 'open' || !this.#opened) throw new AbortError(this.#state === 'new' ? 'the store was not started' : 'the store is closed');
    return this.#opened;
  }

  #load(tables: Tables): void {
    this.#compacted = tables.compacted;
    this.#revision = this.#assigned = tables.revision;
    this.#history = new History(this.#revision);
    for (const { key, modRevision, createRevision, expiresAt } of tables.states()) {
      const head = { revision: modRevision, createRevision };
      this.#index.add({ key, visible: head, decided: head, pending: undefined, settling: undefined });
      if (expiresAt > 0) this.#expiry.add(key, modRevision, expiresAt);
    }
  }

  #newEntry(key: string): Entry {
    const entry: Entry = { key, visible: NEVER, decided: NEVER, pending: undefined, settling: undefined };
    this.#index.add(entry);
    return entry;
  }

  #decide(write: Write, entry: Entry, previous: Stored | undefined): Promise<Committed> {
    const { key, value, ttlSeconds } = write;
    const revision = ++this.#assigned;
    const head: Head = { revision, createRevision: value ? (previous?.createRevision ?? revision) : 0 };
    const expiresAt = value && ttlSeconds !== undefined ? this.#clock.now() + ttlSeconds * 1000 : 0;
    const { promise, resolve, reject } = Promise.withResolvers<Committed>();
    this.#queue.push({ entry, head, value, before: entry.decided.revision, expiresAt, previous, resolve, reject });
    entry.decided = head;
    entry.pending = value && { key, value, createRevision: head.createRevision, modRevision: revision };
    entry.settling = promise;
    this.#flight ??= this.#writeBatches();
    return promise;
  }

  /** Writes what has gathered, batch after batch, until nothing is left. */
  async #writeBatches(): Promise<void> {
    // After the sockets of this turn were read, so that the requests that came together go to the disk together.
    await new Promise<void>((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const batch = this.#queue;
      this.#queue = [];
      try {
        await this.#opened?.write(
          batch.map(({ entry, head, value, before, expiresAt, previous }) => ({
            key: entry.key,
            revision: head.revision,
            value,
            createRevision: value ? head.createRevision : (previous?.createRevision ?? 0),
            before,
            expiresAt,
          })),
        );
      } catch (error) {
        this.#fail(batch, error);
        continue;
      }
      this.#publish(batch);
    }
    this.#flight = undefined;
  }

  #publish(batch: readonly PendingWrite[]): void {
    const events: StoreEvent[] = [];
    let bytes = 0;
    for (const { entry, head, value, before, expiresAt, previous } of batch) {
      entry.visible = head;
      if (entry.decided === head) entry.pending = entry.settling = undefined;
      this.#history.push({ before, existed: previous !== undefined, deleted: !value });
      bytes += entry.key.length + (value?.length ?? 0);
      if (expiresAt > 0) this.#expiry.add(entry.key, head.revision, expiresAt);
      events.push({ type: value ? 'put' : 'delete', key: entry.key, revision: head.revision, value, previous });
      this.#revision = head.revision;
    }
    this.#room.succeed();
    this.#hub.publish(events, this.#revision);
    for (const { head, previous, resolve } of batch) resolve({ revision: head.revision, previous });
    this.#keeper?.wrote(bytes);
  }

  /** Undoes a batch that did not get to the disk, and the writes that were decided on top of it. */
  #fail(batch: readonly PendingWrite[], cause: unknown): void {
    const failed = [...batch, ...this.#queue];
    this.#queue = [];
    this.#assigned = this.#revision;
    const error = new StoreFullError('the store cannot write to its disk', { cause });
    this.#room.fail(error);
    this.#logger.error('cannot write to the disk; the store is read-only until there is room', { dataDir: this.#dataDir, error, cause: (cause as Error).cause ?? cause, writes: failed.length });
    for (const { entry } of failed) {
      entry.decided = entry.visible;
      entry.pending = entry.settling = undefined;
      if (entry.visible === NEVER) this.#index.delete(entry.key);
    }
    for (const { reject } of failed) reject(error);
  }

  async #expire(key: string, revision: number): Promise<void> {
    if (this.#state !== 'open' || this.#index.get(key)?.decided.revision !== revision) return;
    try {
      await this.commit({ key, value: undefined, expected: revision });
    } catch (error) {
      if (error instanceof StoreFullError && this.#state === 'open') this.#expiry.add(key, revision, this.#clock.now() + EXPIRY_RETRY_MS);
      else if (!(error instanceof RevisionMismatchError || error instanceof AbortError)) this.#logger.error('cannot delete a key whose time is over', { key, error });
    }
  }

  async #readHistory(after: number): Promise<HistoryChunk> {
    // A long history is read in pieces, so that others get their turn.
    await new Promise<void>((resolve) => setImmediate(resolve));
    const tables = this.#tables();
    if (after < this.#compacted) throw new CompactedError(this.#compacted);
    const records = tables.readLog(after, this.#revision, HISTORY_CHUNK);
    const events = records.map((record): StoreEvent => {
      const { key, revision, value, createRevision, before } = record;
      const existed = value === undefined || createRevision !== revision;
      return { type: value ? 'put' : 'delete', key, revision, value, previous: existed ? stored(tables, key, before) : undefined };
    });
    return { events, revision: records.at(-1)?.revision ?? this.#revision };
  }

  /** Reads from the log what happened before this start: only an old list, or the first compaction, asks for it. */
  #loadHistory(): Promise<void> {
    if (this.#history.from <= this.#compacted) return Promise.resolve();
    this.#loading ??= this.#readSteps().finally(() => {
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #readSteps(): Promise<void> {
    const older = new History(this.#compacted);
    for (let after = this.#compacted; after < this.#history.from; ) {
      for (const { revision, value, createRevision, before } of this.#tables().readLog(after, this.#history.from, HISTORY_CHUNK)) {
        older.push({ before, existed: value === undefined || createRevision !== revision, deleted: value === undefined });
        after = revision;
      }
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    older.append(this.#history);
    this.#history = older;
  }

  #compactInBackground(revision: number): void {
    if (this.#state !== 'open' || revision <= this.#compacted) return;
    this.compact(revision).catch((error: unknown) => {
      if (this.#state === 'open') this.#logger.error('cannot compact the history', { revision, error });
    });
  }

  async #compact(revision: number): Promise<void> {
    await this.#loadHistory();
    while (this.#compacted < revision && this.#state === 'open') {
      checkRoom(this.#dataDir, 0);
      const upTo = Math.min(revision, this.#compacted + COMPACTION_CHUNK);
      const { revisions, deletions } = this.#history.unreachable(upTo);
      const gone = deletions.flatMap((deletion) => {
        const entry = this.#index.get(this.#tables().read(deletion)?.key ?? '');
        return entry && entry.visible === entry.decided && entry.visible.revision === deletion ? [entry.key] : [];
      });
      // Nobody may read what is about to go; what fails to go stays as waste until the next compaction of a later start.
      this.#compacted = upTo;
      this.#history.forget(upTo);
      for (const key of gone) this.#index.delete(key);
      await this.#tables().compact(upTo, revisions, gone);
    }
  }
}

/** Makes the folder if it is missing, and takes it. Throws Error when it cannot be written, or another process uses it. */
function lockOf(dataDir: string): DataDirLock {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    return new DataDirLock(dataDir);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new Error(`the data folder ${dataDir} cannot be written (${error.message}); make it writable, or name another one with --data-dir`, { cause: error });
  }
}

/** A state whose value is read from the disk when somebody asks: most who write over it do not, nor those who have it in memory. */
class UnreadState implements Stored {
  readonly #tables: Tables;
  readonly key: string;
  readonly createRevision: number;
  readonly modRevision: number;
  #value: Uint8Array | undefined;

  constructor(tables: Tables, key: string, { createRevision, revision }: Head) {
    this.#tables = tables;
    this.key = key;
    this.createRevision = createRevision;
    this.modRevision = revision;
  }

  get value(): Uint8Array {
    return (this.#value ??= stored(this.#tables, this.key, this.modRevision).value);
  }
}

function stored(tables: Tables, key: string, revision: number): Stored {
  const record = tables.read(revision);
  if (!record?.value || record.key !== key) throw new Error(`the log does not hold ${key} of revision ${revision}`);
  return { key, value: record.value, createRevision: record.createRevision, modRevision: revision };
}
