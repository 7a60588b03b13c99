import type { DeepReadonly, KubeObject, ResourceRef } from '../apimachinery/meta.ts';
import { keyOf } from '../apimachinery/meta.ts';
import type { Status } from '../apimachinery/status.ts';
import { hasReason, qualifiedResource, StatusError } from '../apimachinery/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Component } from '../base/lifecycle.ts';
import { AbortError, TaskGroup } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Random } from '../base/random.ts';
import { BackOff } from './back-off.ts';
import type { Client, ListOptions, ObjectList, ResourceClient } from './client.ts';
import type { Lister } from './lister.ts';
import { ObjectCache } from './lister.ts';
import type { WatchEvent } from './transport.ts';
import { TransportError } from './transport.ts';
import type { WrittenObject } from './writes.ts';
import { isSeen } from './writes.ts';

/** What a handler is told: which object changed, and its states, to find the keys that it concerns. It decides nothing. */
export interface Change<T extends KubeObject> {
  readonly key: string;
  /** Absent: the object is new to the cache. */
  readonly before: DeepReadonly<T> | undefined;
  /** Absent: the object is gone. */
  readonly after: DeepReadonly<T> | undefined;
}

export type ChangeHandler<T extends KubeObject> = (change: Change<T>) => void;

/** Which objects of a resource a cache holds. */
export interface InformerFilter {
  readonly namespace?: string;
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Only `apiVersion`, `kind` and `metadata` (PartialObjectMetadata): for those who look at nothing else. */
  readonly metadataOnly?: boolean;
}

export interface InformerOptions<T extends KubeObject> {
  readonly client: Client;
  readonly ref: ResourceRef<T>;
  readonly filter?: InformerFilter;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Servers end watches after five to ten minutes, so that no server keeps all of them. As client-go. */
const WATCH_TIMEOUT_SECONDS = 300;
/** A watch that ended sooner than this is not opened again at once. */
const SHORT_WATCH_MS = 1000;

/** Keeps a cache of a resource true: list, then watch from there; again from the last seen revision when the watch ends, from a new list when history is gone. */
export class Informer<T extends KubeObject> implements Component {
  readonly ref: ResourceRef<T>;
  readonly #objects: ResourceClient<T>;
  readonly #filter: InformerFilter;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #logger: Logger;
  readonly #backOff: BackOff;
  readonly #cache = new ObjectCache<T>();
  readonly #handlers = new Set<ChangeHandler<T>>();
  readonly #synced = Promise.withResolvers<void>();
  #tasks: TaskGroup | undefined;
  #hasSynced = false;
  #revision = '';
  /** Why a list is needed: `first` may come from a server's cache, `consistent` not. */
  #listNeeded: 'no' | 'first' | 'consistent' = 'first';
  #watching: AbortController | undefined;
  /** How many lists have begun, and which of them last filled the cache. */
  #listsBegun = 0;
  #lastList = 0;
  #progress: PromiseWithResolvers<void> | undefined;

  constructor(options: InformerOptions<T>) {
    this.ref = options.ref;
    this.#filter = options.filter ?? {};
    this.#objects = options.client.resource(options.ref, this.#filter.namespace);
    this.#clock = options.clock;
    this.#random = options.random;
    this.#logger = options.logger.with({ resource: qualifiedResource(options.ref) });
    this.#backOff = new BackOff({ clock: options.clock, random: options.random, baseMs: 200, maxMs: 30_000 });
    this.#synced.promise.catch(() => undefined);
  }

  get lister(): Lister<T> {
    return this.#cache;
  }

  /** Whether the cache has held the state of some moment. */
  get hasSynced(): boolean {
    return this.#hasSynced;
  }

