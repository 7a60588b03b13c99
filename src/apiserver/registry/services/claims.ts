import { RevisionMismatchError, type Store } from '../../../storage/store.ts';

const PREFIX = 'kubets/claims/';
/** Longer than a request may take: a server that is killed meanwhile leaves nothing behind. */
const TTL_SECONDS = 120;

/** Makes names exclusive among the servers that share a store, for as long as a request takes. */
export class Claims {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Claims all of them or, if another request has one of them, none. */
  async take(names: readonly string[]): Promise<boolean> {
    const results = await Promise.allSettled(names.map((name) => this.#store.commit({ key: PREFIX + name, value: Buffer.from('{}'), expected: 0, ttlSeconds: TTL_SECONDS })));
    const failed = results.find((result) => result.status === 'rejected');
    if (!failed) return true;
    await this.free(names.filter((_, i) => results[i]?.status === 'fulfilled'));
    if (failed.reason instanceof RevisionMismatchError) return false;
    throw failed.reason;
  }

  async free(names: readonly string[]): Promise<void> {
    await Promise.all(names.map((name) => this.#store.commit({ key: PREFIX + name, value: undefined, expected: undefined })));
  }
}
