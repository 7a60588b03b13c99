import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Pod } from '../api/generated/core-v1.ts';

export function priorityOf(pod: DeepReadonly<Pod>): number {
  return pod.spec.priority ?? 0;
}
