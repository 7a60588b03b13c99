import { dealtQueues } from './shuffle-sharding.ts';

/** What an unfinished request is taken to last, until it has ended. */
const EXPECTED_MS = 3;

export interface QueueSettings {
  readonly queues: number;
  readonly handSize: number;
  readonly queueLengthLimit: number;
}

interface Queue<T> {
  readonly waiting: T[];
  executing: number;
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
  #virtualTime = 0;
  #waiting = 0;

  constructor(settings: QueueSettings) {
    this.#settings = settings;
    this.#queues = Array.from({ length: settings.queues }, () => ({ waiting: [], executing: 0, virtualStart: 0 }));
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** The queue in which a request of the flow would wait least. */
  queueFor(hash: number): number {
    const { queues, handSize } = this.#settings;
    const load = (index: number): number => (this.#queues[index]?.waiting.length ?? 0) + (this.#queues[index]?.executing ?? 0);
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

  /** Takes the request that is to start next, and the queue that it was in; undefined: none waits. */
  next(): { readonly request: T; readonly queue: number } | undefined {
    let best: number | undefined;
    this.#queues.forEach(({ waiting, virtualStart }, i) => {
      if (waiting.length > 0 && (best === undefined || virtualStart < this.#queue(best).virtualStart)) best = i;
    });
    if (best === undefined) return undefined;
    const request = this.#queue(best).waiting.shift() as T;
    this.#waiting--;
    this.started(best);
    return { request, queue: best };
  }

  /** A request of the queue has started, waiting or not. */
  started(index: number): void {
    const queue = this.#queue(index);
    this.#virtualTime = Math.max(this.#virtualTime, queue.virtualStart);
    queue.executing++;
    queue.virtualStart += EXPECTED_MS;
  }

  /** It has ended: the queue is charged with what it really took. */
  ended(index: number, tookMs: number): void {
    const queue = this.#queue(index);
    queue.executing--;
    queue.virtualStart += tookMs - EXPECTED_MS;
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
