import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { PodDisruptionBudget } from '../../api/generated/policy-v1.ts';
import { expectationOf, planBudget } from './plan.ts';

const nowMs = Date.UTC(2026, 0, 1);

function budget(spec: object, disruptedPods?: Record<string, string>): PodDisruptionBudget {
  return { metadata: { name: 'b', generation: 3 }, spec, status: { ...(disruptedPods && { disruptedPods }) } } as unknown as PodDisruptionBudget;
}

const pod = (name: string, ready = true): Pod => ({ metadata: { name }, spec: {}, status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] } }) as unknown as Pod;

for (const { name, spec, pods, scale, expected } of [
  { name: 'a number available', spec: { minAvailable: 2 }, pods: 3, scale: 0, expected: { expected: 3, desiredHealthy: 2 } },
  { name: 'a percentage available rounds up', spec: { minAvailable: '50%' }, pods: 3, scale: 5, expected: { expected: 5, desiredHealthy: 3 } },
  { name: 'a percentage unavailable rounds up', spec: { maxUnavailable: '30%' }, pods: 3, scale: 5, expected: { expected: 5, desiredHealthy: 3 } },
  { name: 'neither', spec: {}, pods: 3, scale: 5, expected: { expected: 0, desiredHealthy: 0 } },
  { name: 'more unavailable than there are', spec: { maxUnavailable: 9 }, pods: 3, scale: 5, expected: { expected: 5, desiredHealthy: 0 } },
]) {
  test(name, () => assert.deepEqual(expectationOf(budget(spec), pods, scale), expected));
}

test('allows what is healthy beyond what must be', () => {
  const { status } = planBudget(budget({ minAvailable: 1 }), [pod('a'), pod('b'), pod('c', false)], { expected: 3, desiredHealthy: 1 }, nowMs);
  assert.deepEqual([status.disruptionsAllowed, status.currentHealthy, status.expectedPods, status.observedGeneration], [1, 2, 3, 3]);
  assert.deepEqual(status.conditions?.map(({ type, status: value, reason }) => `${type} ${value} ${reason}`), ['DisruptionAllowed True SufficientPods']);
});

test('a pod whose eviction was granted counts as gone for two minutes', () => {
  const granted = { a: new Date(nowMs - 60_000).toISOString(), b: new Date(nowMs - 180_000).toISOString() };
  const { status, recheckMs } = planBudget(budget({ minAvailable: 1 }, granted), [pod('a'), pod('b')], { expected: 2, desiredHealthy: 1 }, nowMs);
  assert.deepEqual([status.currentHealthy, status.disruptionsAllowed, Object.keys(status.disruptedPods ?? {}), recheckMs], [1, 0, ['a'], 60_000]);
});
