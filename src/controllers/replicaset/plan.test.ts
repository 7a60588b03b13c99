import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReplicaSet } from '../../api/generated/apps-v1.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { planReplicas, planStatus } from './plan.ts';
import { podsToDelete, youngestToDelete } from './pods-to-delete.ts';

const now = Date.UTC(2026, 0, 1);
/** The pods of siblings matter only when some pods are to go. */
const unasked = (): never => assert.fail('the pods of siblings were asked for');

interface PodFacts {
  readonly node?: string;
  readonly phase?: string;
  readonly ready?: boolean;
  readonly cost?: string;
  readonly restarts?: number;
  readonly ageSeconds?: number;
}

function pod(name: string, { node = 'n', phase = 'Running', ready = true, cost, restarts = 0, ageSeconds = 100 }: PodFacts = {}): Pod {
  const since = new Date(now - ageSeconds * 1000).toISOString();
  return {
    metadata: { name, uid: name, creationTimestamp: since, labels: { app: 'web' }, ...(cost && { annotations: { 'controller.kubernetes.io/pod-deletion-cost': cost } }) },
    spec: { containers: [], ...(node && { nodeName: node }) },
    status: { phase, conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: since }], containerStatuses: [{ restartCount: restarts }] },
  } as unknown as Pod;
}

function set(replicas: number): ReplicaSet {
  const spec = { replicas, selector: { matchLabels: { app: 'web' } }, template: { metadata: { labels: { app: 'web' } }, spec: { containers: [] } } };
  return { metadata: { name: 'web', uid: 'web', generation: 2 }, spec, status: { replicas: 0 } } as unknown as ReplicaSet;
}

for (const { name, keep, goes } of [
  { name: 'an unbound pod goes first', keep: pod('keep'), goes: pod('goes', { node: '' }) },
  { name: 'a pending pod goes before a running one', keep: pod('keep'), goes: pod('goes', { phase: 'Pending' }) },
  { name: 'a pod that is not ready goes before a ready one', keep: pod('keep'), goes: pod('goes', { ready: false }) },
  { name: 'the cheaper pod goes', keep: pod('keep', { cost: '10' }), goes: pod('goes', { cost: '-1' }) },
  { name: 'the pod that restarted more goes', keep: pod('keep'), goes: pod('goes', { restarts: 3 }) },
  { name: 'the much younger pod goes', keep: pod('keep', { ageSeconds: 10_000 }), goes: pod('goes', { ageSeconds: 10 }) },
]) {
  test(name, () => assert.deepEqual(podsToDelete([keep, goes], [keep, goes], 1, now).map(({ metadata }) => metadata.name), ['goes']));
}

test('a pod that shares its node with a sibling goes before one that is alone', () => {
  const [alone, together] = [pod('a', { node: 'n1' }), pod('b', { node: 'n2' })];
  const related = [alone, together, pod('sibling', { node: 'n2' })];
  assert.deepEqual(podsToDelete([alone, together], related, 1, now), [together]);
});

test('of two pods ready for about as long the uid decides, not what came later', () => {
  const [keep, goes] = [pod('b', { ageSeconds: 700, restarts: 9 }), pod('a', { ageSeconds: 800 })];
  assert.deepEqual(podsToDelete([keep, goes], [], 1, now), [goes]);
});

test('the pod whose sidecar restarted more goes, where the containers restarted as often', () => {
  const withSidecar = (name: string, restarts: number): Pod => {
    const one = pod(name);
    return { ...one, spec: { ...one.spec, initContainers: [{ name: 'side', restartPolicy: 'Always' }] }, status: { ...one.status, initContainerStatuses: [{ name: 'side', restartCount: restarts }] } } as Pod;
  };
  const [keep, goes] = [withSidecar('a', 1), withSidecar('b', 2)];
  assert.deepEqual(podsToDelete([keep, goes], [], 1, now), [goes]);
});

test('of the pods of a Job the youngest goes, whatever it costs', () => {
  const [keep, goes] = [pod('a', { ageSeconds: 801, cost: '-5' }), pod('b', { ageSeconds: 800 })];
  assert.deepEqual(youngestToDelete([keep, goes], 1), [goes]);
});

test('a failure stays as it was told first, until pods can be made or deleted as planned', () => {
  const failing = set(3);
  const first = { type: 'ReplicaFailure', status: 'True', lastTransitionTime: '2025-12-31T00:00:00Z', reason: 'FailedCreate', message: 'exceeded quota' };
  failing.status.conditions = [first];
  assert.deepEqual(planStatus(failing, [], { reason: 'FailedDelete', message: 'refused' }, now).conditions, [first]);
  assert.equal(planStatus(failing, [], undefined, now).conditions, undefined);
});

test('creates what is missing, at most 500 a turn, and nothing for a set that is being deleted', () => {
  assert.equal(planReplicas(set(3), [pod('a')], unasked, now).create, 2);
  assert.equal(planReplicas(set(1000), [], unasked, now).create, 500);
  const going = set(3);
  going.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  assert.equal(planReplicas(going, [], unasked, now).create, 0);
});

test('counts pods by what they are, and tells why pods could not be made', () => {
  const terminating = pod('t');
  terminating.metadata.deletionTimestamp = '2026-01-01T00:00:00Z';
  const failure = { reason: 'FailedCreate', message: 'exceeded quota' } as const;
  assert.deepEqual(planStatus(set(3), [pod('a'), pod('b', { ready: false }), terminating], failure, now), {
    replicas: 2, fullyLabeledReplicas: 2, readyReplicas: 1, availableReplicas: 1, terminatingReplicas: 1, observedGeneration: 2,
    conditions: [{ type: 'ReplicaFailure', status: 'True', lastTransitionTime: '2026-01-01T00:00:00Z', reason: 'FailedCreate', message: 'exceeded quota' }],
  });
});
