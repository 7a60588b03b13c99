import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../apimachinery/meta.ts';
import { planClaims } from './claim.ts';

const owner = (going = false): KubeObject => ({ metadata: { name: 'o', uid: 'o', ...(going && { deletionTimestamp: 'now' }) } }) as unknown as KubeObject;
const object = (name: string, uid?: string, app = 'web', going = false): KubeObject =>
  ({ metadata: { name, uid: name, labels: { app }, ...(uid && { ownerReferences: [{ controller: true, uid }] }), ...(going && { deletionTimestamp: 'now' }) } }) as unknown as KubeObject;
const all = [object('own', 'o'), object('strayed', 'o', 'other'), object('orphan'), object('dying orphan', undefined, 'web', true), object('of another', 'x'), object('unselected', undefined, 'other')];

for (const { name, going, expected } of [
  { name: 'owns what it controls and selects, adopts orphans, releases what strayed', going: false, expected: ['own', 'orphan', 'strayed'] },
  { name: 'an owner that is being deleted neither adopts nor releases', going: true, expected: ['own', '', ''] },
]) {
  test(name, () => {
    const { owned, adopt, release } = planClaims(owner(going), all, ({ metadata }) => metadata.labels?.['app'] === 'web');
    assert.deepEqual([owned, adopt, release].map((list) => list.map(({ metadata }) => metadata.name).join()), expected);
  });
}
