import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { validateLabelSelector } from '../../apimachinery/validation/labels.ts';
import { validateAtMost100Percent, validateIntOrPercent, validateNonNegative } from '../../apimachinery/validation/numbers.ts';
import type { DaemonSet, DaemonSetUpdateStrategy } from '../generated/apps-v1.ts';
import { goForm } from '../go-form.ts';
import { compileSelector, intOrPercentValue, isEmptySelector, SPEC, validateCollisionCount, validateCounts, validateRunningTemplate } from './workload-rules.ts';

function validateStrategy(strategy: DeepReadonly<DaemonSetUpdateStrategy>, errors: FieldErrors): void {
  const { type, rollingUpdate } = strategy;
  const path = SPEC.child('updateStrategy');
  const rollingPath = path.child('rollingUpdate');
  if (type === 'OnDelete') return;
  if (type !== 'RollingUpdate') {
    errors.notSupported(path, goForm('apps.v1.DaemonSetUpdateStrategy', strategy), ['RollingUpdate', 'OnDelete']);
    return;
  }
  if (!rollingUpdate) {
    errors.required(rollingPath);
    return;
  }
  const { maxUnavailable, maxSurge } = rollingUpdate;
  for (const rule of [validateIntOrPercent, validateAtMost100Percent]) {
    rule(maxUnavailable, rollingPath.child('maxUnavailable'), errors);
    rule(maxSurge, rollingPath.child('maxSurge'), errors);
  }
  const [hasUnavailable, hasSurge] = [maxUnavailable, maxSurge].map((value) => intOrPercentValue(value) !== 0);
  if (hasUnavailable && hasSurge) errors.invalid(rollingPath.child('maxSurge'), maxSurge, 'may not be set when maxUnavailable is non-zero');
  if (!hasUnavailable && !hasSurge) errors.required(rollingPath.child('maxUnavailable'), 'cannot be 0 when maxSurge is 0');
}

/** Source: pkg/apis/apps/validation, ValidateDaemonSetSpec. */
export function validateDaemonSet({ spec }: DeepReadonly<DaemonSet>, errors: FieldErrors): void {
  validateLabelSelector(spec.selector, SPEC.child('selector'), errors);
  const labels = spec.template.metadata?.labels;
  const selector = compileSelector(spec.selector);
  if (selector && !selector.matches(labels)) errors.invalid(SPEC.child('template', 'metadata', 'labels'), labels, '`selector` does not match template `labels`');
  if (spec.selector && isEmptySelector(spec.selector)) errors.invalid(SPEC.child('selector'), spec.selector, 'empty selector is invalid for daemonset');
  validateRunningTemplate(spec.template, errors, 'DaemonSet');
  validateNonNegative(spec.minReadySeconds, SPEC.child('minReadySeconds'), errors);
  validateStrategy(spec.updateStrategy, errors);
  validateNonNegative(spec.revisionHistoryLimit, SPEC.child('revisionHistoryLimit'), errors);
}

export function validateDaemonSetUpdate(object: DeepReadonly<DaemonSet>, old: DeepReadonly<DaemonSet>, errors: FieldErrors): void {
  validateImmutable(object.spec.selector, old.spec.selector, SPEC.child('selector'), errors);
}

export function validateDaemonSetStatus({ status }: DeepReadonly<DaemonSet>, old: DeepReadonly<DaemonSet>, errors: FieldErrors): void {
  const counts = ['currentNumberScheduled', 'numberMisscheduled', 'desiredNumberScheduled', 'numberReady', 'observedGeneration', 'updatedNumberScheduled', 'numberAvailable', 'numberUnavailable', 'collisionCount'];
  validateCounts(status, counts, errors);
  validateCollisionCount(status.collisionCount, old.status.collisionCount, errors);
}
