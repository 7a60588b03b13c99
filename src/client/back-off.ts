import type { Clock } from '../base/clock.ts';
import type { Random } from '../base/random.ts';

/** Waits that double from `baseMs` to `maxMs`, each drawn out by up to `jitter` times itself; start again after a success. */
export class BackOff {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #baseMs: number;
  readonly #maxMs: number;
  readonly #jitter: number;
  #failures = 0;

  constructor(options: { clock: Clock; random: Random; baseMs: number; maxMs: number; jitter?: number }) {
    this.#clock = options.clock;
    this.#random = options.random;
    this.#baseMs = options.baseMs;
    this.#maxMs = options.maxMs;
    this.#jitter = options.jitter ?? 1;
  }

  reset(): void {
    this.#failures = 0;
  }

  /** How long to wait now. */
  nextMs(): number {
    const plainMs = Math.min(this.#baseMs * 2 ** Math.min(this.#failures++, 40), this.#maxMs);
    return plainMs * (1 + this.#jitter * this.#random.next());
  }

  wait(signal: AbortSignal): Promise<void> {
    return this.#clock.sleep(this.nextMs(), signal);
  }
}
