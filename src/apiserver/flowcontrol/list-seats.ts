import { isTrue } from '../../apimachinery/query-boolean.ts';
import type { ApiRequest } from '../request.ts';

const MAX_SEATS = 10;
const BYTES_A_SEAT = 100_000;
/** Lists are written bit by bit: they never hold more of it at once. */
const MAX_LIST_BYTES = 1_000_000;

/** What is known of a resource: undefined when nothing of it is stored. */
export type ResourceSize = { readonly count: number; readonly averageBytes: number } | undefined;

/**
 * How many seats a request takes: one, but lists, and watches that begin with a list, take one for each 100 kB. `most`: what the level allows one request.
 * Source: apiserver pkg/util/flowcontrol/request/list_work_estimator.go (SizeBasedListCostEstimate).
 */
export function seatsOf({ info, query }: Pick<ApiRequest, 'info' | 'query'>, most: number, sizeOf: (group: string, resource: string) => ResourceSize): number {
  const isList = info.verb === 'list' || (info.verb === 'watch' && isTrue(query.get('sendInitialEvents')));
  if (!isList || !info.isResourceRequest || info.name !== '') return 1;
  const limit = query.get('limit') ?? '';
  const bound = Math.max(1, Math.min(most, MAX_SEATS));
  if (!/^[+-]?\d*$/.test(limit)) return bound;
  const size = sizeOf(info.group, info.resource);
  if (!size) return 1;
  const count = Number(limit) > 0 ? Math.min(Number(limit), size.count) : size.count;
  const bytes = Math.min(count * size.averageBytes, MAX_LIST_BYTES);
  return Math.min(bound, Math.max(1, Math.ceil(bytes / BYTES_A_SEAT)));
}

/** What one request may take of a level with so many seats. Source: apiserver pkg/util/flowcontrol/apf_controller.go. */
export function mostSeats(nominal: number, handSize: number | undefined): number {
  return handSize === undefined ? MAX_SEATS : Math.max(1, Math.min(Math.ceil(nominal * 0.15), Math.floor(nominal / handSize)));
}
