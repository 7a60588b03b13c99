import type { DeepReadonly, KubeObject } from '../apimachinery/meta.ts';
import { hasReason, StatusError } from '../apimachinery/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Component } from '../base/lifecycle.ts';
import { TaskGroup, untilAborted } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { nextTurn } from '../base/turn.ts';
import type { Change, Informer } from './informer.ts';
import { TransportError } from './transport.ts';
import type { WorkQueueOptions } from './work-queue.ts';
import { WorkQueue } from './work-queue.ts';
import type { WriteLog } from './writes.ts';
import { loggingWrites } from './writes.ts';

/** Reconcile the key again after so long, without a change or a failure. */
export interface RequeueAfter {
  readonly afterMs: number;
}

export interface ControllerOptions {
  /** As in `--controllers`: `replicaset-controller`. */
  readonly name: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How many keys are reconciled at a time. Default 5. */
  readonly workers?: number;
  readonly queue?: Omit<WorkQueueOptions, 'clock'>;
}

type AnyInformer = Pick<Informer<KubeObject>, 'ref' | 'synced' | 'hasSeen' | 'seen'>;

/** After so long a key is reconciled though a cache has not shown its last write: a filtered cache may never show it. As client-go's ExpectationsTimeout. */
const HOLD_BACK_MS = 5 * 60_000;

/** So long may turns follow each other without a pause. */
const BUSY_MS = 5;

/**
 * Informers -> queue -> workers -> `reconcile`. A subclass names in its constructor what it reads (`reads`, `watch`), and reconciles.
 * A key is held back until the caches that are read have seen what its last reconciliation wrote, so that `reconcile` sees its own writes.
 */
export abstract class Controller implements Component {
  readonly name: string;
  protected readonly clock: Clock;
  protected readonly logger: Logger;
  /** Keys that wait to be reconciled. */
  readonly queue: WorkQueue;
  /** How many keys are reconciled at a time, from the start on. */
  workers: number;
  readonly #reads = new Map<string, AnyInformer>();
  readonly #subscriptions: (() => Disposable)[] = [];
  readonly #open: Disposable[] = [];
  readonly #owned: AsyncDisposable[] = [];
  readonly #idle = Promise.withResolvers<void>();
  #tasks: TaskGroup | undefined;
  #pause: Promise<void> | undefined;
  #busySinceMs = 0;

  constructor(options: ControllerOptions) {
    this.name = options.name;
    this.clock = options.clock;
    this.logger = options.logger.with({ controller: options.name });
    this.queue = new WorkQueue({ clock: options.clock, ...options.queue });
    this.workers = options.workers ?? 5;
  }

  /**
   * Makes the world as the object of `key` wants it. May be called at any time, also over a stale cache. Returns, returns a delay, or throws;
   * then the key comes again with back-off. Losing a race (409) is ordinary.
   */
  protected abstract reconcile(key: string, signal: AbortSignal): Promise<RequeueAfter | undefined>;

  /** The reconciler reads this cache: it must have synced before the first key, and show a key's writes before its next turn. */
  protected reads<T extends KubeObject>(informer: Informer<T>): Informer<T> {
    this.#reads.set(`${informer.ref.resource}.${informer.ref.group}`, informer as unknown as AnyInformer);
    return informer;
  }

