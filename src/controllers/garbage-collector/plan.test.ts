import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ObjectMeta } from '../../apimachinery/meta.ts';
import type { GraphNode } from './graph.ts';
import { blockingDependents, ownerMismatch, type OwnerState, planCollection, wrongNamespaceMessage } from './plan.ts';

const owner = (uid: string, blockOwnerDeletion = false): object => ({ apiVersion: 'v1', kind: 'X', name: uid, uid, blockOwnerDeletion });
const metadata = (owners: object[], more: object = {}): ObjectMeta => ({ name: 'o', uid: 'o', ownerReferences: owners, ...more }) as unknown as ObjectMeta;
const dependent = (more: object = {}): GraphNode => ({ ref: {}, metadata: metadata([owner('o', true)], { uid: 'd', ...more }) }) as unknown as GraphNode;
const states = (entries: Record<string, OwnerState>): Map<string, OwnerState> => new Map(Object.entries(entries));
const going = { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['foregroundDeletion'] };

for (const { name, object, owners, dependents = [], expected } of [
  { name: 'without owners it stays', object: metadata([]), owners: {}, expected: 'nothing' },
  { name: 'with a living owner it stays', object: metadata([owner('a')]), owners: { a: 'solid' }, expected: 'nothing' },
  { name: 'with a living and a dead owner it loses the dead one', object: metadata([owner('a'), owner('b')]), owners: { a: 'solid', b: 'dangling' }, expected: 'release a' },
  { name: 'without living owners it goes in the background', object: metadata([owner('a')]), owners: { a: 'dangling' }, expected: 'delete Background' },
  { name: 'it keeps the way of going that its finalizers say', object: metadata([owner('a')], { finalizers: ['orphan'] }), owners: { a: 'dangling' }, expected: 'delete Orphan' },
  { name: 'with an owner of which nothing can be said it stays', object: metadata([owner('a'), owner('b')]), owners: { a: 'dangling', b: 'senseless' }, expected: 'nothing' },
  { name: 'an owner that waits takes it along in the foreground if it has dependents', object: metadata([owner('a')]), owners: { a: 'waiting' }, dependents: [dependent()], expected: 'delete Foreground' },
  { name: 'an owner that waits for one without dependents', object: metadata([owner('a')]), owners: { a: 'waiting' }, expected: 'delete Background' },
  { name: 'a cycle of waits is broken', object: metadata([owner('a')]), owners: { a: 'waiting' }, dependents: [dependent(going)], expected: 'delete Foreground unblocking' },
] as const) {
  test(name, () => {
    const plan = planCollection(object, states(owners), dependents);
    const detail = plan.action === 'release' ? ` ${plan.keep.map(({ uid }) => uid).join()}` : plan.action === 'delete' ? ` ${plan.propagationPolicy}${plan.unblock.length > 0 ? ' unblocking' : ''}` : '';
    assert.equal(`${plan.action}${detail}`, expected);
  });
}

test('only dependents that say so block an owner', () => {
  const lax = { ref: {}, metadata: metadata([owner('o')], { uid: 'lax' }) } as unknown as GraphNode;
  assert.deepEqual(blockingDependents('o', [dependent(), lax]).map((node) => node.metadata.uid), ['d']);
});

test('an owner is what its references say: in the same namespace, of the same kind and name', () => {
  const reference = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web', uid: 'u' };
  const web = { ref: { group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment', namespaced: true }, metadata: { name: 'web', namespace: 'shop', uid: 'u' } } as unknown as GraphNode;
  const role = { ref: { group: 'apps', version: 'v1', resource: 'deployments', kind: 'Deployment', namespaced: false }, metadata: { name: 'web', uid: 'u' } } as unknown as GraphNode;
  assert.deepEqual([
    ownerMismatch(web, reference, 'shop'), ownerMismatch(web, { ...reference, apiVersion: 'apps/v1beta1' }, 'shop'), ownerMismatch(role, reference, 'shop'),
    ownerMismatch(web, reference, 'bank'), ownerMismatch(web, reference, undefined), ownerMismatch(web, { ...reference, name: 'api' }, 'shop'), ownerMismatch(web, { ...reference, apiVersion: 'v1' }, 'shop'),
  ], [undefined, undefined, undefined, 'namespace', 'namespace', 'object', 'object']);
  assert.equal(wrongNamespaceMessage(reference, 'bank'), 'ownerRef [apps/v1/Deployment, namespace: bank, name: web, uid: u] does not exist in namespace "bank"');
});
