import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { podRequests } from '../../component-helpers/resources.ts';
import type { Shortage } from './thresholds.ts';

export interface PodUsage {
  readonly memoryBytes: number;
  /** Logs, writable layers and emptyDirs on disk. */
  readonly diskBytes: number;
  readonly processes: number;
}

export interface RankedPod {
  readonly pod: DeepReadonly<Pod>;
  readonly usage: PodUsage;
}

/** Who goes first: those over their request, then the lower priority, then the most over. Critical pods never go. Source: pkg/kubelet/eviction, helpers. */
export function rankForEviction(pods: readonly RankedPod[], shortage: Shortage): RankedPod[] {
  const over = ({ pod, usage }: RankedPod): number => {
    const requests = podRequests(pod);
    if (shortage.resource === 'memory') return usage.memoryBytes - requests.memory;
    if (shortage.resource === 'pids') return usage.processes;
    return usage.diskBytes - requests.ephemeralStorage;
  };
  return pods
    .filter(({ pod }) => !isCritical(pod))
    .toSorted((a, b) => Number(over(b) > 0) - Number(over(a) > 0) || (a.pod.spec.priority ?? 0) - (b.pod.spec.priority ?? 0) || over(b) - over(a));
}

export function isCritical(pod: DeepReadonly<Pod>): boolean {
  return (pod.spec.priority ?? 0) >= 2_000_000_000 || pod.metadata.annotations?.['kubernetes.io/config.mirror'] !== undefined;
}

/** The message of an evicted pod's status. */
export function evictionMessage(shortage: Shortage): string {
  const resource = shortage.resource;
  const unit = (amount: number): string => (resource === 'memory' || resource === 'ephemeral-storage' ? `${Math.floor(amount / 1024)}Ki` : String(Math.floor(amount)));
  return `The node was low on resource: ${resource}. Threshold quantity: ${unit(shortage.threshold)}, available: ${unit(shortage.available)}. `;
}
