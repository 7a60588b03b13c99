import type { Clock } from '../../base/clock.ts';
import { expired } from '../../apimachinery/status.ts';
import { CompactedError } from '../../storage/store.ts';
import type { Cacher } from '../cacher/cacher.ts';
import type { Change } from '../cacher/change.ts';
import type { ResourceCache } from '../cacher/resource-cache.ts';
import { type Selection, wholeOf } from '../cacher/selection.ts';
import { batchesOf, type Lease, seenOf } from '../cacher/shared-batches.ts';
import type { Batch, WatchForm, WatchMember } from '../cacher/watch-group.ts';
import type { ListOptions } from './list-options.ts';
import { PreparingSink } from './preparing-sink.ts';
import type { WatchSink } from './watch-sink.ts';

/** A watcher may be so far behind; then it is cut off, and resumes from where it was. */
const MAX_WAITING_BATCHES = 10_000;
const MAX_WAITING_BYTES = 16 << 20;

export interface WatchSessionOptions {
  readonly cacher: Cacher;
  readonly cache: ResourceCache;
  readonly list: ListOptions;
  /** The revision that the client asked for; 0: none, or any. */
  readonly revision: number;
  readonly clock: Clock;
  /** Ends the watch by itself after so long. */
  readonly timeoutMs: number;
  readonly bookmarkMs: number;
  /** A client that takes nothing for so long is cut off. */
  readonly stallMs: number;
}

/** One watch from its first event to its end. */
export class WatchSession implements WatchMember {
  readonly #options: WatchSessionOptions;
  readonly form: WatchForm;
  readonly #waiting: Batch[] = [];
  #waitingBytes = 0;
  #stall: Disposable | undefined;
  readonly #ended = Promise.withResolvers<void>();
  #sink: WatchSink | undefined;
  #membership: Disposable | undefined;
  readonly #cleanUp: Disposable[] = [];
  #bookmarkTimer: Disposable | undefined;
  #afterState: (() => void) | undefined;
  /** What others may be told first too, and how many batches of it have not been given yet. */
  #first: Lease | undefined;
  #firstLeft = 0;
  /** Events up to here are not for this watcher. */
  #after: number;
  /** While history is fetched, or the sink is full, batches wait. */
  #isHeld = true;
  /** Whether the client, which came from another server, has seen more than this server yet. */
  #isAhead = false;
  #isEnded = false;

  constructor(options: WatchSessionOptions, form: WatchForm) {
    this.#options = options;
    this.form = form;
    this.#after = options.revision;
  }

