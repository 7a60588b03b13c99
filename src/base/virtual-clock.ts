import { type Alarm, AlarmQueue } from './alarm-queue.ts';
import type { Clock } from './clock.ts';
import { isTurnAwaited } from './turn.ts';

/** A clock that moves only when told: alarms ring in order of time, then of their setting, with all microtasks between two alarms run first. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #start: number;
  #order = 0;
  #isMoving = false;
  readonly #alarms = new AlarmQueue();

  /** `startMs`: milliseconds since 1970. */
  constructor(startMs: number = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
    this.#start = startMs;
  }

  now(): number {
    return this.#now;
  }

  monotonic(): number {
    return this.#now - this.#start;
  }

  sleep(ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason as Error);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = (): void => {
      alarm[Symbol.dispose]();
      reject(signal.reason as Error);
    };
    const alarm = this.after(ms, () => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    });
    signal.addEventListener('abort', onAbort, { once: true });
    return promise;
  }

  after(ms: number, action: () => void): Disposable {
    const alarm: Alarm = { at: this.#now + Math.max(ms, 0), order: this.#order++, ring: action, isOff: false };
    this.#alarms.add(alarm);
    return { [Symbol.dispose]: () => this.#alarms.turnOff(alarm) };
  }

  /** Lets everything happen that takes no time. */
  settle(): Promise<void> {
    return settle();
  }

  /** Moves time on by `ms`, ringing every alarm that is due, those set on the way too. */
  async advance(ms: number): Promise<void> {
    await this.#move(async () => {
      const end = this.#now + ms;
      await settle();
      while (await this.#ringNext(end));
      this.#now = end;
    });
  }

  /**
   * Moves time on from alarm to alarm until `isDone` says so, looked at before each of them; says whether it did within `limitMs`. Time stands at
   * the alarm that made it so, or at the limit.
   */
  async advanceUntil(isDone: () => boolean | Promise<boolean>, limitMs: number): Promise<boolean> {
    return this.#move(async () => {
      const end = this.#now + limitMs;
      await settle();
      while (!(await isDone())) {
        if (await this.#ringNext(end)) continue;
        this.#now = end;
        return isDone();
      }
      return true;
    });
  }

  /** Two at once would ring alarms in an order that depends on both. Throws Error for the second. */
  async #move<R>(moving: () => Promise<R>): Promise<R> {
    if (this.#isMoving) throw new Error('this clock is being advanced already: await that first');
    this.#isMoving = true;
    try {
      return await moving();
    } finally {
      this.#isMoving = false;
    }
  }

  async #ringNext(end: number): Promise<boolean> {
    const next = this.#alarms.first();
    if (!next || next.at > end) return false;
    this.#alarms.take();
    this.#now = Math.max(this.#now, next.at);
    next.ring();
    await settle();
    return true;
  }
}

/** Lets all pending microtasks, and what they queue, run: under virtual time nothing waits for a socket, so turns of the event loop are enough. */
async function settle(): Promise<void> {
  do {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  } while (isTurnAwaited());
}
