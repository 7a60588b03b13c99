import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ManagedFieldsEntry } from '../../../apimachinery/meta.ts';
import type { KubeJson } from '../../kube-json.ts';
import { ownersOfAnnotation, upgradedManagers } from './upgrade-managers.ts';

const noted = { 'f:metadata': { 'f:annotations': { '.': {}, 'f:kubectl.kubernetes.io/last-applied-configuration': {} } } };
const entry = (manager: string, operation: string, fieldsV1: object, more: object = {}): ManagedFieldsEntry => ({ manager, operation, apiVersion: 'v1', fieldsType: 'FieldsV1', fieldsV1, ...more }) as ManagedFieldsEntry;
const withEntries = (...managedFields: ManagedFieldsEntry[]): KubeJson => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a', managedFields } });
const shown = (entries: ManagedFieldsEntry[] | undefined): unknown => entries?.map(({ manager, operation, fieldsV1 }) => [manager, operation, fieldsV1]);

test('owners of the annotation are those who wrote it in the way that is asked for', () => {
  const object = withEntries(entry('a', 'Update', noted), entry('b', 'Apply', noted), entry('c', 'Update', { 'f:data': {} }), entry('a', 'Update', noted, { apiVersion: 'v2' }));
  assert.deepEqual(ownersOfAnnotation(object, 'Update'), ['a']);
  assert.deepEqual(ownersOfAnnotation(object, 'Apply'), ['b']);
});

test('what was updated joins what is applied, other versions of it go, and subresources are left alone', () => {
  const status = entry('csa', 'Update', { 'f:status': {} }, { subresource: 'status' });
  const object = withEntries(entry('csa', 'Update', { 'f:data': { 'f:old': {} } }, { apiVersion: 'v0' }), entry('csa', 'Update', { 'f:data': { 'f:b': {} } }), entry('ssa', 'Apply', { 'f:data': { 'f:a': {} } }), status);
  assert.deepEqual(shown(upgradedManagers(object, ['csa'], 'ssa')), [['ssa', 'Apply', { 'f:data': { 'f:a': {}, 'f:b': {} } }], ['csa', 'Update', { 'f:status': {} }]]);
});

test('where nothing is applied yet, the update becomes what is applied', () => {
  assert.deepEqual(shown(upgradedManagers(withEntries(entry('csa', 'Update', { 'f:data': { 'f:b': {} } })), ['csa'], 'ssa')), [['ssa', 'Apply', { 'f:data': { 'f:b': {} } }]]);
});

test('nothing to take over changes nothing', () => {
  const object = withEntries(entry('ssa', 'Apply', { 'f:data': {} }));
  assert.equal(upgradedManagers(object, [], 'ssa'), undefined);
  assert.equal(upgradedManagers(object, ['csa'], 'ssa'), undefined);
});
