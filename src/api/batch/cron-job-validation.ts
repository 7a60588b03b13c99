import { CronError, parseCronSchedule } from '../../apimachinery/cron-schedule.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateNonNegative } from '../../apimachinery/validation/numbers.ts';
import type { CronJob } from '../generated/batch-v1.ts';
import { validateJobTemplateSpec } from './job-validation.ts';

const SPEC = FieldPath.of('spec');
/** Jobs get eleven more characters, and must stay below 63. */
const MAX_NAME = 52;

function validateSchedule({ schedule, timeZone }: DeepReadonly<CronJob['spec']>, errors: FieldErrors): void {
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
  if (!schedule.includes('TZ')) return;
  errors.invalid(path, schedule, timeZone === undefined ? 'cannot use TZ or CRON_TZ in schedule, use timeZone field instead' : 'cannot use both timeZone field and TZ or CRON_TZ in schedule');
}

function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function validateTimeZone(timeZone: string | undefined, errors: FieldErrors): void {
  const path = SPEC.child('timeZone');
  if (timeZone === undefined) return;
  if (timeZone === '') errors.invalid(path, timeZone, 'timeZone must be nil or non-empty string');
  else if (timeZone.toLowerCase() === 'local') errors.invalid(path, timeZone, 'timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones');
  else if (!isTimeZone(timeZone)) errors.invalid(path, timeZone, `unknown time zone ${timeZone}`);
}

/** Source: pkg/apis/batch/validation, ValidateCronJobSpec. */
export function validateCronJob({ spec }: DeepReadonly<CronJob>, errors: FieldErrors): void {
  validateSchedule(spec, errors);
  validateNonNegative(spec.startingDeadlineSeconds, SPEC.child('startingDeadlineSeconds'), errors);
  validateTimeZone(spec.timeZone, errors);
  const policy = SPEC.child('concurrencyPolicy');
  if (!spec.concurrencyPolicy) errors.required(policy);
  else if (!['Allow', 'Forbid', 'Replace'].includes(spec.concurrencyPolicy)) errors.notSupported(policy, spec.concurrencyPolicy, ['Allow', 'Forbid', 'Replace']);
  const job = SPEC.child('jobTemplate', 'spec');
  validateJobTemplateSpec(spec.jobTemplate.spec, job, errors);
  if (spec.jobTemplate.spec.manualSelector) errors.notSupported(job.child('manualSelector'), true, ['nil', 'false']);
  validateNonNegative(spec.successfulJobsHistoryLimit, SPEC.child('successfulJobsHistoryLimit'), errors);
  validateNonNegative(spec.failedJobsHistoryLimit, SPEC.child('failedJobsHistoryLimit'), errors);
}

export function validateNewCronJob({ metadata }: DeepReadonly<CronJob>, errors: FieldErrors): void {
  if (((metadata.name as string | undefined) ?? '').length > MAX_NAME) errors.invalid(FieldPath.of('metadata.name'), metadata.name, `must be no more than ${MAX_NAME} characters`);
}
