import type { CronJob, CronJobStatus, Job } from '../../api/generated/batch-v1.ts';
import { cronJobs, jobs } from '../../api/refs.ts';
import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly, Draft } from '../../apimachinery/meta.ts';
import { referenceTo } from '../../client/event-recorder.ts';
import { controllerReference } from '../../component-helpers/owner-reference.ts';
import { timeOf } from '../times.ts';
import { lastMissed, parseSchedule, type Schedule } from './schedule.ts';
import { timeIn } from './time-in-zone.ts';

type Job_ = DeepReadonly<Job>;
type CronJob_ = DeepReadonly<CronJob>;

export interface Told {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

export interface CronPlan {
  /** Jobs beyond the history limits, and those that a new one replaces. */
  readonly expire: readonly Job_[];
  readonly replace: readonly Job_[];
  readonly create: Draft<Job> | undefined;
  /** Without the job that is to be created. */
  readonly status: CronJobStatus;
  readonly told: readonly Told[];
  readonly requeueMs: number | undefined;
}

/** How a Job has ended. */
function endOf({ status }: Job_): 'Complete' | 'Failed' | undefined {
  for (const type of ['Complete', 'Failed'] as const) if (status.conditions?.some((condition) => condition.type === type && condition.status === 'True')) return type;
  return undefined;
}

/** Source: pkg/controller/cronjob, syncCronJob. `own`: the Jobs that the CronJob controls. */
export function planCronJob(cronJob: CronJob_, own: readonly Job_[], nowMs: number): CronPlan {
  const told: Told[] = [];
  const status = settledStatus(cronJob, own, told);
  const expire = expired(cronJob, own);
  const rest = { expire, replace: [], create: undefined, status, told };
  if (cronJob.metadata.deletionTimestamp || cronJob.spec.suspend) return { ...rest, requeueMs: undefined };
  const schedule = readSchedule(cronJob, told);
  if (!schedule) return { ...rest, requeueMs: undefined };
  const requeueMs = untilNextMs(schedule, nowMs);
  if (requeueMs === undefined) {
    told.push({ type: 'Warning', reason: 'InvalidSchedule', message: `invalid schedule: ${cronJob.spec.schedule} : time difference between two schedules is less than 1 second` });
    return { ...rest, requeueMs: undefined };
  }
  const dueMs = dueTime(cronJob, schedule, nowMs, told);
  if (dueMs === undefined) return { ...rest, requeueMs };
  const draft = jobOf(cronJob, dueMs);
  const isStarted = cronJob.status.active?.some(({ name }) => name === draft.metadata.name) || cronJob.status.lastScheduleTime === timeOf(dueMs);
  if (isStarted) return { ...rest, requeueMs };
  const active = own.filter((job) => status.active?.some(({ uid }) => uid === job.metadata.uid));
  if (cronJob.spec.concurrencyPolicy === 'Forbid' && active.length > 0) {
    told.push({ type: 'Normal', reason: 'JobAlreadyActive', message: 'Not starting job because prior execution is running and concurrency policy is Forbid' });
    return { ...rest, requeueMs };
  }
  const replace = cronJob.spec.concurrencyPolicy === 'Replace' ? active : [];
  const kept = replace.length > 0 ? [] : (status.active ?? []);
  return { ...rest, replace, create: draft, status: { ...status, active: kept, lastScheduleTime: timeOf(dueMs) }, requeueMs };
}

/** In how many ms the schedule is due again, and a little more. */
function untilNextMs(schedule: Schedule, nowMs: number): number | undefined {
  const nextMs = schedule.next(nowMs);
  return nextMs === undefined ? undefined : nextMs - nowMs + 100;
}

/** In how many ms the CronJob is due next; undefined: never, or its schedule cannot be read. */
export function nextDueMs(cronJob: CronJob_, nowMs: number): number | undefined {
  const schedule = readSchedule(cronJob, []);
  return schedule && untilNextMs(schedule, nowMs);
}

/** Takes ended and missing Jobs off the list of active ones. */
function settledStatus(cronJob: CronJob_, own: readonly Job_[], told: Told[]): CronJobStatus {
  const byUid = new Map(own.map((job) => [job.metadata.uid, job]));
  let { lastSuccessfulTime } = cronJob.status;
  const active = (cronJob.status.active ?? []).filter(({ uid = '', name = '' }) => {
    const job = byUid.get(uid);
    const end = job && endOf(job);
    if (!job) told.push({ type: 'Normal', reason: 'MissingJob', message: `Active job went missing: ${name}` });
    if (end) told.push({ type: 'Normal', reason: 'SawCompletedJob', message: `Saw completed job: ${name}, condition: ${end}` });
    return job && !end;
  });
  const listed = new Set(cronJob.status.active?.map(({ uid }) => uid));
  for (const job of own) {
    const { completionTime } = job.status;
    if (!listed.has(job.metadata.uid) && !endOf(job)) told.push({ type: 'Warning', reason: 'UnexpectedJob', message: `Saw a job that the controller did not create or forgot: ${job.metadata.name}` });
    if (endOf(job) === 'Complete' && completionTime && (!lastSuccessfulTime || completionTime > lastSuccessfulTime)) lastSuccessfulTime = completionTime;
  }
  const { lastScheduleTime } = cronJob.status;
  return { active: active.map((reference) => ({ ...reference })), ...(lastScheduleTime && { lastScheduleTime }), ...(lastSuccessfulTime && { lastSuccessfulTime }) };
}

function expired({ spec }: CronJob_, own: readonly Job_[]): readonly Job_[] {
  const oldest = (end: 'Complete' | 'Failed', limit: number | undefined): readonly Job_[] => {
    if (limit === undefined) return [];
    const ended = own.filter((job) => endOf(job) === end && !job.metadata.deletionTimestamp).toSorted(byStart);
    return ended.slice(0, Math.max(ended.length - limit, 0));
  };
  return [...oldest('Complete', spec.successfulJobsHistoryLimit), ...oldest('Failed', spec.failedJobsHistoryLimit)];
}

/** Of one second by name; one that never began last. Source: pkg/controller/cronjob, byJobStartTime. */
function byStart(one: Job_, other: Job_): number {
  const [start, otherStart] = [Date.parse(one.status.startTime ?? '') || Infinity, Date.parse(other.status.startTime ?? '') || Infinity];
  return start === otherStart ? (one.metadata.name < other.metadata.name ? -1 : 1) : start - otherStart;
}

/** The last time for which a Job was started, or since when there is the CronJob. */
function lastMs({ status, metadata }: CronJob_): number {
  return Date.parse(status.lastScheduleTime ?? metadata.creationTimestamp);
}

function readSchedule(cronJob: CronJob_, told: Told[]): Schedule | undefined {
  const { spec } = cronJob;
  try {
    return parseSchedule(spec.schedule, spec.timeZone, lastMs(cronJob));
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    const reason = /time zone/i.test(error.message) ? 'UnknownTimeZone' : 'UnparseableSchedule';
    const message = reason === 'UnknownTimeZone' ? `invalid timeZone: ${JSON.stringify(spec.timeZone)}: ${error.message}` : `unparseable schedule: ${JSON.stringify(spec.schedule)} : ${error.message}`;
    told.push({ type: 'Warning', reason, message });
    return undefined;
  }
}

/** The time for which a Job is to be started now. */
function dueTime(cronJob: CronJob_, schedule: Schedule, nowMs: number, told: Told[]): number | undefined {
  const deadlineMs = (cronJob.spec.startingDeadlineSeconds ?? Infinity) * 1000;
  const missed = lastMissed(schedule, Math.max(lastMs(cronJob), nowMs - deadlineMs), nowMs);
  if (!missed) return undefined;
  if (missed.areTooMany) told.push({ type: 'Warning', reason: 'TooManyMissedTimes', message: 'too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew' });
  if (missed.atMs + deadlineMs >= nowMs) return missed.atMs;
  told.push({ type: 'Warning', reason: 'MissSchedule', message: `Missed scheduled time to start a job: ${new Date(missed.atMs).toUTCString().replace(/GMT$/, '+0000')}` });
  return undefined;
}

/** Named after its minute, so that no time is started twice. */
function jobOf(cronJob: CronJob_, dueMs: number): Draft<Job> {
  const { name, namespace } = cronJob.metadata;
  const { metadata, spec } = cronJob.spec.jobTemplate;
  return {
    metadata: {
      name: `${name}-${Math.floor(dueMs / 60_000)}`,
      ...(namespace && { namespace }),
      labels: { ...metadata?.labels },
      annotations: { ...metadata?.annotations, 'batch.kubernetes.io/cronjob-scheduled-timestamp': timeIn(dueMs, cronJob.spec.timeZone) },
      ownerReferences: [controllerReference(cronJob, cronJobs)],
    },
    spec: copyOf(spec),
  };
}

/** The status once `job` has been created. */
export function withActive(status: CronJobStatus, job: Job_): CronJobStatus {
  return { ...status, active: [...(status.active ?? []), referenceTo(jobs, job)] };
}
