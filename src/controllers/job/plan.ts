import type { Job, JobCondition, JobStatus } from '../../api/generated/batch-v1.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { isPodReady } from '../../component-helpers/pod-state.ts';
import { youngestToDelete } from '../replicaset/pods-to-delete.ts';
import { timeOf } from '../times.ts';
import { backOffMs, indexBackOffMs } from './back-off.ts';
import { failuresAfter, type IndexFailures } from './index-failures.ts';
import { formatIndexes } from './indexes.ts';
import { indexOf, isActive, isTerminating, isTracked, outcomeOf } from './pod-outcome.ts';
import { closedTally, type Tally, tallyOf } from './tracking.ts';
import { deadlineOf, type Verdict, verdictOf } from './verdict.ts';

type Pod_ = DeepReadonly<Pod>;
type Job_ = DeepReadonly<Job>;

export interface JobPlan {
  readonly create: readonly { readonly index: number | undefined; readonly failures: IndexFailures }[];
  /** Active pods that are no longer wanted. */
  readonly delete: readonly Pod_[];
  /** Whether these count as failed: those that the Job's end takes along do, those that are too many do not. */
  readonly countsDeleted: boolean;
  readonly status: JobStatus;
  /** Pods that lose their finalizer after the status has been written. */
  readonly release: readonly Pod_[];
  readonly requeueMs: number | undefined;
  readonly told: readonly { readonly type: 'Normal' | 'Warning'; readonly reason: string; readonly message: string }[];
}

const BURST = 500;

export function isFinished({ status }: Job_): boolean {
  return status.conditions?.some(({ type, status: value }) => (type === 'Complete' || type === 'Failed') && value === 'True') ?? false;
}

/** The next step of a Job that has not ended. Source: pkg/controller/job, syncJob and manageJob. */
export function planJob(job: Job_, pods: readonly Pod_[], nowMs: number): JobPlan {
  const tally = tallyOf(job, pods);
  const active = pods.filter(isActive);
  const verdict = verdictOf(job, pods, tally, nowMs);
  const told: JobPlan['told'][number][] = [];
  if (verdict) {
    const closed = closedTally(job, pods, tally, verdict.end);
    const isOver = active.length === 0 && !pods.some(isTerminating) && closed.uncounted.succeeded.size + closed.uncounted.failed.size === 0 && !pods.some((pod) => isTracked(pod) && outcomeOf(job, pod) !== undefined);
    const areTooMany = job.spec.completions !== undefined && closed.succeeded > job.spec.completions;
    if (isOver && verdict.end === 'Complete' && areTooMany) told.push({ type: 'Warning', reason: 'TooManySucceededPods', message: 'Too many succeeded pods running after completion count reached' });
    if (isOver && verdict.end === 'Complete') told.push({ type: 'Normal', reason: 'Completed', message: 'Job completed' });
    if (isOver && verdict.end === 'Failed') told.push({ type: 'Warning', reason: verdict.reason, message: verdict.message });
    return { create: [], delete: active, countsDeleted: true, status: statusOf(job, pods, closed, { verdict, isOver }, nowMs), release: closed.release, requeueMs: undefined, told };
  }
  const { isSuspended, change } = suspension(job);
  if (change) told.push({ type: 'Normal', reason: change === 'JobSuspended' ? 'Suspended' : 'Resumed', message: change === 'JobSuspended' ? 'Job suspended' : 'Job resumed' });
  const staffing = isSuspended ? { create: [], delete: active, waitMs: undefined } : planPods(job, pods, tally, nowMs);
  const deadlineMs = deadlineOf(job);
  const waits = [staffing.waitMs, deadlineMs === undefined ? undefined : Math.max(deadlineMs - nowMs, 0)].filter((ms) => ms !== undefined);
  const status = statusOf(job, pods, tally, { suspension: change }, nowMs);
  return { create: staffing.create, delete: staffing.delete, countsDeleted: false, status, release: tally.release, requeueMs: waits.length > 0 ? Math.min(...waits) : undefined, told };
}

function suspension(job: Job_): { isSuspended: boolean; change: 'JobSuspended' | 'JobResumed' | undefined } {
  const isSuspended = job.spec.suspend === true;
  const known = job.status.conditions?.find(({ type }) => type === 'Suspended');
  const change = isSuspended ? (known?.status === 'True' ? undefined : 'JobSuspended') : known?.status === 'True' ? 'JobResumed' : undefined;
  return { isSuspended, change };
}

interface Staffing {
  readonly create: JobPlan['create'];
  readonly delete: readonly Pod_[];
  readonly waitMs: number | undefined;
}

function planPods(job: Job_, pods: readonly Pod_[], tally: Tally, nowMs: number): Staffing {
  const { parallelism = 1, completions } = job.spec;
  const active = pods.filter(isActive);
  const doubles = job.spec.completionMode === 'Indexed' ? doubledIndexes(active, tally, completions ?? 0) : [];
  const kept = active.filter((pod) => !doubles.includes(pod));
  const remaining = completions === undefined ? (tally.succeeded > 0 ? kept.length : parallelism) : completions - tally.succeeded - tally.failedIndexes.size;
  const wanted = Math.max(Math.min(remaining, parallelism), 0);
  if (kept.length > wanted) return { create: [], delete: [...doubles, ...youngestToDelete(kept, kept.length - wanted)], waitMs: undefined };
  const replacing = job.spec.podReplacementPolicy === 'Failed' ? pods.filter(isTerminating).length : 0;
  const missing = Math.min(wanted - kept.length - replacing, BURST);
  if (missing <= 0) return { create: [], delete: doubles, waitMs: undefined };
  if (job.spec.completionMode === 'Indexed' && job.spec.backoffLimitPerIndex !== undefined) return { ...planIndexes(job, pods, tally, missing, nowMs), delete: doubles };
  const waitMs = backOffMs(job, pods, nowMs);
  if (waitMs > 0) return { create: [], delete: doubles, waitMs };
  const indexes = job.spec.completionMode === 'Indexed' ? freeIndexes(pods, job, tally, missing) : Array.from<undefined>({ length: missing });
  return { create: indexes.map((index) => ({ index, failures: { counted: 0, ignored: 0 } })), delete: doubles, waitMs: undefined };
}

