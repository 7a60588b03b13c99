/** Flags of how clients connect, on a real server: what browsers are told, how HTTP/2 is spoken, and how the end is announced. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type ClientHttp2Session } from 'node:http2';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { until } from '../support/until.ts';
import { freePort, ServerProcess } from './support/server-process.ts';

let server: ServerProcess;

async function ask(path: string, options: { method?: string; headers?: Record<string, string> } = {}): Promise<{ status: number; headers: IncomingMessage['headers']; body: string }> {
  const sent = request(`${server.url}${path}`, { agent: false, ...server.tls, ...options }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await text(answer) };
}

before(async () => {
  server = new ServerProcess({
    port: await freePort(),
    flags: [
      '--store', 'memory', '--disable-scheduler', '--controllers=namespace-controller', '--cors-allowed-origins', '//dashboard\\.example(:|$)', '--strict-transport-security-directives=max-age=31536000,includeSubDomains', '--goaway-chance=0.02',
      '--http2-max-streams-per-connection=7', '--external-hostname=api.example', '--shutdown-delay-duration=10m', '--permit-port-sharing', '--advertise-address=127.0.0.1',
    ],
  });
  await server.start();
});

after(() => server[Symbol.asyncDispose]());

test('pages of origins that are allowed may read answers; all browsers are told to keep to TLS', async () => {
  const asked = await ask('/api', { method: 'OPTIONS', headers: { origin: 'https://dashboard.example:8443', 'access-control-request-method': 'DELETE' } });
  assert.equal(asked.status, 204);
  assert.equal(asked.headers['access-control-allow-methods'], 'POST, GET, OPTIONS, PUT, DELETE, PATCH');
  const allowed = await ask('/api', { headers: { origin: 'https://dashboard.example' } });
  assert.deepEqual([allowed.status, allowed.headers['access-control-allow-origin'], allowed.headers['access-control-allow-credentials']], [200, 'https://dashboard.example', 'true']);
  const other = await ask('/api', { headers: { origin: 'https://dashboard.example.evil' } });
  assert.deepEqual([other.status, other.headers['access-control-allow-origin'], other.headers['strict-transport-security']], [200, undefined, 'max-age=31536000; includeSubDomains']);
});

test('documents name the server as others reach it', async () => {
  const { body } = await ask('/.well-known/openid-configuration');
  assert.equal(new URL((JSON.parse(body) as { jwks_uri: string }).jwks_uri).hostname, 'api.example');
});

test('clients over HTTP/2 are asked to connect anew now and then, and lose no request by it', async () => {
  const session = connect(server.url, { ...server.tls });
  let isOver = false;
  session.on('goaway', () => (isOver = true)).on('close', () => (isOver = true));
  const [settings] = (await once(session, 'remoteSettings')) as [{ maxConcurrentStreams?: number }];
  assert.equal(settings.maxConcurrentStreams, 7);
  for (let asked = 0; !isOver; asked++) {
    assert.ok(asked < 5000, 'nobody asked to connect anew');
    assert.equal(await statusOf(session), 200);
  }
  session.close();
});

async function statusOf(session: ClientHttp2Session): Promise<number> {
  const stream = session.request({ ':path': '/version' });
  const [[headers]] = (await Promise.all([once(stream, 'response'), once(stream.resume(), 'end')])) as [[{ ':status'?: number }], unknown];
  return headers[':status'] ?? 0;
}

test('a server that is to end says so first, and answers till then', async () => {
  process.kill(server.pid, 'SIGTERM');
  await until('the server is not ready any more', async () => (await ask('/readyz')).status === 500);
  assert.match((await ask('/readyz?verbose')).body, /\[-\]shutdown failed/);
  assert.equal((await ask('/livez')).status, 200);
  assert.equal((await ask('/api/v1/namespaces')).status, 200);
});
