interface Sample {
  readonly atMs: number;
  readonly nanoseconds: number;
  readonly rate: number;
}

/** Looks that are closer together than this share an answer. */
const MIN_WINDOW_MS = 1000;
const FORGOTTEN_AFTER_MS = 3_600_000;

/** How fast counters of CPU time grow, from one question to the next; the first is answered by what was used since the start. */
export class CpuRates {
  readonly #samples = new Map<string, Sample>();

  /** Billionths of a core. */
  nanoCores(key: string, nanoseconds: number, nowMs: number, startedAtMs: number | undefined): number {
    const known = this.#samples.get(key);
    const before = known && known.nanoseconds <= nanoseconds ? known : { atMs: startedAtMs ?? nowMs, nanoseconds: 0, rate: 0 };
    const windowMs = nowMs - before.atMs;
    if (known === before && windowMs < MIN_WINDOW_MS) return known.rate;
    const rate = windowMs <= 0 ? 0 : Math.round(((nanoseconds - before.nanoseconds) / windowMs) * 1000);
    this.#samples.set(key, { atMs: nowMs, nanoseconds, rate });
    for (const [other, { atMs }] of this.#samples) if (nowMs - atMs > FORGOTTEN_AFTER_MS) this.#samples.delete(other);
    return rate;
  }
}
