import type { Random } from '../../../base/random.ts';

/** Whole numbers of a range, each held by at most one. */
export class NumberPool {
  readonly #first: number;
  readonly #size: number;
  /** The first so many are given only when asked for by name, as long as there are others. */
  readonly #reserved: number;
  readonly #random: Random;
  readonly #held = new Set<number>();

  constructor(options: { first: number; last: number; random: Random }) {
    this.#first = options.first;
    this.#size = options.last - options.first + 1;
    this.#reserved = this.#size < 32 ? 0 : Math.min(Math.max(16, Math.floor(this.#size / 16)), 256);
    this.#random = options.random;
  }

  get size(): number {
    return this.#size;
  }

  get held(): number {
    return this.#held.size;
  }

  holds(number: number): boolean {
    return number >= this.#first && number < this.#first + this.#size;
  }

  isHeld(number: number): boolean {
    return this.#held.has(number);
  }

  /** False: somebody holds it. */
  take(number: number): boolean {
    if (this.#held.has(number)) return false;
    this.#held.add(number);
    return true;
  }

  /** A free one by chance; undefined when there is none. */
  takeAny(): number | undefined {
    const free = this.#freeIn(this.#reserved, this.#size) ?? this.#freeIn(0, this.#reserved);
    if (free !== undefined) this.#held.add(free);
    return free;
  }

  #freeIn(from: number, to: number): number | undefined {
    const count = to - from;
    if (count <= 0) return undefined;
    const start = this.#random.below(count);
    for (let i = 0; i < count; i++) {
      const number = this.#first + from + ((start + i) % count);
      if (!this.#held.has(number)) return number;
    }
    return undefined;
  }

  free(number: number): void {
    this.#held.delete(number);
  }
}