  /** Reads the cache, and enqueues the keys that a changed object concerns, by its old and its new state. */
  protected watch<T extends KubeObject>(informer: Informer<T>, keys: (object: DeepReadonly<T>, change: Change<T>) => Iterable<string>): Informer<T> {
    this.reads(informer);
    this.#subscriptions.push(() =>
      informer.onChange((change) => {
        const { before, after } = change;
        try {
          if (before) this.#enqueue(keys(before, change));
          if (after) this.#enqueue(keys(after, change));
        } catch (error) {
          this.#tasks?.run(() => Promise.reject(error as Error)); // breaks this controller, not the cache that others share
        }
      }),
    );
    return informer;
  }

  /** Of most changes a controller wants nothing: there are many of both. */
  #enqueue(keys: Iterable<string>): void {
    if (keys instanceof Array && keys.length === 0) return;
    for (const key of keys) this.queue.add(key);
  }

  /** Disposed when the controller has ended: its event recorder. */
  protected owns<R extends AsyncDisposable>(resource: R): R {
    this.#owned.push(resource);
    return resource;
  }

  get done(): Promise<void> {
    return this.#tasks ? this.#tasks.done : this.#idle.promise;
  }

  /** Work beside the keys: timers, sweeps. Runs once the caches have synced. */
  protected readonly background: ((signal: AbortSignal) => Promise<void>)[] = [];

  /** Resolves once the caches have synced and the workers run. Who starts the informers is their owner's business. */
  async start(signal: AbortSignal): Promise<void> {
    const tasks = new TaskGroup(signal);
    this.#tasks = tasks;
    await untilAborted(Promise.all([...this.#reads.values()].map((informer) => informer.synced())), tasks.signal);
    for (const subscribe of this.#subscriptions) this.#open.push(subscribe());
    for (let worker = 0; worker < this.workers; worker++) tasks.run((inner) => this.#work(inner));
    for (const task of this.background) tasks.run(task);
    tasks.done.then(
      () => this.#release(),
      () => this.#release(),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#idle.resolve();
    await this.#tasks?.close();
    this.#release();
    await Promise.all(this.#owned.splice(0).map((resource) => resource[Symbol.asyncDispose]()));
  }

  #release(): void {
    for (const subscription of this.#open.splice(0)) subscription[Symbol.dispose]();
    this.queue[Symbol.dispose]();
  }

  async #work(signal: AbortSignal): Promise<void> {
    for (;;) {
      const wasIdle = this.queue.size === 0;
      const key = await this.queue.take(signal);
      if (wasIdle) this.#busySinceMs = this.clock.monotonic();
      await this.#turn(key, signal);
      await this.#letOthersIn();
    }
  }

  /**
   * Turns over a transport in process and full caches may go on without ever waiting for I/O: then sockets and timers of the process would not
   * get their turn. Hardly ever pauses under virtual time, which does not pass meanwhile.
   */
  #letOthersIn(): Promise<void> | undefined {
    if (this.#pause) return this.#pause;
    if (this.clock.monotonic() - this.#busySinceMs < BUSY_MS) return undefined;
    this.#pause = nextTurn().then(() => {
      this.#pause = undefined;
      this.#busySinceMs = this.clock.monotonic();
    });
    return this.#pause;
  }

  async #turn(key: string, signal: AbortSignal): Promise<void> {
    const writes: WriteLog = [];
    try {
      const requeue = await loggingWrites(writes, () => this.reconcile(key, signal));
      this.queue.forget(key);
      if (requeue) this.queue.addAfter(key, requeue.afterMs);
    } catch (error) {
      if (signal.aborted) throw error;
      this.#logFailure(key, error);
      this.queue.addRateLimited(key);
    }
    this.#giveFree(key, writes);
  }

  /** Gives the key free, at once if the caches have seen its writes. */
  #giveFree(key: string, writes: WriteLog): void {
    const unseen = writes.filter((write) => this.#reads.get(`${write.ref.resource}.${write.ref.group}`)?.hasSeen(write) === false);
    if (unseen.length === 0) return this.queue.done(key);
    this.#tasks?.run(async (signal) => {
      const held = new AbortController();
      const alarm = this.clock.after(HOLD_BACK_MS, () => held.abort());
      const either = AbortSignal.any([signal, held.signal]);
      try {
        for (const write of unseen) await this.#reads.get(`${write.ref.resource}.${write.ref.group}`)?.seen(write, either);
      } catch (error) {
        if (!held.signal.aborted) throw error;
        this.logger.warn('a cache has not shown the last write of a key', { key });
      } finally {
        alarm[Symbol.dispose]();
      }
      this.queue.done(key);
    });
  }

  #logFailure(key: string, error: unknown): void {
    const fields = { key, failures: this.queue.failures(key) + 1 };
    if (hasReason(error, 'Conflict', 'AlreadyExists', 'NotFound')) this.logger.debug('lost a race', { ...fields, error: error.message });
    else if (StatusError.is(error) || error instanceof TransportError) this.logger.info('reconciling failed', { ...fields, error: error.message });
    else this.logger.error('reconciling threw', { ...fields, error });
  }
}
