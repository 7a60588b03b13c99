import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Deployment, ReplicaSet } from '../../api/generated/apps-v1.ts';
import { planRollout } from './plan.ts';
import { DESIRED_REPLICAS, MAX_REPLICAS, annotationsOfNewSet, newSetDraft } from './revisions.ts';
import { rollingUpdateBounds } from './rolling-update-bounds.ts';
import { planRolloutStatus } from './status.ts';

const now = Date.UTC(2026, 0, 1);

function deployment(spec: Partial<Deployment['spec']> = {}, status: Deployment['status'] = {}): Deployment {
  return {
    metadata: { name: 'web', namespace: 'default', uid: 'd', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', generation: 1 },
    spec: {
      replicas: 10,
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [{ name: 'c', image: 'new' } as never] } },
      strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
      progressDeadlineSeconds: 600,
      ...spec,
    },
    status,
  } as Deployment;
}

function set(name: string, image: string, replicas: number, available: number, annotations: Record<string, string> = {}): ReplicaSet {
  return {
    metadata: { name, namespace: 'default', uid: name, resourceVersion: '1', creationTimestamp: `2026-01-01T00:00:0${name.length}Z`, annotations },
    spec: { replicas, selector: {}, template: { metadata: { labels: { app: 'web', 'pod-template-hash': name } }, spec: { containers: [{ name: 'c', image } as never] } } },
    status: { replicas, availableReplicas: available, readyReplicas: available },
  } as ReplicaSet;
}

const sizes = (plan: ReturnType<typeof planRollout>): Record<string, number> => Object.fromEntries(plan.scale.map(({ set: one, replicas }) => [one.metadata.name, replicas]));

for (const { name, replicas, strategy, expected } of [
  { name: 'rounds surge up and unavailable down', replicas: 10, strategy: { maxSurge: '25%', maxUnavailable: '25%' }, expected: { surge: 3, unavailable: 2 } },
  { name: 'keeps one pod moving when both bounds are 0', replicas: 3, strategy: { maxSurge: 0, maxUnavailable: '1%' }, expected: { surge: 0, unavailable: 1 } },
  { name: 'never lacks more than there are to be', replicas: 1, strategy: { maxSurge: 1, maxUnavailable: 5 }, expected: { surge: 1, unavailable: 1 } },
]) {
  test(name, () => assert.deepEqual(rollingUpdateBounds(deployment({ replicas, strategy: { type: 'RollingUpdate', rollingUpdate: strategy } })), expected));
}

test('creates the first set with all replicas', () => assert.deepEqual(planRollout(deployment(), [], []).create, { replicas: 10 }));

test('creates the new set of a rollout with the surge only', () => {
  assert.deepEqual(planRollout(deployment(), [set('a', 'old', 10, 10)], []).create, { replicas: 3 });
});

test('takes old pods away as far as enough stay available', () => {
  const plan = planRollout(deployment(), [set('a', 'old', 10, 10), set('bb', 'new', 3, 0)], []);
  assert.deepEqual(sizes(plan), { a: 8 });
});

test('takes old pods that are not available first', () => {
  const plan = planRollout(deployment(), [set('a', 'old', 8, 8), set('bb', 'older', 2, 0), set('ccc', 'new', 3, 0)], []);
  assert.deepEqual(sizes(plan), { bb: 0 });
});

test('scales the new set up to the surge before it takes from the old', () => {
  assert.deepEqual(sizes(planRollout(deployment(), [set('a', 'old', 8, 8), set('bb', 'new', 3, 3)], [])), { bb: 5 });
});

test('recreate takes all old pods away, and waits until they are gone', () => {
  const recreate = deployment({ strategy: { type: 'Recreate' } });
  assert.deepEqual(sizes(planRollout(recreate, [set('a', 'old', 10, 10)], [])), { a: 0 });
  const old = { ...set('a', 'old', 0, 0), status: { replicas: 0 } } as ReplicaSet;
  const pod = { metadata: { ownerReferences: [{ controller: true, uid: 'a' }] }, status: { phase: 'Running' }, spec: {} } as never;
  assert.deepEqual(planRollout(recreate, [old], [pod]), { scale: [], delete: [] });
  assert.deepEqual(planRollout(recreate, [old], []).create, { replicas: 10 });
});

test('shares a change of size out over the sets of a rollout in proportion', () => {
  const marks = { [DESIRED_REPLICAS]: '10', [MAX_REPLICAS]: '13' };
  const plan = planRollout(deployment({ replicas: 20 }), [set('a', 'old', 8, 8, marks), set('bb', 'new', 5, 5, marks)], []);
  assert.deepEqual(sizes(plan), { a: 15, bb: 10 });
});

test('a paused Deployment is scaled, but does not roll', () => {
  const marks = { [DESIRED_REPLICAS]: '10', [MAX_REPLICAS]: '13' };
  const plan = planRollout(deployment({ paused: true, replicas: 4 }), [set('a', 'old', 10, 10, marks)], []);
  assert.equal(plan.create, undefined);
  assert.deepEqual(sizes(plan), { a: 4 });
});

test('deletes the oldest empty sets beyond the history limit once it is complete', () => {
  const revision = (value: number): Record<string, string> => ({ 'deployment.kubernetes.io/revision': String(value) });
  const complete = deployment({ revisionHistoryLimit: 1 }, { replicas: 10, updatedReplicas: 10, availableReplicas: 10, observedGeneration: 1 });
  const plan = planRollout(complete, [set('a', 'o1', 0, 0, revision(1)), set('bb', 'o2', 0, 0, revision(2)), set('ccc', 'new', 10, 10, revision(3))], []);
  assert.deepEqual(plan.delete.map(({ metadata }) => metadata.name), ['a']);
});

test('a new set has a hash in name, labels and selector, and remembers the size', () => {
  const draft = newSetDraft(deployment(), { group: 'apps', version: 'v1', kind: 'Deployment' }, 3, 2n);
  const hash = draft.metadata.labels?.['pod-template-hash'];
  assert(hash);
  assert.equal(draft.metadata.name, `web-${hash}`);
  assert.deepEqual(draft.spec.selector.matchLabels, { app: 'web', 'pod-template-hash': hash });
  assert.deepEqual(draft.metadata.annotations, { 'deployment.kubernetes.io/revision': '2', [DESIRED_REPLICAS]: '10', [MAX_REPLICAS]: '13' });
});

test('rolling back gives the old set the next revision and remembers the one it had', () => {
  const old = set('a', 'new', 0, 0, { 'deployment.kubernetes.io/revision': '1' });
  const annotations = annotationsOfNewSet(deployment(), old, 3n);
  assert.equal(annotations['deployment.kubernetes.io/revision'], '3');
  assert.equal(annotations['deployment.kubernetes.io/revision-history'], '1');
});

test('a rollout that stands still for longer than its deadline has timed out', () => {
  const progressing = { type: 'Progressing', status: 'True', reason: 'ReplicaSetUpdated', lastUpdateTime: '2025-12-31T23:49:59Z', lastTransitionTime: '2025-12-31T23:00:00Z' };
  const status = planRolloutStatus(deployment({}, { replicas: 3, updatedReplicas: 3, unavailableReplicas: 3, conditions: [progressing] }), [set('a', 'new', 3, 0)], set('a', 'new', 3, 0), now);
  assert.deepEqual(status.conditions?.find(({ type }) => type === 'Progressing'), {
    type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded', message: 'ReplicaSet "a" has timed out progressing.',
    lastUpdateTime: '2026-01-01T00:00:00Z', lastTransitionTime: '2026-01-01T00:00:00Z',
  });
});
