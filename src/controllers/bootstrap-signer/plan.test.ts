import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import type { ConfigMap, Secret } from '../../api/generated/core-v1.ts';
import { planClusterInfo } from './plan.ts';

const nowMs = Date.UTC(2026, 0, 1);

function token(id: string, more: Record<string, string> = {}): Secret {
  const data = { 'token-id': id, 'token-secret': 'secret', 'usage-bootstrap-signing': 'true', ...more };
  return { metadata: { name: `bootstrap-token-${id}` }, data: Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')])) } as unknown as Secret;
}

const info = (data: Record<string, string>): ConfigMap => ({ metadata: { name: 'cluster-info' }, data }) as unknown as ConfigMap;

test('signs with tokens that may sign and have not run out, and takes other signatures off', () => {
  const misnamed = { ...token('other'), metadata: { name: 'bootstrap-token-good2' } } as unknown as Secret;
  const tokens = [misnamed, token('good'), token('mute', { 'usage-bootstrap-signing': 'false' }), token('late', { expiration: '2025-01-01T00:00:00Z' })];
  const data = planClusterInfo(info({ kubeconfig: 'content', 'jws-kubeconfig-gone': 'x' }), tokens, nowMs);
  assert.deepEqual(Object.keys(data ?? {}), ['kubeconfig', 'jws-kubeconfig-good']);
  const [header = '', payload, signature] = (data?.['jws-kubeconfig-good'] ?? '').split('.');
  assert.deepEqual(JSON.parse(Buffer.from(header, 'base64url').toString()), { alg: 'HS256', kid: 'good' });
  assert.equal(payload, '');
  assert.equal(signature, createHmac('sha256', 'good.secret').update(`${header}.${Buffer.from('content').toString('base64url')}`).digest('base64url'));
  assert.equal(planClusterInfo(info(data ?? {}), tokens, nowMs), undefined);
});
