import type { PathHandler } from '../apiserver/handlers/dispatcher.ts';
import { FlowControlDumps } from '../apiserver/flowcontrol/debug-dumps.ts';
import type { CachedObjects } from '../apiserver/cacher/cached-objects.ts';
import { FlowControl } from '../apiserver/flowcontrol/flow-control.ts';
import { InFlightLimit } from '../apiserver/flowcontrol/in-flight-limit.ts';
import type { RequestLimiter } from '../apiserver/flowcontrol/request-limiter.ts';
import type { ServerOptions } from './server-options.ts';
import type { ClusterTools } from './tools.ts';

/** What holds requests back when there are too many. Throws Error when priority and fairness would have nothing to share out. */
export function requestLimiter({ requestLimits, requestTimeoutMs }: ServerOptions, objects: () => CachedObjects, { clock }: ClusterTools): RequestLimiter {
  const { reads, writes, priorityAndFairness } = requestLimits;
  if (!priorityAndFairness) return new InFlightLimit({ reads, writes });
  const seats = reads + writes;
  if (seats === 0) throw new Error('--max-requests-inflight and --max-mutating-requests-inflight must sum to more than 0 with --enable-priority-and-fairness; set it to false for no limits');
  return new FlowControl({ objects, clock, seats, requestTimeoutMs });
}

/** What can be asked of it at `/debug/api_priority_and_fairness/`. */
export function limiterPaths(limiter: RequestLimiter, { clock }: ClusterTools): readonly PathHandler[] {
  return limiter instanceof FlowControl ? [new FlowControlDumps(limiter, clock)] : [];
}
