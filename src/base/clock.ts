/** Where components learn the time and how they wait. Only `cluster/` chooses the implementation. */
export interface Clock {
  /** Milliseconds since 1970, what goes into objects; may jump. */
  now(): number;
  /** Milliseconds from an arbitrary start, for measuring; never goes back. */
  monotonic(): number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason once it is aborted. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
  /** Runs `action` once after `ms` milliseconds unless the returned handle is disposed first. Does not keep the process alive. */
  after(ms: number, action: () => void): Disposable;
}

/** The longest delay that a timer of Node can hold; longer waits are split. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export class SystemClock implements Clock {
  now(): number {
    return Date.now();
  }

  monotonic(): number {
    return performance.now();
  }

  async sleep(ms: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', onAbort, { once: true });
    try {
      await promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
    if (ms > LONGEST_TIMER_MS) await this.sleep(ms - LONGEST_TIMER_MS, signal);
  }

  after(ms: number, action: () => void): Disposable {
    const timer = setTimeout(action, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS));
    timer.unref();
    return { [Symbol.dispose]: () => clearTimeout(timer) };
  }
}
