import type { Clock } from '../base/clock.ts';

/** How long history is kept at least, as kube-apiserver's `--etcd-compaction-interval`. */
export const DEFAULT_HISTORY_MS = 5 * 60_000;

interface CompactedStore {
  revision(): number;
  compact(revision: number): void;
}

/** Has a store forget what is older than `historyMs`: every `historyMs` it compacts to the revision of the time before. */
export class HistoryKeeper implements Disposable {
  readonly #clock: Clock;
  readonly #historyMs: number;
  readonly #store: CompactedStore;
  #mark: number;
  #timer: Disposable | undefined;

  constructor(options: { clock: Clock; historyMs: number; store: CompactedStore }) {
    this.#clock = options.clock;
    this.#historyMs = options.historyMs;
    this.#store = options.store;
    this.#mark = options.store.revision();
    this.#arm();
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  #arm(): void {
    this.#timer = this.#clock.after(this.#historyMs, () => {
      this.#store.compact(this.#mark);
      this.#mark = this.#store.revision();
      this.#arm();
    });
  }
}
