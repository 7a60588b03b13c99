import assert from 'node:assert/strict';
import { connect } from 'node:http2';
import { request } from 'node:https';
import { after, before, test } from 'node:test';
import type { Transport } from '../client/transport.ts';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../../test/support/test-server.ts';

const signal = new AbortController().signal;
let server: TestServer;
let admin: Transport;

interface Reply {
  readonly status: number;
  readonly headers: Record<string, unknown>;
  readonly text: string;
}

/** One request over HTTP/1.1. */
function http(method: string, path: string, options: { body?: string; headers?: Record<string, string> } = {}): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, ...(options.body !== undefined && { 'content-type': 'application/json' }), ...options.headers };
  const sent = request(`${server.url}${path}`, { method, ca: server.ca, headers }, (answer) => {
    let text = '';
    answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    answer.on('end', () => resolve({ status: answer.statusCode ?? 0, headers: answer.headers, text }));
  });
  sent.on('error', reject);
  sent.end(options.body);
  return promise;
}

function reasonOf(reply: Reply): string {
  return `${reply.status} ${(JSON.parse(reply.text) as { reason?: string }).reason ?? ''}`;
}

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

async function createMap(name: string, data: Record<string, string> = {}): Promise<{ metadata: { resourceVersion: string } }> {
  const { status, body } = await admin.send({ method: 'POST', path: CONFIG_MAPS, body: { metadata: { name }, data }, signal });
  assert.equal(status, 201);
  return body as { metadata: { resourceVersion: string } };
}

before(async () => {
  server = await startTestServer();
  admin = server.server.transportFor({ name: 'admin', groups: ['system:masters'] });
  await admin.send({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'default' } }, signal });
});

after(() => server[Symbol.asyncDispose]());

test('answers over HTTP/2 and HTTP/1.1 on one port', async () => {
  const session = connect(server.url, { ca: server.ca });
  const stream = session.request({ ':path': '/version', authorization: `Bearer ${ADMIN_TOKEN}` });
  let text = '';
  for await (const chunk of stream.setEncoding('utf8')) text += String(chunk);
  session.close();
  assert.equal((JSON.parse(text) as { minor: string }).minor, '36');
  assert.equal((await http('GET', '/version')).status, 200);
});

for (const [name, method, path, options, expected] of [
  ['an unknown resource', 'GET', '/api/v1/namespaces/default/nothings', {}, '404 NotFound'],
  ['a method that a resource lacks', 'PUT', CONFIG_MAPS, {}, '405 MethodNotAllowed'],
  ['a body that is no JSON', 'POST', CONFIG_MAPS, { body: '{' }, '400 BadRequest'],
  ['a body of another kind', 'POST', CONFIG_MAPS, { body: '{"kind":"Secret","apiVersion":"v1"}' }, '400 BadRequest'],
  ['an unknown content type', 'POST', CONFIG_MAPS, { body: 'x', headers: { 'content-type': 'application/cbor' } }, '415 UnsupportedMediaType'],
  ['an unknown patch type', 'PATCH', `${CONFIG_MAPS}/x`, { body: '{}' }, '415 UnsupportedMediaType'],
  ['a form that nobody speaks', 'GET', CONFIG_MAPS, { headers: { accept: 'text/html' } }, '406 NotAcceptable'],
  ['a body beyond 3 MiB', 'POST', CONFIG_MAPS, { body: `{"data":{"k":"${'x'.repeat(3 << 20)}"}}` }, '413 RequestEntityTooLarge'],
  ['a body nested beyond reason', 'POST', CONFIG_MAPS, { body: `{"x":${'['.repeat(500_000)}${']'.repeat(500_000)}}` }, '400 BadRequest'],
  ['a broken continue token', 'GET', `${CONFIG_MAPS}?limit=1&continue=!!`, {}, '400 BadRequest'],
  ['a broken selector', 'GET', `${CONFIG_MAPS}?labelSelector=a%3Db%3Dc`, {}, '400 BadRequest'],
] as const) {
  test(`refuses ${name}`, async () => assert.equal(reasonOf(await http(method, path, options)), expected));
}

test('keys such as __proto__ are only keys', async () => {
  const reply = await http('POST', CONFIG_MAPS, { body: '{"metadata":{"name":"proto","labels":{"a":"b"}},"data":{"__proto__":"x","constructor":"y"}}' });
  assert.equal(reply.status, 201);
  const { data } = JSON.parse((await http('GET', `${CONFIG_MAPS}/proto`)).text) as { data: object };
  assert.deepEqual(Object.entries(data), [['__proto__', 'x'], ['constructor', 'y']]);
});

test('a write without effect keeps the resourceVersion', async () => {
  const made = await createMap('same', { a: '1' });
  const reply = await http('PATCH', `${CONFIG_MAPS}/same`, { body: '{"data":{"a":"1"}}', headers: { 'content-type': 'application/merge-patch+json' } });
  assert.equal((JSON.parse(reply.text) as typeof made).metadata.resourceVersion, made.metadata.resourceVersion);
});

