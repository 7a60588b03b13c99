import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { APIService } from '../generated/apiregistration-v1.ts';
import { validateAPIService, validateAPIServiceStatus } from './validation.ts';

type Spec = APIService['spec'];

const spec: Spec = { group: 'metrics.example', version: 'v1beta1', groupPriorityMinimum: 10, versionPriority: 20, service: { namespace: 'a', name: 'b', port: 443 } };

function faults(change: Partial<Spec>, name?: string): string[] {
  const changed = { ...spec, ...change };
  const errors = new FieldErrors();
  validateAPIService({ metadata: { name: name ?? `${changed.version}.${changed.group}` }, spec: changed, status: {} } as unknown as APIService, errors);
  return errors.causes.map(({ field, message }) => `${field}: ${message}`);
}

for (const { what, change, name, expected } of [
  { what: 'is reached through a service', change: {}, expected: [] },
  { what: 'is named by its version and group', change: {}, name: 'v1.metrics.example', expected: ['metadata.name: Invalid value: "v1.metrics.example": must be `spec.version+"."+spec.group`: "v1beta1.metrics.example"'] },
  { what: 'has no group if it is the core one', change: { group: '', version: 'v1' }, expected: [] },
  { what: 'has a group otherwise', change: { group: '' }, expected: ['spec.group: Required value: only v1 may have an empty group and it better be legacy kube'] },
  { what: 'has bounded priorities', change: { groupPriorityMinimum: 0, versionPriority: 1001 }, expected: ['spec.groupPriorityMinimum: Invalid value: 0: must be positive and less than 20000', 'spec.versionPriority: Invalid value: 1001: must be positive and less than 1000'] },
  { what: 'trusts nobody if it is local', change: { service: undefined, caBundle: 'AAAA' }, expected: ['spec.caBundle: Invalid value: "3 bytes": local APIServices may not have a caBundle'] },
]) test(`an APIService ${what}`, () => assert.deepEqual(faults(change as Partial<Spec>, name), expected));

test('conditions of an APIService are true, false or unknown', () => {
  const errors = new FieldErrors();
  const conditions = ['True', 'Maybe', 'Unknown'].map((status) => ({ type: 'Available', status }));
  validateAPIServiceStatus({ metadata: { name: 'x' }, spec, status: { conditions } } as unknown as APIService, undefined, errors);
  assert.deepEqual(errors.causes.map(({ field, message }) => `${field}: ${message}`), ['status.conditions[1].status: Unsupported value: "Maybe": supported values: "True", "False", "Unknown"']);
});
