import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWarnings } from '../../../test/support/kind-faults.ts';
import { kinds } from '../kinds.ts';

for (const kind of kinds.filter(({ group }) => group === 'admissionregistration.k8s.io')) {
  test(`a ${kind.kind} is told of a name that is meant for files`, () => {
    const warnings = (name: string): string[] => createWarnings(kind, { metadata: { name }, spec: {} });
    assert.deepEqual(warnings('a.static.k8s.io'), ['metadata.name: names ending with ".static.k8s.io" are reserved for static manifest-based configurations and cannot be managed via the API']);
    assert.deepEqual(warnings('static.k8s.io'), []);
  });
}
