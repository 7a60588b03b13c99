import type { Clock } from '../base/clock.ts';

/** How long history is kept at least, as kube-apiserver's `--etcd-compaction-interval`. */
export const DEFAULT_HISTORY_MS = 5 * 60_000;
/** History is cut in so many pieces: the oldest is forgotten when it is older than `historyMs`, so that history is at most a tenth longer. */
const PIECES = 10;

export interface HistoryOptions {
  readonly clock: Clock;
  readonly historyMs: number;
  /** Keys and values of history may take so many bytes; beyond, the older half is forgotten before its time. */
  readonly maxBytes: number;
  /** The same for the number of revisions. */
  readonly maxRevisions: number;
  readonly store: { revision(): number; compact(revision: number): void };
}

/** Where the store was at a time. */
interface Mark {
  readonly revision: number;
  readonly atMs: number;
  /** Bytes written since the start. */
  readonly bytes: number;
}

/** Has a store forget what is older than `historyMs`, or what would make history too large. */
export class HistoryKeeper implements Disposable {
  readonly #options: HistoryOptions;
  readonly #marks: Mark[] = [];
  #bytes = 0;
  #timer: Disposable | undefined;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#mark();
    this.#arm();
  }

  /** Takes note of visible writes that took so many bytes, after the store's revision has become theirs. */
  wrote(bytes: number): void {
    const { maxBytes, maxRevisions, store } = this.#options;
    this.#bytes += bytes;
    const last = this.#marks.at(-1);
    const first = this.#marks[0];
    if (!last || !first) return;
    const revision = store.revision();
    // Marks by size too, so that half of history can be told by them.
    if (this.#bytes - last.bytes > maxBytes / PIECES || revision - last.revision > maxRevisions / PIECES) this.#mark();
    if (this.#bytes - first.bytes > maxBytes || revision - first.revision > maxRevisions) this.#forgetHalf(first, revision);
  }

  [Symbol.dispose](): void {
    this.#timer?.[Symbol.dispose]();
  }

  #arm(): void {
    const { clock, historyMs } = this.#options;
    this.#timer = clock.after(historyMs / PIECES, () => {
      this.#mark();
      this.#forgetOld();
      this.#arm();
    });
  }

  #mark(): void {
    const { store, clock } = this.#options;
    this.#marks.push({ revision: store.revision(), atMs: clock.monotonic(), bytes: this.#bytes });
  }

  #forgetOld(): void {
    const { clock, historyMs } = this.#options;
    const oldMs = clock.monotonic() - historyMs;
    this.#forgetUpTo(this.#marks.findLastIndex((mark) => mark.atMs <= oldMs));
  }

  #forgetHalf(first: Mark, revision: number): void {
    const bytes = (first.bytes + this.#bytes) / 2;
    const half = (first.revision + revision) / 2;
    this.#forgetUpTo(Math.max(this.#marks.findLastIndex((mark) => mark.bytes <= bytes && mark.revision <= half), 1));
  }

  #forgetUpTo(position: number): void {
    if (position <= 0) return;
    this.#marks.splice(0, position);
    const mark = this.#marks[0];
    if (mark) this.#options.store.compact(mark.revision);
  }
}
