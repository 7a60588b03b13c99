import type { ApiRequest } from '../request.ts';
import { freeSeat, noSeat, type RequestLimiter, type Seat } from './request-limiter.ts';

const READS: ReadonlySet<string> = new Set(['get', 'list', 'watch']);
const SUPERUSERS = 'system:masters';

/** The limits that hold without priority and fairness: so many reads and so many writes at once; 0: no limit. Source: apiserver pkg/server/filters/maxinflight.go. */
export class InFlightLimit implements RequestLimiter {
  readonly #most: Readonly<Record<'reads' | 'writes', number>>;
  readonly #running = { reads: 0, writes: 0 };

  constructor(most: { readonly reads: number; readonly writes: number }) {
    this.#most = most;
  }

  admit({ info, user }: Pick<ApiRequest, 'info' | 'user'>): Seat {
    const kind = READS.has(info.verb) ? 'reads' : 'writes';
    const most = this.#most[kind];
    if (most === 0) return freeSeat();
    if (this.#running[kind] >= most) return user.groups.includes(SUPERUSERS) ? freeSeat() : noSeat();
    this.#running[kind]++;
    let isHeld = true;
    return {
      headers: undefined, isRefused: false,
      release: () => {
        if (isHeld) this.#running[kind]--;
        isHeld = false;
      },
    };
  }

  text(): string {
    return '';
  }
}