test('pages of a list show one revision, whatever is written meanwhile', async () => {
  await admin.send({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'pages' } }, signal });
  const path = '/api/v1/namespaces/pages/secrets';
  for (const name of ['a', 'b', 'c']) await admin.send({ method: 'POST', path, body: { metadata: { name } }, signal });
  interface List { metadata: { continue?: string; remainingItemCount?: number }; items: { metadata: { name: string } }[] }
  const first = JSON.parse((await http('GET', `${path}?limit=1`)).text) as List;
  assert.equal(first.metadata.remainingItemCount, 2);
  await admin.send({ method: 'DELETE', path: `${path}/b`, signal });
  await admin.send({ method: 'POST', path, body: { metadata: { name: 'd' } }, signal });
  const rest = JSON.parse((await http('GET', `${path}?continue=${first.metadata.continue ?? ''}`)).text) as List;
  assert.deepEqual(rest.items.map((item) => item.metadata.name), ['b', 'c']);
});

test('a watch shows an object that leaves its selector as deleted', async () => {
  const made = await createMap('leaver');
  const label = (value: string | null) => admin.send({ method: 'PATCH', path: `${CONFIG_MAPS}/leaver`, headers: { 'content-type': 'application/merge-patch+json' }, body: { metadata: { labels: { on: value } } }, signal });
  const events = await admin.watch({ method: 'GET', path: CONFIG_MAPS, query: { labelSelector: 'on=yes', resourceVersion: made.metadata.resourceVersion }, signal });
  await label('yes');
  await label('no');
  const seen: string[] = [];
  for await (const batch of events) {
    seen.push(...batch.map((event) => event.type));
    if (seen.length >= 2) break;
  }
  assert.deepEqual(seen, ['ADDED', 'DELETED']);
});

test('a watch begins with the state and a bookmark when asked for', async () => {
  const events = await admin.watch({
    method: 'GET', path: '/api/v1/namespaces', query: { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan', allowWatchBookmarks: 'true' }, signal,
  });
  const seen: string[] = [];
  for await (const batch of events) {
    seen.push(...batch.map((event) => event.type));
    if (seen.includes('BOOKMARK')) break;
  }
  assert.equal(seen.at(-1), 'BOOKMARK');
  assert.ok(seen.slice(0, -1).every((type) => type === 'ADDED'));
});

test('gives each Service an address and, where asked, a node port of its own', async () => {
  const create = async (name: string) => {
    const { body } = await admin.send({ method: 'POST', path: '/api/v1/namespaces/default/services', body: { metadata: { name }, spec: { type: 'NodePort', ports: [{ port: 80 }] } }, signal });
    return (body as { spec: { clusterIP: string; ports: { nodePort: number }[] } }).spec;
  };
  const [one, other] = [await create('one'), await create('other')];
  assert.match(one.clusterIP, /^10\.96\./);
  assert.notEqual(one.clusterIP, other.clusterIP);
  assert.notEqual(one.ports[0]?.nodePort, other.ports[0]?.nodePort);
  const taken = await admin.send({ method: 'POST', path: '/api/v1/namespaces/default/services', body: { metadata: { name: 'third' }, spec: { clusterIP: one.clusterIP, ports: [{ port: 80 }] } }, signal });
  assert.equal(taken.status, 422);
});

test('two writers of one version: one wins, the other is told of a conflict', async () => {
  const made = await createMap('race');
  const put = (value: string) => admin.send({ method: 'PUT', path: `${CONFIG_MAPS}/race`, body: { metadata: { name: 'race', resourceVersion: made.metadata.resourceVersion }, data: { k: value } }, signal });
  const statuses = (await Promise.all([put('a'), put('b')])).map((reply) => reply.status);
  assert.deepEqual(statuses.sort((a, b) => a - b), [200, 409]);
});

test('a finalizer holds a deleted object until it is taken away', async () => {
  await admin.send({ method: 'POST', path: CONFIG_MAPS, body: { metadata: { name: 'held', finalizers: ['example.com/hold'] } }, signal });
  await admin.send({ method: 'DELETE', path: `${CONFIG_MAPS}/held`, signal });
  assert.equal((await http('GET', `${CONFIG_MAPS}/held`)).status, 200);
  await admin.send({ method: 'PATCH', path: `${CONFIG_MAPS}/held`, headers: { 'content-type': 'application/merge-patch+json' }, body: { metadata: { finalizers: null } }, signal });
  assert.equal((await http('GET', `${CONFIG_MAPS}/held`)).status, 404);
});

for (const { query = '', headers = {}, isIndented } of [
  { query: '?pretty=1', isIndented: true },
  { query: '?pretty=T', isIndented: true },
  { query: '?pretty=yes', isIndented: false },
  { query: '?pretty=0', headers: { 'user-agent': 'curl/8.0' }, isIndented: false },
  { query: '?pretty=', headers: { 'user-agent': 'curl/8.0' }, isIndented: true },
  { headers: { accept: 'application/json;pretty=1' }, isIndented: true },
  { headers: { accept: 'application/json;pretty=0' }, isIndented: false },
] as { query?: string; headers?: Record<string, string>; isIndented: boolean }[]) {
  test(`an answer to ${query} ${JSON.stringify(headers)} is ${isIndented ? '' : 'not '}indented`, async () => {
    for (const path of ['/api/v1/namespaces/default', CONFIG_MAPS, `${CONFIG_MAPS}/none`]) assert.equal((await http('GET', `${path}${query}`, { headers })).text.startsWith('{\n  "kind"'), isIndented, path);
  });
}
