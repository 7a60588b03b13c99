import type { PriorityLevelConfiguration } from '../../api/generated/flowcontrol-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Clock } from '../../base/clock.ts';
import type { OutgoingHeaders } from '../http/exchange.ts';
import { FairQueues } from './fair-queues.ts';
import { freeSeat, noSeat, type Seat } from './request-limiter.ts';
import type { SeatLimits } from './seats.ts';
import { flowHash } from './shuffle-sharding.ts';

export interface Flow {
  readonly schema: string;
  readonly distinguisher: string;
  readonly headers: OutgoingHeaders;
  /** Its signal costs something to make: it is asked for only by who waits. */
  readonly waiter: { readonly signal: AbortSignal };
}

/** What all levels share: how many requests run in all. */
export interface ServerSeats {
  readonly total: number;
  taken: number;
}

export type Outcome = 'dispatched' | 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled';

interface Waiting {
  start(queue: number): void;
}

/** The requests of one priority level: those that run, and those that wait for a seat. */
export class PriorityLevel {
  readonly #clock: Clock;
  readonly #seats: ServerSeats;
  readonly #count: (schema: string, outcome: Outcome) => void;
  readonly #maxWaitMs: number;
  #queues: FairQueues<Waiting> | undefined;
  #settings = '';
  #isExempt = false;
  #limits: SeatLimits = { nominal: 0, most: 0 };
  #running = 0;

  constructor(options: { clock: Clock; seats: ServerSeats; maxWaitMs: number; count: (schema: string, outcome: Outcome) => void }) {
    this.#clock = options.clock;
    this.#seats = options.seats;
    this.#maxWaitMs = options.maxWaitMs;
    this.#count = options.count;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#queues?.waiting ?? 0;
  }

  get limits(): SeatLimits {
    return this.#limits;
  }

  /** Takes another configuration; what waits in queues that go away waits on, and starts first. */
  configure({ spec }: DeepReadonly<PriorityLevelConfiguration>, limits: SeatLimits): void {
    this.#limits = limits;
    this.#isExempt = spec?.type === 'Exempt';
    const queuing = spec?.limited?.limitResponse?.type === 'Queue' ? spec.limited.limitResponse.queuing : undefined;
    const { queues = 64, handSize = 8, queueLengthLimit = 50 } = queuing ?? {};
    const settings = queuing ? `${queues}/${handSize}/${queueLengthLimit}` : '';
    if (settings === this.#settings) return;
    this.#settings = settings;
    const before = this.#queues;
    this.#queues = queuing ? new FairQueues({ queues, handSize, queueLengthLimit }) : undefined;
    for (let next = before?.next(); next; next = before?.next()) next.request.start(-1);
  }

  admit(flow: Flow): Seat | Promise<Seat> {
    if (this.#isExempt) {
      this.#count(flow.schema, 'dispatched');
      return freeSeat(flow.headers);
    }
    if (this.#hasSeat() && this.waiting === 0) return this.#run(flow, -1);
    if (!this.#queues) {
      this.#count(flow.schema, 'concurrency-limit');
      return noSeat(flow.headers);
    }
    return this.#wait(flow, this.#queues);
  }

  #hasSeat(): boolean {
    return this.#running < this.#limits.nominal || (this.#running < this.#limits.most && this.#seats.taken < this.#seats.total);
  }

  #run(flow: Flow, queue: number): Seat {
    this.#running++;
    this.#seats.taken++;
    this.#count(flow.schema, 'dispatched');
    const queues = this.#queues;
    const startMs = this.#clock.monotonic();
    let isHeld = true;
    return {
      headers: flow.headers, isRefused: false,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#running--;
        this.#seats.taken--;
        if (queue >= 0 && queues === this.#queues) queues?.ended(queue, this.#clock.monotonic() - startMs);
        this.#startWaiting();
      },
    };
  }

  #startWaiting(): void {
    while (this.waiting > 0 && this.#hasSeat()) {
      const next = this.#queues?.next();
      next?.request.start(next.queue);
    }
  }

  #wait(flow: Flow, queues: FairQueues<Waiting>): Promise<Seat> | Seat {
    const queue = queues.queueFor(flowHash(flow.schema, flow.distinguisher));
    const { promise, resolve } = Promise.withResolvers<Seat>();
    const waiting: Waiting = {
      start: (from) => {
        stop();
        resolve(this.#run(flow, from));
      },
    };
    if (!queues.enqueue(queue, waiting)) {
      this.#count(flow.schema, 'queue-full');
      return noSeat(flow.headers);
    }
    const giveUp = (outcome: Outcome): void => {
      stop();
      queues.remove(queue, waiting);
      this.#count(flow.schema, outcome);
      resolve(noSeat(flow.headers));
    };
    const onAbort = (): void => giveUp('cancelled');
    const timer = this.#clock.after(this.#maxWaitMs, () => giveUp('time-out'));
    const { signal } = flow.waiter;
    signal.addEventListener('abort', onAbort, { once: true });
    const stop = (): void => {
      timer[Symbol.dispose]();
      signal.removeEventListener('abort', onAbort);
    };
    return promise;
  }
}
