import type { Status } from '../../apimachinery/status.ts';
import type { Batch } from '../cacher/watch-group.ts';

/** Where the events of a watch go. */
export interface WatchSink {
  /** False: the sink is full; `WatchSession.resume` is to be called once it takes more. */
  batch(batch: Batch): boolean;
  /** How much waits for the client to take it. */
  readonly unsentBytes: number;
  /** `initialEventsEnd`: it closes the initial events. */
  bookmark(revision: number, initialEventsEnd: boolean): void;
  error(status: Status): void;
  end(): void;
  /** Ends at once, without a word: the client takes nothing. */
  cutOff(): void;
}
