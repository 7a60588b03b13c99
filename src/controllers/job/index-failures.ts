import type { Job } from '../../api/generated/batch-v1.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { endOf, FAILURE_COUNT_KEY, failureVerdict, IGNORED_FAILURE_COUNT_KEY, indexOf, isActive, isTracked, outcomeOf } from './pod-outcome.ts';

type Pod_ = DeepReadonly<Pod>;
type Job_ = DeepReadonly<Job>;

/** How often an index of a Job has failed: those that count, and those that the pod failure policy ignores. */
export interface IndexFailures {
  readonly counted: number;
  readonly ignored: number;
}

const MAX_INT32 = 2 ** 31 - 1;

function countIn({ metadata }: Pod_, key: string): number {
  const text = metadata.annotations?.[key] ?? '';
  const count = /^[+-]?\d+$/.test(text) ? Number(text) : 0;
  return count < 0 || count > MAX_INT32 ? 0 : count;
}

/** The failures before the pod's own, as it was told when it was made. */
export function failuresBefore(pod: Pod_): IndexFailures {
  return { counted: countIn(pod, FAILURE_COUNT_KEY), ignored: countIn(pod, IGNORED_FAILURE_COUNT_KEY) };
}

const total = ({ counted, ignored }: IndexFailures): number => counted + ignored;

/** The failures that the pod that takes the place of a failed one is told. Source: KEP-3850; getNewIndexFailureCounts. */
export function failuresAfter(job: Job_, failed: Pod_ | undefined): IndexFailures {
  if (!failed) return { counted: 0, ignored: 0 };
  const { counted, ignored } = failuresBefore(failed);
  return failureVerdict(job, failed)?.action === 'Ignore' ? { counted, ignored: ignored + 1 } : { counted: counted + 1, ignored };
}

/** How often the index has failed in all, with the failed pod. */
export function failuresOf(failed: Pod_): number {
  return total(failuresBefore(failed)) + 1;
}

/**
 * Of a Job with a limit for each index: by index the failed pod that keeps its finalizer until another takes its place, so that its count is not lost
 * with it. Source: getPodsWithDelayedDeletionPerIndex.
 */
export function podsToReplace(job: Job_, pods: readonly Pod_[], isDone: (index: number) => boolean): ReadonlyMap<number, Pod_> {
  const kept = new Map<number, Pod_>();
  if (job.spec.backoffLimitPerIndex === undefined) return kept;
  const active = new Set(pods.filter(isActive).map(indexOf));
  for (const pod of pods) {
    const index = indexOf(pod);
    if (index === undefined || index >= (job.spec.completions ?? 0) || !isTracked(pod) || outcomeOf(job, pod) !== 'failed' || isDone(index) || active.has(index)) continue;
    const known = kept.get(index);
    if (!known || (total(failuresBefore(known)) <= total(failuresBefore(pod)) && endOf(pod) >= endOf(known))) kept.set(index, pod);
  }
  return kept;
}
