import type { Clock } from '../../base/clock.ts';
import { AbortError } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import { RevisionMismatchError, type Store } from '../store.ts';

/** Who compacted last, and up to where the next compaction goes. Outside every resource's prefix. */
const COMPACTION_KEY = 'kubets/compaction';

/**
 * Servers that share an etcd compact it together: every `historyMs` whichever comes first compacts to the revision that was the newest the
 * last time, and tells the others by a key; compare-and-swap decides between two that come at once. Source: apiserver's
 * pkg/storage/etcd3/compact.go.
 */
export class SharedCompaction implements Disposable {
  readonly #options: { readonly clock: Clock; readonly logger: Logger; readonly historyMs: number; readonly store: Pick<Store, 'get' | 'commit' | 'compact' | 'revision'> };
  /** The revision of the key when this server looked at it last. */
  #seen: number | undefined;
  /** What it said then: to where whoever writes it next compacts. */
  #upTo: number | undefined;
  #timer: Disposable | undefined;
  #closed = false;

  constructor(options: { clock: Clock; logger: Logger; historyMs: number; store: Pick<Store, 'get' | 'commit' | 'compact' | 'revision'> }) {
    this.#options = options;
    this.#arm();
  }

  [Symbol.dispose](): void {
    this.#closed = true;
    this.#timer?.[Symbol.dispose]();
  }

  #arm(): void {
    if (this.#options.historyMs === Infinity) return;
    this.#timer = this.#options.clock.after(this.#options.historyMs, () => {
      void this.#compact();
      this.#arm();
    });
  }

  async #compact(): Promise<void> {
    const { store, logger } = this.#options;
    try {
      const mark = await store.get(COMPACTION_KEY);
      const known = mark?.modRevision ?? 0;
      if (known !== this.#seen) {
        // Another server did it since this one looked, or this one looks for the first time.
        const forgotten = this.#upTo;
        this.#seen = known;
        this.#upTo = mark && Number(Buffer.from(mark.value).toString());
        // Done already in etcd; this server is to know it.
        if (forgotten !== undefined) await store.compact(forgotten);
        if (mark) return;
      }
      const forgotten = this.#upTo;
      const upTo = store.revision;
      const { revision } = await store.commit({ key: COMPACTION_KEY, value: Buffer.from(String(upTo)), expected: known });
      this.#seen = revision;
      this.#upTo = upTo;
      if (forgotten !== undefined) await store.compact(forgotten);
    } catch (error) {
      if (error instanceof RevisionMismatchError || error instanceof AbortError || this.#closed) return;
      logger.error('cannot compact the history in etcd', { error });
    }
  }
}
