import type { ReplicaSet, ReplicaSetCondition, ReplicaSetStatus } from '../../api/generated/apps-v1.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { isPodAvailable, isPodReady, isPodTerminal } from '../../component-helpers/pod-state.ts';
import { matchesLabels } from '../../component-helpers/label-selector.ts';
import { isRefused } from '../failed-pod-back-off.ts';
import { timeOf } from '../times.ts';
import { podsToDelete } from './pods-to-delete.ts';

/** At most so many pods are created or deleted in one turn. */
export const BURST_REPLICAS = 500;

export interface ReplicasPlan {
  readonly create: number;
  readonly delete: readonly DeepReadonly<Pod>[];
}

/** How many pods to create, or which to delete. `pods` are the active ones of the set; `related` gives those of all sets with its owner, and is asked when some are to go. */
export function planReplicas(set: DeepReadonly<ReplicaSet>, pods: readonly DeepReadonly<Pod>[], related: () => readonly DeepReadonly<Pod>[], nowMs: number): ReplicasPlan {
  if (set.metadata.deletionTimestamp !== undefined) return { create: 0, delete: [] };
  const missing = (set.spec.replicas ?? 1) - pods.length;
  if (missing >= 0) return { create: Math.min(missing, BURST_REPLICAS), delete: [] };
  return { create: 0, delete: podsToDelete(pods, related(), Math.min(-missing, BURST_REPLICAS), nowMs) };
}

/** The status that the pods give; `failure` is why they could not be made as planned. `pods`: all of the set, also terminating ones. */
export function planStatus(
  set: DeepReadonly<ReplicaSet>,
  pods: readonly DeepReadonly<Pod>[],
  failure: { readonly reason: 'FailedCreate' | 'FailedDelete'; readonly message: string } | undefined,
  nowMs: number,
): ReplicaSetStatus {
  const conditions = conditionsAfter(set.status.conditions ?? [], failure, nowMs);
  return {
    ...countsOf(set, pods, nowMs),
    observedGeneration: set.metadata.generation ?? 0,
    ...(conditions.length > 0 && { conditions }),
  };
}

type Counts = Required<Pick<ReplicaSetStatus, 'replicas' | 'fullyLabeledReplicas' | 'readyReplicas' | 'availableReplicas' | 'terminatingReplicas'>>;

/** Looks at each pod once: a set may have thousands, and each change of one of them leads here. */
function countsOf(set: DeepReadonly<ReplicaSet>, pods: readonly DeepReadonly<Pod>[], nowMs: number): Counts {
  const counts = { replicas: 0, fullyLabeledReplicas: 0, readyReplicas: 0, availableReplicas: 0, terminatingReplicas: 0 };
  const labels = set.spec.template.metadata?.labels;
  const minReadySeconds = set.spec.minReadySeconds ?? 0;
  for (const pod of pods) {
    if (isPodTerminal(pod)) continue;
    if (pod.metadata.deletionTimestamp !== undefined) {
      counts.terminatingReplicas++;
      continue;
    }
    counts.replicas++;
    if (matchesLabels(labels, pod.metadata.labels)) counts.fullyLabeledReplicas++;
    if (!isPodReady(pod)) continue;
    counts.readyReplicas++;
    if (minReadySeconds === 0 || isPodAvailable(pod, minReadySeconds, nowMs)) counts.availableReplicas++;
  }
  return counts;
}

function conditionsAfter(conditions: readonly DeepReadonly<ReplicaSetCondition>[], failure: { readonly reason: string; readonly message: string } | undefined, nowMs: number): ReplicaSetCondition[] {
  if (!failure) return conditions.filter(({ type }) => type !== 'ReplicaFailure');
  if (conditions.some(({ type }) => type === 'ReplicaFailure')) return [...conditions]; // what went wrong first
  return [...conditions, { type: 'ReplicaFailure', status: 'True', lastTransitionTime: timeOf(nowMs), ...failure }];
}

/** When the first ready pod becomes available, in ms from now; undefined: none is on its way. */
export function nextAvailableMs(pods: readonly DeepReadonly<Pod>[], minReadySeconds: number, nowMs: number): number | undefined {
  let next: number | undefined;
  for (const pod of pods) {
    const ready = pod.status.conditions?.find(({ type }) => type === 'Ready');
    if (ready?.status !== 'True' || !ready.lastTransitionTime) continue;
    const inMs = Date.parse(ready.lastTransitionTime) + minReadySeconds * 1000 - nowMs;
    if (inMs > 0 && (next === undefined || inMs < next)) next = inMs;
  }
  return next;
}

const FIRST_REFUSAL_MS = 100;
const MAX_REFUSAL_MS = 10_000;
const REFUSALS_COUNT_MS = 600_000;

/**
 * In how many ms pods are made again after nodes have refused some, later each time; undefined: now. Kubernetes holds nothing back here but its client, to
 * twenty requests a second.
 */
export function heldByRefusalsMs(pods: readonly DeepReadonly<Pod>[], nowMs: number): number | undefined {
  const refusedMs = pods.filter(isRefused).map(({ metadata }) => Date.parse(metadata.creationTimestamp)).filter((atMs) => nowMs - atMs < REFUSALS_COUNT_MS);
  if (refusedMs.length === 0) return undefined;
  const leftMs = Math.max(...refusedMs) + Math.min(FIRST_REFUSAL_MS * 2 ** (refusedMs.length - 1), MAX_REFUSAL_MS) - nowMs;
  return leftMs > 0 ? leftMs : undefined;
}
