import assert from 'node:assert/strict';
import { createServer } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import type { ConfigMap } from '../api/generated/core-v1.ts';
import { configMaps } from '../api/refs.ts';
import { hasReason, notFound } from '../apimachinery/status.ts';
import { SystemClock } from '../base/clock.ts';
import { silentLogger } from '../base/logger.ts';
import { SystemRandom } from '../base/random.ts';
import { issueCredentials, newAuthority } from '../pki/index.ts';
import { Client } from './client.ts';
import { HttpsTransport } from './https-transport.ts';
import { Informer } from './informer.ts';
import { TransportError } from './transport.ts';
import type { WriteLog } from './writes.ts';
import { loggingWrites } from './writes.ts';

/** As much of an API server as lists and watches need: config maps of one namespace, one revision a write. */
class TinyServer {
  readonly #objects = new Map<string, ConfigMap>();
  readonly #events: { type: string; object: ConfigMap }[] = [];
  readonly #watchers = new Set<ServerResponse>();
  readonly requests: string[] = [];
  revision = 1;
  /** Watches from before are answered by 410. */
  compacted = 0;
  retryAfter = 0;
  isFailing = false;

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '', 'https://tiny');
    this.requests.push(`${request.method} ${url.pathname}${url.search}`);
    const text = await Array.fromAsync(request as AsyncIterable<Buffer>).then((chunks) => Buffer.concat(chunks).toString());
    const answer = (status: number, body: unknown, headers: Record<string, string> = {}): void => {
      response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
    };
    if (this.retryAfter-- > 0) return answer(429, { kind: 'Status', status: 'Failure', code: 429, reason: 'TooManyRequests' }, { 'retry-after': '0.01' });
    if (this.isFailing) return answer(500, { kind: 'Status', status: 'Failure', code: 500, reason: 'InternalError' });
    const name = url.pathname.split('/')[6];
    if (request.method === 'GET' && url.searchParams.get('watch')) return this.#watch(Number(url.searchParams.get('resourceVersion')), response);
    if (request.method === 'GET' && !name) return answer(200, { metadata: { resourceVersion: String(this.revision) }, items: [...this.#objects.values()] });
    if (request.method === 'POST') return answer(201, this.put(JSON.parse(text) as ConfigMap));
    if (request.method === 'DELETE' && name) return answer(200, this.delete(name));
    const found = name && this.#objects.get(name);
    if (found) return answer(200, found);
    answer(404, notFound({ group: '', resource: 'configmaps' }, name ?? '').status);
  }

  put(draft: ConfigMap): ConfigMap {
    const known = this.#objects.get(draft.metadata.name);
    const metadata = { ...draft.metadata, namespace: 'default', uid: `uid-${draft.metadata.name}`, resourceVersion: String(++this.revision) };
    const object = { ...draft, metadata };
    this.#objects.set(object.metadata.name, object);
    this.#tell({ type: known ? 'MODIFIED' : 'ADDED', object });
    return object;
  }

  delete(name: string): ConfigMap {
    const object = this.#objects.get(name);
    assert(object);
    this.#objects.delete(name);
    this.#tell({ type: 'DELETED', object: { ...object, metadata: { ...object.metadata, resourceVersion: String(++this.revision) } } });
    return object;
  }

  endWatches(): void {
    for (const watcher of this.#watchers) watcher.destroy();
    this.#watchers.clear();
  }

  #tell(event: { type: string; object: ConfigMap }): void {
    this.#events.push(event);
    for (const watcher of this.#watchers) watcher.write(`${JSON.stringify(event)}\n`);
  }

  #watch(from: number, response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    if (from < this.compacted) {
      const status = { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410, message: 'too old resource version' };
      return void response.end(`${JSON.stringify({ type: 'ERROR', object: status })}\n`);
    }
    for (const event of this.#events) if (Number(event.object.metadata.resourceVersion) > from) response.write(`${JSON.stringify(event)}\n`);
    this.#watchers.add(response);
  }
}

const clock = new SystemClock();
const signal = new AbortController().signal;
const authority = newAuthority({ commonName: 'test', notBefore: Date.now() - 60_000, notAfter: Date.now() + 600_000 });
const server = issueCredentials(authority, {
  subject: { commonName: 'server' },
  notBefore: Date.now() - 60_000,
  notAfter: Date.now() + 600_000,
  usages: ['server auth'],
  names: { dnsNames: [], ipAddresses: ['127.0.0.1'] },
});
let tiny: TinyServer;
let listening: ReturnType<typeof createServer>;
let address: string;

before(async () => {
  listening = createServer({ cert: server.certificatePem, key: server.keyPem }, (request, response) => void tiny.handle(request, response));
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  address = `https://127.0.0.1:${(listening.address() as AddressInfo).port}`;
});
after(() => {
  listening.closeAllConnections();
  listening.close();
});

function connect(): { client: Client; transport: HttpsTransport } {
  tiny = new TinyServer();
  const material = { ca: authority.certificatePem };
  const transport = new HttpsTransport({ server: address, tls: () => material, userAgent: 'test', clock });
  return { client: new Client({ transport, clock }), transport };
}

async function until(holds: () => boolean): Promise<void> {
  for (const deadline = Date.now() + 30_000; !holds(); await clock.sleep(5, signal)) assert(Date.now() < deadline, 'it never came true');
}

const configMap = (name: string, data: Record<string, string> = {}): ConfigMap => ({ metadata: { name } as ConfigMap['metadata'], data });

test('a refusal with a Status becomes a StatusError', async () => {
  await using transport = connect().transport;
  const client = new Client({ transport, clock });
  await assert.rejects(client.resource(configMaps, 'default').get('absent', { signal }), (error) => hasReason(error, 'NotFound') && error.message === 'configmaps "absent" not found');
});

test('comes back after the seconds that a 429 names', async () => {
  const { client, transport } = connect();
  await using _ = transport;
  tiny.retryAfter = 2;
  assert.deepEqual((await client.resource(configMaps, 'default').list({ signal })).items, []);
  assert.equal(tiny.requests.length, 3);
});

test('a call that is given up rejects with its reason, one after closing with a TransportError', async () => {
  const { client, transport } = connect();
  const reason = new Error('given up');
  await assert.rejects(client.resource(configMaps, 'default').get('a', { signal: AbortSignal.abort(reason) }), reason);
  await transport[Symbol.asyncDispose]();
  await assert.rejects(client.resource(configMaps, 'default').get('a', { signal }), TransportError);
});

test('an informer follows writes, over broken watches and lost history', async () => {
  const { client, transport } = connect();
  await using _ = transport;
  tiny.put(configMap('a', { v: '1' }));
  await using informer = new Informer({ client, ref: configMaps, clock, random: new SystemRandom(), logger: silentLogger });
  const seen: string[] = [];
  informer.onChange(({ key, before: old, after: now }) => seen.push(`${key} ${old?.data?.['v'] ?? '-'}>${now?.data?.['v'] ?? '-'}`));
  await informer.start(signal);
  tiny.put(configMap('a', { v: '2' }));
  await until(() => seen.length === 2);
  tiny.endWatches();
  tiny.put(configMap('b', { v: '1' }));
  await until(() => seen.length === 3);
  tiny.compacted = 1000;
  tiny.endWatches();
  tiny.delete('a');
  tiny.revision = 1000;
  await until(() => seen.length === 4);
  assert.deepEqual(seen, ['default/a ->1', 'default/a 1>2', 'default/b ->1', 'default/a 2>-']);
  assert.deepEqual(informer.lister.inNamespace('default').map(({ metadata }) => metadata.name), ['b']);
});

test('an informer tells when it has seen a write, and lists anew for one whose outcome is unknown', async () => {
  const { client, transport } = connect();
  await using _ = transport;
  await using informer = new Informer({ client, ref: configMaps, clock, random: new SystemRandom(), logger: silentLogger });
  await informer.start(signal);
  const writes: WriteLog = [];
  await loggingWrites(writes, () => client.resource(configMaps, 'default').create(configMap('a'), { signal }));
  const [write] = writes;
  assert(write);
  await informer.seen(write, signal);
  assert(informer.lister.get('default/a'));
  const lists = (): number => tiny.requests.filter((request) => request === 'GET /api/v1/configmaps?limit=500').length;
  await informer.seen({ ...write, outcome: 'unknown' }, signal);
  assert.equal(lists(), 1);
});

test('a fresh list that is asked for while an informer waits to try again is one list away', async () => {
  const { client, transport } = connect();
  await using _ = transport;
  await using informer = new Informer({ client, ref: configMaps, clock, random: new SystemRandom(), logger: silentLogger });
  await informer.start(signal);
  await until(() => tiny.requests.length === 2);
  tiny.isFailing = true;
  tiny.endWatches();
  await until(() => tiny.requests.length > 2);
  let isFresh = false;
  const relisted = informer.relist(signal).then(() => (isFresh = true));
  tiny.isFailing = false;
  tiny.put(configMap('a'));
  await until(() => isFresh);
  await relisted;
  assert(informer.lister.get('default/a'));
});
