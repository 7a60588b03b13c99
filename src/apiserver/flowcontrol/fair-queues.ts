import { dealtQueues } from './shuffle-sharding.ts';

/** What an unfinished request is taken to last, until it has ended. */
export const EXPECTED_MS = 3;

export interface QueueSettings {
  readonly queues: number;
  readonly handSize: number;
  readonly queueLengthLimit: number;
}

/** What a queue looks like from outside. */
export interface QueueState<T> {
  readonly waiting: readonly T[];
  readonly executing: number;
  readonly seats: number;
  /** In seat-seconds of the level's virtual time. */
  readonly nextDispatch: number;
}

interface Queue<T> {
  readonly waiting: T[];
  executing: number;
  /** What those that execute take. */
  seats: number;
  /** When, in the level's virtual time, the first that waits would begin. */
  virtualStart: number;
}

/**
 * The requests of one priority level that wait, in queues that get on equally fast: each next one comes from the queue that has had least.
 * Decides only; whoever uses it starts and ends requests. Source: KEP-1040, "Fair Queuing for Server Requests".
 */
export class FairQueues<T> {
  readonly #settings: QueueSettings;
  readonly #queues: Queue<T>[];
  readonly #seatsOf: (request: T) => number;
  #virtualTime = 0;
  #waiting = 0;

  /** `seatsOf`: how many seats a request takes. */
  constructor(settings: QueueSettings, seatsOf: (request: T) => number = () => 1) {
    this.#settings = settings;
    this.#seatsOf = seatsOf;
    this.#queues = Array.from({ length: settings.queues }, () => ({ waiting: [], executing: 0, seats: 0, virtualStart: 0 }));
  }

  get states(): readonly QueueState<T>[] {
    return this.#queues.map(({ waiting, executing, seats, virtualStart }) => ({ waiting, executing, seats, nextDispatch: virtualStart / 1000 }));
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** The queue in which a request of the flow would wait least. */
  queueFor(hash: number): number {
    const { queues, handSize } = this.#settings;
    const load = (index: number): number => {
      const { waiting, seats } = this.#queue(index);
      return waiting.reduce((sum, one) => sum + this.#seatsOf(one), seats);
    };
    return dealtQueues(hash, queues, handSize).reduce((best, index) => (load(index) < load(best) ? index : best));
  }

  /** Has a request wait; false when its queue is full. */
  enqueue(index: number, request: T): boolean {
    const queue = this.#queue(index);
    if (queue.waiting.length >= this.#settings.queueLengthLimit) return false;
    // A queue that was idle has saved up nothing.
    if (queue.waiting.length === 0 && queue.executing === 0) queue.virtualStart = Math.max(queue.virtualStart, this.#virtualTime);
    queue.waiting.push(request);
    this.#waiting++;
    return true;
  }

  /** Takes the request that is to start next, and the queue that it was in; undefined: none waits, or there is no room for it. */
  next(hasRoom: (request: T) => boolean = () => true): { readonly request: T; readonly queue: number } | undefined {
    let best: number | undefined;
    this.#queues.forEach(({ waiting, virtualStart }, i) => {
      if (waiting.length > 0 && (best === undefined || virtualStart < this.#queue(best).virtualStart)) best = i;
    });
    const first = best === undefined ? undefined : this.#queue(best).waiting[0];
    if (best === undefined || first === undefined || !hasRoom(first)) return undefined;
    const request = this.#queue(best).waiting.shift() as T;
    this.#waiting--;
    this.started(best, this.#seatsOf(request));
    return { request, queue: best };
  }

  /** A request of the queue has started, waiting or not. */
  started(index: number, seats = 1): void {
    const queue = this.#queue(index);
    this.#virtualTime = Math.max(this.#virtualTime, queue.virtualStart);
    queue.executing++;
    queue.seats += seats;
    queue.virtualStart += EXPECTED_MS * seats;
  }

  /** It has ended: the queue is charged with what it really took, in seats times milliseconds. */
  ended(index: number, workMs: number, seats = 1): void {
    const queue = this.#queue(index);
    queue.executing--;
    queue.seats -= seats;
    queue.virtualStart += workMs - EXPECTED_MS * seats;
  }

  /** Takes out a request that waits no more. */
  remove(index: number, request: T): void {
    const { waiting } = this.#queue(index);
    const at = waiting.indexOf(request);
    if (at < 0) return;
    waiting.splice(at, 1);
    this.#waiting--;
  }

  #queue(index: number): Queue<T> {
    return this.#queues[index] as Queue<T>;
  }
}
