import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FailedPodBackOff } from './failed-pod-back-off.ts';

test('a failed pod is replaced at once, then after delays that double up to the longest, and at once again after a quiet time', () => {
  const backOff = new FailedPodBackOff({ firstMs: 1000, maxMs: 4000 });
  const at = (nowMs: number): number | undefined => backOff.heldMs('set/pod-0', nowMs);
  assert.deepEqual([at(0), at(1), at(999), at(1000), at(1001), at(3000), at(3500), at(7000), at(7001)], [undefined, 999, 1, undefined, 1999, undefined, 3500, undefined, 3999]);
  assert.deepEqual([at(15_001), at(15_002)], [undefined, 999]);
  assert.equal(backOff.heldMs('set/pod-1', 1), undefined);
});
