import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PersistentVolume, PersistentVolumeClaim } from '../../api/generated/core-v1.ts';
import { grownStatus, missingBytes } from './expansion.ts';

const volume = (storage?: string): PersistentVolume => ({ spec: { ...(storage !== undefined && { capacity: { storage } }) } }) as unknown as PersistentVolume;
const claim = (status: object): PersistentVolumeClaim => ({ status }) as unknown as PersistentVolumeClaim;

for (const { name, wanted, known, expected } of [
  { name: 'a larger volume has bytes that the claim does not know of', wanted: '2Gi', known: '1Gi', expected: 2 ** 31 },
  { name: 'the same amount, written otherwise, has none', wanted: '1024Mi', known: '1Gi', expected: undefined },
  { name: 'a smaller volume has none', wanted: '1Gi', known: '2Gi', expected: undefined },
  { name: 'a claim that knows of nothing yet has none', wanted: '1Gi', known: undefined, expected: undefined },
  { name: 'a volume without a capacity has none', wanted: undefined, known: '1Gi', expected: undefined },
]) test(`growth of volumes: ${name}`, () => assert.equal(missingBytes(volume(wanted), claim(known === undefined ? {} : { capacity: { storage: known } })), expected));

test('growth of volumes: the claim loses what said that it is going on, and nothing else', () => {
  const status = { conditions: [{ type: 'FileSystemResizePending', status: 'True' }, { type: 'Other', status: 'True' }], allocatedResourceStatuses: { storage: 'NodeResizePending' } };
  assert.deepEqual(grownStatus(claim(status), '2Gi'), {
    status: { capacity: { storage: '2Gi' }, conditions: [{ $patch: 'delete', type: 'FileSystemResizePending' }], allocatedResourceStatuses: { storage: null } },
  });
  assert.deepEqual(grownStatus(claim({}), '2Gi'), { status: { capacity: { storage: '2Gi' } } });
});
