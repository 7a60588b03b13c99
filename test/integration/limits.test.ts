import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { after, before, suite, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

interface Answer {
  readonly status: number;
  readonly body: string;
}

const MAX_BODY_BYTES = 3 * 1024 * 1024;
/** How long a client may read nothing: enough for one that shares its process with the server, on a busy machine. */
const STALL_MS = 3000;
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

/** `once` of events rejects with the error that comes before. */
function closed(stream: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => void stream.once('close', () => resolve()));
}

suite('limits', { timeout: 600_000 }, () => {
  let server: TestServer;
  let port: number;

  before(async () => {
    server = await startTestServer({ timeouts: { headersMs: 2000, stallMs: STALL_MS } });
    port = server.server.port;
    assert.equal((await ask('POST', '/api/v1/namespaces', '{"metadata":{"name":"default"}}')).status, 201);
  });
  after(() => server[Symbol.asyncDispose]());

  function ask(method: string, path: string, body: string | Buffer, options: { type?: string; headers?: Record<string, string>; chunked?: boolean } = {}): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': options.type ?? 'application/json', ...(!options.chunked && { 'content-length': String(Buffer.byteLength(body)) }), ...options.headers };
    const request = httpsRequest({ host: '127.0.0.1', port, method, path, headers, ca: server.ca }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part)).on('end', () => resolve({ status: response.statusCode ?? 0, body: text }));
    });
    request.on('error', reject);
    request.end(body);
    return promise;
  }

  async function askHttp2(headers: Record<string, string>, body: Buffer): Promise<Answer> {
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: server.ca });
    session.on('error', () => undefined);
    try {
      const stream = session.request({ ':method': 'POST', ':path': CONFIG_MAPS, authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json', ...headers });
      stream.on('error', () => undefined);
      const answered = once(stream, 'response') as Promise<[Record<string, unknown>]>;
      stream.end(body);
      let text = '';
      const [head] = await answered;
      stream.setEncoding('utf8').on('data', (part: string) => (text += part));
      await once(stream, 'end');
      return { status: Number(head[':status']), body: text };
    } finally {
      session.destroy();
    }
  }

  async function dial(): Promise<TLSSocket> {
    const socket = connect({ host: '127.0.0.1', port, ca: server.ca, ALPNProtocols: ['http/1.1'] });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    return socket;
  }

  const tooLarge = /"message":"Request entity too large: limit is 3145728".*"reason":"RequestEntityTooLarge".*"code":413/;

  test('a body of more than 3 MiB is 413, with and without its length, over both protocols; one of just that is read', async () => {
    const exact = `{"metadata":{"name":"a"},"data":{}}${' '.repeat(MAX_BODY_BYTES - 35)}`;
    assert.equal(exact.length, MAX_BODY_BYTES);
    assert.equal((await ask('POST', CONFIG_MAPS, exact)).status, 201);
    for (const answer of [
      await ask('POST', CONFIG_MAPS, `${exact} `), await ask('POST', CONFIG_MAPS, `${exact} `, { chunked: true }),
      await askHttp2({ 'content-length': String(MAX_BODY_BYTES + 1) }, Buffer.from(`${exact} `)), await askHttp2({}, Buffer.from(`${exact} `)),
    ]) {
      assert.equal(answer.status, 413);
      assert.match(answer.body, tooLarge);
    }
  });

  test('headers of more than a megabyte are 431, and the connection ends', async () => {
    const socket = await dial();
    let said = '';
    socket.setEncoding('latin1').on('data', (text: string) => (said += text));
    socket.write(`GET /version HTTP/1.1\r\nHost: a\r\nX-Long: ${'x'.repeat(1.1 * 2 ** 20)}\r\n\r\n`);
    await closed(socket);
    assert.match(said, /^HTTP\/1\.1 431 /);
  });

  for (const { name, type, method, body } of [
    { name: 'JSON', type: 'application/json', method: 'POST', body: `{"metadata":{"name":"deep"},"data":${'['.repeat(200_000)}${']'.repeat(200_000)}}` },
    { name: 'YAML', type: 'application/yaml', method: 'POST', body: `metadata: {name: deep}\ndata: ${'['.repeat(50_000)}${']'.repeat(50_000)}` },
    { name: 'a merge patch', type: 'application/merge-patch+json', method: 'PATCH', body: `{"data":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}` },
    { name: 'a strategic merge patch', type: 'application/strategic-merge-patch+json', method: 'PATCH', body: `{"metadata":{"labels":${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}}}` },
    { name: 'a JSON patch', type: 'application/json-patch+json', method: 'PATCH', body: `[{"op":"add","path":"/data","value":${'['.repeat(200_000)}${']'.repeat(200_000)}}]` },
    { name: 'an applied configuration', type: 'application/apply-patch+yaml', method: 'PATCH', body: `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"},"data":${'['.repeat(50_000)}${']'.repeat(50_000)}}` },
  ]) {
    test(`nesting without end in ${name} is the client's mistake`, async () => {
      const answer = await ask(method, method === 'POST' ? CONFIG_MAPS : `${CONFIG_MAPS}/a?fieldManager=m`, body, { type });
      assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status} ${answer.body.slice(0, 300)}`);
      assert.equal((await ask('GET', '/version', '')).status, 200);
    });
  }

  test('aliases of YAML that multiply are refused', async () => {
    const bomb = ['a: &a [x,x,x,x,x,x,x,x,x]', ...Array.from('bcdefghij', (letter, index) => `${letter}: &${letter} [${Array.from({ length: 9 }, () => `*${'abcdefghij'[index]}`).join(',')}]`)].join('\n');
    const answer = await ask('POST', CONFIG_MAPS, bomb, { type: 'application/yaml' });
    assert.equal(answer.status, 400);
  });

  test('a JSON patch whose copies double an object again and again is refused', async () => {
    const start = { op: 'add', path: '/data', value: { a: 'x'.repeat(1000) } };
    const copies = Array.from({ length: 40 }, (_, index) => ({ op: 'copy', from: '/data', path: `/data/n${index}` }));
    const answer = await ask('PATCH', `${CONFIG_MAPS}/a`, JSON.stringify([start, ...copies]), { type: 'application/json-patch+json' });
    assert.ok([413, 422].includes(answer.status), `${answer.status} ${answer.body.slice(0, 300)}`);
    const many = await ask('PATCH', `${CONFIG_MAPS}/a`, JSON.stringify(Array.from({ length: 10_001 }, () => ({ op: 'test', path: '/kind', value: 'ConfigMap' }))), { type: 'application/json-patch+json' });
    assert.equal(many.status, 413);
  });

  test('a pattern that would stall a backtracking engine is judged at once', async () => {
    const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { text: { type: 'string', pattern: '^(a+)+$' } } } } } };
    const definition = { metadata: { name: 'stalls.example.com' }, spec: { group: 'example.com', scope: 'Cluster', names: { plural: 'stalls', kind: 'Stall' }, versions: [{ name: 'v1', served: true, storage: true, schema }] } };
    assert.equal((await ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', JSON.stringify(definition))).status, 201);
    const path = '/apis/example.com/v1/stalls';
    while ((await ask('GET', path, '')).status !== 200) await new Promise((resolve) => setTimeout(resolve, 20));
    const stall = (name: string, text: string): string => JSON.stringify({ apiVersion: 'example.com/v1', kind: 'Stall', metadata: { name }, spec: { text } });
    assert.equal((await ask('POST', path, stall('fits', 'a'.repeat(50_000)))).status, 201);
    const refused = await ask('POST', path, stall('does-not', `${'a'.repeat(50_000)}!`));
    assert.equal(refused.status, 422);
    assert.match(refused.body, /should match '\^\(a\+\)\+\$'/);
  });

  test('a client that sends its headers a byte at a time is cut off', async () => {
    const socket = await dial();
    const ended = closed(socket);
    socket.resume();
    socket.write('GET /version HTTP/1.1\r\nHost: a\r\n');
    const timer = setInterval(() => socket.write('X'), 50);
    await ended;
    clearInterval(timer);
  });

  test('a client that asks again and again and never reads is held back, then cut off', async () => {
    const big = { metadata: { name: 'middling' }, data: { a: 'x'.repeat(30_000) } };
    assert.equal((await ask('POST', CONFIG_MAPS, JSON.stringify(big))).status, 201);
    const greedy = await dial();
    greedy.pause();
    const cut = closed(greedy);
    const requests = `GET ${CONFIG_MAPS}/middling HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n\r\n`.repeat(100);
    for (let count = 0; count < 100; count++) greedy.write(requests);
    await new Promise((resolve) => setTimeout(resolve, 2 * STALL_MS + 1000));
    const waiting = process.memoryUsage().arrayBuffers;
    let bytes = 0;
    greedy.on('data', (part: Buffer) => (bytes += part.length));
    greedy.resume();
    await cut;
    assert.ok(bytes < 60_000_000, `${bytes} of 300 MB were made for nobody`);
    assert.ok(waiting < 200 * 2 ** 20, `${waiting} bytes wait`);
  });

  test('a client that does not read a long answer is cut off, one that reads slowly is not', async () => {
    for (let index = 0; index < 24; index++) {
      const body = JSON.stringify({ metadata: { name: `big-${index}` }, data: { a: 'x'.repeat(900_000) } });
      assert.equal((await ask('POST', CONFIG_MAPS, body)).status, 201);
    }
    const lazy = await dial();
    lazy.pause();
    lazy.write(`GET ${CONFIG_MAPS} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n\r\n`);
    const cut = closed(lazy);
    const session = connectHttp2(`https://127.0.0.1:${port}`, { ca: server.ca });
    session.on('error', () => undefined);
    const stream = session.request({ ':path': CONFIG_MAPS, authorization: `Bearer ${ADMIN_TOKEN}` });
    stream.on('error', () => undefined);
    stream.pause();
    const cutStream = closed(stream);
    const slow = await dial();
    let bytes = 0;
    slow.write(`GET ${CONFIG_MAPS} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\nConnection: close\r\n\r\n`);
    slow.on('data', (part: Buffer) => {
      bytes += part.length;
      slow.pause();
      setTimeout(() => slow.resume(), 1);
    });
    const read = once(slow, 'end');
    await new Promise((resolve) => setTimeout(resolve, 2 * STALL_MS + 1000));
    // What the server has given up is seen once the client looks.
    lazy.resume();
    stream.resume();
    await Promise.all([cut, cutStream]);
    await read;
    assert.ok(bytes > 21_000_000, `${bytes} bytes`);
    session.destroy();
  });
});
