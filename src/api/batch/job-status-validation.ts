/** What a job may report; what stood before and stays is not looked at again. Source: pkg/apis/batch/validation and pkg/registry/batch/job, getStatusValidationOptions. */
import { isDeepStrictEqual } from 'node:util';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { IMMUTABLE } from '../../apimachinery/validation/immutable.ts';
import { validateNonNegative } from '../../apimachinery/validation/numbers.ts';
import type { Job, JobStatus } from '../generated/batch-v1.ts';
import { goForm } from '../go-form.ts';
import { countIndexes, overlap } from './index-intervals.ts';

const STATUS = FieldPath.of('status');
const TERMINAL = ['Failed', 'Complete', 'FailureTarget'] as const;

function isTrue(job: DeepReadonly<Job>, type: string): boolean {
  return job.status.conditions?.some((condition) => condition.type === type && condition.status === 'True') ?? false;
}

const isFinished = (job: DeepReadonly<Job>): boolean => isTrue(job, 'Complete') || isTrue(job, 'Failed');

/** A job before and after a write of its status. */
class Change {
  readonly #errors: FieldErrors;
  readonly now: DeepReadonly<Job>;
  readonly old: DeepReadonly<Job>;

  constructor(now: DeepReadonly<Job>, old: DeepReadonly<Job>, errors: FieldErrors) {
    this.#errors = errors;
    this.now = now;
    this.old = old;
  }

  /** Whether any of these conditions came or went. */
  turned(...types: readonly string[]): boolean {
    return types.some((type) => isTrue(this.now, type) !== isTrue(this.old, type));
  }

  get finished(): boolean {
    return isFinished(this.now) !== isFinished(this.old);
  }

  changed(...fields: readonly (keyof JobStatus)[]): boolean {
    return fields.some((field) => !isDeepStrictEqual(this.now.status[field], this.old.status[field]));
  }

  /** Conditions are told of without their values. */
  refuse(text: string): void {
    this.#errors.add(STATUS.child('conditions'), 'FieldValueInvalid', `Invalid value: ${text}`);
  }

  invalid(field: keyof JobStatus, value: unknown, text: string): void {
    this.#errors.invalid(STATUS.child(field), value, text);
  }

  required(field: keyof JobStatus, text: string): void {
    this.#errors.required(STATUS.child(field), text);
  }
}

export function validateJobStatus(now: DeepReadonly<Job>, old: DeepReadonly<Job>, errors: FieldErrors): void {
  validateCounts(now.status, errors);
  const change = new Change(now, old, errors);
  validateCompletion(change);
  validateEnd(change);
  validateIndexes(change);
  validateLeftovers(change);
  validateSuccess(change);
  validateTransition(change);
}

function validateCounts(status: DeepReadonly<JobStatus>, errors: FieldErrors): void {
  for (const name of ['active', 'succeeded', 'failed', 'ready', 'terminating'] as const) validateNonNegative(status[name], STATUS.child(name), errors);
  const seen = new Set<string>();
  for (const name of ['succeeded', 'failed'] as const) {
    status.uncountedTerminatedPods?.[name]?.forEach((uid, i) => {
      const path = STATUS.child('uncountedTerminatedPods', name).index(i);
      if (uid === '') errors.invalid(path, uid, 'must not be empty');
      else if (seen.has(uid)) errors.duplicate(path, uid);
      seen.add(uid);
    });
  }
}

function validateCompletion(change: Change): void {
  const { now } = change;
  const { startTime, completionTime } = now.status;
  const isComplete = isTrue(now, 'Complete');
  if (change.turned('Complete', 'Failed') && isComplete && isTrue(now, 'Failed')) change.refuse('cannot set Complete=True and Failed=true conditions');
  if (change.turned('Complete', 'FailureTarget') && isComplete && isTrue(now, 'FailureTarget')) change.refuse('cannot set Complete=True and FailureTarget=true conditions');
  if (change.turned('Complete') || change.changed('completionTime')) {
    if (completionTime !== undefined && !isComplete) change.invalid('completionTime', completionTime, 'cannot set completionTime when there is no Complete=True condition');
    if (completionTime === undefined && isComplete) change.required('completionTime', 'completionTime is required for Complete jobs');
  }
  const isBefore = startTime !== undefined && completionTime !== undefined && Date.parse(completionTime) < Date.parse(startTime);
  if (isBefore && change.changed('startTime', 'completionTime')) change.invalid('completionTime', completionTime, 'must be equal to or after `startTime`');
}

