/** The tokens with which nodes join. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { BootstrapTokenAuthenticator } from '../../src/apiserver/authentication/bootstrap-tokens.ts';
import { CachedObjects } from '../../src/apiserver/cacher/cached-objects.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { JsonClient } from '../support/json-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let running: TestServer;
let authenticator: BootstrapTokenAuthenticator;
let api: JsonClient;
let made = 0;

before(async () => {
  running = await startTestServer();
  authenticator = new BootstrapTokenAuthenticator({ objects: () => new CachedObjects(running.server.cacher), clock: new SystemClock() });
  api = new JsonClient(running.server.port);
  await api.must('POST /api/v1/namespaces', { metadata: { name: 'kube-system' } });
});
after(async () => {
  api[Symbol.dispose]();
  await running[Symbol.asyncDispose]();
});

const JOINERS = 'system:bootstrappers';

for (const { name, data, type = 'bootstrap.kubernetes.io/token', part = 'c'.repeat(16), expected } of [
  { name: 'a token', data: {}, expected: [JOINERS] },
  { name: 'groups, in order and once', data: { 'auth-extra-groups': `${JOINERS}:foo,${JOINERS}:bar,${JOINERS}:foo` }, expected: [JOINERS, `${JOINERS}:bar`, `${JOINERS}:foo`] },
  { name: 'a group of another kind', data: { 'auth-extra-groups': 'foo' } },
  { name: 'a group without a name', data: { 'auth-extra-groups': `${JOINERS}:foo,` } },
  { name: 'a token that lasts', data: { expiration: '2099-01-01T00:00:00Z' }, expected: [JOINERS] },
  { name: 'a token that is over', data: { expiration: '2009-01-01T00:00:00+02:00' } },
  { name: 'a token of which nobody can read when it is over', data: { expiration: '2099-01-01' } },
  { name: 'a token for something else', data: { 'usage-bootstrap-authentication': 'yes' } },
  { name: 'a token of another name', data: { 'token-id': 'zzzzzz' } },
  { name: 'another secret', data: {}, part: 'd'.repeat(16) },
  { name: 'a Secret of another type', data: {}, type: 'Opaque' },
] as { name: string; data: Record<string, string>; type?: string; part?: string; expected?: string[] }[]) test(name, async () => {
  const id = `aaaa${String(made++).padStart(2, '0')}`;
  const stringData = { 'token-id': id, 'token-secret': 'c'.repeat(16), 'usage-bootstrap-authentication': 'true', ...data };
  await api.must('POST /api/v1/namespaces/kube-system/secrets', { metadata: { name: `bootstrap-token-${id}` }, type, stringData });
  assert.deepEqual(authenticator.authenticateToken(`${id}.${part}`), expected && { user: { name: `system:bootstrap:${id}`, groups: expected } });
});

test('what is no such token is for others to judge', () => {
  for (const token of ['', 'aaaa00', 'aaaa00.c', `AAAA00.${'c'.repeat(16)}`, `aaaa99.${'c'.repeat(16)}`]) assert.equal(authenticator.authenticateToken(token), undefined);
});
