import type { Clock } from '../base/clock.ts';

interface Waiting {
  readonly endMs: number;
  readonly onTimeout: () => void;
}

/** Ends requests that take too long. All may take equally long, so the oldest ends first, and one timer serves them all. */
export class RequestDeadlines implements Disposable {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  /** In the order in which they end. */
  readonly #waiting = new Set<Waiting>();
  #timer: Disposable | undefined;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** Calls `onTimeout` in time unless the returned handle is disposed first. `nowMs`: the monotonic time. */
  begin(nowMs: number, onTimeout: () => void): Disposable {
    const waiting: Waiting = { endMs: nowMs + this.#timeoutMs, onTimeout };
    this.#waiting.add(waiting);
    if (!this.#timer) this.#arm(this.#timeoutMs);
    return { [Symbol.dispose]: () => this.#waiting.delete(waiting) };
  }

  /** Nobody is told any more. */
  [Symbol.dispose](): void {
    this.#waiting.clear();
    this.#timer?.[Symbol.dispose]();
  }

  #arm(ms: number): void {
    this.#timer = this.#clock.after(ms, () => this.#check());
  }

  #check(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonic();
    for (const waiting of this.#waiting) {
      if (waiting.endMs > nowMs) {
        this.#arm(waiting.endMs - nowMs);
        return;
      }
      this.#waiting.delete(waiting);
      waiting.onTimeout();
    }
  }
}
