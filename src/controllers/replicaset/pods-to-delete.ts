import type { Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { isPodReady, podCondition } from '../../component-helpers/pod-state.ts';

const PHASE_ORDER: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

/**
 * The `count` pods that are missed least, in this order: unbound, pending, not ready, cheaper (`pod-deletion-cost`), beside more pods of
 * `related` on its node, ready for less time, restarted more often, younger. Times count by their power of two, so that which of two pods of
 * about the same age goes is not always the younger. Source: pkg/controller, ActivePodsWithRanks; KEP-2185.
 */
export function podsToDelete(pods: readonly DeepReadonly<Pod>[], related: readonly DeepReadonly<Pod>[], count: number, nowMs: number): readonly DeepReadonly<Pod>[] {
  if (count >= pods.length) return pods;
  const onNode = new Map<string, number>();
  for (const { spec } of related) if (spec.nodeName) onNode.set(spec.nodeName, (onNode.get(spec.nodeName) ?? 0) + 1);
  const ranked = pods.map((pod) => ({ pod, ranks: ranksOf(pod, onNode, nowMs) }));
  ranked.sort((one, other) => compareRanks(one.ranks, other.ranks) || (one.pod.metadata.uid < other.pod.metadata.uid ? -1 : 1));
  return ranked.slice(0, count).map(({ pod }) => pod);
}

/** What is compared, first to last; the lower goes first. */
function ranksOf(pod: DeepReadonly<Pod>, onNode: ReadonlyMap<string, number>, nowMs: number): readonly number[] {
  const { spec, status } = pod;
  const isReady = isPodReady(pod);
  return [
    spec.nodeName ? 1 : 0,
    PHASE_ORDER[status.phase ?? ''] ?? 0,
    isReady ? 1 : 0,
    deletionCost(pod),
    -(onNode.get(spec.nodeName ?? '') ?? 0),
    isReady ? ageRank(podCondition(pod, 'Ready')?.lastTransitionTime, nowMs) : 0,
    -mostRestarts(pod),
    ageRank(pod.metadata.creationTimestamp, nowMs),
  ];
}

function compareRanks(one: readonly number[], other: readonly number[]): number {
  for (let index = 0; index < one.length; index++) {
    const difference = (one[index] ?? 0) - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** An annotation that is no whole number in the range counts as none. */
function deletionCost(pod: DeepReadonly<Pod>): number {
  const text = pod.metadata.annotations?.[DELETION_COST] ?? '';
  const cost = /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0;
  return Math.abs(cost) <= 2 ** 31 ? cost : 0;
}

/** Power of two of the age; no time counts as youngest. */
function ageRank(time: string | undefined, nowMs: number): number {
  if (time === undefined) return -1;
  const seconds = Math.floor((nowMs - Date.parse(time)) / 1000);
  return seconds <= 0 ? 0 : Math.floor(Math.log2(seconds)) + 1;
}

function mostRestarts(pod: DeepReadonly<Pod>): number {
  return Math.max(0, ...(pod.status.containerStatuses ?? []).map(({ restartCount }) => restartCount));
}
