import type { Clock } from '../../base/clock.ts';
import { AbortError, untilAborted } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import type { Random } from '../../base/random.ts';
import { DEFAULT_HISTORY_MS } from '../history-keeper.ts';
import {
  CompactedError,
  FutureRevisionError,
  RevisionMismatchError,
  StoreFullError,
  type Committed,
  type RangeOptions,
  type RangeResult,
  type SharedStore,
  type Store,
  type Stored,
  type WatchOptions,
  type Write,
} from '../store.ts';
import { SharedCompaction } from './compaction.ts';
import { EtcdConnection, type EtcdTls, type Method } from './connection.ts';
import { EtcdWatch } from './etcd-watch.ts';
import { Leases } from './leases.ts';
import { Batched } from './batched.ts';
import { decodeRange, decodeTxn, encodeCompaction, encodeRange, encodeTxn, type RangeRequest, type RangeResponse, type TxnRequest, type TxnResponse } from './messages.ts';
import { prefixRange } from './prefix-range.ts';

const RANGE: Method<RangeRequest, RangeResponse> = { path: '/etcdserverpb.KV/Range', encode: encodeRange, decode: decodeRange };
const TXN: Method<TxnRequest, TxnResponse> = { path: '/etcdserverpb.KV/Txn', encode: encodeTxn, decode: decodeTxn };
/** A read during which a connection broke is asked again, as etcd's own client does it. */
const READ_TRIES = 20;
const READ_RETRY_MS = 100;
/** gRPC's code. */
const UNAVAILABLE = 14;
const COMPACT: Method<number, true> = { path: '/etcdserverpb.KV/Compact', encode: encodeCompaction, decode: () => true };

interface Opened {
  readonly connection: EtcdConnection;
  readonly leases: Leases;
  readonly compaction: SharedCompaction;
}

export interface EtcdStoreOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** `http://host:port` or `https://host:port`; several must be addresses. */
  readonly endpoints: readonly string[];
  readonly tls?: EtcdTls;
  /** How long history is kept at least, in milliseconds; default: five minutes. */
  readonly historyMs?: number;
}

/**
 * A store in an etcd cluster (3.4 or newer), which several servers may share. Reads are linearizable. Unlike in the other engines a watch
 * may hear of a write after its writer did, keys that expire together are deleted in one revision, and a watch without events hears of
 * later revisions only every ten minutes.
 */
