import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { planProtection } from './plan.ts';

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
