import type { Job } from '../../api/generated/batch-v1.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FAILURE_COUNT_KEY, failureVerdict, indexOf, isTracked, outcomeOf } from './pod-outcome.ts';
import { parseIndexes } from './indexes.ts';

type Pod_ = DeepReadonly<Pod>;

/** What a Job knows of its ended pods. Each is first written down as uncounted, then loses its finalizer, then counts: so none is lost or counted twice. */
export interface Tally {
  /** Counted for good, what the status says. */
  readonly counted: { readonly succeeded: number; readonly failed: number };
  /** Still to be counted, uids. */
  readonly uncounted: { readonly succeeded: ReadonlySet<string>; readonly failed: ReadonlySet<string> };
  /** Both together. */
  readonly succeeded: number;
  readonly failed: number;
  /** Of an indexed Job. */
  readonly completedIndexes: ReadonlySet<number>;
  readonly failedIndexes: ReadonlySet<number>;
  /** Failures of each index so far. */
  readonly indexFailures: ReadonlyMap<number, number>;
  /** Why the pod failure policy ends the Job. */
  readonly fatal: string | undefined;
  /** Pods that are to lose their finalizer once the tally is written. */
  readonly release: readonly Pod_[];
}

/** So many pods are taken into the tally in a turn: the status must not grow without bound. */
const MAX_UNCOUNTED = 500;

export function tallyOf(job: DeepReadonly<Job>, pods: readonly Pod_[]): Tally {
  const completions = job.spec.completions ?? Infinity;
  const isIndexed = job.spec.completionMode === 'Indexed';
  const tracked = new Map(pods.filter(isTracked).map((pod) => [pod.metadata.uid, pod]));
  const counts = { succeeded: job.status.succeeded ?? 0, failed: job.status.failed ?? 0 };
  const uncounted = { succeeded: new Set<string>(), failed: new Set<string>() };
  for (const kind of ['succeeded', 'failed'] as const) {
    for (const uid of job.status.uncountedTerminatedPods?.[kind] ?? []) {
      if (tracked.has(uid)) uncounted[kind].add(uid);
      else counts[kind]++;
    }
  }
  const completedIndexes = parseIndexes(job.status.completedIndexes, completions);
  const failedIndexes = parseIndexes(job.status.failedIndexes, completions);
  const indexFailures = new Map<number, number>();
  const release: Pod_[] = [];
  let fatal: string | undefined;
  for (const pod of pods) {
    const outcome = outcomeOf(job, pod);
    if (!outcome) continue;
    const index = isIndexed ? indexOf(pod) : undefined;
    const verdict = outcome === 'failed' ? failureVerdict(job, pod) : undefined;
    if (verdict?.action === 'FailJob') fatal ??= verdict.message;
    if (index !== undefined && outcome === 'failed') noteIndexFailure(job, pod, index, verdict?.action, { indexFailures, failedIndexes });
    if (!isTracked(pod)) continue;
    const { uid } = pod.metadata;
    const isNew = !uncounted[outcome].has(uid);
    if (isNew && uncounted.succeeded.size + uncounted.failed.size >= MAX_UNCOUNTED) continue;
    release.push(pod);
    if (verdict?.action === 'Ignore') continue;
    if (outcome === 'failed' || !isIndexed) uncounted[outcome].add(uid);
    else if (index !== undefined && index < completions) completedIndexes.add(index);
  }
  if (isIndexed) counts.succeeded = completedIndexes.size;
  for (const index of completedIndexes) failedIndexes.delete(index);
  return {
    counted: counts, uncounted, completedIndexes, failedIndexes, indexFailures, fatal, release,
    succeeded: counts.succeeded + uncounted.succeeded.size,
    failed: counts.failed + uncounted.failed.size,
  };
}

function noteIndexFailure(job: DeepReadonly<Job>, pod: Pod_, index: number, action: string | undefined, into: { indexFailures: Map<number, number>; failedIndexes: Set<number> }): void {
  const before = Number(pod.metadata.annotations?.[FAILURE_COUNT_KEY] ?? 0) || 0;
  const failures = before + (action === 'Ignore' ? 0 : 1);
  into.indexFailures.set(index, Math.max(into.indexFailures.get(index) ?? 0, failures));
  const limit = job.spec.backoffLimitPerIndex;
  if (limit !== undefined && (failures > limit || action === 'FailIndex')) into.failedIndexes.add(index);
}
