import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { validateConditions } from '../../apimachinery/validation/conditions.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateLabelSelector } from '../../apimachinery/validation/labels.ts';
import { validateAtMost100Percent, validateIntOrPercent, validateNonNegative } from '../../apimachinery/validation/numbers.ts';
import type { PodDisruptionBudget } from '../generated/policy-v1.ts';

const SPEC = FieldPath.of('spec');
const POLICIES = new Set(['AlwaysAllow', 'IfHealthyBudget']);

/** Source: pkg/apis/policy/validation, ValidatePodDisruptionBudgetSpec. */
export function validateBudget({ spec }: DeepReadonly<PodDisruptionBudget>, errors: FieldErrors): void {
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy: policy } = spec;
  if (minAvailable !== undefined && maxUnavailable !== undefined) {
    // The message shows the form inside of Kubernetes.
    const shown = { MinAvailable: minAvailable, Selector: selector ?? null, MaxUnavailable: maxUnavailable, UnhealthyPodEvictionPolicy: policy ?? null };
    errors.invalid(SPEC, shown, 'minAvailable and maxUnavailable cannot be both set');
  }
  for (const [name, value] of [['minAvailable', minAvailable], ['maxUnavailable', maxUnavailable]] as const) {
    validateIntOrPercent(value, SPEC.child(name), errors);
    validateAtMost100Percent(value, SPEC.child(name), errors);
  }
  validateLabelSelector(selector, SPEC.child('selector'), errors);
  if (policy !== undefined && !POLICIES.has(policy)) errors.notSupported(SPEC.child('unhealthyPodEvictionPolicy'), policy, POLICIES);
}

export function validateBudgetStatus({ status }: DeepReadonly<PodDisruptionBudget>, _old: DeepReadonly<PodDisruptionBudget>, errors: FieldErrors): void {
  validateConditions(status.conditions, FieldPath.of('status.conditions'), errors);
  for (const name of ['disruptionsAllowed', 'currentHealthy', 'desiredHealthy', 'expectedPods'] as const) {
    validateNonNegative(status[name], FieldPath.of('status').child(name), errors);
  }
}
