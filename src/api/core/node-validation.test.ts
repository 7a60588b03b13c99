import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ObjectDecoder } from '../../apimachinery/schema/decode.ts';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { Node } from '../generated/core-v1.ts';
import { schemas } from '../schemas.ts';
import { validateNode, validateNodeUpdate } from './node-validation.ts';

function faults(fields: Record<string, unknown>): string[] {
  const of = (more: object): Node => new ObjectDecoder(schemas).decode<Node>('core.v1.Node', { metadata: { name: 'n' }, spec: {}, status: {}, ...more }).object;
  const errors = new FieldErrors();
  validateNodeUpdate(of(fields), of({}), errors);
  return errors.causes.map(({ field, message }) => `${field}: ${message}`);
}

suite('what a node declares', () => {
  const declared = (...declaredFeatures: string[]): string[] => faults({ status: { declaredFeatures } });
  test('is named in order, once', () => {
    assert.deepEqual(declared('A', 'Aa/bC1', 'B'), []);
    assert.deepEqual(declared('A', 'B', 'B', 'Aa'), [
      'status.declaredFeatures[2]: Duplicate value: "B"', 'status.declaredFeatures[3]: Invalid value: "Aa": list must be sorted alphabetically',
    ]);
  });
  test('has names of features', () => {
    const long = 'A'.repeat(254);
    const text = "must start with an UpperCamelCase segment, with subsequent segments separated by '/' (e.g., MyFeature or MyFeature/mySubFeature), and contain only alphanumeric characters and slashes";
    assert.deepEqual(declared('a'), [`status.declaredFeatures[0]: Invalid value: "a": invalid feature name "a": ${text}`]);
    assert.deepEqual(declared(long), [`status.declaredFeatures[0]: Invalid value: "${long}": invalid feature name "${long}": must be no more than 253 characters`]);
  });
});

test('a range that is none is of no family', () => {
  const errors = new FieldErrors();
  validateNode(new ObjectDecoder(schemas).decode<Node>('core.v1.Node', { metadata: { name: 'n' }, spec: { podCIDRs: ['10.0.0.0/8', 'x'] }, status: {} }).object, errors);
  assert.deepEqual(errors.causes.slice(1).map(({ message }) => message), [
    'Internal error: invalid PodCIDRs. failed to check with dual stack with error:invalid CIDR[1]: <nil> (invalid CIDR address: x)',
    'Invalid value: ["10.0.0.0/8","x"]: may specify no more than one CIDR for each IP family',
  ]);
});

test('annotations of a node are judged with its status too', () => {
  const annotations = { 'scheduler.alpha.kubernetes.io/preferAvoidPods': '{"preferAvoidPods":[{"podSignature":{}}]}' };
  assert.deepEqual(faults({ metadata: { name: 'n', annotations } }), ['metadata.annotations.scheduler.alpha.kubernetes.io/preferAvoidPods[0].PodSignature: Required value']);
});
