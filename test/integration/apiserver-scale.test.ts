import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { HttpConnection } from '../../bench/http-connection.ts';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

/** The small size of `npm run bench:scale`: many watchers, and long lists while writes go on. */
const MAPS = '/api/v1/namespaces/default/configmaps';
const OBJECTS = 2000;
const VALUE = 'x'.repeat(4000);

let server: TestServer;
let writer: HttpConnection;

function mapNamed(name: string, value: string): { body: Buffer } {
  return { body: Buffer.from(JSON.stringify({ metadata: { name }, data: { value } })) };
}

async function objectOf(path: string): Promise<{ metadata: { resourceVersion: string; continue?: string }; items: { metadata: { name: string } }[] }> {
  const { status, body } = await writer.request('GET', path, { keepsBody: true });
  assert.equal(status, 200, body.toString());
  return JSON.parse(body.toString()) as Awaited<ReturnType<typeof objectOf>>;
}

before(async () => {
  server = await startTestServer();
  writer = await HttpConnection.open(new URL(server.url), ADMIN_TOKEN);
  for (let i = 0; i < OBJECTS; i++) await writer.request('POST', MAPS, mapNamed(`map-${String(i).padStart(5, '0')}`, VALUE));
});

after(async () => {
  writer.close();
  await server[Symbol.asyncDispose]();
});

test('tells each of 200 watchers of each change, in order', async () => {
  const { metadata } = await objectOf(`${MAPS}?limit=1`);
  const names = Array.from({ length: 50 }, (_, i) => `change-${i}`);
  const watchers = await Promise.all(Array.from({ length: 200 }, () => HttpConnection.open(new URL(server.url), ADMIN_TOKEN)));
  const heard = watchers.map((watcher) => new Promise<string[]>((resolve) => {
    let text = '';
    watcher.stream(`${MAPS}?watch=1&resourceVersion=${metadata.resourceVersion}`, (chunk) => {
      text += chunk.toString();
      const seen = [...text.matchAll(/"type":"ADDED","object":\{[^\n]*?"name":"(change-\d+)"/g)].map((match) => match[1] ?? '');
      if (seen.length === names.length) resolve(seen);
    });
  }));
  for (const name of names) assert.equal((await writer.request('POST', MAPS, mapNamed(name, 'small'))).status, 201);
  for (const seen of await Promise.all(heard)) assert.deepEqual(seen, names);
  for (const watcher of watchers) watcher.close();
});

test('pages through one state while writes go on', async () => {
  const names: string[] = [];
  for (let token: string | undefined = ''; token !== undefined;) {
    const page = await objectOf(`${MAPS}?limit=300${token && `&continue=${encodeURIComponent(token)}`}`);
    names.push(...page.items.map((item) => item.metadata.name));
    token = page.metadata.continue;
    await writer.request('POST', MAPS, mapNamed(`between-${names.length}`, 'small'));
    await writer.request('DELETE', `${MAPS}/map-${String(names.length).padStart(5, '0')}`);
  }
  assert.equal(names.filter((name) => name.startsWith('map-')).length, OBJECTS);
  assert.ok(!names.some((name) => name.startsWith('between-')));
});

test('holds no list in memory for clients that do not read', async () => {
  const { length } = (await writer.request('GET', MAPS, { keepsBody: true })).body;
  const clients = await Promise.all(Array.from({ length: 24 }, () => stalled()));
  const used = process.memoryUsage().arrayBuffers - clients.reduce((sum, client) => sum + client.readableLength, 0);
  assert.ok(used < length * 12, `${used} bytes are held for 24 lists of ${length} bytes each`);
  for (const client of clients) client.destroy();
});

/** A client that asks for the list and reads no more than its first bytes. */
async function stalled(): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: server.server.port, ca: server.ca, ALPNProtocols: ['http/1.1'] });
  await once(socket, 'secureConnect');
  socket.write(`GET ${MAPS} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n\r\n`);
  await once(socket, 'readable');
  return socket;
}
