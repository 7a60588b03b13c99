import { parseGoDuration } from '../apimachinery/go-duration.ts';
import { badRequest } from '../apimachinery/status.ts';
import type { Clock } from '../base/clock.ts';
import type { Query } from './request.ts';

/** One of a ring: who is over takes itself out without a search, and without a set that keeps room for who has gone. */
class Deadline implements Disposable {
  readonly endMs: number;
  readonly onTimeout: () => void;
  previous: Deadline = this;
  next: Deadline = this;

  constructor(endMs: number, onTimeout: () => void) {
    this.endMs = endMs;
    this.onTimeout = onTimeout;
  }

  /** Puts itself before `other`. */
  enter(other: Deadline): void {
    this.previous = other.previous;
    this.next = other;
    this.previous.next = this;
    other.previous = this;
  }

  [Symbol.dispose](): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.previous = this.next = this;
  }
}

/** Ends requests that take too long. Most may take equally long, so the oldest ends first, and one timer serves them all; one that asks for less has its own. */
export class RequestDeadlines implements Disposable {
  readonly #clock: Clock;
  readonly #timeoutMs: number;
  /** Before its first and behind its last: those who wait, in the order in which they end. */
  readonly #ends = new Deadline(Infinity, () => undefined);
  #timer: Disposable | undefined;

  constructor(clock: Clock, timeoutMs: number) {
    this.#clock = clock;
    this.#timeoutMs = timeoutMs;
  }

  /** Calls `onTimeout` in time unless the returned handle is disposed first. `nowMs`: the monotonic time; `askedMs`: what the client asked for. */
  begin(nowMs: number, onTimeout: () => void, askedMs?: number): Disposable {
    if (askedMs !== undefined && askedMs > 0 && askedMs < this.#timeoutMs) return this.#clock.after(askedMs, onTimeout);
    const deadline = new Deadline(nowMs + this.#timeoutMs, onTimeout);
    deadline.enter(this.#ends);
    if (!this.#timer) this.#arm(this.#timeoutMs);
    return deadline;
  }

  /** Nobody is told any more. */
  [Symbol.dispose](): void {
    this.#ends[Symbol.dispose]();
    this.#timer?.[Symbol.dispose]();
  }

  #arm(ms: number): void {
    this.#timer = this.#clock.after(ms, () => this.#check());
  }

  #check(): void {
    this.#timer = undefined;
    const nowMs = this.#clock.monotonic();
    for (let first = this.#ends.next; first !== this.#ends; first = this.#ends.next) {
      if (first.endMs > nowMs) {
        this.#arm(first.endMs - nowMs);
        return;
      }
      first[Symbol.dispose]();
      first.onTimeout();
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
