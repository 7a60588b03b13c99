/** Credentials that are shown and do not hold: nobody is let in as nobody with them. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { SystemClock } from '../../src/base/clock.ts';
import { issueCredentials, newAuthority } from '../../src/pki/index.ts';
import { ADMIN_TOKEN, startServerInProcess } from './support/server-in-process.ts';

const nowMs = new SystemClock().now();
const validity = { notBefore: nowMs - 60_000, notAfter: nowMs + 3_600_000 };
let running: Awaited<ReturnType<typeof startServerInProcess>>;

before(async () => {
  running = await startServerInProcess();
});
after(() => running[Symbol.asyncDispose]());

async function ask(path: string, headers: Record<string, string>, tls: object = {}): Promise<{ status: number | undefined; warning: string | string[] | undefined; body: string }> {
  const sent = request({ host: '127.0.0.1', port: running.server.port, path, headers, agent: false, rejectUnauthorized: false, ...tls }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode, warning: answer.headers['warning'], body: await text(answer) };
}

test('a certificate of an authority that nobody knows is refused, unless another credential holds', async () => {
  const stranger = issueCredentials(newAuthority({ commonName: 'other', ...validity }), { subject: { commonName: 'jane' }, usages: ['client auth'], ...validity });
  const tls = { cert: stranger.certificatePem, key: stranger.keyPem };
  assert.equal((await ask('/version', {})).status, 200);
  assert.equal((await ask('/version', {}, tls)).status, 401);
  assert.equal((await ask('/api/v1/namespaces', { authorization: `Bearer ${ADMIN_TOKEN}` }, tls)).status, 200);
});

test('a token behind two spaces is not looked at, which is told', async () => {
  const told = '299 - "the provided Authorization header contains extra space before the bearer token, and is ignored"';
  assert.deepEqual(await ask('/livez', { authorization: `Bearer  ${ADMIN_TOKEN}` }), { status: 200, warning: told, body: 'ok' });
  const { status, warning } = await ask('/api/v1/namespaces', { authorization: `Bearer  ${ADMIN_TOKEN}` });
  assert.deepEqual([status, warning], [403, told]);
});
