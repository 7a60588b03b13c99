import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateImmutable } from '../../apimachinery/validation/immutable.ts';
import { validateAtMost100Percent, validateIntOrPercent, validateNonNegative } from '../../apimachinery/validation/numbers.ts';
import type { Deployment, DeploymentStrategy } from '../generated/apps-v1.ts';
import { goForm } from '../go-form.ts';
import {
  compileSelector, intOrPercentValue, isEmptySelector, SPEC, validateAtMost, validateCollisionCount, validateCounts, validateRequiredSelector, validateWorkloadTemplate,
} from './workload-rules.ts';

function validateStrategy(strategy: DeepReadonly<DeploymentStrategy>, errors: FieldErrors): void {
  const { type, rollingUpdate } = strategy;
  const path = SPEC.child('strategy');
  const rollingPath = path.child('rollingUpdate');
  switch (type) {
    case 'Recreate':
      if (rollingUpdate) errors.forbidden(rollingPath, "may not be specified when strategy `type` is 'Recreate'");
      break;
    case 'RollingUpdate': {
      if (!rollingUpdate) {
        errors.required(rollingPath, 'this should be defaulted and never be nil');
        break;
      }
      const { maxUnavailable, maxSurge } = rollingUpdate;
      validateIntOrPercent(maxUnavailable, rollingPath.child('maxUnavailable'), errors);
      validateIntOrPercent(maxSurge, rollingPath.child('maxSurge'), errors);
      if (intOrPercentValue(maxUnavailable) === 0 && intOrPercentValue(maxSurge) === 0) errors.invalid(rollingPath.child('maxUnavailable'), maxUnavailable, 'may not be 0 when `maxSurge` is 0');
      validateAtMost100Percent(maxUnavailable, rollingPath.child('maxUnavailable'), errors);
      break;
    }
    default:
      errors.notSupported(path, goForm('apps.v1.DeploymentStrategy', strategy), ['Recreate', 'RollingUpdate']);
  }
}

/** Source: pkg/apis/apps/validation, ValidateDeploymentSpec. */
export function validateDeployment({ spec }: DeepReadonly<Deployment>, errors: FieldErrors): void {
  validateNonNegative(spec.replicas, SPEC.child('replicas'), errors);
  validateRequiredSelector(spec.selector, errors, 'deployment');
  const selector = compileSelector(spec.selector);
  if (selector) validateWorkloadTemplate({ template: spec.template, selector, workload: 'ReplicaSet' }, errors);
  else if (!isEmptySelector(spec.selector)) errors.invalid(SPEC.child('selector'), spec.selector, 'invalid label selector');
  validateStrategy(spec.strategy, errors);
  validateNonNegative(spec.minReadySeconds, SPEC.child('minReadySeconds'), errors);
  validateNonNegative(spec.revisionHistoryLimit, SPEC.child('revisionHistoryLimit'), errors);
  const deadline = spec.progressDeadlineSeconds;
  validateNonNegative(deadline, SPEC.child('progressDeadlineSeconds'), errors);
  if (deadline !== undefined && deadline <= (spec.minReadySeconds ?? 0)) errors.invalid(SPEC.child('progressDeadlineSeconds'), deadline, 'must be greater than minReadySeconds');
}

export function validateDeploymentUpdate(object: DeepReadonly<Deployment>, old: DeepReadonly<Deployment>, errors: FieldErrors): void {
  validateImmutable(object.spec.selector, old.spec.selector, SPEC.child('selector'), errors);
}

export function validateDeploymentStatus({ status }: DeepReadonly<Deployment>, old: DeepReadonly<Deployment>, errors: FieldErrors): void {
  const counts = ['observedGeneration', 'replicas', 'updatedReplicas', 'readyReplicas', 'availableReplicas', 'unavailableReplicas', 'terminatingReplicas', 'collisionCount'];
  validateCounts(status, counts, errors);
  validateAtMost(status, ['updatedReplicas', 'readyReplicas', 'availableReplicas'], 'status.replicas', errors);
  validateAtMost(status, ['availableReplicas'], 'readyReplicas', errors);
  validateCollisionCount(status.collisionCount, old.status.collisionCount, errors);
}
