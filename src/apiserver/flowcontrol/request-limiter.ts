import type { OutgoingHeaders } from '../http/exchange.ts';
import type { RequestInfo } from '../http/request-info.ts';
import type { ApiRequest } from '../request.ts';

/** Leave for a request to run. */
export interface Seat {
  /** For the answer, whatever it is. */
  readonly headers: OutgoingHeaders | undefined;
  /** True: too much is going on; the request is to be refused. */
  readonly isRefused: boolean;
  /** Gives the seat back; more often does no harm. */
  release(): void;
}

/** Says which requests may run now. */
export interface RequestLimiter {
  /** A promise: the request has to wait. */
  admit(request: Pick<ApiRequest, 'info' | 'user' | 'signal' | 'query'>): Seat | Promise<Seat>;
  /** A watch has begun; it has ended when what is given is disposed. */
  watchOpened?(info: RequestInfo): Disposable;
  /** What it counts, in the text format of Prometheus. */
  text(): string;
}

const nothing = (): void => undefined;

export function freeSeat(headers?: OutgoingHeaders): Seat {
  return { headers, isRefused: false, release: nothing };
}

export function noSeat(headers?: OutgoingHeaders): Seat {
  return { headers, isRefused: true, release: nothing };
}
