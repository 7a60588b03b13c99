import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { LimitRange } from '../generated/core-v1.ts';
import { validateLimitRange } from './limit-range-validation.ts';

test('pods have no defaults, and none that are compared with their limits', () => {
  const errors = new FieldErrors();
  const limits = [{ type: 'Pod', min: { cpu: '2' }, max: { cpu: '3' }, default: { cpu: '1' }, defaultRequest: { cpu: '4' } }];
  validateLimitRange({ metadata: { name: 'l' }, spec: { limits } } as unknown as LimitRange, errors);
  const text = "Forbidden: may not be specified when `type` is 'Pod'";
  assert.deepEqual(errors.causes.map(({ field, message }) => `${field}: ${message}`), [`spec.limits[0].default: ${text}`, `spec.limits[0].defaultRequest: ${text}`]);
});
