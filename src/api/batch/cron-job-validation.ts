import { CronError, parseCronSchedule } from '../../apimachinery/cron-schedule.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { isTimeZone } from '../../apimachinery/time-zone.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateNonNegative } from '../../apimachinery/validation/numbers.ts';
import type { CronJob } from '../generated/batch-v1.ts';
import { validateJobTemplateSpec } from './job-validation.ts';
import { nameWarnings } from '../core/pod-warnings.ts';
import { jobSpecWarnings } from './job-warnings.ts';

const SPEC = FieldPath.of('spec');
/** Jobs get eleven more characters, and must stay below 63. */
const MAX_NAME = 52;

function validateSchedule({ schedule }: DeepReadonly<CronJob['spec']>, errors: FieldErrors): void {
  const path = SPEC.child('schedule');
  if (schedule === '') {
    errors.required(path);
    return;
  }
  try {
    parseCronSchedule(schedule);
  } catch (error) {
    if (!(error instanceof CronError)) throw error;
    errors.invalid(path, schedule, error.message);
  }
}

/** A zone has a field of its own; schedules that were written before it may still say theirs. */
function validateZoneInSchedule({ spec }: DeepReadonly<CronJob>, old: DeepReadonly<CronJob> | undefined, errors: FieldErrors): void {
  const { schedule, timeZone } = spec;
  if (!schedule.includes('TZ')) return;
  const isKept = old?.spec.schedule.includes('TZ') ?? false;
  if (!isKept) errors.invalid(SPEC.child('schedule'), schedule, 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead');
  else if (timeZone !== undefined) errors.invalid(SPEC.child('schedule'), schedule, 'cannot use both timeZone field and TZ or CRON_TZ in schedule');
}

function validateTimeZone(timeZone: string | undefined, errors: FieldErrors): void {
  const path = SPEC.child('timeZone');
  if (timeZone === undefined) return;
  if (timeZone === '') errors.invalid(path, timeZone, 'timeZone must be nil or non-empty string');
  else if (timeZone.toLowerCase() === 'local') errors.invalid(path, timeZone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones');
  if (timeZone !== '' && timeZone !== 'Local' && !isTimeZone(timeZone)) errors.invalid(path, timeZone, `unknown time zone ${timeZone}`);
}

/** Source: pkg/apis/batch/validation, ValidateCronJobSpec. */
function validateSpec(cronJob: DeepReadonly<CronJob>, old: DeepReadonly<CronJob> | undefined, errors: FieldErrors): void {
  const { spec } = cronJob;
  validateSchedule(spec, errors);
  validateZoneInSchedule(cronJob, old, errors);
  validateNonNegative(spec.startingDeadlineSeconds, SPEC.child('startingDeadlineSeconds'), errors);
  if (!old || spec.timeZone !== old.spec.timeZone) validateTimeZone(spec.timeZone, errors);
  const policy = SPEC.child('concurrencyPolicy');
  if (!spec.concurrencyPolicy) errors.required(policy);
  else if (!['Allow', 'Forbid', 'Replace'].includes(spec.concurrencyPolicy)) errors.notSupported(policy, spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']);
  const job = SPEC.child('jobTemplate', 'spec');
  validateJobTemplateSpec(spec.jobTemplate.spec, job, errors);
  const { selector } = spec.jobTemplate.spec;
  if (selector) errors.invalid(job.child('selector'), selector, '`selector` will be auto-generated');
  if (spec.jobTemplate.spec.manualSelector) errors.notSupported(job.child('manualSelector'), true, ['nil', 'false']);
  validateNonNegative(spec.successfulJobsHistoryLimit, SPEC.child('successfulJobsHistoryLimit'), errors);
  validateNonNegative(spec.failedJobsHistoryLimit, SPEC.child('failedJobsHistoryLimit'), errors);
}

export function validateCronJobUpdate(job: DeepReadonly<CronJob>, old: DeepReadonly<CronJob>, errors: FieldErrors): void {
  validateSpec(job, old, errors);
}

export function cronJobWarnings(job: DeepReadonly<CronJob>, old: DeepReadonly<CronJob> | undefined): string[] {
  const { metadata, spec } = job;
  const usesZone = old !== undefined && spec.schedule.includes('TZ');
  return [
    ...(old ? [] : nameWarnings(metadata.name)),
    ...jobSpecWarnings(spec.jobTemplate.spec, SPEC.child('jobTemplate', 'spec'), job, old),
    ...(usesZone ? ['cannot use TZ or CRON_TZ in spec.spec.schedule, use timeZone instead, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details'] : []),
  ];
}

export function validateNewCronJob(job: DeepReadonly<CronJob>, errors: FieldErrors): void {
  const { metadata } = job;
  validateSpec(job, undefined, errors);
  if (((metadata.name as string | undefined) ?? '').length > MAX_NAME) errors.invalid(FieldPath.of('metadata.name'), metadata.name, `must be no more than ${MAX_NAME} characters`);
}
