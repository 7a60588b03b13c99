import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PersistentVolumeClaim, Pod } from '../../api/generated/core-v1.ts';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { planProtection, usesClaim } from './plan.ts';

for (const { name, finalizers, going = false, isUsed = false, expected } of [
  { name: 'a new object is protected', finalizers: ['mine'], expected: ['mine', 'f'] },
  { name: 'a protected one stays as it is', finalizers: ['f'], expected: undefined },
  { name: 'one that is deleted and unused goes', finalizers: ['mine', 'f'], going: true, expected: ['mine'] },
  { name: 'one that is deleted and used waits', finalizers: ['f'], going: true, isUsed: true, expected: undefined },
  { name: 'one that is deleted without protection is left alone', finalizers: ['mine'], going: true, expected: undefined },
]) {
  test(name, () => {
    const object = { metadata: { name: 'o', finalizers, ...(going && { deletionTimestamp: 'now' }) } } as unknown as KubeObject;
    assert.deepEqual(planProtection(object, 'f', isUsed), expected);
  });
}

const claim = (name: string, owner?: string): PersistentVolumeClaim => ({ metadata: { name, ...(owner && { ownerReferences: [{ uid: owner, controller: true }] }) } }) as unknown as PersistentVolumeClaim;
const data = [{ name: 'd', persistentVolumeClaim: { claimName: 'data' } }];
const scratch = [{ name: 'scratch', ephemeral: {} }];

for (const { name, spec, metadata = {}, phase = 'Running', of, expected } of [
  { name: 'a pod on a node keeps its claim', spec: { nodeName: 'n', volumes: data }, of: claim('data'), expected: true },
  { name: 'one without a node does not', spec: { volumes: data }, of: claim('data'), expected: false },
  { name: 'one that is over does, while it is there', spec: { nodeName: 'n', volumes: data }, phase: 'Succeeded', of: claim('data'), expected: true },
  { name: 'no claim of others', spec: { nodeName: 'n', volumes: data }, of: claim('other'), expected: false },
  { name: 'one keeps the claim of its ephemeral volume', spec: { nodeName: 'n', volumes: scratch }, of: claim('p-scratch', 'p'), expected: true },
  { name: 'unless somebody else made it', spec: { nodeName: 'n', volumes: scratch }, of: claim('p-scratch', 'q'), expected: false },
  { name: 'and till it has been ended', spec: { nodeName: 'n', volumes: scratch }, metadata: { deletionTimestamp: 'now', deletionGracePeriodSeconds: 0 }, of: claim('p-scratch', 'p'), expected: false },
]) {
  test(`protection of claims: ${name}`, () => assert.equal(usesClaim({ metadata: { name: 'p', uid: 'p', ...metadata }, spec, status: { phase } } as unknown as Pod, of), expected));
}
