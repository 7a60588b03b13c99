import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { SYSTEM_CRITICAL_PRIORITY } from '../../api/scheduling/system-classes.ts';

/** How long pods from a priority on have to end when the machine shuts down. */
export interface ShutdownGracePeriod {
  readonly priority: number;
  /** Whole. */
  readonly seconds: number;
}

/** Ordinary pods have all of the time but that of critical ones, which end after them. Source: kubelet configuration, shutdownGracePeriod and ...CriticalPods. */
export function ordinaryAndCritical(seconds: number, criticalSeconds: number): ShutdownGracePeriod[] {
  return [{ priority: 0, seconds: seconds - criticalSeconds }, { priority: SYSTEM_CRITICAL_PRIORITY, seconds: criticalSeconds }];
}

export interface ShutdownGroup {
  readonly seconds: number;
  readonly pods: readonly DeepReadonly<Pod>[];
}

/** Who ends with whom, in the order of their ends. Pods below the lowest priority end with its pods. Source: KEP-2712; pkg/kubelet/nodeshutdown, groupByPriority. */
export function inOrderOfShutdown(periods: readonly ShutdownGracePeriod[], pods: readonly DeepReadonly<Pod>[]): ShutdownGroup[] {
  const sorted = periods.toSorted((a, b) => a.priority - b.priority);
  const groupOf = (pod: DeepReadonly<Pod>): number => Math.max(sorted.findLastIndex(({ priority }) => priority <= (pod.spec.priority ?? 0)), 0);
  const groups = sorted.map(({ seconds }, index) => ({ seconds, pods: pods.filter((pod) => groupOf(pod) === index) }));
  return groups.filter((group) => group.pods.length > 0); // nobody waits for those that are not there
}
