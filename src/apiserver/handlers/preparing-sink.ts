import type { KubeObject } from '../../apimachinery/meta.ts';
import { failure, type Status, StatusError } from '../../apimachinery/status.ts';
import type { SeenChange } from '../cacher/change.ts';
import { preparedSelected, type Selection } from '../cacher/selection.ts';
import { Batch, type WatchForm } from '../cacher/watch-group.ts';
import type { WatchSink } from './watch-sink.ts';

/** So many events may wait for their conversion; then the watch ends, and resumes from where it was. */
const MAX_WAITING = 1000;

/** Holds events back until a webhook has converted their objects, and tells which of them are selected, where only that shows it; all that comes behind them waits. */
export class PreparingSink implements WatchSink {
  readonly #sink: WatchSink;
  readonly #form: WatchForm;
  readonly #selection: Selection;
  readonly #end: () => void;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** `end`: ends the watch. */
  constructor(sink: WatchSink, { form, selection }: { form: WatchForm; selection: Selection }, end: () => void) {
    this.#sink = sink;
    this.#form = form;
    this.#selection = selection;
    this.#end = end;
  }

  batch(batch: Batch): boolean {
    this.#then(async () => {
      const seen = this.#selection.prepare ? await narrowed(batch, this.#selection, this.#form) : batch;
      if (seen.length === 0) return;
      await this.#form.prepare?.(seen.objects as readonly KubeObject[]);
      this.#sink.batch(seen);
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

/** What of a batch of all changes a watcher sees that selects by what conversion shows. */
async function narrowed(batch: Batch, selection: Selection, form: WatchForm): Promise<Batch> {
  const { changes } = batch;
  const selected = await preparedSelected(selection, changes.flatMap(({ current, previous }) => [current, previous].filter((one) => one !== undefined)));
  const seen = changes.flatMap((change): { change: typeof change; seen: SeenChange }[] => {
    const { current, previous } = change;
    const wasIn = previous !== undefined && selected.has(previous);
    if (current && selected.has(current)) return [{ change, seen: { type: wasIn ? 'MODIFIED' : 'ADDED', entry: current } }];
    return wasIn ? [{ change, seen: { type: 'DELETED', entry: change.gone } }] : [];
  });
  return new Batch(batch.revision, seen, form, 'nobody');
}
