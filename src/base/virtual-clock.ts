import type { Clock } from './clock.ts';

interface Alarm {
  readonly at: number;
  readonly order: number;
  readonly ring: () => void;
}

/** A clock that moves only when told: alarms ring in order of time, then of their setting, with all microtasks between two alarms run first. */
export class VirtualClock implements Clock {
  #now: number;
  readonly #start: number;
  #order = 0;
  readonly #alarms = new Set<Alarm>();

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
    const alarm: Alarm = { at: this.#now + Math.max(ms, 0), order: this.#order++, ring: action };
    this.#alarms.add(alarm);
    return { [Symbol.dispose]: () => this.#alarms.delete(alarm) };
  }

  /** Moves time on by `ms`, ringing every alarm that is due, those set on the way too. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    await settle();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#alarms.delete(next);
      this.#now = Math.max(this.#now, next.at);
      next.ring();
      await settle();
    }
    this.#now = end;
  }

  #next(end: number): Alarm | undefined {
    let first: Alarm | undefined;
    for (const alarm of this.#alarms) {
      if (alarm.at > end) continue;
      if (!first || alarm.at < first.at || (alarm.at === first.at && alarm.order < first.order)) first = alarm;
    }
    return first;
  }
}

/** Lets all pending microtasks, and what they queue, run: under virtual time nothing waits for a socket, so a turn of the event loop is enough. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
