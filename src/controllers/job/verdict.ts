import type { Job } from '../../api/generated/batch-v1.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { parseIndexes } from './indexes.ts';
import { isActive } from './pod-outcome.ts';
import type { Tally } from './tracking.ts';

export interface Verdict {
  readonly end: 'Complete' | 'Failed';
  readonly reason: string;
  readonly message: string;
}

/** Whether the Job has come to its end, and why; undefined: it goes on. Source: pkg/controller/job, syncJob. */
export function verdictOf(job: DeepReadonly<Job>, pods: readonly DeepReadonly<Pod>[], tally: Tally, nowMs: number): Verdict | undefined {
  const decided = job.status.conditions?.find(({ type, status }) => (type === 'FailureTarget' || type === 'SuccessCriteriaMet') && status === 'True');
  if (decided) return { end: decided.type === 'FailureTarget' ? 'Failed' : 'Complete', reason: decided.reason ?? '', message: decided.message ?? '' };
  return failureOf(job, pods, tally, nowMs) ?? successOf(job, pods, tally);
}

function failureOf(job: DeepReadonly<Job>, pods: readonly DeepReadonly<Pod>[], tally: Tally, nowMs: number): Verdict | undefined {
  const { spec } = job;
  const failed = (reason: string, message: string): Verdict => ({ end: 'Failed', reason, message });
  if (tally.fatal) return failed('PodFailurePolicy', tally.fatal);
  const limit = spec.backoffLimit ?? 6;
  if (tally.failed > limit || tooManyRestarts(job, pods, limit)) return failed('BackoffLimitExceeded', 'Job has reached the specified backoff limit');
  const deadlineMs = deadlineOf(job);
  if (deadlineMs !== undefined && nowMs >= deadlineMs) return failed('DeadlineExceeded', 'Job was active longer than specified deadline');
  if (spec.backoffLimitPerIndex === undefined) return undefined;
  if (spec.maxFailedIndexes !== undefined && tally.failedIndexes.size > spec.maxFailedIndexes) return failed('MaxFailedIndexesExceeded', 'Job has exceeded the specified maximal number of failed indexes');
  const isThrough = tally.failedIndexes.size > 0 && tally.failedIndexes.size + tally.completedIndexes.size >= (spec.completions ?? 0);
  return isThrough ? failed('FailedIndexes', 'Job has failed indexes') : undefined;
}

/** Containers that are started again in their pods count by their restarts. Source: pastBackoffLimitOnFailure. */
function tooManyRestarts({ spec }: DeepReadonly<Job>, pods: readonly DeepReadonly<Pod>[], limit: number): boolean {
  if (spec.template.spec.restartPolicy !== 'OnFailure') return false;
  let restarts = 0;
  for (const { status } of pods) {
    if (status.phase !== 'Running' && status.phase !== 'Pending') continue;
    for (const { restartCount } of [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])]) restarts += restartCount;
  }
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** When a Job that runs is over its `activeDeadlineSeconds`, in ms since 1970. */
export function deadlineOf({ spec, status }: DeepReadonly<Job>): number | undefined {
  if (spec.activeDeadlineSeconds === undefined || !status.startTime || spec.suspend) return undefined;
  return Date.parse(status.startTime) + spec.activeDeadlineSeconds * 1000;
}

function successOf({ spec }: DeepReadonly<Job>, pods: readonly DeepReadonly<Pod>[], tally: Tally): Verdict | undefined {
  const matched = spec.successPolicy?.rules.findIndex(({ succeededIndexes, succeededCount }) => {
    const wanted = succeededIndexes === undefined ? undefined : parseIndexes(succeededIndexes, spec.completions ?? 0);
    const reached = wanted ? [...wanted].filter((index) => tally.completedIndexes.has(index)).length : tally.completedIndexes.size;
    return reached >= (succeededCount ?? wanted?.size ?? Infinity);
  });
  if (matched !== undefined && matched >= 0) return { end: 'Complete', reason: 'SuccessPolicy', message: `Matched rules at index ${matched}` };
  const active = pods.filter(isActive).length;
  const isComplete = spec.completions === undefined ? tally.succeeded > 0 && active === 0 : tally.succeeded >= spec.completions;
  return isComplete ? { end: 'Complete', reason: 'CompletionsReached', message: 'Reached expected number of succeeded pods' } : undefined;
}
