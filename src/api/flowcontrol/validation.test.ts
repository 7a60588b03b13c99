import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { FlowSchema } from '../generated/flowcontrol-v1.ts';
import { mandatoryFlowSchemas, mandatoryPriorityLevels, suggestedFlowSchemas, suggestedPriorityLevels } from './bootstrap.ts';
import { validateFlowSchema, validatePriorityLevel } from './validation.ts';

const rules = [{ subjects: [{ kind: 'Group', group: { name: 'g' } }], nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/a', '/b/*', '/'] }] }];
const base = { priorityLevelConfiguration: { name: 'x' }, matchingPrecedence: 5, rules };

for (const { name, change, expected } of [
  { name: 'a sound schema', change: {}, expected: [] },
  { name: 'URLs', change: { rules: [{ ...rules[0], nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['a', '/b*c', '/a//b', '/a b'] }] }] }, expected: [
    'spec.rules[0].nonResourceRules[0].nonResourceURLs[0]: Invalid value: "a": must start with slash',
    'spec.rules[0].nonResourceRules[0].nonResourceURLs[1]: Invalid value: "/b*c": wildcard can only do suffix matching',
    'spec.rules[0].nonResourceRules[0].nonResourceURLs[2]: Invalid value: "/a//b": must not contain double slash',
    'spec.rules[0].nonResourceRules[0].nonResourceURLs[3]: Invalid value: "/a b": must not contain white-space',
  ] },
  { name: 'a service account without a namespace', change: { rules: [{ ...rules[0], subjects: [{ kind: 'ServiceAccount', serviceAccount: { name: '*', namespace: '' } }] }] },
    expected: ['spec.rules[0].subjects[0].serviceAccount.namespace: Required value: must specify namespace for service account'] },
]) {
  test(name, () => {
    const errors = new FieldErrors();
    validateFlowSchema({ metadata: { name: 'people' }, spec: { ...base, ...change }, status: {} } as FlowSchema, errors);
    assert.deepEqual(errors.causes.map(({ field, message }) => `${field}: ${message}`), expected);
  });
}

test('what every cluster has is sound, and what is mandatory stays as it is', () => {
  const errors = new FieldErrors();
  for (const schema of [...mandatoryFlowSchemas, ...suggestedFlowSchemas]) validateFlowSchema(schema as FlowSchema, errors);
  for (const level of [...mandatoryPriorityLevels, ...suggestedPriorityLevels]) validatePriorityLevel(level as Parameters<typeof validatePriorityLevel>[0], errors);
  assert.equal(errors.causes.length, 0);
  validateFlowSchema({ ...mandatoryFlowSchemas[1], spec: base } as FlowSchema, errors);
  assert.match(String(errors.causes.map(({ message }) => message)), /spec of 'catch-all' must equal the fixed value$/);
});

test('a level is not annotated as an older version did for zero shares', () => {
  const errors = new FieldErrors();
  const limited = { nominalConcurrencyShares: 0, limitResponse: { type: 'Reject' } };
  validatePriorityLevel({ metadata: { name: 'jail', annotations: { 'flowcontrol.k8s.io/preserve-zero-concurrency-shares': 'yes' } }, spec: { type: 'Limited', limited } } as unknown as Parameters<typeof validatePriorityLevel>[0], errors);
  assert.deepEqual(errors.causes.map(({ field, message }) => `${field}: ${message}`), ["metadata.annotations: Forbidden: annotation 'flowcontrol.k8s.io/preserve-zero-concurrency-shares' is forbidden"]);
});

test('even the exempt level has no shares below nothing', () => {
  const errors = new FieldErrors();
  validatePriorityLevel({ metadata: { name: 'exempt' }, spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: -1, lendablePercent: 101 } } } as unknown as Parameters<typeof validatePriorityLevel>[0], errors);
  assert.deepEqual(errors.causes.map(({ field, message }) => `${field}: ${message}`), [
    'spec.exempt.nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer', 'spec.exempt.lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive',
  ]);
});