function validateEnd(change: Change): void {
  const { now } = change;
  const { status, spec } = now;
  if ((change.turned('Failed') || change.changed('failedIndexes')) && isTrue(now, 'Failed') && !isTrue(now, 'FailureTarget')) {
    change.refuse('cannot set Failed=True condition without the FailureTarget=true condition');
  }
  if (change.turned('Complete', 'SuccessCriteriaMet') && isTrue(now, 'Complete') && !isTrue(now, 'SuccessCriteriaMet')) {
    change.refuse('cannot set Complete=True condition without the SuccessCriteriaMet=true condition');
  }
  if (!isFinished(now)) return;
  const { active = 0, startTime, uncountedTerminatedPods: uncounted } = status;
  if ((change.finished || change.changed('active')) && active > 0) change.invalid('active', active, 'active>0 is invalid for finished job');
  const mayNotStart = spec.suspend === true && spec.completions === 0;
  if ((change.finished || change.changed('startTime')) && !mayNotStart && startTime === undefined) change.required('startTime', 'startTime is required for finished job');
  const left = (uncounted?.succeeded ?? []).length + (uncounted?.failed ?? []).length;
  if ((change.finished || change.changed('uncountedTerminatedPods')) && left > 0) {
    change.invalid('uncountedTerminatedPods', goForm('batch.v1.UncountedTerminatedPods', uncounted), 'must be empty for finished job');
  }
}

function validateIndexes(change: Change): void {
  const { status, spec } = change.now;
  const { completedIndexes = '', failedIndexes } = status;
  const { completions } = spec;
  const [completedChanged, failedChanged] = [change.changed('completedIndexes'), change.changed('failedIndexes')];
  if (completedChanged && completions !== undefined) {
    const counted = countIndexes(completedIndexes, completions);
    if (typeof counted === 'string') change.invalid('completedIndexes', completedIndexes, `error parsing completedIndexes: ${counted}`);
  }
  if (failedChanged && completions !== undefined && spec.backoffLimitPerIndex !== undefined && failedIndexes !== undefined) {
    const counted = countIndexes(failedIndexes, completions);
    if (typeof counted === 'string') change.invalid('failedIndexes', failedIndexes, `error parsing failedIndexes: ${counted}`);
  }
  if (completedChanged && completedIndexes !== '' && spec.completionMode !== 'Indexed') {
    change.invalid('completedIndexes', completedIndexes, 'cannot set non-empty completedIndexes when non-indexed completion mode');
  }
  if (failedIndexes === undefined) return;
  if (failedChanged && spec.backoffLimitPerIndex === undefined) change.invalid('failedIndexes', failedIndexes, 'cannot set non-null failedIndexes when backoffLimitPerIndex is null');
  if ((!failedChanged && !completedChanged) || completions === undefined) return;
  const shared = overlap(completedIndexes, failedIndexes, completions);
  if (shared !== undefined) change.invalid('failedIndexes', failedIndexes, `failedIndexes and completedIndexes overlap at index: ${shared}`);
}

function validateLeftovers(change: Change): void {
  const { active = 0, ready = 0, terminating = 0 } = change.now.status;
  if ((change.finished || change.changed('terminating')) && terminating > 0 && isFinished(change.now)) {
    change.invalid('terminating', terminating, 'terminating>0 is invalid for finished job');
  }
  if (change.changed('ready', 'active') && ready > active) change.invalid('ready', ready, 'cannot set more ready pods than active');
}

function validateSuccess(change: Change): void {
  const { now } = change;
  const isMet = isTrue(now, 'SuccessCriteriaMet');
  if (isMet && isTrue(now, 'Failed')) change.refuse('cannot set SuccessCriteriaMet=True and Failed=true conditions');
  if (isMet && isTrue(now, 'FailureTarget')) change.refuse('cannot set SuccessCriteriaMet=True and FailureTarget=true conditions');
  if (now.spec.successPolicy && !isMet && isTrue(now, 'Complete')) change.refuse('cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True');
}

function validateTransition(change: Change): void {
  const { now, old } = change;
  for (const type of TERMINAL) if (isTrue(old, type) && !isTrue(now, type)) change.refuse(`cannot disable the terminal ${type}=True condition`);
  const mayShrink = now.spec.completionMode === 'Indexed' && now.spec.completions === now.spec.parallelism;
  for (const name of ['failed', 'succeeded'] as const) {
    const count = now.status[name] ?? 0;
    if (count < (old.status[name] ?? 0) && (name === 'failed' || !mayShrink)) change.invalid(name, count, `cannot decrease the ${name} counter`);
  }
  const { startTime, completionTime } = now.status;
  if (completionTime !== undefined && old.status.completionTime !== undefined && change.changed('completionTime')) change.invalid('completionTime', completionTime, IMMUTABLE);
  const isResumed = isTrue(old, 'Suspended') && !isTrue(now, 'Suspended');
  if (old.status.startTime !== undefined && startTime !== old.status.startTime && !now.spec.suspend && !isResumed) {
    change.required('startTime', 'startTime cannot be removed for unsuspended job');
  }
  const [isMet, wasMet] = [isTrue(now, 'SuccessCriteriaMet'), isTrue(old, 'SuccessCriteriaMet')];
  if (wasMet && !isMet) change.refuse('cannot disable the SuccessCriteriaMet=True condition');
  if (isTrue(old, 'Complete') && !wasMet && isMet) change.refuse('cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions');
}
