import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DaemonSet } from '../../api/generated/apps-v1.ts';
import type { Node, Pod, Taint } from '../../api/generated/core-v1.ts';
import { daemonPod } from './daemon-pod.ts';
import { planDaemons, planStatus } from './plan.ts';

const nowMs = Date.UTC(2026, 0, 1);

function set(rollingUpdate: object = { maxUnavailable: 1, maxSurge: 0 }): DaemonSet {
  return {
    metadata: { name: 'agent', namespace: 'default', uid: 'd', generation: 1 },
    spec: { selector: { matchLabels: { app: 'agent' } }, template: { metadata: { labels: { app: 'agent' } }, spec: { containers: [] } }, updateStrategy: { type: 'RollingUpdate', rollingUpdate } },
    status: {},
  } as unknown as DaemonSet;
}

const node = (name: string, taints: Taint[] = []): Node => ({ metadata: { name }, spec: { taints }, status: {} }) as unknown as Node;

function pod(name: string, nodeName: string, { hash = 'new', ready = true, phase = 'Running', created = '2026-01-01T00:00:00Z' } = {}): Pod {
  return {
    metadata: { name, uid: name, creationTimestamp: created, labels: { app: 'agent', 'controller-revision-hash': hash } },
    spec: { nodeName, containers: [] },
    status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: created }] },
  } as unknown as Pod;
}

const going = (one: Pod): Pod => ({ ...one, metadata: { ...one.metadata, deletionTimestamp: '2026-01-01T00:00:00Z' } });

const plan = (nodes: Node[], pods: Pod[], rollingUpdate?: object): { create: readonly string[]; delete: string[] } => {
  const { create, delete: gone } = planDaemons({ set: set(rollingUpdate), nodes, pods, hash: 'new', nowMs });
  return { create, delete: gone.map(({ metadata }) => metadata.name) };
};

for (const { name, nodes, pods, rollingUpdate, expected } of [
  { name: 'a node without a pod gets one', nodes: [node('a'), node('b')], pods: [pod('p', 'a')], expected: { create: ['b'], delete: [] } },
  { name: 'a second pod on a node goes, the older stays', nodes: [node('a')], pods: [pod('p', 'a'), pod('q', 'a', { created: '2026-01-01T00:00:01Z' })], expected: { create: [], delete: ['q'] } },
  { name: 'a node that is not schedulable still gets one', nodes: [node('a', [{ key: 'node.kubernetes.io/unschedulable', effect: 'NoSchedule' }])], pods: [], expected: { create: ['a'], delete: [] } },
  { name: 'a taint that is not tolerated keeps new pods away, and lets those there stay', nodes: [node('a', [{ key: 'x', effect: 'NoSchedule' }]), node('b', [{ key: 'x', effect: 'NoSchedule' }])], pods: [pod('p', 'a')], expected: { create: [], delete: [] } },
  { name: 'a NoExecute taint drives pods away', nodes: [node('a', [{ key: 'x', effect: 'NoExecute' }])], pods: [pod('p', 'a')], expected: { create: [], delete: ['p'] } },
  { name: 'a failed pod goes', nodes: [node('a')], pods: [pod('p', 'a', { phase: 'Failed', ready: false })], expected: { create: [], delete: ['p'] } },
  { name: 'a rolling update takes one at a time', nodes: [node('a'), node('b')], pods: [pod('p', 'a', { hash: 'old' }), pod('q', 'b', { hash: 'old' })], expected: { create: [], delete: ['p'] } },
  { name: 'a rolling update waits for a node whose pod is gone and not yet made', nodes: [node('a'), node('b')], pods: [pod('q', 'b', { hash: 'old' })], expected: { create: ['a'], delete: [] } },
  { name: 'old pods that are not available count as missing', nodes: [node('a'), node('b')], pods: [pod('p', 'a', { hash: 'old', ready: false }), pod('q', 'b', { hash: 'old' })], expected: { create: [], delete: ['p'] } },
  { name: 'a rolling update waits while a new pod is not ready', nodes: [node('a'), node('b')], pods: [pod('p', 'a', { ready: false }), pod('q', 'b', { hash: 'old' })], expected: { create: [], delete: [] } },
  { name: 'old pods that are not ready go at once', nodes: [node('a'), node('b')], pods: [pod('p', 'a', { ready: false }), pod('q', 'b', { hash: 'old', ready: false })], expected: { create: [], delete: ['q'] } },
  { name: 'with surge a pod that has ended holds up no other', nodes: [node('a')], pods: [pod('p', 'a', { phase: 'Failed', ready: false })], rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }, expected: { create: ['a'], delete: ['p'] } },
  { name: 'nor does one that is going', nodes: [node('a')], pods: [going(pod('p', 'a'))], rollingUpdate: { maxSurge: '10%', maxUnavailable: 0 }, expected: { create: ['a'], delete: [] } },
  { name: 'without surge it does', nodes: [node('a')], pods: [going(pod('p', 'a'))], expected: { create: [], delete: [] } },
  { name: 'with surge the new pod comes first', nodes: [node('a'), node('b')], pods: [pod('p', 'a', { hash: 'old' }), pod('q', 'b', { hash: 'old' })], rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }, expected: { create: ['a'], delete: [] } },
  { name: 'with surge the old pod goes when the new one is available', nodes: [node('a')], pods: [pod('p', 'a', { hash: 'old' }), pod('q', 'a')], rollingUpdate: { maxSurge: 1, maxUnavailable: 0 }, expected: { create: [], delete: ['p'] } },
]) {
  test(name, () => assert.deepEqual(plan(nodes, pods, rollingUpdate), expected));
}

test('the pod is pinned to its node and tolerates what befalls nodes', () => {
  const { spec, metadata } = daemonPod(set(), 'a', 'hash');
  assert.deepEqual(spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution, { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['a'] }] }] });
  assert.deepEqual(spec.tolerations?.map(({ key, effect }) => `${key?.slice('node.kubernetes.io/'.length)}:${effect}`), [
    'not-ready:NoExecute', 'unreachable:NoExecute', 'disk-pressure:NoSchedule', 'memory-pressure:NoSchedule', 'pid-pressure:NoSchedule', 'unschedulable:NoSchedule',
  ]);
  assert.equal(metadata.labels?.['controller-revision-hash'], 'hash');
});

test('counts nodes, not pods', () => {
  const view = { set: set(), nodes: [node('a'), node('b'), node('c', [{ key: 'x', effect: 'NoSchedule' }])], pods: [pod('p', 'a'), pod('r', 'c')], hash: 'new', nowMs };
  assert.deepEqual(planStatus(view), {
    currentNumberScheduled: 1, numberMisscheduled: 1, desiredNumberScheduled: 2, numberReady: 1, updatedNumberScheduled: 1, numberAvailable: 1, observedGeneration: 1, numberUnavailable: 1,
  });
});
