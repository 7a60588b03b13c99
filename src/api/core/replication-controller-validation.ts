/** Source: kubernetes pkg/apis/core/validation, ValidateReplicationController. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateNonNegative } from '../../apimachinery/validation/numbers.ts';
import type { PodTemplateSpec, ReplicationController } from '../generated/core-v1.ts';
import { validatePodTemplateSpec } from './pod-spec/validation.ts';

const SPEC = FieldPath.of('spec');

export function validateReplicationController({ spec }: DeepReadonly<ReplicationController>, errors: FieldErrors): void {
  validateNonNegative(spec.minReadySeconds, SPEC.child('minReadySeconds'), errors);
  const selector = spec.selector ?? {};
  if (Object.keys(selector).length === 0) errors.required(SPEC.child('selector'));
  validateNonNegative(spec.replicas, SPEC.child('replicas'), errors);
  if (!spec.template) errors.required(SPEC.child('template'));
  else validateTemplate(spec.template, selector, SPEC.child('template'), errors);
}

function validateTemplate(template: DeepReadonly<PodTemplateSpec>, selector: Readonly<Record<string, string>>, path: FieldPath, errors: FieldErrors): void {
  const labels = template.metadata?.labels;
  const matches = Object.entries(selector).every(([key, value]) => labels?.[key] === value);
  if (!matches) errors.invalid(path.child('metadata', 'labels'), labels ?? null, '`selector` does not match template `labels`');
  validatePodTemplateSpec(template, path, errors);
  const { restartPolicy, activeDeadlineSeconds } = template.spec;
  if (restartPolicy !== 'Always') errors.notSupported(path.child('spec', 'restartPolicy'), restartPolicy, ['Always']);
  if (activeDeadlineSeconds !== undefined) errors.forbidden(path.child('spec', 'activeDeadlineSeconds'), 'activeDeadlineSeconds in ReplicationController is not Supported');
}

export function validateReplicationControllerStatus(
  { status }: DeepReadonly<ReplicationController>, _old: DeepReadonly<ReplicationController>, errors: FieldErrors,
): void {
  const path = FieldPath.of('status');
  const { replicas, fullyLabeledReplicas = 0, readyReplicas = 0, availableReplicas = 0, observedGeneration = 0 } = status;
  const counts = { replicas, fullyLabeledReplicas, readyReplicas, availableReplicas, observedGeneration };
  for (const [name, count] of Object.entries(counts)) validateNonNegative(count, path.child(name), errors);
  for (const name of ['fullyLabeledReplicas', 'readyReplicas', 'availableReplicas'] as const) {
    if (counts[name] > replicas) errors.invalid(path.child(name), counts[name], 'cannot be greater than status.replicas');
  }
  if (availableReplicas > readyReplicas) errors.invalid(path.child('availableReplicas'), availableReplicas, 'cannot be greater than readyReplicas');
}
