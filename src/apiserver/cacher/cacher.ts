import type { Clock } from '../../base/clock.ts';
import { AbortError, type Component, TaskGroup } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { failure, type StatusError } from '../../apimachinery/status.ts';
import { CompactedError, FutureRevisionError, type Store, type StoreEvent, type Stored } from '../../storage/store.ts';
import { Change } from './change.ts';
import { StoredDraft, Entry } from './entry.ts';
import { type CompletedOnRead, ResourceCache } from './resource-cache.ts';
import type { WatchGroup } from './watch-group.ts';

/** All keys begin with this; then group (`core` for the core group), resource, namespace where there is one, and name. */
export const ROOT = '/registry/';
const PAGE = 2000;
/** So long a read waits for a revision that has not come yet, as in Kubernetes. */
const WAIT_FOR_REVISION_MS = 3000;
/** A revision further ahead is not waited for. */
const FAR_REVISIONS = 1000;
const RELOAD_RETRY_MS = 1000;

export function resourcePrefix(group: string, resource: string): string {
  return `${ROOT}${group === '' ? 'core' : group}/${resource}/`;
}

/**
 * The watch cache: every object of the store, in memory, kept up by one watch of the store. Reads and watches of the API come from here; writes go to
 * the store, and their events bring them here before they are acknowledged.
 */
export class Cacher implements Component {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #logger: Logger;
  readonly #completions: ReadonlyMap<string, CompletedOnRead>;
  readonly #tasks = new TaskGroup();
  readonly #resources = new Map<string, ResourceCache>();
  /** Objects of which just these bytes were made: their events need not parse them again. */
  readonly #drafts = new WeakMap<Uint8Array, StoredDraft>();
  #waiting: { readonly revision: number; readonly resolve: () => void; readonly reject: (error: Error) => void }[] = [];
  #isClosed = false;
  #revision = 0;
  #watch: Disposable | undefined;

  /** `completions`: of resources, by prefix, what is read of their stored objects. */
  constructor(options: { store: Store; clock: Clock; logger: Logger; completions?: ReadonlyMap<string, CompletedOnRead> }) {
    this.#completions = options.completions ?? new Map<string, CompletedOnRead>();
    this.#store = options.store;
    this.#clock = options.clock;
    this.#logger = options.logger;
  }

  get done(): Promise<void> {
    return this.#tasks.done;
  }

  /** Told of every write that has succeeded. */
  onWrite: ((operation: 'create' | 'update' | 'delete', prefix: string, ms: number) => void) | undefined;

  get store(): Store {
    return this.#store;
  }

  /** Everything up to this revision can be read here. */
  get revision(): number {
    return this.#revision;
  }