  /** The resourceVersion up to which the cache has seen all changes; 0 before the first list. */
  get revision(): number {
    return Number(this.#revision || 0);
  }

  get done(): Promise<void> {
    return this.#tasks ? this.#tasks.done : this.#synced.promise;
  }

  /** Tells `handler` of every change from now on, and of every object that is already there. */
  onChange(handler: ChangeHandler<T>): Disposable {
    this.#handlers.add(handler);
    for (const object of this.#cache.list()) handler({ key: keyOf(object as KubeObject), before: undefined, after: object });
    return { [Symbol.dispose]: () => this.#handlers.delete(handler) };
  }

  /** Resolves once the cache has synced. Starting twice is fine. */
  async start(signal: AbortSignal): Promise<void> {
    if (!this.#tasks) {
      this.#tasks = new TaskGroup(signal);
      this.#tasks.run((inner) => this.#run(inner));
      this.#tasks.done.then(
        () => this.#synced.reject(new AbortError('stopped')),
        (error: unknown) => this.#synced.reject(error),
      );
    }
    await this.synced();
  }

  /** Rejects when the informer ends before. */
  synced(): Promise<void> {
    return this.#synced.promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#synced.reject(new AbortError('stopped'));
    await this.#tasks?.close();
  }

  /** Whether the cache has seen `write`; one with unknown outcome is never seen. */
  hasSeen(write: WrittenObject): boolean {
    return isSeen(write, this.revision, write.key === undefined ? undefined : this.#cache.get(write.key));
  }

  /** Resolves once the cache has seen `write`; for one with unknown outcome, after a fresh list. */
  async seen(write: WrittenObject, signal: AbortSignal): Promise<void> {
    if (write.outcome === 'unknown') return this.relist(signal);
    while (!this.hasSeen(write)) await this.#nextProgress(signal);
  }

  /** Resolves once the cache has been filled by a consistent list that began after this call. */
  async relist(signal: AbortSignal): Promise<void> {
    const wanted = this.#listsBegun + 1;
    this.#listNeeded = 'consistent';
    this.#watching?.abort(new AbortError('a fresh list is wanted'));
    while (this.#lastList < wanted) await this.#nextProgress(signal);
  }

  async #nextProgress(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    this.#progress ??= Promise.withResolvers<void>();
    const aborted = Promise.withResolvers<never>();
    const onAbort = (): void => aborted.reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([this.#progress.promise, aborted.promise]);
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  #tellProgress(): void {
    this.#progress?.resolve();
    this.#progress = undefined;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        if (this.#listNeeded !== 'no') await this.#list(signal);
        await this.#watch(signal);
      } catch (error) {
        if (signal.aborted) return;
        await this.#recover(error, signal);
      }
    }
  }

  /** What broke a list or a watch is waited out, except bugs of ours. */
  async #recover(error: unknown, signal: AbortSignal): Promise<void> {
    if (error instanceof AbortError) return; // a fresh list is wanted
    const isExpired = hasReason(error, 'Expired', 'Gone') || (StatusError.is(error) && error.code === 410);
    if (!isExpired && !StatusError.is(error) && !(error instanceof TransportError)) throw error;
    if (isExpired || isTooLargeResourceVersion(error)) this.#listNeeded = 'consistent';
    this.#logger[isExpired ? 'debug' : 'info']('list or watch ended', { error: (error as Error).message });
    await this.#backOff.wait(signal);
  }

  async #list(signal: AbortSignal): Promise<void> {
    const { labelSelector, fieldSelector } = this.#filter;
    const selectors = { ...(labelSelector && { labelSelector }), ...(fieldSelector && { fieldSelector }) };
    const consistent = this.#listNeeded === 'consistent';
    const number = ++this.#listsBegun;
    this.#listNeeded = 'no';
    let list: ObjectList<T>;
    try {
      const options: ListOptions = consistent ? { signal, ...selectors } : { signal, ...selectors, resourceVersion: this.#revision || '0' };
      const headers = this.#headers('PartialObjectMetadataList');
      list = consistent ? await this.#objects.listAll(options, headers) : await this.#objects.list(options, headers);
    } catch (error) {
      if (this.#listNeeded === 'no') this.#listNeeded = consistent ? 'consistent' : 'first';
      throw error;
    }
    this.#replace(list.items);
    this.#revision = list.metadata.resourceVersion ?? '';
    this.#lastList = number;
    this.#backOff.reset();
    if (!this.#hasSynced) {
      this.#hasSynced = true;
      this.#synced.resolve();
    }
    this.#tellProgress();
  }

  async #watch(signal: AbortSignal): Promise<void> {
    if (this.#listNeeded !== 'no') return; // asked for while the list was under way
    const watching = new AbortController();
    this.#watching = watching;
    const { labelSelector, fieldSelector } = this.#filter;
    const startedMs = this.#clock.monotonic();
    try {
      const options = {
        signal: AbortSignal.any([signal, watching.signal]),
        ...(labelSelector && { labelSelector }),
        ...(fieldSelector && { fieldSelector }),
        resourceVersion: this.#revision,
        allowBookmarks: true,
        timeoutSeconds: WATCH_TIMEOUT_SECONDS + this.#random.below(WATCH_TIMEOUT_SECONDS),
      };
      for await (const events of await this.#objects.watch(options, this.#headers('PartialObjectMetadata'))) {
        this.#apply(events);
        this.#backOff.reset();
      }
    } finally {
      this.#watching = undefined;
    }
    if (!signal.aborted && this.#clock.monotonic() - startedMs < SHORT_WATCH_MS) await this.#backOff.wait(signal);
  }

  #headers(kind: string): Record<string, string> | undefined {
    return this.#filter.metadataOnly ? { accept: `application/json;as=${kind};g=meta.k8s.io;v=v1` } : undefined;
  }

  #apply(events: readonly WatchEvent<DeepReadonly<T>>[]): void {
    for (const { type, object } of events) {
      if (type === 'ERROR') throw new StatusError(object as unknown as Status);
      const { metadata } = object as DeepReadonly<KubeObject>;
      this.#revision = metadata.resourceVersion;
      if (type === 'BOOKMARK') continue;
      this.#set(keyOf(object as KubeObject), type === 'DELETED' ? undefined : object, object);
    }
    this.#tellProgress();
  }

  #replace(items: readonly DeepReadonly<T>[]): void {
    const gone = new Set(this.#cache.keys());
    for (const item of items) {
      const { metadata } = item as DeepReadonly<KubeObject>;
      const key = keyOf({ metadata });
      gone.delete(key);
      const known = this.#cache.get(key) as DeepReadonly<KubeObject> | undefined;
      if (known?.metadata.uid === metadata.uid && known.metadata.resourceVersion === metadata.resourceVersion) continue;
      this.#set(key, item, undefined);
    }
    for (const key of gone) this.#set(key, undefined, undefined);
  }

  /** `last` is the final state of a deleted object, which may be newer than the cached one. */
  #set(key: string, after: DeepReadonly<T> | undefined, last: DeepReadonly<T> | undefined): void {
    const before = this.#cache.set(key, after);
    if (!before && !after) return;
    const change = { key, before: after ? before : (last ?? before), after };
    for (const handler of this.#handlers) handler(change);
  }
}

function isTooLargeResourceVersion(error: unknown): boolean {
  return hasReason(error, 'Timeout') && (error.status.details?.causes?.some((cause) => cause.reason === 'ResourceVersionTooLarge') ?? false);
}
