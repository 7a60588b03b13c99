import { channel } from 'node:diagnostics_channel';

/** What starts, stops. Constructed without I/O, timers or listeners. */
export interface Component extends AsyncDisposable {
  /** Resolves when it can serve: caches synced, port bound. Rejects when it cannot, having cleaned up after itself. */
  start(signal: AbortSignal): Promise<void>;
  /** Settles after its last piece of work; rejects with what broke it. */
  readonly done: Promise<void>;
}

/** The diagnostics channel on which each task that a `TaskGroup` starts is told: for those who look for work that never settles. */
export const TASK_CHANNEL = 'kubets:task';
export interface StartedTask {
  /** Settles with the task and never rejects. */
  running: Promise<void>;
}
const taskChannel = channel(TASK_CHANNEL);

/**
 * Owns the promises that nobody awaits at once. The first one that rejects, other than by the abort of `signal`, aborts the group and
 * becomes the reason with which `done` rejects.
 */
export class TaskGroup implements AsyncDisposable {
  readonly #controller = new AbortController();
  readonly #running = new Set<Promise<void>>();
  readonly #done = Promise.withResolvers<void>();
  #failure: { error: unknown } | undefined;
  #closing = false;

  constructor(parent?: AbortSignal) {
    this.#done.promise.catch(() => undefined);
    if (!parent) return;
    const stop = (): void => void this.close();
    if (parent.aborted) stop();
    else {
      parent.addEventListener('abort', stop, { once: true });
      this.signal.addEventListener('abort', () => parent.removeEventListener('abort', stop), { once: true });
    }
  }

  /** Aborted once the group is closing. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Settles when the group was closed and its last task has ended. */
  get done(): Promise<void> {
    return this.#done.promise;
  }

  run(task: (signal: AbortSignal) => Promise<unknown>): void {
    if (this.#closing) return;
    const running = this.#guard(task);
    this.#running.add(running);
    void running.then(() => this.#running.delete(running));
    if (taskChannel.hasSubscribers) taskChannel.publish({ running } satisfies StartedTask);
  }

  async #guard(task: (signal: AbortSignal) => Promise<unknown>): Promise<void> {
    try {
      await task(this.signal);
    } catch (error) {
      if (isAbort(error, this.signal)) return;
      this.#failure ??= { error };
      void this.close();
    }
  }

  async close(): Promise<void> {
    if (!this.#closing) {
      this.#closing = true;
      this.#controller.abort(new AbortError('stopped'));
      await Promise.resolve();
      while (this.#running.size > 0) await Promise.all(this.#running);
      if (this.#failure) this.#done.reject(this.#failure.error);
      else this.#done.resolve();
    }
    await this.#done.promise.catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The reason with which our signals are aborted. */
export class AbortError extends Error {
  override readonly name = 'AbortError';
}

/** Whether `error` only says that `signal` was aborted. */
export function isAbort(error: unknown, signal: AbortSignal): boolean {
  return signal.aborted && (error === signal.reason || (error instanceof Error && error.name === 'AbortError'));
}

/** Waits for `promise`, or rejects with the signal's reason once it is aborted; how it ends then, nobody hears. */
export async function untilAborted<R>(promise: Promise<R>, signal: AbortSignal): Promise<R> {
  promise.catch(() => undefined);
  signal.throwIfAborted();
  const aborted = Promise.withResolvers<never>();
  const onAbort = (): void => aborted.reject(signal.reason as Error);
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
