import type { Clock } from '../../base/clock.ts';

/** So many batches go out a second on average, and so many at once after a rest. */
export interface ThrottleOptions {
  readonly perSecond: number;
  readonly burst: number;
}

/** A bucket of tokens that is waited for. */
export class Throttle {
  readonly #options: ThrottleOptions;
  readonly #clock: Clock;
  #tokens: number;
  #filledMs: number;

  constructor(options: ThrottleOptions, clock: Clock) {
    this.#options = options;
    this.#clock = clock;
    this.#tokens = options.burst;
    this.#filledMs = clock.monotonic();
  }

  /** Takes a token, once there is one. */
  async wait(signal: AbortSignal): Promise<void> {
    const { perSecond, burst } = this.#options;
    for (;;) {
      const nowMs = this.#clock.monotonic();
      this.#tokens = Math.min(burst, this.#tokens + ((nowMs - this.#filledMs) / 1000) * perSecond);
      this.#filledMs = nowMs;
      if (this.#tokens >= 1) break;
      await this.#clock.sleep(Math.ceil(((1 - this.#tokens) / perSecond) * 1000), signal);
    }
    this.#tokens--;
  }
}
