import type { Node, Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { isPodTerminal } from '../../component-helpers/pod-state.ts';

export interface PodGCPlan {
  /** Ended pods beyond the threshold, oldest first, evicted ones before others; of the same age by name. */
  readonly surplus: readonly DeepReadonly<Pod>[];
  /** Bound to nodes that are not in the cache: to be deleted once they are known not to exist. */
  readonly orphaned: readonly DeepReadonly<Pod>[];
  /** Being deleted without ever having been bound: no kubelet will end them. */
  readonly unscheduled: readonly DeepReadonly<Pod>[];
  /** Being deleted on nodes that an administrator has declared out of service. */
  readonly outOfService: readonly DeepReadonly<Pod>[];
}

/** Source: pkg/controller/podgc. */
export function planPodGC(pods: readonly DeepReadonly<Pod>[], nodes: ReadonlyMap<string, DeepReadonly<Node>>, threshold: number): PodGCPlan {
  const ended = pods.filter(isPodTerminal);
  const isEvicted = (pod: DeepReadonly<Pod>): boolean => pod.status.phase === 'Failed' && pod.status.reason === 'Evicted';
  const ageOf = ({ metadata }: DeepReadonly<Pod>): string => `${metadata.creationTimestamp} ${metadata.name}`;
  const byAge = ended.toSorted((one, other) => Number(isEvicted(other)) - Number(isEvicted(one)) || (ageOf(one) < ageOf(other) ? -1 : 1));
  const isGoing = (pod: DeepReadonly<Pod>): boolean => pod.metadata.deletionTimestamp !== undefined;
  return {
    surplus: threshold > 0 ? byAge.slice(0, Math.max(ended.length - threshold, 0)) : [],
    orphaned: pods.filter(({ spec }) => spec.nodeName && !nodes.has(spec.nodeName)),
    unscheduled: pods.filter((pod) => isGoing(pod) && !pod.spec.nodeName),
    outOfService: pods.filter((pod) => isGoing(pod) && isOutOfService(nodes.get(pod.spec.nodeName ?? ''))),
  };
}

function isOutOfService(node: DeepReadonly<Node> | undefined): boolean {
  const isReady = node?.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True');
  return node !== undefined && !isReady && (node.spec.taints?.some(({ key }) => key === 'node.kubernetes.io/out-of-service') ?? false);
}
