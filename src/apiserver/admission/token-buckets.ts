import type { Clock } from '../../base/clock.ts';

interface Bucket {
  tokens: number;
  filledMs: number;
}

/** A bucket of tokens for each key: full at first, `perSecond` come back, and never more than `most`. Of many keys, the `keys` used last are known. */
export class TokenBuckets {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #most: number;
  readonly #keys: number;
  readonly #buckets = new Map<string, Bucket>();

  constructor(options: { clock: Clock; perSecond: number; most: number; keys: number }) {
    this.#clock = options.clock;
    this.#perSecond = options.perSecond;
    this.#most = options.most;
    this.#keys = options.keys;
  }

  /** Takes a token; false when there is none. */
  take(key: string): boolean {
    const nowMs = this.#clock.monotonic();
    const bucket = this.#buckets.get(key) ?? { tokens: this.#most, filledMs: nowMs };
    this.#buckets.delete(key);
    this.#buckets.set(key, bucket);
    if (this.#buckets.size > this.#keys) this.#forgetOldest();
    bucket.tokens = Math.min(this.#most, bucket.tokens + ((nowMs - bucket.filledMs) / 1000) * this.#perSecond);
    bucket.filledMs = nowMs;
    if (bucket.tokens < 1) return false;
    bucket.tokens--;
    return true;
  }

  #forgetOldest(): void {
    for (const key of this.#buckets.keys()) {
      this.#buckets.delete(key);
      return;
    }
  }
}
