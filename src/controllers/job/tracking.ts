import type { Job } from '../../api/generated/batch-v1.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { failuresBefore, podsToReplace } from './index-failures.ts';
import { failureVerdict, indexOf, isTracked, outcomeOf } from './pod-outcome.ts';
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
  /** By index the failed pod whose successor is told its failures; it is counted, and loses its finalizer, once that is there. */
  readonly toReplace: ReadonlyMap<number, Pod_>;
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
  for (const pod of isIndexed ? pods : []) noteIndex(job, pod, completions, { completedIndexes, failedIndexes });
  for (const index of completedIndexes) failedIndexes.delete(index);
  const toReplace = podsToReplace(job, pods, (index) => completedIndexes.has(index) || failedIndexes.has(index));
  const delayed = new Set(toReplace.values());
  const release: Pod_[] = [];
  let fatal: string | undefined;
  let failedToCount = 0;
  for (const pod of pods) {
    const outcome = outcomeOf(job, pod);
    if (!outcome) continue;
    const verdict = outcome === 'failed' ? failureVerdict(job, pod) : undefined;
    if (verdict?.action === 'FailJob') fatal ??= verdict.message;
    if (!isTracked(pod)) continue;
    const { uid } = pod.metadata;
    const isCounted = verdict?.action !== 'Ignore' && (!isIndexed || isValid(pod, completions));
    if (delayed.has(pod)) {
      if (isCounted && !uncounted.failed.has(uid)) failedToCount++;
      continue;
    }
    const isNew = !uncounted.succeeded.has(uid) && !uncounted.failed.has(uid);
    if (isNew && uncounted.succeeded.size + uncounted.failed.size >= MAX_UNCOUNTED) continue;
    release.push(pod);
    // One that was written down as failed, for it was going, stays so though it succeeds at the last.
    if (isNew && isCounted && (outcome === 'failed' || !isIndexed)) uncounted[outcome].add(uid);
  }
  if (isIndexed) counts.succeeded = completedIndexes.size;
  return {
    counted: counts, uncounted, completedIndexes, failedIndexes, toReplace, fatal, release,
    succeeded: counts.succeeded + uncounted.succeeded.size,
    failed: counts.failed + uncounted.failed.size + failedToCount,
  };
}

function isValid(pod: Pod_, completions: number): boolean {
  const index = indexOf(pod);
  return index !== undefined && index < completions;
}

function noteIndex(job: DeepReadonly<Job>, pod: Pod_, completions: number, into: { completedIndexes: Set<number>; failedIndexes: Set<number> }): void {
  const index = indexOf(pod);
  if (index === undefined || index >= completions || !isTracked(pod)) return;
  const outcome = outcomeOf(job, pod);
  if (outcome === 'succeeded') into.completedIndexes.add(index);
  const limit = job.spec.backoffLimitPerIndex;
  if (outcome !== 'failed' || limit === undefined) return;
  const action = failureVerdict(job, pod)?.action;
  if (action === 'FailIndex' || (action !== 'Ignore' && failuresBefore(pod).counted >= limit)) into.failedIndexes.add(index);
}

/**
 * The tally of a Job that comes to its end: the pods that have not ended lose their finalizers too, and count as failed, unless it succeeds without them.
 * Source: trackJobStatusAndRemoveFinalizers, canRemoveFinalizer.
 */
export function closedTally(job: DeepReadonly<Job>, pods: readonly Pod_[], tally: Tally, end: 'Complete' | 'Failed'): Tally {
  const isIndexed = job.spec.completionMode === 'Indexed';
  const completions = job.spec.completions ?? Infinity;
  const failed = new Set(tally.uncounted.failed);
  const release = new Set(tally.release);
  for (const pod of pods.filter(isTracked)) {
    if (release.has(pod) || outcomeOf(job, pod) === 'succeeded') continue; // a success that is not counted yet is one of very many
    const isFailed = outcomeOf(job, pod) === 'failed' || end === 'Failed';
    if (!failed.has(pod.metadata.uid) && failed.size + tally.uncounted.succeeded.size >= MAX_UNCOUNTED) break;
    release.add(pod);
    if (isFailed && failureVerdict(job, pod)?.action !== 'Ignore' && (!isIndexed || isValid(pod, completions))) failed.add(pod.metadata.uid);
  }
  return { ...tally, uncounted: { ...tally.uncounted, failed }, failed: tally.counted.failed + failed.size, release: [...release] };
}