  /** What comes to the sink, which may let only some of it through. */
  get #selection(): Selection {
    const { selection } = this.#options.list;
    return selection.prepare ? wholeOf(selection) : selection;
  }

  /** Settles when the watch has ended, whoever ended it. */
  get ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Begins to give events to `sink`, until `signal` is aborted. */
  start(sink: WatchSink, signal: AbortSignal): void {
    const { selection: wanted } = this.#options.list;
    this.#sink = this.form.prepare || wanted.prepare ? new PreparingSink(sink, { form: this.form, selection: wanted }, () => this.end()) : sink;
    if (signal.aborted) {
      this.end();
      return;
    }
    const { cacher, cache, list, clock, timeoutMs, revision } = this.#options;
    const onAbort = (): void => this.end();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#cleanUp.push({ [Symbol.dispose]: () => signal.removeEventListener('abort', onAbort) }, clock.after(timeoutMs, () => this.#finish()));
    this.#isAhead = revision > cacher.revision;
    this.#membership = cache.join(this, this.#selection, this.form);
    if (list.allowWatchBookmarks) this.#bookmarkLater();
    if (list.sendInitialEvents || revision === 0) {
      if (revision <= cacher.revision) this.#sendState();
      else cacher.waitFor(revision).then(() => this.#sendState(), () => this.#finish());
    } else if (revision >= cacher.revision) this.#release();
    else this.#sendHistory(revision, signal);
  }

  #sendState(): void {
    if (this.#isEnded) return;
    const { cacher, cache, list } = this.#options;
    const { revision } = cacher;
    this.#after = revision;
    this.#waiting.length = 0;
    this.#takeFirst(cache.state(this.#selection, revision, this.form));
    if (list.sendInitialEvents && list.allowWatchBookmarks) this.#afterState = () => this.#sink?.bookmark(revision, true);
    this.#release();
  }

  #sendHistory(revision: number, signal: AbortSignal): void {
    const { cache, cacher, list } = this.#options;
    const known = cache.missed(this.#selection, revision, this.form);
    if (known) {
      this.#takeFirst(known);
      this.#release();
      return;
    }
    cacher.history(list.selection.prefix, revision, signal).then(
      (changes) => this.#sendChanges(changes),
      (error: unknown) => {
        if (error instanceof CompactedError) this.#sink?.error(expired(`too old resource version: ${revision} (${error.compactedRevision})`).status);
        this.end();
      },
    );
  }

  #sendChanges(changes: readonly Change[]): void {
    this.#waiting.unshift(...batchesOf(seenOf(changes, this.#selection), changes.at(-1)?.revision ?? 0, this.form));
    this.#release();
  }

  /** Before those that came meanwhile. */
  #takeFirst(first: Lease): void {
    this.#first = first;
    this.#firstLeft = first.batches.length;
    this.#waiting.unshift(...first.batches);
  }

  receive(batch: Batch): void {
    if (this.#isEnded || batch.revision <= this.#after) return;
    if (this.#isAhead) {
      this.#isAhead = false;
      const rest = batch.after(this.#after);
      if (rest.length > 0) this.receive(rest);
      return;
    }
    if (!this.#isHeld) this.#give(batch);
    else {
      this.#waitingBytes += batch.heldBytes;
      if (this.#waiting.push(batch) > MAX_WAITING_BATCHES || this.#waitingBytes > MAX_WAITING_BYTES) this.#cutOff();
    }
  }

  /** Holds itself back when the sink is full, for so long as a client may take. */
  #give(batch: Batch): void {
    this.#isHeld = !(this.#sink?.batch(batch) ?? true);
    if (this.#isHeld && !this.#stall) this.#watchStall();
  }

  #watchStall(): void {
    const before = this.#sink?.unsentBytes ?? 0;
    this.#stall = this.#options.clock.after(this.#options.stallMs, () => {
      if ((this.#sink?.unsentBytes ?? 0) < before) this.#watchStall();
      else this.#cutOff();
    });
  }

  #cutOff(): void {
    this.#sink?.cutOff();
    this.end();
  }

  /** The sink takes more. */
  resume(): void {
    this.#release();
  }

  #release(): void {
    if (this.#isEnded) return;
    this.#isHeld = false;
    this.#stall?.[Symbol.dispose]();
    this.#stall = undefined;
    let sent = 0;
    while (sent < this.#waiting.length && !this.#isHeld) {
      const batch = this.#waiting[sent++];
      if (!batch) continue;
      if (this.#firstLeft === 0) this.#closeFirst();
      else this.#firstLeft--;
      this.#give(batch);
    }
    this.#waiting.splice(0, sent);
    this.#waitingBytes = this.#waiting.reduce((bytes, batch) => bytes + batch.heldBytes, 0);
    if (this.#waiting.length === 0) this.#closeFirst();
  }

  /** The bookmark behind the initial events, before all that came later. */
  #closeFirst(): void {
    this.#first?.[Symbol.dispose]();
    this.#first = undefined;
    const close = this.#afterState;
    this.#afterState = undefined;
    close?.();
  }

  #bookmarkLater(): void {
    this.#bookmarkTimer = this.#options.clock.after(this.#options.bookmarkMs, () => {
      this.#bookmark();
      this.#bookmarkLater();
    });
  }

  #bookmark(): void {
    const { revision } = this.#options.cacher;
    if (!this.#isEnded && !this.#isHeld && this.#afterState === undefined && revision >= this.#after) this.#sink?.bookmark(revision, false);
  }

  lost(): void {
    this.#sink?.error(expired('the watch cache was loaded again; list and watch from there').status);
    this.end();
  }

  /** The time is over: a last bookmark lets the client resume from here. */
  #finish(): void {
    if (this.#options.list.allowWatchBookmarks) this.#bookmark();
    this.end();
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#membership?.[Symbol.dispose]();
    this.#bookmarkTimer?.[Symbol.dispose]();
    this.#stall?.[Symbol.dispose]();
    this.#first?.[Symbol.dispose]();
    for (const one of this.#cleanUp) one[Symbol.dispose]();
    this.#waiting.length = 0;
    this.#sink?.end();
    this.#ended.resolve();
  }
}
