/** Source: kubernetes pkg/apis/core/validation, ValidateLimitRange. */
import { compareQuantities, formatQuantity, parseQuantity, type Quantity } from '../../apimachinery/quantity.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { isQualifiedName } from '../../apimachinery/validation/labels.ts';
import { addInvalid } from '../../apimachinery/validation/values.ts';
import type { LimitRange, LimitRangeItem } from '../generated/core-v1.ts';
import { isExtendedResource, isHugePage, isNativeResource, validateContainerResourceName, validateResourceName } from './pod-spec/resources.ts';

const types: ReadonlySet<string> = new Set(['Pod', 'Container', 'PersistentVolumeClaim']);
const LISTS = ['max', 'min', 'default', 'defaultRequest', 'maxLimitRequestRatio'] as const;
type ListName = (typeof LISTS)[number];

export function validateLimitRange({ spec }: DeepReadonly<LimitRange>, errors: FieldErrors): void {
  const seen = new Set<string>();
  (spec.limits ?? []).forEach((item, i) => {
    const at = FieldPath.of('spec.limits').index(i);
    validateType(item.type, at.child('type'), errors);
    if (seen.has(item.type)) errors.duplicate(at.child('type'), item.type);
    seen.add(item.type);
    validateItem(item, at, errors);
  });
}

function validateType(type: string, path: FieldPath, errors: FieldErrors): void {
  const texts = isQualifiedName(type);
  addInvalid(errors, path, type, texts);
  if (texts.length === 0 && !type.includes('/') && !types.has(type)) errors.invalid(path, type, 'must be a standard limit type or fully qualified');
}

function isDefaultList(list: ListName): boolean {
  return list === 'default' || list === 'defaultRequest';
}

function validateItem(item: DeepReadonly<LimitRangeItem>, path: FieldPath, errors: FieldErrors): void {
  const names = new Set<string>();
  for (const list of LISTS) {
    const entries = Object.keys(item[list] ?? {});
    if (item.type === 'Pod' && isDefaultList(list)) {
      if (entries.length > 0) errors.forbidden(path.child(list), "may not be specified when `type` is 'Pod'");
      continue;
    }
    for (const name of entries) {
      names.add(name);
      if (item.type === 'Pod' || item.type === 'Container') validateContainerResourceName(name, path.child(list).key(name), errors);
      else validateResourceName(name, path.child(list).key(name), errors);
    }
  }
  if (item.type === 'PersistentVolumeClaim' && item.min?.['storage'] === undefined && item.max?.['storage'] === undefined) {
    errors.required(path.child('limits'), 'either minimum or maximum storage value is required, but neither was provided');
  }
  for (const name of names) validateResource(name, item, path, errors);
}

function validateResource(name: string, item: DeepReadonly<LimitRangeItem>, path: FieldPath, errors: FieldErrors): void {
  const of = (list: ListName): Quantity | undefined => {
    // Pods have no defaults: that there are some has been told.
    const value = item.type === 'Pod' && isDefaultList(list) ? undefined : item[list]?.[name];
    return value === undefined ? undefined : parseQuantity(value);
  };
  const [max, min, limit, request, ratio] = [of('max'), of('min'), of('default'), of('defaultRequest'), of('maxLimitRequestRatio')];
  const exceeds = (a: Quantity | undefined, b: Quantity | undefined): boolean => a !== undefined && b !== undefined && compareQuantities(a, b) > 0;
  const text = (quantity: Quantity | undefined): string => (quantity ? formatQuantity(quantity) : '');
  const fault = (list: ListName, shown: Quantity | undefined, message: string): void => {
    errors.invalid(path.child(list).key(name), text(shown), message);
  };
  if (exceeds(min, max)) fault('min', min, `min value ${text(min)} is greater than max value ${text(max)}`);
  if (exceeds(min, request)) fault('defaultRequest', request, `min value ${text(min)} is greater than default request value ${text(request)}`);
  if (exceeds(request, max)) fault('defaultRequest', request, `default request value ${text(request)} is greater than max value ${text(max)}`);
  if (exceeds(request, limit)) fault('defaultRequest', request, `default request value ${text(request)} is greater than default limit value ${text(limit)}`);
  if (exceeds(min, limit)) fault('default', min, `min value ${text(min)} is greater than default value ${text(limit)}`);
  if (exceeds(limit, max)) fault('default', max, `default value ${text(limit)} is greater than max value ${text(max)}`);
  if (ratio && ratio.nanos < 1_000_000_000n) fault('maxLimitRequestRatio', ratio, `ratio ${text(ratio)} is less than 1`);
  if (ratio && min && max && min.nanos > 0n && Number(ratio.nanos) / 1e9 > Number(max.nanos) / Number(min.nanos)) {
    fault('maxLimitRequestRatio', ratio, `ratio ${text(ratio)} is greater than max/min = ${(Number(max.nanos) / Number(min.nanos)).toFixed(6)}`);
  }
  const mayOvercommit = isNativeResource(name) && !isHugePage(name) && !isExtendedResource(name);
  if (!mayOvercommit && limit && request && compareQuantities(limit, request) !== 0) {
    fault('defaultRequest', request, `default value ${text(limit)} must equal to defaultRequest value ${text(request)} in ${name}`);
  }
}
