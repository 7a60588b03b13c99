import assert from 'node:assert/strict';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { after, before, suite, test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { endpointSlices, namespaces, pods, services } from '../../src/api/refs.ts';
import type { Pod } from '../../src/api/generated/core-v1.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Client } from '../../src/client/client.ts';
import { admin, ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

const { signal } = new AbortController();
const PAGE = '<html><a href="/rewriteme">test</a></html>';

interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** What the suite's porter does: it says what it was asked. */
const backend = createServer((asked, answer) => {
  void bodyOf(asked).then((body) => {
    const path = asked.url ?? '';
    if (path === '/page') return answer.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'access-control-allow-origin': '*' }).end(PAGE);
    if (path === '/packed') return answer.writeHead(200, { 'content-type': 'text/html', 'content-encoding': 'gzip' }).end(gzipSync(PAGE));
    if (path === '/long') return answer.writeHead(200, { 'content-type': 'text/html' }).end(PAGE.padEnd(9 << 20, ' '));
    if (path === '/away') return answer.writeHead(302, { location: '/there?a=b' }).end();
    return answer.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ method: asked.method, path, body: body.toString(), uri: asked.headers['x-forwarded-uri'] }));
  });
});

suite('proxies to pods and services', { timeout: 60_000 }, () => {
  let server: TestServer;
  let port = 0;

  before(async () => {
    server = await startTestServer();
    backend.listen(0, '127.0.0.1');
    await once(backend, 'listening');
    ({ port } = backend.address() as AddressInfo);
    const client = new Client({ transport: server.server.transportFor(admin), clock: new SystemClock() });
    await client.resource(namespaces).create({ metadata: { name: 'ns' } } as never, { signal });
    const pod = structuredClone(await client.resource(pods, 'ns').create({ metadata: { name: 'web' }, spec: { containers: [{ name: 'main', image: 'i', ports: [{ containerPort: port }] }] } } as never, { signal })) as Pod;
    Object.assign(pod.status, { podIP: '127.0.0.1', podIPs: [{ ip: '127.0.0.1' }] });
    await client.resource(pods, 'ns').updateStatus(pod, { signal });
    await client.resource(services, 'ns').create({ metadata: { name: 'svc' }, spec: { ports: [{ port: 80 }] } } as never, { signal });
    await client.resource(endpointSlices, 'ns').create({ metadata: { name: 'svc-1', labels: { 'kubernetes.io/service-name': 'svc' } }, addressType: 'IPv4', endpoints: [{ addresses: ['10.1.2.3'], conditions: { ready: true } }], ports: [{ name: '', port, protocol: 'TCP' }] } as never, { signal });
  });
  after(async () => {
    backend.close();
    backend.closeAllConnections();
    await server[Symbol.asyncDispose]();
  });

  const ask = async (method: string, path: string, headers: Record<string, string> = {}, sent?: string): Promise<Got & { bytes: Buffer }> => {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
    httpsRequest(`${server.url}/api/v1/namespaces/ns/${path}`, { method, ca: server.ca, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...headers } }, resolve).on('error', reject).end(sent);
    const answer = await promise;
    const bytes = await bodyOf(answer);
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: bytes.toString(), bytes };
  };

  for (const method of ['DELETE', 'GET', 'OPTIONS', 'PATCH', 'POST', 'PUT']) {
    test(`${method} is passed on`, async () => {
      const { status, body } = await ask(method, `pods/web/proxy/some/path/with/${method}?a=b`);
      assert.deepEqual([status, JSON.parse(body)], [200, { method, path: `/some/path/with/${method}?a=b`, body: '', uri: `/api/v1/namespaces/ns/pods/web/proxy/some/path/with/${method}` }]);
    });
  }

  test('GET with a body is passed on whole', async () => {
    const { status, body } = await ask('GET', 'pods/web/proxy/some/path', { 'content-length': '5' }, 'hello');
    assert.deepEqual([status, (JSON.parse(body) as { body: string }).body], [200, 'hello']);
  });

  test('HEAD is passed on', async () => {
    const { status, body } = await ask('HEAD', 'pods/web/proxy/some/path');
    assert.deepEqual([status, body], [200, '']);
  });

  for (const method of ['GET', 'HEAD']) {
    test(`${method} of the proxy itself leads to the path with a slash`, async () => {
      const { status, headers } = await ask(method, 'pods/web/proxy?method=GET');
      assert.deepEqual([status, headers.location], [301, '/api/v1/namespaces/ns/pods/web/proxy/?method=GET']);
    });
  }

  test('POST of the proxy itself is passed on', async () => {
    const { status, body } = await ask('POST', 'pods/web/proxy?method=POST');
    assert.deepEqual([status, (JSON.parse(body) as { path: string }).path], [200, '/?method=POST']);
  });

  for (const { name, message } of [
    { name: 'svc:81', message: 'no service port 81 found for service "svc"' },
    { name: 'https:svc:web', message: 'no endpoints available for service "svc"' },
  ]) {
    test(`a service without the port: ${name}`, async () => {
      const { status, body } = await ask('GET', `services/${name}/proxy/`);
      assert.deepEqual([status, (JSON.parse(body) as { message: string }).message], [503, message]);
    });
  }

  test('links of pages and redirects lead through the proxy', async () => {
    const prefix = `/api/v1/namespaces/ns/pods/http:web:${port}/proxy`;
    const page = await ask('GET', `pods/http:web:${port}/proxy/page`);
    assert.deepEqual([page.status, page.body, page.headers['access-control-allow-origin']], [200, `<html><a href="${prefix}/rewriteme">test</a></html>`, undefined]);
    const packed = await ask('GET', `pods/http:web:${port}/proxy/packed`, { 'accept-encoding': 'gzip' });
    assert.equal(gunzipSync(packed.bytes).toString(), page.body);
    const away = await ask('GET', `pods/http:web:${port}/proxy/away`);
    assert.deepEqual([away.status, away.headers.location], [302, `${prefix}/there?a=b`]);
  });

  test('a page that is too long passes whole, as it is', async () => {
    const { bytes, body } = await ask('GET', 'pods/web/proxy/long');
    assert.deepEqual([bytes.length, body.slice(0, PAGE.length)], [9 << 20, PAGE]);
  });

  test('a path that looks like a host leads to the pod all the same', async () => {
    const { status, body } = await ask('GET', 'pods/web/proxy//elsewhere.invalid/x');
    assert.deepEqual([status, (JSON.parse(body) as { path: string }).path], [200, '//elsewhere.invalid/x']);
  });
});
