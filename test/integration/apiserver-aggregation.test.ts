import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { createServer, request as httpsRequest, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TLSSocket } from 'node:tls';
import { after, before, test } from 'node:test';
import type { APIService } from '../../src/api/generated/apiregistration-v1.ts';
import * as refs from '../../src/api/refs.ts';
import { hasReason } from '../../src/apimachinery/status.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Client } from '../../src/client/client.ts';
import { issueCredentials, newAuthority } from '../../src/pki/index.ts';
import { admin, ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';
import { putEndpoint } from '../support/webhook-server.ts';

const clock = new SystemClock();
const { signal } = new AbortController();
const validity = { notBefore: clock.now() - 60_000, notAfter: clock.now() + 86_400_000 };
const frontProxyAuthority = newAuthority({ commonName: 'front-proxy-ca', ...validity });
const frontProxyClient = issueCredentials(frontProxyAuthority, { subject: { commonName: 'front-proxy-client' }, usages: ['client auth'], ...validity });
const extensionAuthority = newAuthority({ commonName: 'extension-ca', ...validity });
const extensionServing = issueCredentials(extensionAuthority, { subject: { commonName: 'extension' }, names: { dnsNames: ['wardle.ext.svc'], ipAddresses: [] }, usages: ['server auth'], ...validity });

let server: TestServer;
let client: Client;
let extension: Server;
/** Connections that have been asked something. */
const used = new WeakSet<object>();
const seen: { url: string; headers: IncomingMessage['headers']; peer: string }[] = [];

const LIST = {
  kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'wardle.example.com/v1', resources: [
    { name: 'flunders', singularName: 'flunder', kind: 'Flunder', namespaced: true, verbs: ['get', 'list', 'create'], shortNames: ['fl'] },
    { name: 'flunders/status', singularName: '', kind: 'Flunder', namespaced: true, verbs: ['get'] },
  ],
};

const DOCUMENTS: Readonly<Record<string, object>> = {
  '/apis/wardle.example.com/v1': LIST,
  '/openapi/v2': { swagger: '2.0', paths: { '/apis/wardle.example.com/v1/flunders': { get: { responses: { 200: { schema: { $ref: '#/definitions/wardle.Flunder' } } } } } }, definitions: { 'wardle.Flunder': { type: 'object' } } },
  '/openapi/v3': { paths: { 'apis/wardle.example.com/v1': { serverRelativeURL: '/openapi/v3/apis/wardle.example.com/v1?hash=7' } } },
  '/openapi/v3/apis/wardle.example.com/v1?hash=7': { openapi: '3.0.0', info: { title: 'wardle' }, paths: {} },
};

before(async () => {
  extension = createServer({ cert: extensionServing.certificatePem, key: extensionServing.keyPem, ca: frontProxyAuthority.certificatePem, requestCert: true, rejectUnauthorized: true }, (request, response) => {
    void (async () => {
      const peer = (request.socket as TLSSocket).getPeerCertificate().subject.CN;
      seen.push({ url: request.url ?? '', headers: request.headers, peer: Array.isArray(peer) ? '' : (peer ?? '') });
      const body = await text(request);
      if (request.url?.includes('/flunders?watch=true')) {
        const frames = ['ADDED', 'MODIFIED'].map((type) => `${JSON.stringify({ type, object: { kind: 'Flunder', apiVersion: 'wardle.example.com/v1', metadata: { name: 'one' } } })}\n`);
        response.writeHead(200, { 'content-type': 'application/json' }).end(frames.join(''));
        return;
      }
      if (request.url === '/apis/closed.example.com/v1') {
        response.writeHead(403).end();
        return;
      }
      if (request.url?.includes('/hasty') && used.has(request.socket)) return request.socket.destroy();
      used.add(request.socket);
      if (request.url?.includes('/broken?watch=true')) {
        response.writeHead(403, { 'content-type': 'application/json' }).end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', reason: 'Forbidden', message: 'not you', code: 403 }));
        return;
      }
      if (request.url?.endsWith('/elsewhere')) {
        response.writeHead(302, { location: 'https://elsewhere.example/' }).end();
        return;
      }
      const answer = DOCUMENTS[request.url ?? ''] ?? { kind: 'Flunder', apiVersion: 'wardle.example.com/v1', metadata: { name: 'one' }, said: body };
      response.writeHead(200, { 'content-type': 'application/json', 'x-own': 'yes' }).end(JSON.stringify(answer));
    })();
  });
  extension.on('upgrade', (_request, socket) => {
    socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n');
    socket.pipe(socket);
  });
  extension.listen(0, '127.0.0.1');
  await once(extension, 'listening');
  server = await startTestServer({ aggregation: { frontProxyClient } });
  client = new Client({ transport: server.server.transportFor(admin), clock, userAgent: 'test' });
  await client.resource(refs.namespaces).create({ metadata: { name: 'ext' } } as never, { signal });
});
after(async () => {
  await server[Symbol.asyncDispose]();
  extension.closeAllConnections();
  extension.close();
});

interface Got {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

async function ask(path: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}): Promise<Got> {
  const request = httpsRequest(`${server.url}${path}`, { ca: server.ca, method: options.method ?? 'GET', headers: { authorization: `Bearer ${ADMIN_TOKEN}`, ...options.headers }, agent: false });
  request.end(options.body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

async function eventually<T>(get: () => Promise<T>, holds: (value: T) => boolean): Promise<T> {
  for (const deadline = clock.monotonic() + 60_000; ; ) {
    const value = await get();
    if (holds(value)) return value;
    if (clock.monotonic() > deadline) assert.fail(`still ${JSON.stringify(value)}`);
    await clock.sleep(50, signal);
  }
}

const condition = async (name: string): Promise<string | undefined> => (await client.resource(refs.apiServices).get(name, { signal }) as APIService).status.conditions?.[0]?.reason;

test('what the server serves itself is registered', async () => {
  const core = await client.resource(refs.apiServices).get('v1.', { signal });
  assert.deepEqual(core.spec, { version: 'v1', groupPriorityMinimum: 18000, versionPriority: 1 });
  assert.equal(core.metadata.labels?.['kube-aggregator.kubernetes.io/automanaged'], 'onstart');
  assert.equal(core.status.conditions?.[0]?.reason, 'Local');
});

test('custom resources are registered as they come, and not when they are gone', async () => {
  const names = { kind: 'Widget', plural: 'widgets' };
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }];
  await client.resource(refs.customResourceDefinitions).create({ metadata: { name: 'widgets.w.example.com' }, spec: { group: 'w.example.com', scope: 'Namespaced', names, versions } } as never, { signal });
  const get = async (): Promise<APIService | undefined> => {
    try {
      return await client.resource(refs.apiServices).get('v1.w.example.com', { signal }) as APIService;
    } catch (error) {
      if (hasReason(error, 'NotFound')) return undefined;
      throw error;
    }
  };
  const made = await eventually(get, (one) => one !== undefined);
  assert.deepEqual(made?.spec, { group: 'w.example.com', version: 'v1', groupPriorityMinimum: 1000, versionPriority: 100 });
  assert.equal(made.metadata.labels?.['kube-aggregator.kubernetes.io/automanaged'], 'true');
  await client.resource(refs.customResourceDefinitions).delete('widgets.w.example.com', { signal });
  await eventually(get, (one) => one === undefined);
});

test('another server is found, asked and told who asks', async () => {
  const spec = { group: 'wardle.example.com', version: 'v1', groupPriorityMinimum: 2000, versionPriority: 200, service: { namespace: 'ext', name: 'wardle', port: 7443 }, caBundle: Buffer.from(extensionAuthority.certificatePem).toString('base64') };
  await client.resource(refs.apiServices).create({ metadata: { name: 'v1.wardle.example.com' }, spec } as never, { signal });
  await eventually(() => condition('v1.wardle.example.com'), (reason) => reason === 'ServiceNotFound');
  const down = await ask('/apis/wardle.example.com/v1');
  assert.deepEqual([down.status, down.headers['content-type'], down.body], [503, 'text/plain; charset=utf-8', 'service unavailable\n']);
  const aggregated = await ask('/apis', { headers: { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' } });
  const stale = (JSON.parse(aggregated.body) as { items: { metadata: { name: string }; versions: { freshness: string }[] }[] }).items.find((one) => one.metadata.name === 'wardle.example.com');
  assert.equal(stale?.versions[0]?.freshness, 'Stale');
  await client.resource(refs.services, 'ext').create({ metadata: { name: 'wardle' }, spec: { ports: [{ port: 7443, name: 'https' }] } } as never, { signal });
  await eventually(() => condition('v1.wardle.example.com'), (reason) => reason === 'EndpointsNotFound');
  await putEndpoint(server.server, { namespace: 'ext', name: 'wardle', portName: 'https', port: (extension.address() as AddressInfo).port });
  await eventually(() => condition('v1.wardle.example.com'), (reason) => reason === 'Passed');
  assert.ok(seen.some(({ url, headers, peer }) => url === '/apis/wardle.example.com/v1' && headers['x-remote-user'] === 'system:kube-aggregator' && peer === 'front-proxy-client'));

  const path = '/apis/wardle.example.com/v1/namespaces/ext/flunders?pretty=false';
  const answer = await ask(path, { method: 'POST', headers: { 'content-type': 'application/json', 'x-remote-user': 'mallory', 'x-remote-extra-scopes': 'all' }, body: '{"a":1}' });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers['x-own'], 'yes');
  assert.equal((JSON.parse(answer.body) as { said: string }).said, '{"a":1}');
  const { headers } = seen.find(({ url }) => url === path) ?? assert.fail('the request did not arrive');
  assert.equal(headers['x-remote-user'], 'admin');
  assert.equal(headers['x-remote-group'], 'system:masters, system:authenticated');
  assert.equal(headers['x-remote-extra-scopes'], undefined);
  assert.equal(headers.authorization, undefined);
  const elsewhere = await ask('/apis/wardle.example.com/v1/elsewhere');
  assert.deepEqual([elsewhere.status, elsewhere.headers.location, elsewhere.body], [502, undefined, 'the backend attempted to redirect this request, which is not permitted']);
});

test('a server that does not let the aggregator in is not available', async () => {
  const spec = { group: 'closed.example.com', version: 'v1', groupPriorityMinimum: 2000, versionPriority: 200, service: { namespace: 'ext', name: 'wardle', port: 7443 }, insecureSkipTLSVerify: true };
  await client.resource(refs.apiServices).create({ metadata: { name: 'v1.closed.example.com' }, spec } as never, { signal });
  await eventually(() => condition('v1.closed.example.com'), (reason) => reason === 'FailedDiscoveryCheck');
  const { status } = await client.resource(refs.apiServices).get('v1.closed.example.com', { signal }) as APIService;
  assert.match(status.conditions?.[0]?.message ?? '', /^failing or missing response from (https:\S+): bad status from \1: 403$/);
  await client.resource(refs.apiServices).delete('v1.closed.example.com', { signal });
});

test('what another server serves is in discovery, for components in process too', async () => {
  const aggregated = await ask('/apis', { headers: { accept: 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList' } });
  const { items } = JSON.parse(aggregated.body) as { items: { metadata: { name: string }; versions: { freshness: string; resources: { resource: string; subresources: object[] }[] }[] }[] };
  const version = items.find((one) => one.metadata.name === 'wardle.example.com')?.versions[0];
  assert.equal(version?.freshness, 'Current');
  assert.deepEqual(version.resources.map(({ resource, subresources }) => [resource, subresources.length]), [['flunders', 1]]);
  const { body } = await ask('/apis/wardle.example.com');
  assert.equal((JSON.parse(body) as { preferredVersion: { groupVersion: string } }).preferredVersion.groupVersion, 'wardle.example.com/v1');
  const inProcess = await client.send({ method: 'GET', path: '/apis/wardle.example.com/v1', signal });
  assert.deepEqual(inProcess, LIST);
});

test('components in process watch what another server serves', async () => {
  const flunders = (resource: string) => client.resource({ group: 'wardle.example.com', version: 'v1', resource, kind: 'Flunder', namespaced: true });
  const types: string[] = [];
  for await (const events of await flunders('flunders').watch({ signal })) for (const { type } of events) types.push(type);
  assert.deepEqual(types, ['ADDED', 'MODIFIED']);
  await assert.rejects(flunders('broken').watch({ signal }), (error) => hasReason(error, 'Forbidden'));
});

test('what another server says of its API is in OpenAPI', async () => {
  const index = JSON.parse((await ask('/openapi/v3')).body) as { paths: Record<string, { serverRelativeURL: string }> };
  const entry = index.paths['apis/wardle.example.com/v1'];
  assert.equal(entry?.serverRelativeURL, '/openapi/v3/apis/wardle.example.com/v1?hash=7');
  assert.equal((JSON.parse((await ask(entry.serverRelativeURL)).body) as { info: { title: string } }).info.title, 'wardle');
  const v2 = JSON.parse((await ask('/openapi/v2')).body) as { paths: object; definitions: Record<string, unknown> };
  assert.ok('/apis/wardle.example.com/v1/flunders' in v2.paths && '/api/v1/' in v2.paths);
  assert.deepEqual(v2.definitions['wardle.Flunder'], { type: 'object' });
});

test('upgrades are handed on', async () => {
  const request = httpsRequest(`${server.url}/apis/wardle.example.com/v1/namespaces/ext/flunders/one/echo`, {
    ca: server.ca, agent: false, headers: { authorization: `Bearer ${ADMIN_TOKEN}`, connection: 'Upgrade', upgrade: 'websocket', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' },
  });
  request.end();
  const [, socket] = (await once(request, 'upgrade')) as [IncomingMessage, TLSSocket];
  socket.write('hello');
  const [chunk] = (await once(socket, 'data')) as [Buffer];
  assert.equal(chunk.toString(), 'hello');
  socket.destroy();
});

test('a server that closes a kept connection just as it is asked again is asked anew', async () => {
  const path = '/apis/wardle.example.com/v1/namespaces/ext/hasty';
  for (let i = 0; i < 3; i++) assert.equal((await ask(path)).status, 200);
  for (let i = 0; i < 3; i++) assert.equal((await server.server.transportFor(admin).send({ method: 'GET', path, signal })).status, 200);
});

test('an API service that is deleted is gone at once', async () => {
  await client.resource(refs.apiServices).delete('v1.wardle.example.com', { signal });
  const { status, body } = await ask('/apis/wardle.example.com/v1');
  assert.deepEqual([status, body], [404, '404 page not found\n']);
});
