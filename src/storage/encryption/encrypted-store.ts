import {
  type Committed, type RangeOptions, type RangeResult, RevisionMismatchError, type SharedStore, type Store, type Stored, type StoreEvent, type WatchOptions, type Write,
} from '../store.ts';
import { asBuffer, type Decrypted, ENCRYPTED, type Transformer } from './transformer.ts';
import type { Transformers } from './transformers.ts';

const ENCRYPTED_BYTES = Buffer.from(ENCRYPTED);

/**
 * A store whose values are encrypted: what it is given and gives is plain, what the inner store holds is not. Values written under an older configuration are
 * read as long as a provider of theirs is listed; `isStale` tells which want writing again.
 */
export class EncryptedStore implements Store {
  readonly #inner: Store;
  #transformers: Transformers;
  /** Under which generation the newest value of a key was written, and when. */
  readonly #written = new Map<string, { readonly revision: number; readonly generation: string }>();
  /** What was committed here, so that its event gives the same bytes again. */
  readonly #own = new WeakMap<Uint8Array, Decrypted>();

  /** The inner store and the transformers are the new store's: it starts and disposes them. */
  constructor(inner: Store, transformers: Transformers) {
    this.#inner = inner;
    this.#transformers = transformers;
  }

  get revision(): number {
    return this.#inner.revision;
  }

  get compacted(): number {
    return this.#inner.compacted;
  }

  get writable(): boolean {
    return this.#inner.writable;
  }

  get shared(): SharedStore | undefined {
    return this.#inner.shared;
  }

  get done(): Promise<void> {
    return this.#inner.done;
  }

  async start(signal: AbortSignal): Promise<void> {
    await this.#transformers.start(signal);
    await this.#inner.start(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#inner[Symbol.asyncDispose]();
    await this.#transformers[Symbol.asyncDispose]();
  }

  /** Takes another, started configuration from the next call on. */
  async use(transformers: Transformers): Promise<void> {
    const before = this.#transformers;
    this.#transformers = transformers;
    await before[Symbol.asyncDispose]();
  }

  isStale(key: string): boolean {
    const written = this.#written.get(key);
    const [writer] = this.#transformers.of(key);
    return written !== undefined && writer !== undefined && written.generation !== writer.generation;
  }

  async get(key: string): Promise<Stored | undefined> {
    const stored = await this.#inner.get(key);
    return stored && this.#plainOf(stored);
  }

