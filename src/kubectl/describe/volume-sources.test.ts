import assert from 'node:assert/strict';
import { test } from 'node:test';
import { plainSourceLines } from './volume-sources.ts';

const cephfs = { cephfs: { monitors: ['a', 'b'], path: '/', secretRef: { name: 's', namespace: 'n' } } };
const cephfsLines = (secret: string): string[] => ["Type:\tCephFS (a CephFS mount on the host that shares a pod's lifetime)", 'Monitors:\t[a b]', 'Path:\t/', 'User:\t', 'SecretFile:\t', `SecretRef:\t${secret}`, 'ReadOnly:\tfalse'];

for (const { name, volume, of, expected } of [
  { name: 'prints references of a pod as Go does', volume: cephfs, of: 'pod', expected: cephfsLines('&LocalObjectReference{Name:s,}') },
  { name: 'prints references of a volume with their namespace', volume: cephfs, of: 'volume', expected: cephfsLines('&SecretReference{Name:s,Namespace:n,}') },
  { name: 'prints a reference that is not there as nil', volume: { cephfs: { ...cephfs.cephfs, secretRef: undefined } }, of: 'pod', expected: cephfsLines('nil') },
  {
    name: 'prints options as Go prints a map', volume: { flexVolume: { driver: 'd', options: { b: '2', a: '1' } } }, of: 'pod',
    expected: ['Type:\tFlexVolume (a generic volume resource that is provisioned/attached using an exec based plugin)', 'Driver:\td', 'FSType:\t', 'SecretRef:\tnil', 'ReadOnly:\tfalse', 'Options:\tmap[a:1 b:2]'],
  },
  {
    name: 'tells where the endpoints of a volume are', volume: { glusterfs: { endpoints: 'e', path: 'p' } }, of: 'volume',
    expected: ["Type:\tGlusterfs (a Glusterfs mount on the host that shares a pod's lifetime)", 'EndpointsName:\te', 'EndpointsNamespace:\t<unset>', 'Path:\tp', 'ReadOnly:\tfalse'],
  },
  { name: 'takes a limit of nothing for none', volume: { emptyDir: { sizeLimit: '0' } }, of: 'pod', expected: ["Type:\tEmptyDir (a temporary directory that shares a pod's lifetime)", 'Medium:\t', 'SizeLimit:\t<unset>'] },
  { name: 'knows no other source', volume: { wormhole: {} }, of: 'pod', expected: undefined },
] as const) {
  test(name, () => assert.deepEqual(plainSourceLines(volume, of), expected));
}
