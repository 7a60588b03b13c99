import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { NODE_CRITICAL, SYSTEM_CRITICAL_PRIORITY } from '../../api/scheduling/system-classes.ts';
import { CONFIG_MIRROR } from '../containers/labels.ts';
import { isStaticPod } from '../pods/static-pod.ts';

/** Pods that the cluster or the node cannot do without; those of the node's own files are. Source: pkg/kubelet/types, IsCriticalPod. */
export function isCritical(pod: DeepReadonly<Pod>): boolean {
  return isStaticPod(pod) || pod.metadata.annotations?.[CONFIG_MIRROR] !== undefined || (pod.spec.priority ?? 0) >= SYSTEM_CRITICAL_PRIORITY;
}

/** Those of them that may not even move to another node. Source: the same, IsNodeCriticalPod. */
export function isNodeCritical(pod: DeepReadonly<Pod>): boolean {
  return isCritical(pod) && pod.spec.priorityClassName === NODE_CRITICAL;
}
