import type { Clock } from '../base/clock.ts';
import { QueueMetrics } from './queue-metrics.ts';

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** The wait after a key's first failure, doubled by each further one. Default 5 ms. */
  readonly baseMs?: number;
  /** Default 1000 s. */
  readonly maxMs?: number;
  /** Over all keys: retries a second beyond `burst`. Default 10 after 100, as client-go. */
  readonly retriesPerSecond?: number;
  readonly burst?: number;
}

/**
 * Keys that want work, each at most once, and never handed out twice at a time: a key added while it is worked on comes again when it is `done`.
 * Source of the limits: client-go util/workqueue, DefaultTypedControllerRateLimiter.
 */
export class WorkQueue implements Disposable {
  readonly #clock: Clock;
  readonly metrics: QueueMetrics;
  readonly #baseMs: number;
  readonly #maxMs: number;
  readonly #retriesPerSecond: number;
  readonly #burst: number;
  readonly #ready = new Set<string>();
  readonly #processing = new Set<string>();
  readonly #again = new Set<string>();
  readonly #failures = new Map<string, number>();
  readonly #delayed = new Map<string, { readonly atMs: number; readonly alarm: Disposable }>();
  readonly #waiting: ((key: string) => void)[] = [];
  /** When the bucket will have been full again; long ago when it is full. */
  #bucketMs = -Infinity;
  #disposed = false;

  constructor(options: WorkQueueOptions) {
    this.#clock = options.clock;
    this.metrics = new QueueMetrics(options.clock);
    this.#baseMs = options.baseMs ?? 5;
    this.#maxMs = options.maxMs ?? 1_000_000;
    this.#retriesPerSecond = options.retriesPerSecond ?? 10;
    this.#burst = options.burst ?? 100;
  }

  /** How many keys are ready to be taken. */
  get size(): number {
    return this.#ready.size;
  }

  /** Whether nothing is ready, worked on or delayed. */
  get isIdle(): boolean {
    return this.#ready.size + this.#processing.size + this.#delayed.size === 0;
  }

  add(key: string): void {
    if (this.#disposed) return;
    if (this.#processing.has(key)) this.#again.add(key);
    else if (!this.#ready.has(key)) {
      this.metrics.added(key);
      this.#offer(key);
    }
  }

  /** Adds the key after `ms`; the earliest of several such calls counts. */
  addAfter(key: string, ms: number): void {
    if (this.#disposed) return;
    if (ms <= 0) return this.add(key);
    const atMs = this.#clock.monotonic() + ms;
    const pending = this.#delayed.get(key);
    if (pending && pending.atMs <= atMs) return;
    pending?.alarm[Symbol.dispose]();
    const alarm = this.#clock.after(ms, () => {
      this.#delayed.delete(key);
      this.add(key);
    });
    this.#delayed.set(key, { atMs, alarm });
  }

  /** Adds the key after its back-off: it failed once more. */
  addRateLimited(key: string): void {
    this.metrics.retries++;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const backOffMs = Math.min(this.#baseMs * 2 ** Math.min(failures, 60), this.#maxMs);
    this.addAfter(key, Math.max(backOffMs, this.#bucketWaitMs()));
  }

  /** How often the key has failed since it was last forgotten. */
  failures(key: string): number {
    return this.#failures.get(key) ?? 0;
  }

  /** The key succeeded: its back-off starts over. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key, which is then worked on until `done`; rejects with the signal's reason. */
  async take(signal: AbortSignal): Promise<string> {
    signal.throwIfAborted();
    for (const key of this.#ready) {
      this.#ready.delete(key);
      this.#processing.add(key);
      this.metrics.taken(key);
      return key;
    }
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const onAbort = (): void => {
      this.#waiting.splice(this.#waiting.indexOf(resolve), 1);
      reject(signal.reason as Error);
    };
    this.#waiting.push(resolve);
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      return await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Work on the key has ended. */
  done(key: string): void {
    this.#processing.delete(key);
    this.metrics.done(key);
    if (this.#again.delete(key)) this.add(key);
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const { alarm } of this.#delayed.values()) alarm[Symbol.dispose]();
    this.#delayed.clear();
    this.#ready.clear();
    this.#again.clear();
  }

  #offer(key: string): void {
    const worker = this.#waiting.shift();
    if (worker) {
      this.#processing.add(key);
      this.metrics.taken(key);
      worker(key);
    } else {
      this.#ready.add(key);
    }
  }

  #bucketWaitMs(): number {
    const nowMs = this.#clock.monotonic();
    const intervalMs = 1000 / this.#retriesPerSecond;
    this.#bucketMs = Math.max(this.#bucketMs, nowMs - intervalMs * this.#burst) + intervalMs;
    return Math.max(this.#bucketMs - nowMs, 0);
  }
}