/** Each index waits for itself after its failures. Source: getPodCreationInfoForIndependentIndexes. */
function planIndexes(job: Job_, pods: readonly Pod_[], tally: Tally, missing: number, nowMs: number): Omit<Staffing, 'delete'> {
  const create: JobPlan['create'][number][] = [];
  const waits: number[] = [];
  for (const index of freeIndexes(pods, job, tally, missing)) {
    const failed = tally.toReplace.get(index);
    const waitMs = indexBackOffMs(failed, nowMs);
    if (waitMs > 0) waits.push(waitMs);
    else create.push({ index, failures: failuresAfter(job, failed) });
  }
  return { create, waitMs: waits.length > 0 ? Math.min(...waits) : undefined };
}

/** Pods whose index another has, or that is done, or none of the Job's. */
function doubledIndexes(active: readonly Pod_[], tally: Tally, completions: number): readonly Pod_[] {
  const seen = new Set<number>();
  return active.filter((pod) => {
    const index = indexOf(pod);
    if (index === undefined || index >= completions || seen.has(index) || tally.completedIndexes.has(index) || tally.failedIndexes.has(index)) return true;
    seen.add(index);
    return false;
  });
}

function freeIndexes(pods: readonly Pod_[], job: Job_, tally: Tally, count: number): number[] {
  const isTaken = (pod: Pod_): boolean => isActive(pod) || (job.spec.podReplacementPolicy === 'Failed' && isTerminating(pod));
  const taken = new Set(pods.filter(isTaken).map(indexOf));
  const free: number[] = [];
  for (let index = 0; index < (job.spec.completions ?? 0) && free.length < count; index++) {
    if (!taken.has(index) && !tally.completedIndexes.has(index) && !tally.failedIndexes.has(index)) free.push(index);
  }
  return free;
}

interface Decision {
  readonly verdict?: Verdict;
  readonly isOver?: boolean;
  readonly suspension?: 'JobSuspended' | 'JobResumed' | undefined;
}

/** A Job that is suspended has no start; one that ends has one, also where its last pods end after it was suspended. Source: KEP-5440. */
function startOf({ spec, status }: Job_, { verdict, suspension: change }: Decision, nowMs: number): string | undefined {
  if (change === 'JobResumed') return timeOf(nowMs);
  if (change === 'JobSuspended') return undefined;
  const hasToStart = !spec.suspend || (verdict !== undefined && spec.completions !== 0);
  return status.startTime ?? (hasToStart ? timeOf(nowMs) : undefined);
}

function statusOf(job: Job_, pods: readonly Pod_[], tally: Tally, decision: Decision, nowMs: number): JobStatus {
  const active = pods.filter(isActive);
  const { counted, uncounted } = tally;
  const isIndexed = job.spec.completionMode === 'Indexed';
  const startTime = startOf(job, decision, nowMs);
  const completedIndexes = formatIndexes(tally.completedIndexes);
  const failedIndexes = formatIndexes(tally.failedIndexes);
  const conditions = conditionsOf(job, decision, nowMs);
  return {
    ...(conditions.length > 0 && { conditions }),
    ...(startTime !== undefined && { startTime }),
    ...(decision.isOver && decision.verdict?.end === 'Complete' && { completionTime: timeOf(nowMs) }),
    active: active.length,
    ready: active.filter(isPodReady).length,
    terminating: pods.filter(isTerminating).length,
    succeeded: counted.succeeded,
    failed: counted.failed,
    ...(isIndexed && completedIndexes && { completedIndexes }),
    ...(isIndexed && job.spec.backoffLimitPerIndex !== undefined && { failedIndexes }),
    uncountedTerminatedPods: { ...(uncounted.succeeded.size > 0 && { succeeded: [...uncounted.succeeded] }), ...(uncounted.failed.size > 0 && { failed: [...uncounted.failed] }) },
  };
}

function conditionsOf(job: Job_, { verdict, isOver, suspension: change }: Decision, nowMs: number): JobCondition[] {
  let conditions: JobCondition[] = (job.status.conditions ?? []).map((condition) => ({ ...condition }));
  const now = timeOf(nowMs);
  const set = (type: string, status: string, reason: string, message: string): void => {
    const known = conditions.findIndex((condition) => condition.type === type);
    const present = conditions[known];
    if (present?.status === status && present.reason === reason && present.message === message) return;
    const condition = { type, status, lastProbeTime: now, lastTransitionTime: now, reason, message };
    conditions = present ? conditions.with(known, condition) : [...conditions, condition];
  };
  if (change === 'JobSuspended') set('Suspended', 'True', change, 'Job suspended');
  if (change === 'JobResumed') set('Suspended', 'False', change, 'Job resumed');
  if (verdict) set(verdict.end === 'Complete' ? 'SuccessCriteriaMet' : 'FailureTarget', 'True', verdict.reason, verdict.message);
  if (verdict && isOver) set(verdict.end, 'True', verdict.reason, verdict.message);
  return conditions;
}
