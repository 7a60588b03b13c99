import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatefulSet } from '../../api/generated/apps-v1.ts';
import type { PersistentVolumeClaim, Pod } from '../../api/generated/core-v1.ts';
import type { OwnerReference } from '../../apimachinery/meta.ts';
import { claimOwners, goesWithFormerPod } from './claim-retention.ts';

const owner = (kind: 'StatefulSet' | 'Pod' | 'Other', uid: string, controller = true): OwnerReference => {
  const [apiVersion, name] = kind === 'StatefulSet' ? ['apps/v1', 'db'] : kind === 'Pod' ? ['v1', 'db-1'] : ['example.com/v1', 'other'];
  return { apiVersion, kind, name, uid, ...(controller && { controller: true, blockOwnerDeletion: true }) } as OwnerReference;
};
const set = (replicas: number, whenDeleted: string, whenScaled: string): StatefulSet =>
  ({ metadata: { name: 'db', uid: 'set' }, spec: { replicas, persistentVolumeClaimRetentionPolicy: { whenDeleted, whenScaled } } }) as unknown as StatefulSet;
const claim = (...ownerReferences: OwnerReference[]): PersistentVolumeClaim => ({ metadata: { name: 'data-db-1', ownerReferences } }) as unknown as PersistentVolumeClaim;
const pod = { metadata: { name: 'db-1', uid: 'pod' } } as unknown as Pod;

for (const { name, of, claimed, expected, isConflicting = false } of [
  { name: 'nobody owns what is retained', of: set(2, 'Retain', 'Retain'), claimed: claim(), expected: undefined },
  { name: 'the set lets go of what is retained from now on', of: set(2, 'Retain', 'Retain'), claimed: claim(owner('StatefulSet', 'set')), expected: [] },
  { name: 'the set owns what goes with it', of: set(2, 'Delete', 'Retain'), claimed: claim(), expected: [owner('StatefulSet', 'set')] },
  { name: 'an owner that does not control becomes one that does', of: set(2, 'Delete', 'Retain'), claimed: claim(owner('StatefulSet', 'set', false)), expected: [owner('StatefulSet', 'set')] },
  { name: 'a pod that stays does not own its claim', of: set(2, 'Retain', 'Delete'), claimed: claim(), expected: undefined },
  { name: 'a pod that is scaled away takes its claim along', of: set(1, 'Retain', 'Delete'), claimed: claim(), expected: [owner('Pod', 'pod')] },
  { name: 'the claim goes over from the set to the pod that is scaled away', of: set(1, 'Delete', 'Delete'), claimed: claim(owner('StatefulSet', 'set')), expected: [owner('Pod', 'pod')] },
  { name: 'and back, when the pod is wanted again', of: set(2, 'Delete', 'Delete'), claimed: claim(owner('Pod', 'pod')), expected: [owner('StatefulSet', 'set')] },
  { name: 'other owners stay', of: set(1, 'Delete', 'Delete'), claimed: claim(owner('Other', 'o', false), owner('StatefulSet', 'set')), expected: [owner('Other', 'o', false), owner('Pod', 'pod')] },
  { name: 'a claim that another controls is left to it', of: set(2, 'Delete', 'Retain'), claimed: claim(owner('Other', 'o'), owner('StatefulSet', 'set', false)), expected: [owner('Other', 'o')], isConflicting: true },
  { name: 'a claim of the set before is not touched', of: set(2, 'Retain', 'Retain'), claimed: claim(owner('StatefulSet', 'former')), expected: undefined },
]) {
  test(name, () => assert.deepEqual(claimOwners(of, pod, claimed), { references: expected, isConflicting }));
}

test('a pod waits for the claim that goes with the one before it, where claims go with pods', () => {
  assert.equal(goesWithFormerPod(set(2, 'Retain', 'Delete'), 'db-1', claim(owner('Pod', 'former'))), true);
  assert.equal(goesWithFormerPod(set(2, 'Retain', 'Retain'), 'db-1', claim(owner('Pod', 'former'))), false);
  assert.equal(goesWithFormerPod(set(2, 'Retain', 'Delete'), 'db-1', claim(owner('StatefulSet', 'set'))), false);
});
