import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { validateScaleSpec, validateScaleStatus } from './scale-validation.ts';

const scale = { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas', labelSelectorPath: '.status.selector' };

for (const { name, object, expected } of [
  { name: 'numbers, or nothing', object: { spec: { replicas: 1 } }, expected: [] },
  { name: 'a negative number', object: { spec: { replicas: -1 } }, expected: ['.spec.replicas: Invalid value: -1: should be a non-negative integer'] },
  { name: 'a text for replicas', object: { status: { replicas: 'x' } }, expected: ['.status.replicas: Invalid value: 0: .status.replicas accessor error: x is of the type string, expected int64'] },
  { name: 'a number for a selector', object: { status: { selector: 1 } }, expected: ['.status.selector: Invalid value: "": .status.selector accessor error: 1 is of the type int64, expected string'] },
  { name: 'no object on the way', object: { spec: 'x' }, expected: ['.spec.replicas: Invalid value: 0: .spec accessor error: x is of the type string, expected map[string]interface{}'] },
]) {
  test(name, () => {
    const errors = new FieldErrors();
    validateScaleSpec(object, scale, errors);
    validateScaleStatus(object, scale, errors);
    assert.deepEqual(errors.causes.map(({ field, message }) => `${field}: ${message}`), expected);
  });
}
