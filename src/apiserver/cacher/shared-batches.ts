import { Change, type SeenChange } from './change.ts';
import type { Entry } from './entry.ts';
import type { Selection } from './selection.ts';
import { Batch, type WatchForm } from './watch-group.ts';

/** What a batch of events that nobody waits for may be at most, if it holds more than one: larger pieces of memory are not given back. */
const BATCH_EVENTS = 250;
const BATCH_BYTES = 64 * 1024;
/** So many bytes of all states stay encoded for those who take the same ones a little later: clients that do not read must not fill memory. */
const KEPT_BYTES = 4 << 20;

type Seen = { readonly change: Change; readonly seen: SeenChange };

/** The newest bytes of batches that several watchers take one after the other; who comes later than that encodes them anew. */
export class KeptBytes {
  readonly #batches = new Set<Batch>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  keep(batch: Batch, bytes: number): void {
    this.#batches.add(batch);
    this.#bytes += bytes;
    for (const oldest of this.#batches) {
      if (this.#bytes <= KEPT_BYTES || oldest === batch) return;
      this.drop(oldest);
    }
  }

  drop(batch: Batch): void {
    if (this.#batches.delete(batch)) this.#bytes -= batch.forgetBytes();
  }
}

/** Of all states of the process. */
const keptBytes = new KeptBytes();

/** Cuts events into batches. `revision`: up to which they are told. `kept`: others take the same batches. */
export function batchesOf(seen: readonly Seen[], revision: number, form: WatchForm, kept?: KeptBytes): readonly Batch[] {
  const batches: Batch[] = [];
  for (let start = 0, end = 0; start < seen.length; start = end) {
    let bytes = 0;
    while (end < seen.length && end - start < BATCH_EVENTS && (end === start || bytes < BATCH_BYTES)) bytes += seen[end++]?.seen.entry.length ?? 0;
    batches.push(new Batch(revision, seen.slice(start, end), form, kept ?? 'nobody'));
  }
  return batches;
}

export interface Lease extends Disposable {
  readonly batches: readonly Batch[];
}

/** What watchers are told first: those who are to be told the same in the same form share it, bytes too, while any of them takes it. */
export class SharedBatches {
  readonly #shared = new Map<string, { readonly batches: readonly Batch[]; users: number }>();

  /** `id`: equal ids, equal events in equal forms. To be disposed by who has taken all, or takes no more. */
  lease(id: string, make: (kept: KeptBytes) => readonly Batch[]): Lease {
    const shared = this.#shared.get(id) ?? { batches: make(keptBytes), users: 0 };
    this.#shared.set(id, shared);
    shared.users++;
    let isOver = false;
    return {
      batches: shared.batches,
      [Symbol.dispose]: () => {
        if (isOver) return;
        isOver = true;
        if (--shared.users > 0) return;
        this.#shared.delete(id);
        for (const batch of shared.batches) keptBytes.drop(batch);
      },
    };
  }
}

/** Each of the entries as it is now. */
export function seenAsNew(entries: readonly Entry[]): readonly Seen[] {
  return entries.map((entry) => ({ change: new Change(entry.revision, entry, undefined), seen: { type: 'ADDED', entry } }));
}

/** What of the changes a watcher of the selection sees. */
export function seenOf(changes: readonly Change[], selection: Selection): readonly Seen[] {
  const seen: Seen[] = [];
  for (const change of changes) {
    const one = change.as(selection);
    if (one) seen.push({ change, seen: one });
  }
  return seen;
}