  async range(options: RangeOptions): Promise<RangeResult> {
    const result = await this.#inner.range(options);
    return { ...result, items: await Promise.all(result.items.map(async (item) => this.#plainOf(item))) };
  }

  count(prefix: string): Promise<number> {
    return this.#inner.count(prefix);
  }

  async commit(write: Write): Promise<Committed> {
    const { key, value } = write;
    try {
      const committed = await this.#inner.commit(value ? { ...write, value: this.#encrypt(key, value) } : write);
      return { revision: committed.revision, previous: committed.previous && (await this.#plainOf(committed.previous)) };
    } catch (error) {
      if (error instanceof RevisionMismatchError && error.current) throw new RevisionMismatchError(key, await this.#plainOf(error.current));
      throw error;
    }
  }

  compact(revision: number): Promise<void> {
    return this.#inner.compact(revision);
  }

  /** Events wait for those before them when a KMS plugin has to be asked; otherwise they are told in the inner store's own call. */
  watch(options: WatchOptions): Disposable {
    let queue: Promise<void> | undefined;
    let isOver = false;
    const end = (reason: unknown): void => {
      if (isOver) return;
      isOver = true;
      inner[Symbol.dispose]();
      options.onEnd(reason instanceof Error ? reason : new Error(String(reason)));
    };
    const tell = (events: readonly StoreEvent[], revision: number): void => {
      if (!isOver) options.onEvents(events, revision);
    };
    const take = (events: readonly StoreEvent[], revision: number): void => {
      if (isOver) return;
      const plain = this.#plainEvents(events);
      if (!queue && !(plain instanceof Promise)) return tell(plain, revision);
      const turn = Promise.all([queue, plain]).then(([, told]) => tell(told, revision)).catch(end).then(() => {
        if (queue === turn) queue = undefined;
      });
      queue = turn;
    };
    const inner = this.#inner.watch({
      ...options,
      onEnd: (reason) => void (queue ?? Promise.resolve()).then(() => end(reason)),
      onEvents: (events, revision) => {
        try {
          take(events, revision);
        } catch (error) {
          end(error);
        }
      },
    });
    return {
      [Symbol.dispose]: () => {
        isOver = true;
        inner[Symbol.dispose]();
      },
    };
  }

  #encrypt(key: string, value: Uint8Array): Buffer {
    const [writer] = this.#transformers.of(key);
    if (!writer) throw new Error(`no provider writes ${key}`);
    const encrypted = writer.encrypt(value, key);
    this.#own.set(encrypted, { plain: asBuffer(value), generation: writer.generation });
    return encrypted;
  }

  #plainEvents(events: readonly StoreEvent[]): StoreEvent[] | Promise<StoreEvent[]> {
    const plain = events.map((event) => this.#plainEvent(event));
    return plain.some((event) => event instanceof Promise) ? Promise.all(plain.map(async (event) => event)) : (plain as StoreEvent[]);
  }

  #plainEvent(event: StoreEvent): StoreEvent | Promise<StoreEvent> {
    const { key, revision, value } = event;
    if (event.type === 'delete' && (this.#written.get(key)?.revision ?? revision) < revision) this.#written.delete(key);
    const previous = event.previous && this.#plainOf(event.previous);
    const plain = value && this.#plainOf({ key, value, modRevision: revision, createRevision: revision });
    if (!(previous instanceof Promise) && !(plain instanceof Promise)) return { ...event, value: plain?.value, previous };
    return Promise.all([plain, previous]).then(([now, before]) => ({ ...event, value: now?.value, previous: before }));
  }

  #plainOf(stored: Stored): Stored | Promise<Stored> {
    const decrypted = this.#decrypt(stored);
    if (decrypted instanceof Promise) return decrypted.then((done) => this.#take(stored, done));
    return this.#take(stored, decrypted);
  }

  #take(stored: Stored, { plain, generation }: Decrypted): Stored {
    const { key, modRevision } = stored;
    if (this.#transformers.encrypts(key) && (this.#written.get(key)?.revision ?? 0) <= modRevision) this.#written.set(key, { revision: modRevision, generation });
    return { ...stored, value: plain };
  }

  #decrypt({ key, value }: Stored): Decrypted | Promise<Decrypted> {
    const own = this.#own.get(value);
    if (own) return own;
    const stored = asBuffer(value);
    const readers = readersOf(this.#transformers.of(key), stored);
    if (readers.length === 0) throw cannotRead(key, stored);
    let failure: unknown;
    for (const reader of readers) {
      try {
        const decrypted = reader.decrypt(stored, key);
        return decrypted instanceof Promise ? decrypted.catch((error: unknown) => Promise.reject(unreadable(key, error))) : decrypted;
      } catch (error) {
        failure ??= error;
      }
    }
    throw unreadable(key, failure);
  }
}

/** More than one where keys are named alike. */
function readersOf(transformers: readonly Transformer[], stored: Buffer): Transformer[] {
  const isEncrypted = stored.subarray(0, ENCRYPTED_BYTES.length).equals(ENCRYPTED_BYTES);
  return transformers.filter(({ prefix }) => (prefix === '' ? !isEncrypted : stored.subarray(0, prefix.length).toString('latin1') === prefix));
}

function cannotRead(key: string, stored: Buffer): Error {
  const how = /^k8s:enc:[^:]+:[^:]+:[^:]+:/.exec(stored.subarray(0, 200).toString('latin1'))?.[0];
  return new Error(`no provider of the encryption configuration reads ${key}, which is stored ${how ? `under ${how}` : 'as it is (identity)'}: list that provider, after the one that is to write`);
}

function unreadable(key: string, cause: unknown): Error {
  return new Error(`${key} cannot be decrypted: ${(cause as Error).message}`, { cause });
}
