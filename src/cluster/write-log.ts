import { createHash } from 'node:crypto';
import type { Store } from '../storage/store.ts';
import type { StoredWrite } from './embedding.ts';

/** Follows all writes to a store, in order: what two runs of a simulation are compared by. */
export class WriteLog implements Disposable {
  readonly #hash = createHash('sha256');
  readonly #watch: Disposable;

  /** The store stays its giver's, and has been started. */
  constructor(store: Store, onWrite: (write: StoredWrite) => void) {
    this.#watch = store.watch({
      prefix: '', revision: store.revision,
      onEvents: (events) => {
        for (const { revision, key, value } of events) {
          this.#hash.update(`${revision} ${key} ${value?.length ?? -1} `).update(value ?? '');
          onWrite({ revision, key, value });
        }
      },
      onEnd: (reason) => {
        throw reason; // it follows the head: nothing that it has not seen is ever compacted
      },
    });
  }

  /** SHA-256 (hexadecimal) of the writes so far. */
  digest(): string {
    return this.#hash.copy().digest('hex');
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }
}
