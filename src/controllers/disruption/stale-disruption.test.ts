import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import { selectorText } from './selector-text.ts';
import { staleInMs } from './stale-disruption.ts';

const nowMs = Date.UTC(2026, 0, 1);
const pod = ({ status = 'True', reason = 'EvictionByEvictionAPI', ageMs = 30_000, phase = 'Running', metadata = {} }): Pod =>
  ({ metadata, status: { phase, conditions: [{ type: 'DisruptionTarget', status, reason, lastTransitionTime: new Date(nowMs - ageMs).toISOString() }] } }) as unknown as Pod;

for (const { name, of, expected } of [
  { name: 'a disruption may be announced for two minutes', of: pod({}), expected: 90_000 },
  { name: 'then it is out of date', of: pod({ ageMs: 200_000 }), expected: 0 },
  { name: 'not where the pod is being deleted', of: pod({ metadata: { deletionTimestamp: 'x' } }), expected: undefined },
  { name: 'not where it has ended', of: pod({ phase: 'Failed' }), expected: undefined },
  { name: 'not where the kubelet is about to end it', of: pod({ reason: 'TerminationByKubelet' }), expected: undefined },
  { name: 'not where it was taken back', of: pod({ status: 'False' }), expected: undefined },
]) {
  test(name, () => assert.equal(staleInMs(of, nowMs), expected));
}

test('a selector is written as Go prints it', () => {
  assert.equal(selectorText({ matchLabels: { b: '2', a: '1' } }), '&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},MatchExpressions:[]LabelSelectorRequirement{},}');
  assert.equal(
    selectorText({ matchExpressions: [{ key: 'k', operator: 'In', values: ['x', 'y'] }, { key: 'l', operator: 'Exists' }] }),
    '&LabelSelector{MatchLabels:map[string]string{},MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:k,Operator:In,Values:[x y],},LabelSelectorRequirement{Key:l,Operator:Exists,Values:[],},},}',
  );
});