export class EtcdStore implements Store {
  readonly #options: EtcdStoreOptions;
  readonly #watches = new Set<EtcdWatch>();
  readonly #done = Promise.withResolvers<void>();
  #open: Opened | undefined;
  readonly #readIndex = new Batched(async () => (await this.#range({ key: Buffer.from('kubets/'), countOnly: true })).revision);
  readonly #closing = new AbortController();
  #revision = 1;
  readonly shared: SharedStore = { readIndex: () => this.#readIndex.get() };
  #compacted = 0;
  #isFull = false;

  constructor(options: EtcdStoreOptions) {
    this.#options = options;
  }

  /** False once etcd has said that it is full, until it has taken a write again. */
  get writable(): boolean {
    return !this.#isFull;
  }

  /** The newest revision that etcd has told this server; another server's writes may be newer. */
  get revision(): number {
    return this.#revision;
  }

  /** Behind etcd's own by one round of compaction at most, where another server did it. */
  get compacted(): number {
    return this.#compacted;
  }

  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** Rejects when etcd does not answer within thirty seconds. */
  async start(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#open || this.#closing.signal.aborted) throw new AbortError('the store was started before');
    const { clock, random, endpoints, tls, historyMs = DEFAULT_HISTORY_MS } = this.#options;
    const connection = await EtcdConnection.open(endpoints, tls);
    try {
      const { revision } = await untilAborted(connection.call(RANGE, { ...prefixRange(''), countOnly: true }, clock.now()), signal);
      this.#see(revision);
    } catch (error) {
      connection[Symbol.dispose]();
      throw error;
    }
    const compaction = new SharedCompaction({ clock, logger: this.#options.logger, historyMs, store: this });
    this.#open = { connection, leases: new Leases({ connection, clock, random }), compaction };
  }

  async get(key: string): Promise<Stored | undefined> {
    const { kvs } = await this.#range({ key: Buffer.from(key) });
    return kvs[0];
  }

  async range(options: RangeOptions): Promise<RangeResult> {
    const { prefix, after, limit = 0, revision = 0 } = options;
    const response = await this.#range({ ...prefixRange(prefix, after), limit, revision });
    return { items: response.kvs, revision: options.revision ?? response.revision, remaining: response.count - response.kvs.length };
  }

  async count(prefix: string): Promise<number> {
    return (await this.#range({ ...prefixRange(prefix), countOnly: true })).count;
  }

  async commit(write: Write): Promise<Committed> {
    const { key, value, expected, ttlSeconds } = write;
    const lease = value && ttlSeconds !== undefined ? await this.#opened().leases.leaseFor(ttlSeconds) : 0;
    const { revision, succeeded, previous } = await this.#call(TXN, { key: Buffer.from(key), value, expected, lease });
    this.#see(revision);
    this.#isFull = false;
    if (!succeeded) throw new RevisionMismatchError(key, previous);
    return { revision, previous };
  }

  watch(options: WatchOptions): Disposable {
    const { connection } = this.#opened();
    const watch: EtcdWatch = new EtcdWatch({
      connection,
      clock: this.#options.clock,
      watch: options,
      onRevision: (revision) => this.#see(revision),
      onClosed: () => this.#watches.delete(watch),
    });
    this.#watches.add(watch);
    return watch;
  }

  async compact(revision: number): Promise<void> {
    if (revision <= this.#compacted) return;
    try {
      await this.#call(COMPACT, revision);
    } catch (error) {
      // Another server may have compacted further.
      if (!(error instanceof CompactedError)) throw error;
    }
    this.#compacted = Math.max(this.#compacted, revision);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort(new AbortError('the store is closed'));
    this.#open?.compaction[Symbol.dispose]();
    for (const watch of this.#watches) watch[Symbol.dispose]();
    this.#open?.connection[Symbol.dispose]();
    this.#done.resolve();
  }

  #opened(): Opened {
    this.#closing.signal.throwIfAborted();
    if (!this.#open) throw new AbortError('the store was not started');
    return this.#open;
  }

  #see(revision: number): void {
    if (revision > this.#revision) this.#revision = revision;
  }

  async #range(request: RangeRequest): Promise<RangeResponse> {
    for (let tries = 1; ; tries++) {
      try {
        const response = await this.#call(RANGE, request, request.revision);
        this.#see(response.revision);
        return response;
      } catch (error) {
        const isUnavailable = error instanceof Error && 'code' in error && error.code === UNAVAILABLE;
        if (!isUnavailable || tries === READ_TRIES) throw error;
        await this.#options.clock.sleep(READ_RETRY_MS, this.#closing.signal);
      }
    }
  }

  async #call<Request, Response>(method: Method<Request, Response>, request: Request, revision = 0): Promise<Response> {
    const { connection } = this.#opened();
    try {
      return await connection.call(method, request, this.#options.clock.now());
    } catch (error) {
      throw this.#translate(error, revision);
    }
  }

  /** etcd tells these errors apart by their texts only. Source: etcd, api/v3rpc/rpctypes/error.go. */
  #translate(error: unknown, revision: number): unknown {
    const details = error instanceof Error && 'details' in error ? String(error.details) : '';
    if (details.includes('has been compacted')) return new CompactedError(Math.max(this.#compacted, revision + 1));
    if (details.includes('future revision')) return new FutureRevisionError(this.#revision);
    if (details.includes('database space exceeded')) {
      this.#isFull = true;
      return new StoreFullError('etcd has no room left', { cause: error });
    }
    return error;
  }
}
