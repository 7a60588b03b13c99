import type { Clock } from '../../base/clock.ts';
import { CompactedError, type StoreEvent, type WatchOptions } from '../store.ts';
import type { EtcdConnection, Method } from './connection.ts';
import { decodeWatch, encodeWatch, type WatchRequest, type WatchResponse } from './messages.ts';
import { prefixRange } from './prefix-range.ts';

const WATCH: Method<WatchRequest, WatchResponse> = { path: '/etcdserverpb.Watch/Watch', encode: encodeWatch, decode: decodeWatch };
const RETRY_MS = 500;

/** One watch on a stream of its own, opened again after what it has seen when the connection breaks. */
export class EtcdWatch implements Disposable {
  readonly #connection: EtcdConnection;
  readonly #clock: Clock;
  readonly #options: WatchOptions;
  readonly #onRevision: (revision: number) => void;
  readonly #onClosed: () => void;
  #cursor: number;
  #closed = false;
  #cancel: (() => void) | undefined;
  #retry: Disposable | undefined;

  /** `onRevision` hears of every revision that etcd tells; `onClosed` that the watch has ended, whatever the reason. */
  constructor(options: { connection: EtcdConnection; clock: Clock; watch: WatchOptions; onRevision: (revision: number) => void; onClosed: () => void }) {
    this.#connection = options.connection;
    this.#clock = options.clock;
    this.#options = options.watch;
    this.#onRevision = options.onRevision;
    this.#onClosed = options.onClosed;
    this.#cursor = options.watch.revision;
    this.#open();
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#retry?.[Symbol.dispose]();
    this.#cancel?.();
    this.#onClosed();
  }

  #open(): void {
    const stream = this.#connection.stream(WATCH);
    let over = false;
    this.#cancel = () => stream.cancel();
    const again = (): void => {
      if (over || this.#closed) return;
      over = true;
      this.#retry = this.#clock.after(RETRY_MS, () => this.#open());
    };
    stream.on('data', (response: WatchResponse) => {
      if (over || this.#closed) return;
      try {
        this.#hear(response, again);
      } catch (error) {
        this.#end(error instanceof Error ? error : new Error('the watch failed', { cause: error }));
      }
    });
    // Whatever broke the stream (a restart, a new leader, the network), the cure is to go on after the cursor.
    stream.on('error', again);
    stream.on('end', again);
    stream.write({ ...prefixRange(this.#options.prefix), startRevision: this.#cursor + 1 });
  }

  #hear(response: WatchResponse, again: () => void): void {
    if (response.compactRevision > 0) {
      this.#end(new CompactedError(response.compactRevision));
      return;
    }
    if (response.canceled) {
      this.#cancel?.();
      again();
      return;
    }
    this.#onRevision(response.revision);
    if (response.created) return;
    const events = response.events.filter((event) => event.kv.modRevision > this.#cursor).map(storeEvent);
    // An answer with events is complete up to its last one only; one without says how far the watch is.
    const revision = events.at(-1)?.revision ?? (response.events.length > 0 ? this.#cursor : response.revision);
    if (revision <= this.#cursor) return;
    this.#cursor = revision;
    this.#options.onEvents(events, revision);
  }

  #end(reason: Error): void {
    if (this.#closed) return;
    this[Symbol.dispose]();
    this.#options.onEnd(reason);
  }
}

function storeEvent({ type, kv, previous }: WatchResponse['events'][number]): StoreEvent {
  return { type, key: kv.key, revision: kv.modRevision, value: type === 'put' ? kv.value : undefined, previous };
}
