import type { Clock } from '../base/clock.ts';

interface Due {
  /** `Clock.now()` at which it is due. */
  readonly at: number;
  readonly key: string;
  readonly revision: number;
}

/** Calls `expire` for each key when its time has come, with one timer for all of them (a heap by time). */
export class Expiry implements Disposable {
  readonly #clock: Clock;
  readonly #expire: (key: string, revision: number) => void;
  readonly #heap: Due[] = [];
  #timer: { at: number; handle: Disposable } | undefined;

  /** `expire` gets the revision that was given for the key: whether it is still the key's newest is for the caller to see. */
  constructor(clock: Clock, expire: (key: string, revision: number) => void) {
    this.#clock = clock;
    this.#expire = expire;
  }

  /** `at`: milliseconds since 1970. */
  add(key: string, revision: number, at: number): void {
    const heap = this.#heap;
    const due = { at, key, revision };
    let position = heap.push(due) - 1;
    while (position > 0) {
      const parent = (position - 1) >>> 1;
      const above = heap[parent];
      if (!above || above.at <= at) break;
      heap[position] = above;
      position = parent;
    }
    heap[position] = due;
    this.#arm();
  }

  [Symbol.dispose](): void {
    this.#heap.length = 0;
    this.#timer?.handle[Symbol.dispose]();
    this.#timer = undefined;
  }

  #arm(): void {
    const first = this.#heap[0];
    if (!first || (this.#timer && this.#timer.at <= first.at)) return;
    this.#timer?.handle[Symbol.dispose]();
    this.#timer = { at: first.at, handle: this.#clock.after(first.at - this.#clock.now(), () => this.#ring()) };
  }

  #ring(): void {
    this.#timer = undefined;
    for (let first = this.#heap[0]; first && first.at <= this.#clock.now(); first = this.#heap[0]) {
      this.#dropFirst();
      this.#expire(first.key, first.revision);
    }
    this.#arm();
  }

  #dropFirst(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let position = 0;
    for (;;) {
      const left = 2 * position + 1;
      const right = left + 1;
      let child = heap[left];
      if (!child) break;
      let at = left;
      const other = heap[right];
      if (other && other.at < child.at) [child, at] = [other, right];
      if (child.at >= last.at) break;
      heap[position] = child;
      position = at;
    }
    heap[position] = last;
  }
}
