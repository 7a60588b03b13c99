import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import { planPodGC } from './plan.ts';

const CREATED = '2026-01-01T00:00:00Z';

function pod(name: string, { phase = 'Running', created = CREATED, reason, nodeName, isGoing = false }: { phase?: string; created?: string; reason?: string; nodeName?: string; isGoing?: boolean }): Pod {
  const metadata = { name, namespace: 'default', creationTimestamp: created, ...(isGoing && { deletionTimestamp: '2026-01-02T00:00:00Z' }) };
  return { metadata, spec: { nodeName, containers: [] }, status: { phase, reason } } as unknown as Pod;
}

const names = (pods: readonly { readonly metadata: { readonly name: string } }[]): string[] => pods.map(({ metadata }) => metadata.name);

test('of pods that have ended evicted ones go first, then the oldest, then by name; those that are going count', () => {
  const ended = [
    pod('b', { phase: 'Succeeded' }),
    pod('old', { phase: 'Failed', created: '2025-01-01T00:00:00Z' }),
    pod('a', { phase: 'Succeeded', isGoing: true }),
    pod('evicted', { phase: 'Failed', reason: 'Evicted', created: '2026-01-01T09:00:00Z' }),
    pod('runs', {}),
  ];
  assert.deepEqual(names(planPodGC(ended, new Map(), 1).surplus), ['evicted', 'old', 'a']);
  assert.deepEqual(names(planPodGC(ended, new Map(), 4).surplus), []);
  assert.deepEqual(names(planPodGC(ended, new Map(), 0).surplus), [], 'no threshold');
});

test('pods of nodes that are gone, and those that no kubelet will end', () => {
  const node = (name: string, ready: string, taints: object[] = []): [string, Node] => [name, { metadata: { name }, spec: { taints }, status: { conditions: [{ type: 'Ready', status: ready }] } } as unknown as Node];
  const isOut = [{ key: 'node.kubernetes.io/out-of-service', effect: 'NoExecute' }];
  const known = new Map([node('silent', 'Unknown'), node('out', 'Unknown', isOut), node('back', 'True', isOut)]);
  const plan = planPodGC([
    pod('lost', { nodeName: 'gone' }), pod('waits', { isGoing: true }), pod('stuck', { nodeName: 'out', isGoing: true }),
    pod('stays', { nodeName: 'out' }), pod('left to its node', { nodeName: 'silent', isGoing: true }), pod('also', { nodeName: 'back', isGoing: true }),
  ], known, 0);
  assert.deepEqual([names(plan.orphaned), names(plan.unscheduled), names(plan.outOfService)], [['lost'], ['waits'], ['stuck']]);
});
