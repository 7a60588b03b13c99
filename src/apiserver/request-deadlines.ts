import { parseGoDuration } from '../apimachinery/go-duration.ts';
import { badRequest } from '../apimachinery/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Query } from './request.ts';

interface Waiting {
  readonly endMs: number;
  readonly onTimeout: () => void;
}

/** Ends requests that take too long. Most may take equally long, so the oldest ends first, and one timer serves them all; one that asks for less has its own. */
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

  /** Calls `onTimeout` in time unless the returned handle is disposed first. `nowMs`: the monotonic time; `askedMs`: what the client asked for. */
  begin(nowMs: number, onTimeout: () => void, askedMs?: number): Disposable {
    if (askedMs !== undefined && askedMs > 0 && askedMs < this.#timeoutMs) return this.#clock.after(askedMs, onTimeout);
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

/** `timeout=5s`, in milliseconds. Throws StatusError 400. */
export function askedTimeout(query: Query): number | undefined {
  const text = query.get('timeout') ?? '';
  if (text === '') return undefined;
  try {
    return parseGoDuration(text);
  } catch (error) {
    throw error instanceof RangeError ? badRequest(`invalid timeout specified in the request URL - ${error.message}`, { cause: error }) : error;
  }
}
