import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { IMMUTABLE, semanticallyEqual, validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { validateLabelSelector } from '../../apimachinery/validation/labels.ts';
import { validateDomainPrefixedPath } from '../../apimachinery/validation/domain-names.ts';
import { isDns1123Label } from '../../apimachinery/validation/names.ts';
import { validateNonNegative } from '../../apimachinery/validation/numbers.ts';
import { validatePodTemplateSpec } from '../core/pod-spec/validation.ts';
import { compileSelector } from '../apps/workload-rules.ts';
import type { Job, JobSpec } from '../generated/batch-v1.ts';
import type { PodSpec, PodTemplateSpec } from '../generated/core-v1.ts';
import { goForm } from '../go-form.ts';
import { validatePodFailurePolicy } from './pod-failure-policy.ts';
import { shownSuccessPolicy, validateSuccessPolicy } from './success-policy.ts';

const SPEC = FieldPath.of('spec');
const MAX_PARALLELISM = 100_000;
const MAX_FAILED = 100_000;
const MANY_COMPLETIONS = 100_000;
const MAX_OF_MANY = 10_000;

function validateManagedBy(value: string | undefined, path: FieldPath, errors: FieldErrors): void {
  if (value === undefined) return;
  validateDomainPrefixedPath(value, path, errors);
  if (value.length > 63) errors.tooLong(path, 63);
}

/** Failures of single indexes are listed in the status, which must stay small. */
function validateIndexLimits({ completions, parallelism = 0, maxFailedIndexes, backoffLimitPerIndex }: DeepReadonly<JobSpec>, path: FieldPath, errors: FieldErrors): void {
  const most = path.child('maxFailedIndexes');
  if (completions !== undefined && maxFailedIndexes !== undefined && maxFailedIndexes > completions) errors.invalid(most, maxFailedIndexes, 'must be less than or equal to completions');
  if (maxFailedIndexes !== undefined && maxFailedIndexes > MAX_FAILED) errors.invalid(most, maxFailedIndexes, `must be less than or equal to ${MAX_FAILED}`);
  if (completions === undefined || completions <= MANY_COMPLETIONS || backoffLimitPerIndex === undefined) return;
  const text = `must be less than or equal to ${MAX_OF_MANY} when completions are above ${MANY_COMPLETIONS} and used with backoff limit per index`;
  if (maxFailedIndexes === undefined) errors.required(most, `must be specified when completions is above ${MANY_COMPLETIONS}`);
  if (parallelism > MAX_OF_MANY) errors.invalid(path.child('parallelism'), parallelism, text);
  if (maxFailedIndexes !== undefined && maxFailedIndexes > MAX_OF_MANY) errors.invalid(most, maxFailedIndexes, text);
}

function validateCompletionMode(spec: DeepReadonly<JobSpec>, path: FieldPath, errors: FieldErrors): void {
  // That of a cron job's template may be absent: only its jobs get the default.
  const mode = spec.completionMode ?? 'NonIndexed';
  if (mode !== 'NonIndexed' && mode !== 'Indexed') errors.notSupported(path.child('completionMode'), mode, ['NonIndexed', 'Indexed']);
  if (mode === 'Indexed') {
    if (spec.completions === undefined) errors.required(path.child('completions'), 'when completion mode is Indexed');
    if ((spec.parallelism ?? 0) > MAX_PARALLELISM) errors.invalid(path.child('parallelism'), spec.parallelism, `must be less than or equal to ${MAX_PARALLELISM} when completion mode is Indexed`);
    validateIndexLimits(spec, path, errors);
  }
  if (mode === 'NonIndexed') {
    for (const name of ['backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
      if (spec[name] !== undefined) errors.invalid(path.child(name), spec[name], 'requires indexed completion mode');
    }
  }
}

function validateRestartPolicy(spec: DeepReadonly<JobSpec>, path: FieldPath, errors: FieldErrors): void {
  const policy = spec.template.spec?.restartPolicy;
  if (policy === undefined || policy === '' || policy === 'Always') errors.required(path, 'valid values: "OnFailure", "Never"');
  else if (policy !== 'OnFailure' && policy !== 'Never') errors.notSupported(path, policy, ['OnFailure', 'Never']);
  else if (spec.podFailurePolicy && policy !== 'Never') errors.invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified');
}

/** What holds for a job and for a cron job's template: all but the selector. Source: pkg/apis/batch/validation. */
export function validateJobTemplateSpec(spec: DeepReadonly<JobSpec>, path: FieldPath, errors: FieldErrors): void {
  for (const name of ['parallelism', 'completions', 'activeDeadlineSeconds', 'backoffLimit', 'ttlSecondsAfterFinished', 'backoffLimitPerIndex', 'maxFailedIndexes'] as const) {
    validateNonNegative(spec[name], path.child(name), errors);
  }
  if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) errors.required(path.child('backoffLimitPerIndex'), 'when maxFailedIndexes is specified');
  validateManagedBy(spec.managedBy, path.child('managedBy'), errors);
  validateCompletionMode(spec, path, errors);
  if (spec.podFailurePolicy) validatePodFailurePolicy(spec, path.child('podFailurePolicy'), errors);
  if (spec.successPolicy) {
    if (spec.completionMode === 'Indexed') validateSuccessPolicy(spec, path.child('successPolicy'), errors);
    else errors.invalid(path.child('successPolicy'), shownSuccessPolicy(spec.successPolicy), 'requires indexed completion mode');
  }
  const replacement = spec.podReplacementPolicy;
  if (replacement !== undefined) {
    const allowed = spec.podFailurePolicy ? ['Failed'] : ['Failed', 'TerminatingOrFailed'];
    if (!allowed.includes(replacement)) errors.notSupported(path.child('podReplacementPolicy'), replacement, allowed);
  }
  validatePodTemplateSpec(spec.template, path.child('template'), errors);
  validateRestartPolicy(spec, path.child('template', 'spec', 'restartPolicy'), errors);
}

function validateJobSpec(spec: DeepReadonly<JobSpec>, errors: FieldErrors): void {
  validateJobTemplateSpec(spec, SPEC, errors);
  if (spec.selector) validateLabelSelector(spec.selector, SPEC.child('selector'), errors);
  else errors.required(SPEC.child('selector'));
  const selector = compileSelector(spec.selector);
  const labels = spec.template.metadata?.labels;
  if (selector && !selector.matches(labels)) errors.invalid(SPEC.child('template', 'metadata', 'labels'), labels, '`selector` does not match template `labels`');
}

/** A selector that the server made finds the pods of this job and of no other. */
function validateGeneratedSelector({ metadata, spec }: DeepReadonly<Job>, errors: FieldErrors): void {
  if (spec.manualSelector || !spec.selector) return;
  const expected: Readonly<Record<string, string>> = {
    'controller-uid': metadata.uid, 'job-name': metadata.name, 'batch.kubernetes.io/controller-uid': metadata.uid, 'batch.kubernetes.io/job-name': metadata.name,
  };
  const path = SPEC.child('template', 'metadata', 'labels');
  const labels = spec.template.metadata?.labels;
  for (const [key, value] of Object.entries(expected)) {
    if (labels?.[key] === undefined) errors.required(path.key(key), `must be '${value}'`);
    else if (labels[key] !== value) errors.invalid(path.key(key), labels, `must be '${value}'`);
  }
  const selector = compileSelector(spec.selector);
  if (selector && !selector.matches(expected)) errors.invalid(SPEC.child('selector'), spec.selector, '`selector` not auto-generated');
}

export function validateJob(job: DeepReadonly<Job>, errors: FieldErrors): void {
  validateGeneratedSelector(job, errors);
  validateJobSpec(job.spec, errors);
  const { completions, completionMode } = job.spec;
  if (completionMode === 'Indexed' && completions !== undefined && completions > 0) {
    const longest = `${job.metadata.name}-${completions - 1}`;
    if (isDns1123Label(longest).length > 0) errors.invalid(FieldPath.of('metadata.name'), job.metadata.name, `will not able to create pod with invalid DNS label: ${longest}`);
  }
}

/** Where its pods may run can still be said of a job that was suspended before it started; not beside which others. */
function withoutScheduling(template: DeepReadonly<PodTemplateSpec>): DeepReadonly<PodTemplateSpec> {
  const { nodeSelector: _nodeSelector, affinity, tolerations: _tolerations, schedulingGates: _gates, ...spec } = template.spec ?? {};
  const { labels: _labels, annotations: _annotations, ...metadata } = template.metadata ?? {};
  const { nodeAffinity: _nodeAffinity, ...beside } = affinity ?? {};
  return { metadata, spec: Object.keys(beside).length > 0 ? { ...spec, affinity: beside } : spec };
}

/** Containers of the old template that still have their names may ask for as much as they do now. */
function withResourcesOf(now: DeepReadonly<PodSpec>, old: DeepReadonly<PodSpec>): DeepReadonly<PodSpec> {
  const lists = (['containers', 'initContainers'] as const).map((list) => {
    const [after, before] = [now[list] ?? [], old[list] ?? []];
    const kept = after.length === before.length ? before.map((one, i) => (one.name === after[i]?.name ? { ...one, resources: after[i].resources } : one)) : before;
    return kept.length > 0 ? [[list, kept] as const] : [];
  });
  return { ...old, ...Object.fromEntries(lists.flat()) };
}

/** A job without pods that was suspended before it started, or has been seen suspended, may still get other nodes and other resources. */
function validateTemplateUpdate(job: DeepReadonly<Job>, old: DeepReadonly<Job>, errors: FieldErrors): void {
  const path = SPEC.child('template');
  const { startTime, conditions, active = 0 } = old.status;
  const isIdle = active === 0 && (startTime === undefined || (conditions?.some(({ type, status }) => type === 'Suspended' && status === 'True') ?? false));
  if (old.spec.suspend !== true || !isIdle) {
    if (!semanticallyEqual(job.spec.template, old.spec.template)) errors.invalid(path, goForm('core.v1.PodTemplateSpec', job.spec.template), IMMUTABLE);
    return;
  }
  const [now, before] = [job.spec.template, old.spec.template].map(withoutScheduling);
  const kept = withResourcesOf(now?.spec ?? { containers: [] }, before?.spec ?? { containers: [] });
  if (!semanticallyEqual(now?.spec, kept)) errors.invalid(path.child('spec'), goForm('core.v1.PodSpec', job.spec.template.spec), IMMUTABLE);
}

function validateCompletions({ spec }: DeepReadonly<Job>, old: DeepReadonly<Job>, errors: FieldErrors): void {
  const path = SPEC.child('completions');
  if (spec.completionMode !== 'Indexed') validateImmutable(spec.completions, old.spec.completions, path, errors);
  else if (spec.completions !== undefined && spec.completions !== old.spec.completions && spec.completions !== spec.parallelism) {
    errors.invalid(path, spec.completions, 'can only be modified in tandem with spec.parallelism');
  }
}

const POLICY_MESSAGES: Readonly<Record<string, string>> = { podFailurePolicy: 'batch.v1.PodFailurePolicy', successPolicy: 'batch.v1.SuccessPolicy' };

export function validateJobUpdate(job: DeepReadonly<Job>, old: DeepReadonly<Job>, errors: FieldErrors): void {
  validateJobSpec(job.spec, errors);
  validateCompletions(job, old, errors);
  validateImmutable(job.spec.selector, old.spec.selector, SPEC.child('selector'), errors);
  validateTemplateUpdate(job, old, errors);
  for (const name of ['completionMode', 'podFailurePolicy', 'backoffLimitPerIndex', 'managedBy', 'successPolicy'] as const) {
    const message = POLICY_MESSAGES[name];
    validateImmutable(job.spec[name], old.spec[name], SPEC.child(name), errors, message ? goForm(message, job.spec[name]) : job.spec[name]);
  }
}
