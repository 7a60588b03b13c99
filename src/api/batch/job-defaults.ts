import { defaultPodTemplate } from '../core/pod-spec/defaults.ts';
import type { JobSpec } from '../generated/batch-v1.ts';

const BACKOFF_LIMIT = 6;
const MAX_INT32 = 2 ** 31 - 1;

/** Source: pkg/apis/batch/v1/defaults.go. */
export function defaultJobSpec(spec: JobSpec): void {
  // One pod that succeeds is the job of whoever says nothing; with parallelism alone it is a work queue.
  if (spec.completions === undefined && spec.parallelism === undefined) spec.completions = 1;
  spec.parallelism ??= 1;
  // Where each index counts its own failures, no sum of them ends the job.
  spec.backoffLimit ??= spec.backoffLimitPerIndex === undefined ? BACKOFF_LIMIT : MAX_INT32;
  spec.completionMode ??= 'NonIndexed';
  spec.suspend ??= false;
  spec.podReplacementPolicy ??= spec.podFailurePolicy ? 'Failed' : 'TerminatingOrFailed';
  spec.manualSelector ??= false;
  defaultJobTemplate(spec);
}

/** Of what a job holds, for a cron job's template has these only. */
export function defaultJobTemplate(spec: JobSpec): void {
  for (const rule of spec.podFailurePolicy?.rules ?? []) {
    for (const pattern of rule.onPodConditions ?? []) pattern.status ||= 'True';
  }
  defaultPodTemplate(spec.template);
}
