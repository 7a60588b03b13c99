import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PersistentVolume } from '../../api/generated/core-v1.ts';
import { deletionProblem } from './plan.ts';

const volume = (source: object, annotations: object = {}, persistentVolumeReclaimPolicy = 'Delete'): PersistentVolume => ({ metadata: { name: 'v', annotations }, spec: { persistentVolumeReclaimPolicy, ...source } }) as unknown as PersistentVolume;

for (const { name, of, expected } of [
  { name: 'one that is kept needs none to delete it', of: volume({ local: { path: '/disk' } }, {}, 'Retain'), expected: undefined },
  { name: 'one that was provisioned is its provisioner\'s', of: volume({ csi: {} }, { 'pv.kubernetes.io/provisioned-by': 'csi.example.com' }), expected: undefined },
  { name: 'nobody deletes local ones', of: volume({ local: { path: '/disk' } }), expected: 'error getting deleter volume plugin for volume "v": no volume plugin matched' },
  { name: 'NFS is known, and not deleted', of: volume({ nfs: { server: 's', path: '/' } }), expected: 'error getting deleter volume plugin for volume "v": no deletable volume plugin matched' },
  { name: 'nor are paths of hosts', of: volume({ hostPath: { path: '/data' } }), expected: 'host_path deleter only supports /tmp/.+ but received provided /data' },
]) {
  test(`released volumes: ${name}`, () => assert.equal(deletionProblem(of), expected));
}
