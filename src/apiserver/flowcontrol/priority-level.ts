import type { PriorityLevelConfiguration } from '../../api/generated/flowcontrol-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Clock } from '../../base/clock.ts';
import type { OutgoingHeaders } from '../http/exchange.ts';
import type { ApiRequest } from '../request.ts';
import { FairQueues, type QueueState } from './fair-queues.ts';
import { mostSeats } from './list-seats.ts';
import type { FinalWork } from './write-seats.ts';
import { noSeat, type Seat } from './request-limiter.ts';
import type { SeatLimits } from './seats.ts';
import { flowHash } from './shuffle-sharding.ts';

export interface Flow {
  readonly schema: string;
  readonly distinguisher: string;
  readonly headers: OutgoingHeaders;
  /** Its signal costs something to make: it is asked for only by who waits. */
  readonly waiter: Pick<ApiRequest, 'info' | 'user' | 'signal'>;
  readonly seats: number;
  /** What it takes after its end. */
  readonly final?: FinalWork | undefined;
}

/** What a request takes at most: so much is held for it from its beginning. */
export function widthOf({ seats, final }: Pick<Flow, 'seats' | 'final'>): number {
  return final === undefined ? seats : Math.max(seats, final.seats);
}

/** A request that runs. Times in ms, monotonic. */
export interface Running {
  readonly flow: Flow;
  readonly queue: number;
  readonly arrivedMs: number;
  readonly startedMs: number;
}

/** What all levels share: how many requests run in all. */
export interface ServerSeats {
  readonly total: number;
  taken: number;
}

export type Outcome = 'dispatched' | 'queue-full' | 'concurrency-limit' | 'time-out' | 'cancelled';

export interface Waiting {
  readonly flow: Flow;
  readonly arrivedMs: number;
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
  /** Seats. */
  #taken = 0;
  #mostSeats = 1;
  readonly #executing = new Set<Running>();

  constructor(options: { clock: Clock; seats: ServerSeats; maxWaitMs: number; count: (schema: string, outcome: Outcome) => void }) {
    this.#clock = options.clock;
    this.#seats = options.seats;
    this.#maxWaitMs = options.maxWaitMs;
    this.#count = options.count;
  }

  get running(): number {
    return this.#executing.size;
  }

  get executing(): Iterable<Running> {
    return this.#executing;
  }

  /** Undefined: requests of this level never wait. */
  get queues(): readonly QueueState<Waiting>[] | undefined {
    return this.#queues?.states;
  }

  /** What one request may take. */
  get mostSeats(): number {
    return this.#mostSeats;
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
    this.#mostSeats = mostSeats(limits.nominal, queuing && handSize);
    const settings = queuing ? `${queues}/${handSize}/${queueLengthLimit}` : '';
    if (settings === this.#settings) return;
    this.#settings = settings;
    const before = this.#queues;
    this.#queues = queuing ? new FairQueues({ queues, handSize, queueLengthLimit }, ({ flow }) => widthOf(flow)) : undefined;
    for (let next = before?.next(); next; next = before?.next()) next.request.start(-1);
  }

  admit(flow: Flow): Seat | Promise<Seat> {
    if (this.#isExempt) {
      this.#count(flow.schema, 'dispatched');
      return this.#exempt(flow);
    }
    if (this.#hasRoom(flow) && this.waiting === 0) return this.#run(flow, -1);
    if (!this.#queues) {
      this.#count(flow.schema, 'concurrency-limit');
      return noSeat(flow.headers);
    }
    return this.#wait(flow, this.#queues);
  }

  /** What takes more seats than the level has runs alone. */
  #hasRoom(flow: Flow): boolean {
    const seats = widthOf(flow);
    const { nominal, most } = this.#limits;
    const wanted = this.#taken + seats;
    return wanted <= nominal || (this.#taken === 0 && nominal > 0) || (wanted <= most && this.#seats.taken + seats <= this.#seats.total);
  }

  #exempt(flow: Flow): Seat {
    const startedMs = this.#clock.monotonic();
    const running: Running = { flow, queue: -1, arrivedMs: startedMs, startedMs };
    this.#executing.add(running);
    return { headers: flow.headers, isRefused: false, release: () => void this.#executing.delete(running) };
  }

  #run(flow: Flow, queue: number, waited?: number): Seat {
    const seats = widthOf(flow);
    this.#taken += seats;
    this.#seats.taken += seats;
    this.#count(flow.schema, 'dispatched');
    const queues = this.#queues;
    const startMs = this.#clock.monotonic();
    const running: Running = { flow, queue, arrivedMs: waited ?? startMs, startedMs: startMs };
    this.#executing.add(running);
    let isHeld = true;
    return {
      headers: flow.headers, isRefused: false,
      release: () => {
        if (!isHeld) return;
        isHeld = false;
        this.#executing.delete(running);
        const end = (): void => {
          this.#taken -= seats;
          this.#seats.taken -= seats;
          if (queue >= 0 && queues === this.#queues) queues?.ended(queue, workMs, seats);
          this.#startWaiting();
        };
        const { final } = flow;
        const workMs = queue < 0 ? 0 : (this.#clock.monotonic() - startMs) * flow.seats + (final === undefined ? 0 : final.seats * final.ms);
        if (final === undefined) end();
        else this.#clock.after(final.ms, end);
      },
    };
  }

  #startWaiting(): void {
    for (;;) {
      const next = this.#queues?.next(({ flow }) => this.#hasRoom(flow));
      if (!next) return;
      next.request.start(next.queue);
    }
  }

  #wait(flow: Flow, queues: FairQueues<Waiting>): Promise<Seat> | Seat {
    const queue = queues.queueFor(flowHash(flow.schema, flow.distinguisher));
    const { promise, resolve } = Promise.withResolvers<Seat>();
    const arrivedMs = this.#clock.monotonic();
    const waiting: Waiting = {
      flow, arrivedMs,
      start: (from) => {
        stop();
        resolve(this.#run(flow, from, arrivedMs));
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
