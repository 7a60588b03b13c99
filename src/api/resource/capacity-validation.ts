/** How much of a device's capacity may be asked for. Source: pkg/apis/resource/validation, validateRequestPolicy. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { addQuantities, compareQuantities, formatQuantity, parseQuantity, wholeValue, type Quantity } from '../../apimachinery/quantity.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import type { CapacityRequestPolicy, CapacityRequestPolicyRange, DeviceCapacity } from '../generated/resource-v1.ts';
import { validateSet } from './lists.ts';

const MAX_OPTIONS = 10;

export function validateSingleCapacity({ requestPolicy }: DeepReadonly<DeviceCapacity>, path: FieldPath, errors: FieldErrors): void {
  if (requestPolicy) errors.forbidden(path.child('requestPolicy'), 'allowMultipleAllocations must be true');
}

export function validateSharedCapacity({ value, requestPolicy }: DeepReadonly<DeviceCapacity>, path: FieldPath, errors: FieldErrors): void {
  if (requestPolicy) validatePolicy(parseQuantity(value), requestPolicy, path.child('requestPolicy'), errors);
}

function validatePolicy(capacity: Quantity, policy: DeepReadonly<CapacityRequestPolicy>, path: FieldPath, errors: FieldErrors): void {
  const { validRange } = policy;
  const values = policy.validValues ?? [];
  if (values.length > 0 && validRange) errors.forbidden(path, 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time');
  else if (values.length > 0) {
    if (policy.default === undefined) errors.required(path.child('default'), 'required when validValues is defined');
    else validateValues(parseQuantity(policy.default), capacity, values.map((one) => parseQuantity(one)), path.child('validValues'), errors);
  } else if (validRange) {
    if (policy.default === undefined) errors.required(path.child('default'), 'required when validRange is defined');
    else validateRange(parseQuantity(policy.default), capacity, validRange, path.child('validRange'), errors);
  }
}

function validateValues(chosen: Quantity, capacity: Quantity, values: readonly Quantity[], path: FieldPath, errors: FieldErrors): void {
  values.forEach((value, i) => {
    const before = values[i - 1];
    if (before && compareQuantities(before, value) > 0) errors.invalid(path.index(i), formatQuantity(value), 'values must be sorted in ascending order');
  });
  const check = (value: Quantity, at: FieldPath): void => {
    if (compareQuantities(value, capacity) > 0) errors.invalid(at, formatQuantity(value), `option is larger than capacity value: ${formatQuantity(capacity)}`);
  };
  validateSet(values, MAX_OPTIONS, { check, keyOf: (value) => String(wholeValue(value)) }, path, errors);
  if (values.length > MAX_OPTIONS || !values.some((value) => compareQuantities(value, chosen) === 0)) errors.invalid(path, formatQuantity(chosen), 'default value is not valid according to the requestPolicy');
}

function validateRange(chosen: Quantity, capacity: Quantity, range: DeepReadonly<CapacityRequestPolicyRange>, path: FieldPath, errors: FieldErrors): void {
  if ((range.min as unknown) === undefined) {
    errors.required(path.child('min'), 'required when validRange is defined');
    return;
  }
  const min = parseQuantity(range.min);
  const max = range.max === undefined ? undefined : parseQuantity(range.max);
  const fault = (name: string, value: Quantity, text: string, limit: Quantity): void => errors.invalid(path.child(name), formatQuantity(value), `${text}: ${formatQuantity(limit)}`);
  if (compareQuantities(min, capacity) > 0) fault('min', min, 'min is larger than capacity value', capacity);
  if (compareQuantities(chosen, min) < 0) fault('min', chosen, 'default is less than min', min);
  if (max) {
    if (compareQuantities(min, max) > 0) fault('max', min, 'min is larger than max', max);
    if (compareQuantities(max, capacity) > 0) fault('max', max, 'max is larger than capacity value', capacity);
    if (compareQuantities(chosen, max) > 0) fault('max', chosen, 'default is more than max', max);
  }
  if (range.step === undefined) return;
  const step = parseQuantity(range.step);
  const first = addQuantities(min, step);
  if (compareQuantities(first, capacity) > 0) errors.invalid(path.child('step'), formatQuantity(step), `one step ${formatQuantity(first)} is larger than capacity value: ${formatQuantity(capacity)}`);
  for (const value of max ? [chosen, max] : [chosen]) {
    if ((wholeValue(value) - wholeValue(min)) % wholeValue(step) !== 0) errors.invalid(path.child('step'), formatQuantity(value), `value is not a multiple of a given step (${formatQuantity(step)}) from (${formatQuantity(min)})`);
  }
}
