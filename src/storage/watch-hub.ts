import type { StoreEvent, WatchOptions } from './store.ts';

/** A piece of history: the events after a revision, and the revision up to which they are complete. */
export interface HistoryChunk {
  readonly events: readonly StoreEvent[];
  readonly revision: number;
}

/** Where a watch that starts in the past reads what it missed. */
export interface WatchSource {
  /** The revision of the newest visible write. */
  revision(): number;
  /** Some events after `revision`, at least one while there are any. Throws `CompactedError`. */
  readHistory(revision: number): HistoryChunk | Promise<HistoryChunk>;
}

interface Watch extends WatchOptions {
  /** It has every event up to here. */
  cursor: number;
  /** Whether it has caught up, and gets what is published. */
  live: boolean;
}

/** Hands every visible write to the watches, each of which sees all of them once and in order, whatever a watcher does meanwhile. */
export class WatchHub {
  readonly #source: WatchSource;
  readonly #watches = new Set<Watch>();
  readonly #queue: HistoryChunk[] = [];
  #publishing = false;

  constructor(source: WatchSource) {
    this.#source = source;
  }

  get size(): number {
    return this.#watches.size;
  }

  add(options: WatchOptions): Disposable {
    const watch: Watch = { ...options, cursor: options.revision, live: options.revision >= this.#source.revision() };
    this.#watches.add(watch);
    if (!watch.live) void this.#catchUp(watch);
    return { [Symbol.dispose]: () => this.#watches.delete(watch) };
  }

  /** `events`: consecutive visible writes, up to `revision`. */
  publish(events: readonly StoreEvent[], revision: number): void {
    this.#queue.push({ events, revision });
    // A watcher that writes while it is told of a write must not tell others of the second write first.
    if (this.#publishing) return;
    this.#publishing = true;
    for (let chunk = this.#queue.shift(); chunk; chunk = this.#queue.shift()) {
      for (const watch of this.#watches) if (watch.live) this.#deliver(watch, chunk);
    }
    this.#publishing = false;
  }

  /** Ends every watch with a reason, or silently. */
  close(reason?: Error): void {
    const watches = [...this.#watches];
    this.#watches.clear();
    if (reason) for (const watch of watches) watch.onEnd(reason);
  }

  async #catchUp(watch: Watch): Promise<void> {
    // Not within the call of `watch`: its caller does not hold the handle yet.
    await Promise.resolve();
    try {
      while (this.#watches.has(watch) && watch.cursor < this.#source.revision()) {
        const chunk = this.#source.readHistory(watch.cursor);
        this.#deliver(watch, chunk instanceof Promise ? await chunk : chunk);
      }
      watch.live = true;
    } catch (error) {
      this.#end(watch, error);
    }
  }

  #deliver(watch: Watch, chunk: HistoryChunk): void {
    if (chunk.revision <= watch.cursor || !this.#watches.has(watch)) return;
    const { prefix, cursor } = watch;
    const events = chunk.events.filter((event) => event.revision > cursor && event.key.startsWith(prefix));
    watch.cursor = chunk.revision;
    try {
      watch.onEvents(events, chunk.revision);
    } catch (error) {
      this.#end(watch, error);
    }
  }

  #end(watch: Watch, error: unknown): void {
    if (this.#watches.delete(watch)) watch.onEnd(error instanceof Error ? error : new Error('the watch failed', { cause: error }));
  }
}
