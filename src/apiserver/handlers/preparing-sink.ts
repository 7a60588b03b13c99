import type { KubeObject } from '../../apimachinery/meta.ts';
import { failure, type Status, StatusError } from '../../apimachinery/status.ts';
import type { Batch } from '../cacher/watch-group.ts';
import type { WatchSink } from './watch-sink.ts';

/** So many events may wait for their conversion; then the watch ends, and resumes from where it was. */
const MAX_WAITING = 1000;

/** Holds events back until a webhook has converted their objects; all that comes behind them waits. */
export class PreparingSink implements WatchSink {
  readonly #sink: WatchSink;
  readonly #prepare: (objects: readonly KubeObject[]) => Promise<void>;
  readonly #end: () => void;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** `end`: ends the watch. */
  constructor(sink: WatchSink, prepare: (objects: readonly KubeObject[]) => Promise<void>, end: () => void) {
    this.#sink = sink;
    this.#prepare = prepare;
    this.#end = end;
  }

  batch(batch: Batch): boolean {
    this.#then(async () => {
      await this.#prepare(batch.objects as readonly KubeObject[]);
      this.#sink.batch(batch);
    });
    return true;
  }

  bookmark(revision: number, initialEventsEnd: boolean): void {
    this.#then(() => this.#sink.bookmark(revision, initialEventsEnd));
  }

  error(status: Status): void {
    this.#then(() => this.#sink.error(status));
  }

  end(): void {
    this.#then(() => this.#sink.end());
  }

  get unsentBytes(): number {
    return this.#sink.unsentBytes;
  }

  cutOff(): void {
    this.#sink.cutOff();
  }

  #then(action: () => void | Promise<void>): void {
    if (++this.#waiting > MAX_WAITING) this.#end();
    this.#last = this.#last.then(action).catch((error: unknown) => {
      this.#sink.error(StatusError.is(error) ? error.status : failure(500, 'InternalError', String(error)).status);
      this.#end();
    }).finally(() => this.#waiting--);
  }
}
