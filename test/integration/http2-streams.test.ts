import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2';
import { after, before, test } from 'node:test';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let session: ClientHttp2Session;
const broken: string[] = [];

before(async () => {
  server = await startTestServer();
  // What Go's clients take for the limit of a server that tells none.
  session = connect(server.url, { ca: server.ca, peerMaxConcurrentStreams: 1000 });
  session.on('error', (error) => broken.push(error.message)).on('goaway', (code) => broken.push(`GOAWAY ${code}`));
  await once(session, 'connect');
});
after(async () => {
  session.destroy();
  await server[Symbol.asyncDispose]();
});

/** Resolves once the watch goes. */
async function watch(): Promise<ClientHttp2Stream> {
  const stream = session.request({ ':path': '/api/v1/namespaces?watch=1&resourceVersion=0', authorization: `Bearer ${ADMIN_TOKEN}` });
  const ended = once(stream, 'close').then(() => assert.fail(`the watch ended with ${stream.rstCode}`));
  ended.catch(() => undefined);
  await Promise.race([once(stream, 'response'), ended]);
  return stream;
}

test('one connection carries as many watches as clients of Go put on it', async () => {
  const streams = await Promise.all(Array.from({ length: 900 }, watch));
  for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL);
  await Promise.all(streams.filter((stream) => !stream.destroyed).map((stream) => once(stream, 'close')));
  assert.deepEqual(broken, []);
});

test('watches that are given up one after the other do not end those that go on', async () => {
  const kept = await watch();
  for (let i = 0; i < 60; i++) {
    const streams = await Promise.all(Array.from({ length: 50 }, watch));
    for (const stream of streams) stream.close(constants.NGHTTP2_CANCEL);
  }
  await watch();
  assert.deepEqual([broken, kept.closed], [[], false]);
});

test('a client that waits to be asked for its body is asked', async () => {
  const body = JSON.stringify({ metadata: { name: 'asked' } });
  const stream = session.request({ ':method': 'POST', ':path': '/api/v1/namespaces', authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json', 'content-length': body.length, expect: '100-continue' }, { endStream: false });
  await once(stream, 'continue');
  stream.end(body);
  const [headers] = (await once(stream.resume(), 'response')) as [Record<string, unknown>];
  assert.equal(headers[':status'], 201);
});

test('a request too many at once is refused so that it can be sent again, and the others go on', async () => {
  // What nobody catches ends a server.
  const uncaught: string[] = [];
  const note = (error: Error): void => void uncaught.push(error.message);
  process.on('uncaughtException', note);
  const greedy = connect(server.url, { ca: server.ca, peerMaxConcurrentStreams: 5000 });
  await once(greedy, 'connect');
  const ends: Promise<number>[] = [];
  for (let i = 0; i < 2100; i++) {
    const stream = greedy.request({ ':path': '/api/v1/namespaces?watch=1&resourceVersion=0', authorization: `Bearer ${ADMIN_TOKEN}` });
    stream.on('error', () => undefined);
    ends.push(Promise.race([once(stream, 'response').then(() => 0, () => stream.rstCode), once(stream, 'close').then(() => stream.rstCode, () => stream.rstCode)]));
  }
  const codes = await Promise.all(ends);
  assert.deepEqual([codes.filter((code) => code === 0).length, codes.filter((code) => code === constants.NGHTTP2_REFUSED_STREAM).length], [2000, 100]);
  greedy.destroy();
  await watch();
  process.off('uncaughtException', note);
  assert.deepEqual(uncaught, []);
});
