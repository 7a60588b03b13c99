import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { createFaults, made, updateFaults, type Fields } from '../../../test/support/kind-faults.ts';
import { persistentVolumeClaim } from './persistent-volume-claim.ts';

const claim = (sources: Fields = {}): Fields => ({ spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...sources } });

function kept(sources: Fields): Fields {
  const { dataSource, dataSourceRef } = (made(persistentVolumeClaim, claim(sources)) as { spec?: Fields }).spec ?? {};
  return { dataSource, dataSourceRef };
}

const populator = { apiGroup: 'example.com', kind: 'Backup', name: 'b' };
const none = { dataSource: undefined, dataSourceRef: undefined };

suite('what a new claim is filled from', () => {
  test('the newer field says anything, and the older one follows', () => assert.deepEqual(kept({ dataSourceRef: populator }), { dataSource: populator, dataSourceRef: populator }));
  test('the older field alone says claims and snapshots only', () => assert.deepEqual(kept({ dataSource: populator }), none));
  test('another namespace is of a feature that is off', () => assert.deepEqual(kept({ dataSourceRef: { ...populator, namespace: 'other' } }), none));
  test('both fields must agree, whatever they say', () => {
    assert.deepEqual(createFaults(persistentVolumeClaim, claim({ dataSource: { ...populator, name: 'c' }, dataSourceRef: populator })), ['spec: Invalid value: {}: must match dataSourceRef']);
  });
});

test('a client that knows the older field only keeps what the newer one said', () => {
  assert.deepEqual(updateFaults(persistentVolumeClaim, claim({ dataSource: populator }), claim({ dataSourceRef: populator })), []);
  assert.deepEqual(updateFaults(persistentVolumeClaim, claim({ dataSource: populator }), claim()), []);
});
