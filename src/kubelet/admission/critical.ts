import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { CONFIG_MIRROR } from '../containers/labels.ts';
import { isStaticPod } from '../pods/static-pod.ts';

/** From the priority of `system-cluster-critical` on. */
export const SYSTEM_CRITICAL_PRIORITY = 2_000_000_000;

/** Pods that the cluster or the node cannot do without; those of the node's own files are. Source: pkg/kubelet/types, IsCriticalPod. */
export function isCritical(pod: DeepReadonly<Pod>): boolean {
  return isStaticPod(pod) || pod.metadata.annotations?.[CONFIG_MIRROR] !== undefined || (pod.spec.priority ?? 0) >= SYSTEM_CRITICAL_PRIORITY;
}
