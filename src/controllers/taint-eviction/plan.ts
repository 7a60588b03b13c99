import type { Node, Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { tolerates } from '../../component-helpers/tolerations.ts';
import { msOf } from '../times.ts';

/**
 * When the pod is to leave its node because of NoExecute taints, in ms since 1970; undefined: it may stay. A toleration with
 * `tolerationSeconds` holds for so long from when the taint and the pod met. Of a taint the first toleration that fits counts, of several taints the shortest.
 * Source: pkg/controller/tainteviction, processPodOnNode.
 */
export function evictionTime(pod: DeepReadonly<Pod>, node: DeepReadonly<Node> | undefined): number | undefined {
  const taints = (node?.spec.taints ?? []).filter(({ effect }) => effect === 'NoExecute');
  if (taints.length === 0 || pod.metadata.deletionTimestamp !== undefined) return undefined;
  const arrivedMs = msOf(pod.status.startTime) ?? Date.parse(pod.metadata.creationTimestamp);
  let earliest: number | undefined;
  for (const taint of taints) {
    const used = pod.spec.tolerations?.find((toleration) => tolerates(toleration, taint));
    if (!used) return 0;
    if (used.tolerationSeconds === undefined) continue;
    const metMs = Math.max(msOf(taint.timeAdded) ?? arrivedMs, arrivedMs);
    const atMs = metMs + Math.max(used.tolerationSeconds, 0) * 1000;
    if (earliest === undefined || atMs < earliest) earliest = atMs;
  }
  return earliest;
}
