import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateImmutable } from '../../apimachinery/validation/immutable.ts';
import type { PriorityClass } from '../generated/scheduling-v1.ts';
import { HIGHEST_USER_PRIORITY, SYSTEM_PREFIX, systemPriorityClasses } from './system-classes.ts';

/** What is wrong with a class that has a name of the system's. */
function systemFault(object: DeepReadonly<PriorityClass>): string | undefined {
  const { name } = object.metadata;
  const known = systemPriorityClasses.find((one) => one.metadata.name === name);
  if (!known) return `${name} is not a known system priority class`;
  if (object.value !== known.value) return `value of ${name} PriorityClass must be ${known.value ?? 0}`;
  return object.globalDefault ? `globalDefault of ${name} PriorityClass must be false` : undefined;
}

/** Source: pkg/apis/scheduling/validation. */
export function validatePriorityClass(object: DeepReadonly<PriorityClass>, errors: FieldErrors): void {
  const name = (object.metadata.name as string | undefined) ?? '';
  if (name.startsWith(SYSTEM_PREFIX)) {
    const fault = systemFault(object);
    if (fault !== undefined) errors.forbidden(FieldPath.of('metadata.name'), `priority class names with '${SYSTEM_PREFIX}' prefix are reserved for system use only. error: ${fault}`);
  } else if ((object.value ?? 0) > HIGHEST_USER_PRIORITY) {
    errors.forbidden(FieldPath.of('value'), `maximum allowed value of a user defined priority is ${HIGHEST_USER_PRIORITY}`);
  }
  const policies = ['Never', 'PreemptLowerPriority'];
  if (object.preemptionPolicy !== undefined && !policies.includes(object.preemptionPolicy)) errors.notSupported(FieldPath.of('preemptionPolicy'), object.preemptionPolicy, policies);
}

export function validatePriorityClassUpdate(object: DeepReadonly<PriorityClass>, old: DeepReadonly<PriorityClass>, errors: FieldErrors): void {
  if ((object.value ?? 0) !== (old.value ?? 0)) errors.forbidden(FieldPath.of('value'), 'may not be changed in an update.');
  validateImmutable(object.preemptionPolicy, old.preemptionPolicy, FieldPath.of('preemptionPolicy'), errors);
}