  /** No state before this revision is to be read any more. */
  get compacted(): number {
    return this.#store.compacted;
  }

  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#load();
    signal.addEventListener('abort', () => void this.#tasks.close(), { once: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    this.#watch?.[Symbol.dispose]();
    for (const { reject } of this.#waiting.splice(0)) reject(new AbortError('the watch cache is closed'));
    await this.#tasks.close();
  }

  /** Reads everything and watches from there. What is here already is served until all of it has been read: half of it would tell clients that objects are gone. */
  async #load(): Promise<void> {
    const first = await this.#store.range({ prefix: ROOT, limit: PAGE });
    const { revision } = first;
    const loaded = new Map<string, ResourceCache>();
    for (let page = first; ; ) {
      this.#take(page.items, loaded, revision);
      const last = page.items.at(-1);
      if (page.remaining === 0 || !last) break;
      page = await this.#store.range({ prefix: ROOT, limit: PAGE, after: last.key, revision });
    }
    const lost = [...this.#resources.values()];
    this.#resources.clear();
    for (const [prefix, cache] of loaded) this.#resources.set(prefix, cache);
    this.#revision = revision;
    this.#watch = this.#store.watch({
      prefix: this.#watched,
      revision,
      onEvents: (events, progress) => this.#onEvents(events, progress),
      onEnd: (reason) => this.#tasks.run((signal) => this.#reload(reason, signal)),
    });
    for (const cache of lost) cache.lose();
  }

  /** Of a store with several writers all keys are watched: then every revision has an event, by which it is known that all before it have come. */
  get #watched(): string {
    return this.#store.shared ? '' : ROOT;
  }

  #take(items: readonly Stored[], loaded: Map<string, ResourceCache>, revision: number): void {
    const byResource = Map.groupBy(items, (item) => prefixOf(item.key));
    for (const [prefix, part] of byResource) {
      const cache = this.#cacheIn(loaded, prefix, revision);
      cache.load(part.map(({ key, modRevision, value }) => this.#entryIn(cache, key, modRevision, value)));
    }
  }

  /** Tries until the store can be read again: without its watch this would know of nothing any more. */
  async #reload(reason: Error, signal: AbortSignal): Promise<void> {
    this.#logger.error('the watch of the store ended; loading everything again', { error: reason });
    for (;;) {
      try {
        await this.#load();
        return this.#wake();
      } catch (error) {
        signal.throwIfAborted();
        this.#logger.error('the store cannot be read; trying again', { error });
      }
      await this.#clock.sleep(RELOAD_RETRY_MS, signal);
    }
  }

  /** The cache of the resource whose keys begin with `prefix`. */
  resource(prefix: string): ResourceCache {
    return this.#cacheIn(this.#resources, prefix, this.#revision);
  }

  #cacheIn(caches: Map<string, ResourceCache>, prefix: string, revision: number): ResourceCache {
    let cache = caches.get(prefix);
    if (cache) return cache;
    caches.set(prefix, (cache = new ResourceCache(revision)));
    cache.completedOnRead = this.#completions.get(prefix);
    return cache;
  }

  /** A resource is served no more: its watches end, and once it has no objects its past is forgotten. Should it come back, watches from before that are served from the store's history. */
  retire(prefix: string): void {
    const cache = this.#resources.get(prefix);
    cache?.endWatches();
    if (!cache || cache.size > 0) return;
    this.#resources.delete(prefix);
    cache.lose();
  }

  get resources(): ReadonlyMap<string, ResourceCache> {
    return this.#resources;
  }

  #onEvents(events: readonly StoreEvent[], progress: number): void {
    const changed: WatchGroup[] = [];
    const changes: Change[] = [];
    for (const event of events) {
      if (!event.key.startsWith(ROOT)) {
        this.#revision = event.revision;
        continue;
      }
      const cache = this.resource(prefixOf(event.key));
      const previous = cache.get(event.key);
      const current = event.type === 'put' && event.value ? this.#entryIn(cache, event.key, event.revision, event.value) : undefined;
      if (!current && !previous) continue;
      const change = new Change(event.revision, current, previous);
      changed.push(...cache.apply(change));
      changes.push(change);
      this.#revision = event.revision;
    }
    this.#revision = Math.max(this.#revision, progress);
    for (const group of changed) group.flush(this.#revision);
    for (const change of changes) change.rest();
    this.#wake();
  }

  /** What is read of something stored. */
  entryOf({ key, modRevision, value }: Stored): Entry {
    return this.#entryIn(this.resource(prefixOf(key)), key, modRevision, value);
  }

  #entryIn({ completedOnRead }: ResourceCache, key: string, revision: number, value: Uint8Array): Entry {
    const entry = this.#storedEntry(key, revision, value);
    const completed = completedOnRead?.(entry.object);
    return completed ? Entry.completed(key, revision, completed) : entry;
  }

  #storedEntry(key: string, revision: number, value: Uint8Array): Entry {
    return Entry.fromStored(key, revision, value, this.#drafts.get(value)?.at(revision));
  }

  #wake(): void {
    if (this.#waiting.length === 0) return;
    const ready = this.#waiting.filter((waiter) => waiter.revision <= this.#revision);
    this.#waiting = this.#waiting.filter((waiter) => waiter.revision > this.#revision);
    for (const waiter of ready) waiter.resolve();
  }

  /** Resolves once everything acknowledged up to now, by whichever server, can be read; undefined when it can be already. */
  caughtUp(): Promise<void> | undefined {
    const { revision, shared } = this.#store;
    if (shared) return shared.readIndex().then((newest) => this.waitFor(newest));
    return revision <= this.#revision ? undefined : this.waitFor(revision);
  }

  /** The same for a revision that a client tells. Throws StatusError 504 at once for one that is far beyond what any server has written. */
  async waitForAsked(revision: number): Promise<void> {
    if (revision <= this.#revision) return;
    const newest = (await this.#store.shared?.readIndex()) ?? this.#store.revision;
    if (revision > newest + FAR_REVISIONS) throw tooLargeResourceVersion(revision, this.#revision);
    await this.waitFor(revision);
  }

  /** Resolves once `revision` has come. Throws StatusError 504 if it does not come in three seconds, AbortError once this is closed. */
  async waitFor(revision: number): Promise<void> {
    if (revision <= this.#revision) return;
    if (this.#isClosed) throw new AbortError('the watch cache is closed');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const waiter = { revision, resolve, reject };
    this.#waiting.push(waiter);
    using _timer = this.#clock.after(WAIT_FOR_REVISION_MS, () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiter);
      reject(tooLargeResourceVersion(revision, this.#revision));
    });
    await promise;
  }

  /**
   * Writes `object` (undefined: deletes) if the key's head is as `expected`; gives what can be read here now, as admission and authorization read it: who was
   * told of a namespace may make something in it at once. The object is from now on shared and read-only.
   * `draft`: the same, where the caller has it already.
   * Throws what `Store.commit` throws.
   */
  async commit(write: { key: string; object: KubeObject | undefined; draft?: StoredDraft; expected: number | undefined; ttlSeconds?: number }): Promise<{ revision: number; entry: Entry | undefined }> {
    const { key, object, expected, ttlSeconds } = write;
    const draft = object && (write.draft ?? new StoredDraft(object));
    const value = draft?.bytes;
    if (draft && value) this.#drafts.set(value, draft);
    const startMs = this.#clock.monotonic();
    const { revision } = await this.#store.commit({ key, value, expected, ...(ttlSeconds !== undefined && { ttlSeconds }) });
    this.onWrite?.(!value ? 'delete' : expected === 0 ? 'create' : 'update', prefixOf(key), this.#clock.monotonic() - startMs);
    if (revision > this.#revision) await this.#untilSeen(revision);
    if (!value) return { revision, entry: undefined };
    const cache = this.resource(prefixOf(key));
    const cached = cache.get(key);
    return { revision, entry: cached?.revision === revision ? cached : this.#entryIn(cache, key, revision, value) };
  }

  /** A watch that is broken delays the answer to a write and does not fail it: it is stored. */
  async #untilSeen(revision: number): Promise<void> {
    try {
      await this.waitFor(revision);
    } catch (error) {
      this.#logger.warn('the watch of the store is behind a write of this server', { revision, seen: this.#revision, error });
    }
  }

  /** The state of keys at an older revision. Throws StatusError 410 when history does not reach back so far. */
  async rangeAt(options: { prefix: string; revision: number; after?: string; limit?: number }): Promise<{ entries: readonly Entry[]; remaining: number }> {
    const { items, remaining } = await this.#store.range(options);
    const entries = items.map((item) => {
      const cached = this.#resources.get(prefixOf(item.key))?.get(item.key);
      return cached?.revision === item.modRevision ? cached : this.entryOf(item);
    });
    return { entries, remaining };
  }

  /** The changes to keys under `prefix` after `from` up to now, from the store's history. Rejects with CompactedError when it does not reach back so far. */
  async history(prefix: string, from: number, signal: AbortSignal): Promise<readonly Change[]> {
    const upTo = this.#revision;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const changes: Change[] = [];
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    // The whole log is followed, not only `prefix`: so the end is known by the revision of its last event.
    using _watch = this.#store.watch({
      prefix: this.#watched,
      revision: from,
      onEnd: reject,
      onEvents: (events, progress) => {
        for (const event of events) if (event.revision <= upTo && event.key.startsWith(prefix)) changes.push(this.#changeOf(event));
        if (progress >= upTo || (events.at(-1)?.revision ?? 0) >= upTo) resolve();
      },
    });
    if (from >= upTo) resolve();
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
    return changes;
  }

  #changeOf({ key, revision, value, previous }: StoreEvent): Change {
    const cache = this.resource(prefixOf(key));
    return new Change(revision, value && this.#entryIn(cache, key, revision, value), previous && this.#entryIn(cache, key, previous.modRevision, previous.value));
  }
}

/** The prefix that was found last: most writes are to the resource of the write before, and a text that is cut out anew must first be looked up among all strings by who finds something by it. */
let lastPrefix = ROOT;

/** `/registry/core/pods/` of `/registry/core/pods/default/web`. */
export function prefixOf(key: string): string {
  if (lastPrefix !== ROOT && key.startsWith(lastPrefix)) return lastPrefix;
  const group = key.indexOf('/', ROOT.length);
  return (lastPrefix = key.slice(0, key.indexOf('/', group + 1) + 1));
}

export function tooLargeResourceVersion(asked: number, current: number): StatusError {
  return failure(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  });
}

/** Turns what the store says of a revision into what the API says. */
export function asStatus(error: unknown, current: number): unknown {
  if (error instanceof FutureRevisionError) return tooLargeResourceVersion(error.revision, current);
  if (error instanceof CompactedError) {
    return failure(410, 'Expired', 'The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.', undefined, { cause: error });
  }
  return error;
}

export type ReadonlyObject = DeepReadonly<KubeObject>;
