import type { Clock } from '../../base/clock.ts';

/** A long answer on its way. */
export interface Sending extends Disposable {
  /** The client has taken some more. */
  progress(): void;
}

/** Knows the long answers that are on their way over HTTP/2, and cuts off those whose client takes nothing. */
export class StallWatch {
  readonly #clock: Clock;
  readonly #sending = new Set<{ sinceMs: number; readonly cutOff: () => void }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  begin(cutOff: () => void): Sending {
    const one = { sinceMs: this.#clock.monotonic(), cutOff };
    this.#sending.add(one);
    return {
      progress: () => {
        one.sinceMs = this.#clock.monotonic();
      },
      [Symbol.dispose]: () => void this.#sending.delete(one),
    };
  }

  check(nowMs: number, stallMs: number): void {
    for (const one of this.#sending) {
      if (nowMs - one.sinceMs <= stallMs) continue;
      this.#sending.delete(one);
      one.cutOff();
    }
  }
}
