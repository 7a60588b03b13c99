import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, PodAffinityTerm } from '../api/generated/core-v1.ts';
import { affinityTermOf } from './affinity-term.ts';

const declared: PodAffinityTerm = { topologyKey: 'rack', labelSelector: { matchLabels: { tier: 'cache' } }, matchLabelKeys: ['release'] };
const noLabels = () => ({});

function pod(namespace: string, labels: Record<string, string>): Pod {
  return { metadata: { name: 'one', namespace, uid: 'one', resourceVersion: '1', creationTimestamp: '', labels }, spec: { containers: [] }, status: {} };
}

test('pods of several namespaces may share what declares a term, and mean each their own namespace', () => {
  const [red, blue] = [pod('red', { tier: 'cache' }), pod('blue', { tier: 'cache' })];
  for (const [owner, other] of [[red, blue], [blue, red], [red, blue]] as const) {
    const term = affinityTermOf(owner, declared);
    assert.equal(term.matches(owner, noLabels), true);
    assert.equal(term.matches(other, noLabels), false);
    assert.equal(affinityTermOf(owner, declared), term, 'worked out once');
    assert.deepEqual([...term.namespaces], [owner.metadata.namespace]);
  }
  assert.notEqual(affinityTermOf(red, declared).key, affinityTermOf(blue, declared).key);
});

test('a term asks for what its selector says, whatever the labels of its owner have become since it was made', () => {
  const merged: PodAffinityTerm = { ...declared, labelSelector: { ...declared.labelSelector, matchExpressions: [{ key: 'release', operator: 'In', values: ['1'] }] } };
  const [before, after] = [pod('red', { tier: 'cache', release: '1' }), pod('red', { tier: 'cache', release: '2' })];
  for (const owner of [before, after]) assert.deepEqual([before, after].map((other) => affinityTermOf(owner, merged).matches(other, noLabels)), [true, false]);
});
