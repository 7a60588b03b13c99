import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StatefulSet } from '../../api/generated/apps-v1.ts';
import { claimsOf } from './identity.ts';

test('a claim has what its template says of it, and the labels that the set selects by', () => {
  const template = { metadata: { name: 'data', labels: { app: 'other', tier: 'db' }, annotations: { a: 'b' }, finalizers: ['example.com/keep'] }, spec: { accessModes: ['ReadWriteOnce'] } };
  const set = { metadata: { name: 'web', namespace: 'shop' }, spec: { selector: { matchLabels: { app: 'web' } }, volumeClaimTemplates: [template] } } as unknown as StatefulSet;
  assert.deepEqual(claimsOf(set, 3), [{
    metadata: { name: 'data-web-3', namespace: 'shop', labels: { app: 'web', tier: 'db' }, annotations: { a: 'b' }, finalizers: ['example.com/keep'] }, spec: { accessModes: ['ReadWriteOnce'] },
  }]);
});
