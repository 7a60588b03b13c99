import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StatusError } from '../../apimachinery/status.ts';
import type { PodDisruptionBudget } from '../../api/generated/policy-v1.ts';
import { withoutOneDisruption } from './disruption-budget.ts';

const NOW = Date.parse('2026-03-04T05:06:07Z');

function budgetOf(status: Partial<PodDisruptionBudget['status']>): PodDisruptionBudget {
  return {
    apiVersion: 'policy/v1', kind: 'PodDisruptionBudget', metadata: { name: 'guard', generation: 2 }, spec: {},
    status: { observedGeneration: 2, currentHealthy: 3, desiredHealthy: 2, expectedPods: 3, disruptionsAllowed: 1, ...status },
  } as PodDisruptionBudget;
}

test('the last disruption of a budget is told of in its condition, which keeps its place', () => {
  const others = [{ type: 'DisruptionAllowed', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z', reason: 'SufficientPods', message: '' }, { type: 'Own', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z', reason: 'Why', message: '' }];
  const { status } = withoutOneDisruption(budgetOf({ conditions: others }), 'web-1', NOW);
  assert.equal(status.disruptionsAllowed, 0);
  assert.deepEqual(status.disruptedPods, { 'web-1': '2026-03-04T05:06:07Z' });
  assert.deepEqual(status.conditions?.map(({ type, status: value, reason, lastTransitionTime }) => `${type} ${value} ${reason} ${lastTransitionTime}`), ['DisruptionAllowed False InsufficientPods 2026-03-04T05:06:07Z', 'Own True Why 2026-01-01T00:00:00Z']);
});

test('as long as others are left the condition stays', () => {
  const { status } = withoutOneDisruption(budgetOf({ disruptionsAllowed: 2 }), 'web-1', NOW);
  assert.equal(status.disruptionsAllowed, 1);
  assert.equal(status.conditions, undefined);
});

for (const { name, status, code, message } of [
  { name: 'too many pods on their way out', status: { disruptedPods: Object.fromEntries(Array.from({ length: 2001 }, (_, i) => [`p${i}`, '2026-01-01T00:00:00Z'])) }, code: 403, message: 'poddisruptionbudget.policy "guard" is forbidden: DisruptedPods map too big - too many evictions not confirmed by PDB controller' },
  { name: 'less than none', status: { disruptionsAllowed: -1 }, code: 403, message: 'poddisruptionbudget.policy "guard" is forbidden: pdb disruptions allowed is negative' },
  { name: 'none', status: { disruptionsAllowed: 0 }, code: 429, message: "Cannot evict pod as it would violate the pod's disruption budget." },
  { name: 'not counted yet', status: { observedGeneration: 1 }, code: 429, message: "Cannot evict pod as it would violate the pod's disruption budget." },
] as { name: string; status: Partial<PodDisruptionBudget['status']>; code: number; message: string }[]) {
  test(`no disruption: ${name}`, () => {
    assert.throws(() => withoutOneDisruption(budgetOf(status), 'web-1', NOW), (error) => error instanceof StatusError && error.status.code === code && error.status.message === message);
  });
}
