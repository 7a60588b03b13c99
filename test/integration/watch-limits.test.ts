import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { after, before, suite, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { HttpConnection } from '../../bench/http-connection.ts';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const WATCH = `${CONFIG_MAPS}?watch=1&resourceVersion=1`;
const MAX_WATCHES = 3;
const MAX_CONNECTIONS = 12;
/** How long a client may read nothing: enough for one that shares its process with the server, on a busy machine. */
const STALL_MS = 4000;

async function dial(server: TestServer): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port: server.server.port, ca: server.ca, ALPNProtocols: ['http/1.1'] });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  return socket;
}

function ask(socket: TLSSocket, path: string): void {
  socket.write(`GET ${path} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n\r\n`);
}

const gone = (socket: NodeJS.EventEmitter): Promise<void> => new Promise((resolve) => void socket.once('close', () => resolve()));

suite('limits of watches and connections', { timeout: 600_000 }, () => {
  let server: TestServer;
  let writer: HttpConnection;

  before(async () => {
    server = await startTestServer({ maxOpenWatches: MAX_WATCHES, maxConnections: MAX_CONNECTIONS });
    writer = await HttpConnection.open(new URL(server.url), ADMIN_TOKEN);
  });
  after(async () => {
    writer.close();
    await server[Symbol.asyncDispose]();
  });

  /** What the server says first of a watch, once it has. */
  async function watchOn(socket: TLSSocket): Promise<string> {
    ask(socket, WATCH);
    const [head] = (await once(socket, 'data')) as [Buffer];
    return head.toString();
  }

  /** The server learns a moment later that a client has gone. */
  async function watchWhenThereIsRoom(): Promise<TLSSocket> {
    for (;;) {
      const socket = await dial(server);
      if ((await watchOn(socket)).startsWith('HTTP/1.1 200')) return socket;
      socket.destroy();
    }
  }

  test('one watch too many is 429 with the time to try again, and there is room once another has ended', async () => {
    const open = [];
    for (let i = 0; i < MAX_WATCHES; i++) open.push(await watchWhenThereIsRoom());
    const refused = await dial(server);
    const said = await watchOn(refused);
    assert.match(said, /^HTTP\/1\.1 429 /);
    assert.match(said, /\r\nretry-after: 1\r\n/i);
    assert.match(said, /"reason":"TooManyRequests"/);
    assert.equal((await writer.request('GET', CONFIG_MAPS)).status, 200, 'what is no watch goes on');
    open[0]?.destroy();
    const next = await watchWhenThereIsRoom();
    for (const socket of [...open, refused, next]) socket.destroy();
  });

  test('connections beyond the limit are closed, the others go on, and there is room again once one has gone', async () => {
    const sockets: TLSSocket[] = [];
    let refused = 0;
    for (let i = 0; i < MAX_CONNECTIONS + 3; i++) {
      const socket = connect({ host: '127.0.0.1', port: server.server.port, ca: server.ca, ALPNProtocols: ['http/1.1'] });
      socket.on('error', () => undefined);
      const isIn = await Promise.race([once(socket, 'secureConnect').then(() => true, () => false), gone(socket).then(() => false)]);
      if (isIn) sockets.push(socket);
      else refused++;
    }
    assert.ok(refused >= 3, `${refused} were refused`);
    assert.equal((await writer.request('GET', CONFIG_MAPS)).status, 200);
    for (const socket of sockets) socket.destroy();
    for (let status = 0; status !== 200;) {
      const socket = connect({ host: '127.0.0.1', port: server.server.port, ca: server.ca, ALPNProtocols: ['http/1.1'] });
      socket.on('error', () => undefined);
      socket.once('secureConnect', () => ask(socket, CONFIG_MAPS));
      const first = await Promise.race([once(socket, 'data').then(([data]) => (data as Buffer).toString(), () => ''), gone(socket).then(() => '')]);
      status = Number(/^HTTP\/1\.1 (\d+)/.exec(first)?.[1] ?? 0);
      socket.destroy();
    }
  });
});

test('a watcher that never reads is cut off, over both protocols, and one that reads slowly hears of everything', { timeout: 600_000 }, async () => {
  await using server = await startTestServer({ timeouts: { stallMs: STALL_MS } });
  const writer = await HttpConnection.open(new URL(server.url), ADMIN_TOKEN);
  const { body } = await writer.request('GET', `${CONFIG_MAPS}?limit=1`, { keepsBody: true });
  const { metadata: { resourceVersion } } = JSON.parse(body.toString()) as { metadata: { resourceVersion: string } };
  const path = `${CONFIG_MAPS}?watch=1&resourceVersion=${resourceVersion}`;
  const lazy = await dial(server);
  ask(lazy, path);
  await once(lazy, 'data');
  lazy.pause();
  const cut = [gone(lazy)];
  const session = connectHttp2(server.url, { ca: server.ca });
  session.on('error', () => undefined);
  const stream = session.request({ ':path': path, authorization: `Bearer ${ADMIN_TOKEN}` });
  stream.on('error', () => undefined);
  cut.push(gone(stream));
  await once(stream, 'response');
  const slow = await dial(server);
  let text = '';
  let wanted = 0;
  let parts = 0;
  const heard = new Promise<void>((resolve) => {
    slow.setEncoding('latin1').on('data', (part: string) => {
      text += part.replace(/x+/g, 'x');
      if (wanted > 0 && text.includes(`"turn":"${wanted}"`)) resolve();
      if (++parts % 16 !== 0) return;
      slow.pause();
      setTimeout(() => slow.resume(), 1);
    });
  });
  ask(slow, path);
  const turns = 150;
  wanted = turns;
  for (let turn = 1; turn <= turns; turn++) {
    const config = { metadata: { name: 'large' }, data: { turn: String(turn), filler: 'x'.repeat(300_000) } };
    const { status } = turn === 1 ? await writer.request('POST', CONFIG_MAPS, { body: Buffer.from(JSON.stringify(config)) }) : await writer.request('PUT', `${CONFIG_MAPS}/large`, { body: Buffer.from(JSON.stringify(config)) });
    assert.ok(status < 300);
    // It may be slow, but not without end: ten megabytes behind at most.
    while (turn > 30 && !text.includes(`"turn":"${turn - 30}"`)) await new Promise((resolve) => setTimeout(resolve, 2));
  }
  await heard;
  const seen = [...text.matchAll(/"turn":"(\d+)"/g)].map(([, turn]) => Number(turn));
  assert.deepEqual([...new Set(seen)], Array.from({ length: turns }, (_, i) => i + 1));
  // What the server has given up is seen once the client looks.
  await new Promise((resolve) => setTimeout(resolve, 2 * STALL_MS));
  let bytes = 0;
  lazy.on('data', (part: Buffer) => (bytes += part.length)).resume();
  stream.on('data', (part: Buffer) => (bytes += part.length)).resume();
  await Promise.all(cut);
  assert.ok(bytes < 30_000_000, `${bytes} of 90 MB were kept for nobody`);
  session.destroy();
  slow.destroy();
  writer.close();
});
