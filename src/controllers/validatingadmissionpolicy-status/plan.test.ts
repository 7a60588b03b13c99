import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ValidatingAdmissionPolicy } from '../../api/generated/admissionregistration-v1.ts';
import { expressionWarnings } from './plan.ts';

function policy(expression: string, resource: object = { apiGroups: ['apps'], apiVersions: ['v1'], resources: ['deployments'] }): ValidatingAdmissionPolicy {
  return { metadata: { name: 'p' }, spec: { matchConstraints: { resourceRules: [{ operations: ['*'], ...resource }] }, variables: [{ name: 'n', expression: 'object.spec.replicas' }], validations: [{ expression }] } } as unknown as ValidatingAdmissionPolicy;
}

const published = { group: 'e.io', version: 'v1', resource: 'crons', kind: 'Cron', schema: { type: 'object', properties: { spec: { type: 'object', properties: { replicas: { type: 'integer' } } } } } };

test('an expression that does not fit a built-in kind is told', () => {
  assert.deepEqual(expressionWarnings(policy("object.spec.replicas > '1'"), []), [{
    fieldRef: 'spec.validations[0].expression',
    warning: "apps/v1, Kind=Deployment: ERROR: <input>:1:22: found no matching overload for '_>_' applied to '(int, string)'\n | object.spec.replicas > '1'\n | .....................^",
  }]);
});

test('variables have the types of what they are made from', () => {
  assert.match(expressionWarnings(policy("variables.n == 'a'"), [])[0]?.warning ?? '', /applied to '\(int, string\)'/);
});

test('fields that a custom kind does not have are told', () => {
  const [warning] = expressionWarnings(policy('object.spec.foo > 1 && object.metadata.name != "a"', { apiGroups: ['e.io'], apiVersions: ['v1'], resources: ['crons'] }), [published]);
  assert.match(warning?.warning ?? '', /^e\.io\/v1, Kind=Cron: ERROR: <input>:1:12: undefined field 'foo'/);
});

test('expressions that fit, and rules with wildcards, get no warning', () => {
  assert.deepEqual(expressionWarnings(policy('object.spec.replicas > 1 && object.metadata.labels.exists(k, k == "a")'), []), []);
  assert.deepEqual(expressionWarnings(policy("object.spec.replicas > '1'", { apiGroups: ['apps'], apiVersions: ['v1'], resources: ['*'] }), []), []);
});
