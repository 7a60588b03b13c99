import type { Deployment } from '../../api/generated/apps-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { intOrPercent } from '../../component-helpers/int-or-percent.ts';

/**
 * Whole pods a rolling update may add (`surge`) and lack (`unavailable`). Percentages round up for surge and down for unavailable; if both come
 * to 0, unavailable is 1, or nothing would ever move. Never lacks more than there are to be; Recreate adds and lacks none.
 * Throws RangeError for a text that is no percentage. Source: pkg/controller/deployment/util, ResolveFenceposts, MaxUnavailable, MaxSurge.
 */
export function rollingUpdateBounds({ spec }: DeepReadonly<Pick<Deployment, 'spec'>>): { surge: number; unavailable: number } {
  const desired = spec.replicas ?? 1;
  if (spec.strategy.type === 'Recreate') return { surge: 0, unavailable: 0 };
  const { maxSurge = 0, maxUnavailable = 0 } = spec.strategy.rollingUpdate ?? {};
  const surge = intOrPercent(maxSurge, desired, 'up');
  const wanted = intOrPercent(maxUnavailable, desired, 'down');
  const unavailable = surge === 0 && wanted === 0 ? 1 : wanted;
  return { surge, unavailable: Math.min(unavailable, desired) };
}
