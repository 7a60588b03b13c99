import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { validateClaimSpec } from './claim-validation.ts';

const claim = (name: string, more: object = {}): object => ({ kind: 'PersistentVolumeClaim', name, ...more });

for (const { name, spec, expected } of [
  { name: 'sources that say the same', spec: { dataSource: claim('a'), dataSourceRef: claim('a') }, expected: [] },
  { name: 'sources that differ', spec: { dataSource: claim('a'), dataSourceRef: claim('b') }, expected: ['spec: Invalid value: {}: must match dataSourceRef'] },
  { name: 'a source of another namespace', spec: { dataSource: claim('a'), dataSourceRef: claim('a', { namespace: 'n' }) }, expected: ['spec: Invalid value: {}: may not be specified when dataSourceRef.namespace is specified'] },
]) {
  test(name, () => {
    const errors = new FieldErrors();
    validateClaimSpec({ accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...spec } as Parameters<typeof validateClaimSpec>[0], FieldPath.of('spec'), errors);
    assert.deepEqual(errors.causes.map(({ field, message }) => `${field}: ${message}`), expected);
  });
}
