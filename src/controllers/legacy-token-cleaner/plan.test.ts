import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod, Secret, ServiceAccount } from '../../api/generated/core-v1.ts';
import { isTrackedLongEnough, planLegacyToken } from './plan.ts';

const nowMs = Date.UTC(2026, 5, 15, 12);
const periodMs = 30 * 24 * 3_600_000;
const made = ({ labels = {}, created = '2026-01-01T00:00:00Z', type = 'kubernetes.io/service-account-token' } = {}): Secret => ({ metadata: { name: 'token', namespace: 'shop', uid: 'u', creationTimestamp: created, labels }, type }) as unknown as Secret;
const account = { metadata: { name: 'robot' }, secrets: [{ name: 'token' }] } as unknown as ServiceAccount;
const mounting = { spec: { volumes: [{ name: 'v', secret: { secretName: 'token' } }] } } as unknown as Pod;
const used = (day: string) => ({ 'kubernetes.io/legacy-token-last-used': day });
const invalid = (day: string) => ({ 'kubernetes.io/legacy-token-invalid-since': day });

for (const { name, secret = made(), owner = account as ServiceAccount | null, pods = [] as Pod[], expected } of [
  { name: 'one that was never used becomes invalid', expected: 'invalidate' },
  { name: 'one that was used long ago becomes invalid', secret: made({ labels: used('2026-05-01') }), expected: 'invalidate' },
  { name: 'one that was used within the period stays', secret: made({ labels: used('2026-05-16') }), expected: 'keep' },
  { name: 'one whose last use cannot be read stays', secret: made({ labels: used('lately') }), expected: 'keep' },
  { name: 'a young one stays', secret: made({ created: '2026-06-01T00:00:00Z' }), expected: 'keep' },
  { name: 'one that its account does not name was made by hand', owner: { metadata: { name: 'robot' } } as unknown as ServiceAccount, expected: 'keep' },
  { name: 'one without an account stays', owner: null, expected: 'keep' },
  { name: 'one that a pod mounts stays', pods: [mounting], expected: 'keep' },
  { name: 'another Secret stays', secret: made({ type: 'Opaque' }), expected: 'keep' },
  { name: 'one that is invalid for a short time stays', secret: made({ labels: invalid('2026-06-01') }), expected: 'keep' },
  { name: 'one that is invalid for the period goes', secret: made({ labels: invalid('2026-05-01') }), expected: 'delete' },
  { name: 'one that is invalid since no day is marked anew', secret: made({ labels: invalid('x') }), expected: 'invalidate' },
]) test(name, () => assert.equal(planLegacyToken({ secret, account: owner ?? undefined, pods, nowMs, periodMs }), expected));

test('nothing is said of tokens before use has been noted for the period', () => {
  assert.deepEqual(['2026-05-01', '2026-05-16', '', undefined].map((since) => isTrackedLongEnough(since, nowMs, periodMs)), [true, false, false, false]);
});
