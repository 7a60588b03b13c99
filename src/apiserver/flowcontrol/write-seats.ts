import type { RequestInfo } from '../http/request-info.ts';

/** What watchers cost after a write has been answered. */
export interface FinalWork {
  readonly seats: number;
  /** How long these seats are held on. */
  readonly ms: number;
}

const WATCHES_A_SEAT = 10;
const EVENT_MS = 5;
const MAX_SEATS = 10;
const WRITES: ReadonlySet<string> = new Set(['create', 'update', 'patch', 'delete']);

/** Whether a request is a write of which watchers hear. A token is made, and the account stays as it was. */
export function isHeardOf({ verb, isResourceRequest, resource, subresource }: RequestInfo): boolean {
  return isResourceRequest && WRITES.has(verb) && !(resource === 'serviceaccounts' && subresource === 'token');
}

/**
 * A seat for five milliseconds for each ten watches; `most`: what the level allows one request, which makes it last longer. Undefined for fewer watches.
 * Source: apiserver pkg/util/flowcontrol/request/mutating_work_estimator.go.
 */
export function finalWork(watches: number, most: number): FinalWork | undefined {
  if (watches < WATCHES_A_SEAT) return undefined;
  const wanted = Math.ceil(watches / WATCHES_A_SEAT);
  const seats = Math.min(wanted, Math.max(1, Math.min(most, MAX_SEATS)));
  return { seats, ms: (wanted * EVENT_MS) / seats };
}
