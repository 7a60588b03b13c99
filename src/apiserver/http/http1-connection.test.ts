import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Duplex } from 'node:stream';
import { connect, type TLSSocket } from 'node:tls';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../../../test/support/test-server.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { Http1Connection } from './http1-connection.ts';
import { TurnEnd } from './turn-end.ts';

let server: TestServer;

before(async () => {
  server = await startTestServer();
});

after(() => server[Symbol.asyncDispose]());

async function open(): Promise<TLSSocket> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect({ host: '127.0.0.1', port: server.server.port, ca: server.ca, ALPNProtocols: ['http/1.1'] }, resolve);
  socket.once('error', reject);
  await promise;
  socket.setNoDelay(true);
  return socket;
}

/** What comes until `isEnough` says so or the server ends the connection. */
function read(socket: TLSSocket, isEnough: (text: string) => boolean): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    if (isEnough(text)) resolve(text);
  });
  socket.on('close', () => resolve(text));
  return promise;
}

function request(line: string, options: { headers?: string; body?: string } = {}): string {
  const { headers = '', body } = options;
  const length = body === undefined ? '' : `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`;
  return `${line} HTTP/1.1\r\nHost: test\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n${headers}${length}\r\n${body ?? ''}`;
}

const answers = (text: string): string[] => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1] ?? '');
const configMap = (name: string, value = 'x'): string => JSON.stringify({ metadata: { name }, data: { value } });
const MAPS = '/api/v1/namespaces/default/configmaps';

for (const { name, sent, expected } of [
  { name: 'answers requests that came together in their order', sent: [request('GET /version') + request('GET /api/v1/nope') + request('GET /livez')], expected: ['200', '404', '200'] },
  { name: 'waits for a head that comes in pieces', sent: ['GET /version HT', `TP/1.1\r\nHost: test\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r`, '\n\r', '\n'], expected: ['200'] },
  { name: 'waits for a body that comes in pieces', sent: [request(`POST ${MAPS}`, { body: configMap('pieces') }).slice(0, -20), configMap('pieces').slice(-20)], expected: ['201'] },
  { name: 'takes what follows a body for the next request', sent: [request(`POST ${MAPS}`, { body: configMap('first') }) + request(`GET ${MAPS}/first`)], expected: ['201', '200'] },
  { name: 'drops a body that nobody reads', sent: [request('POST /version/nothing', { body: 'GET /livez HTTP/1.1\r\n\r\n' }) + request('GET /livez')], expected: ['404', '200'] },
  { name: 'passes a chunked body, and what follows it, to the reader of Node', sent: [request('GET /livez') + request(`POST ${MAPS}`, { headers: 'Transfer-Encoding: chunked\r\nContent-Type: application/json\r\n' }) + `${configMap('chunked').length.toString(16)}\r\n${configMap('chunked')}\r\n0\r\n\r\n`, request(`GET ${MAPS}/chunked`)], expected: ['200', '201', '200'] },
  { name: 'refuses what is no HTTP and ends the connection', sent: ['hello there\r\n\r\n'], expected: ['400'] },
  { name: 'refuses heads that are too large', sent: [`GET /version HTTP/1.1\r\nHost: test\r\nX-Large: ${'x'.repeat(2 << 20)}\r\n\r\n`], expected: ['431'] },
  { name: 'knows a header that is sent twice', sent: [request('GET /version', { headers: 'Accept: application/xml\r\nAccept: application/json\r\n' })], expected: ['200'] },
  { name: 'answers HEAD without a body', sent: [request(`HEAD ${MAPS}`) + request('GET /livez')], expected: ['405', '200'] },
]) {
  test(name, async () => {
    const socket = await open();
    const all = read(socket, (text) => answers(text).length === expected.length);
    for (const part of sent) {
      socket.write(part);
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.deepEqual(answers(await all), expected);
    socket.destroy();
  });
}

test('sends a body of many pieces whole, and the next answer behind it', async () => {
  const socket = await open();
  const value = 'abcdefgh'.repeat(100_000);
  const both = read(socket, (text) => answers(text).length === 3);
  socket.write(request(`POST ${MAPS}`, { body: configMap('large', value) }));
  socket.write(request(`GET ${MAPS}/large`) + request('GET /livez'));
  const text = await both;
  assert.deepEqual(answers(text), ['201', '200', '200']);
  assert.equal(text.split(value).length, 3);
  socket.destroy();
});

test('ends a connection that asks for it', async () => {
  const socket = await open();
  const text = read(socket, () => false);
  socket.write(request('GET /livez', { headers: 'Connection: close\r\n' }));
  assert.match(await text, /^HTTP\/1\.1 200 OK\r\n(?:.*\r\n)*Connection: close\r\n/i);
});

test('streams a watch in chunks', async () => {
  const socket = await open();
  const text = read(socket, (seen) => seen.includes('"name":"watched"'));
  socket.write(request(`GET ${MAPS}?watch=1&timeoutSeconds=30`));
  const writer = await open();
  writer.write(request(`POST ${MAPS}`, { body: configMap('watched') }));
  assert.match(await text, /Transfer-Encoding: chunked\r\n[^]*\r\n[0-9a-f]+\r\n\{"type":"ADDED"/);
  socket.destroy();
  writer.destroy();
});

test('the time for a head begins with its first byte, however long the connection was idle', async () => {
  const clock = new VirtualClock(0);
  const socket = new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
  const connection = new Http1Connection(socket as TLSSocket, { facts: { remoteAddress: '', peerCertificates: [] }, clock, turnEnd: new TurnEnd(), onExchange: () => undefined, handOver: () => undefined });
  const check = (): boolean => {
    connection.endIfIdle(clock.monotonic(), { idleMs: 120_000, headMs: 30_000, stallMs: 60_000 });
    return socket.destroyed;
  };
  await clock.advance(100_000);
  socket.push('GET /livez HTTP/1.1\r\n');
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(check(), false);
  await clock.advance(29_000);
  assert.equal(check(), false);
  await clock.advance(2000);
  assert.equal(check(), true);
});
