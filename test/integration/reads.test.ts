import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect as connectHttp2 } from 'node:http2';
import { request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { WebSocket } from 'ws';
import { SystemClock } from '../../src/base/clock.ts';
import { silentLogger } from '../../src/base/logger.ts';
import { SystemRandom } from '../../src/base/random.ts';
import { EtcdStore } from '../../src/storage/etcd/etcd-store.ts';
import { LmdbStore } from '../../src/storage/lmdb/lmdb-store.ts';
import { MemoryStore } from '../../src/storage/memory/memory-store.ts';
import type { Store } from '../../src/storage/store.ts';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';
import { EtcdProcess, whyNoEtcd } from './support/etcd-process.ts';

const clock = new SystemClock();
const PATH = '/api/v1/namespaces/default/configmaps';

interface ListAnswer {
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string; readonly remainingItemCount?: number };
  readonly items: readonly { readonly metadata: { readonly name: string; readonly resourceVersion: string } }[];
  readonly code?: number;
  readonly reason?: string;
  readonly message: string;
  readonly details?: { readonly causes?: readonly { readonly reason: string }[]; readonly retryAfterSeconds?: number };
}

interface Event {
  readonly type: string;
  readonly object: { readonly kind?: string; readonly code?: number; readonly reason?: string; readonly metadata: { readonly name?: string; readonly resourceVersion?: string; readonly annotations?: Record<string, string> } };
}

type Opened = { store: Store } & AsyncDisposable;

const ENGINES: readonly { readonly name: string; readonly skip?: string | undefined; readonly open: () => Promise<Opened> }[] = [
  { name: 'memory', open: async () => ({ store: new MemoryStore({ clock }), [Symbol.asyncDispose]: async () => undefined }) },
  {
    name: 'lmdb',
    open: async () => {
      const dataDir = mkdtempSync(join(tmpdir(), 'kubets-reads-'));
      return { store: new LmdbStore({ clock, logger: silentLogger, dataDir }), [Symbol.asyncDispose]: async () => rmSync(dataDir, { recursive: true }) };
    },
  },
  {
    name: 'etcd', skip: whyNoEtcd(),
    open: async () => {
      const etcd = new EtcdProcess();
      await etcd.start();
      return { store: new EtcdStore({ clock, random: new SystemRandom(), logger: silentLogger, endpoints: [etcd.endpoint] }), [Symbol.asyncDispose]: () => etcd[Symbol.asyncDispose]() };
    },
  },
];

for (const { name, skip, open } of ENGINES) {
  suite(`reads over ${name}`, { skip, timeout: 600_000 }, () => {
    let opened: Opened;
    let server: TestServer;

    before(async () => {
      opened = await open();
      await opened.store.start(new AbortController().signal);
      server = await startTestServer({ store: opened.store });
      assert.equal((await ask('POST', '/api/v1/namespaces', { metadata: { name: 'default' } })).status, 201);
      for (let index = 0; index < 6; index++) await make(`c${index}`);
    });
    after(async () => {
      await server[Symbol.asyncDispose]();
      await opened.store[Symbol.asyncDispose]();
      await opened[Symbol.asyncDispose]();
    });

    function ask(method: string, path: string, body?: object): Promise<{ status: number; body: ListAnswer; retryAfter: string | undefined }> {
      const { promise, resolve, reject } = Promise.withResolvers<{ status: number; body: ListAnswer; retryAfter: string | undefined }>();
      const text = body ? JSON.stringify(body) : '';
      const headers = { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(text)) };
      const request = httpsRequest(`${server.url}${path}`, { method, ca: server.ca, headers }, (response) => {
        let said = '';
        response.setEncoding('utf8').on('data', (part: string) => (said += part));
        response.on('end', () => resolve({ status: response.statusCode ?? 0, body: JSON.parse(said) as ListAnswer, retryAfter: response.headers['retry-after'] }));
      });
      request.on('error', reject);
      request.end(text);
      return promise;
    }

    const list = async (query = ''): Promise<ListAnswer> => (await ask('GET', `${PATH}${query}`)).body;
    const namesOf = (answer: ListAnswer): string => answer.items.map((item) => item.metadata.name).join(' ');
    async function make(mapName: string): Promise<string> {
      const { status, body } = await ask('POST', PATH, { metadata: { name: mapName } });
      assert.equal(status, 201, body.message);
      return body.metadata.resourceVersion;
    }
    const remove = async (mapName: string): Promise<unknown> => ask('DELETE', `${PATH}/${mapName}`);

    test('a list is of the newest state, of a state not older than asked, or of exactly the one asked', async () => {
      const { metadata } = await list();
      const added = await make('later');
      assert.match(namesOf(await list()), /later/);
      assert.equal(namesOf(await list(`?resourceVersion=${metadata.resourceVersion}&resourceVersionMatch=Exact`)), 'c0 c1 c2 c3 c4 c5');
      assert.equal((await list(`?resourceVersion=${metadata.resourceVersion}&resourceVersionMatch=Exact`)).metadata.resourceVersion, metadata.resourceVersion);
      const notOlder = await list(`?resourceVersion=${added}&resourceVersionMatch=NotOlderThan`);
      assert.match(namesOf(notOlder), /later/);
      assert.ok(Number(notOlder.metadata.resourceVersion) >= Number(added));
      assert.ok((await list('?resourceVersion=0')).items.length >= 6);
      await remove('later');
    });

    test('a revision to come is 504 with its cause and when to ask again, for get, list and exact lists', async () => {
      for (const path of [`${PATH}/c0?resourceVersion=99999999`, `${PATH}?resourceVersion=99999999`, `${PATH}?resourceVersion=99999999&resourceVersionMatch=Exact`]) {
        const { status, body, retryAfter } = await ask('GET', path);
        assert.equal(status, 504);
        assert.equal(body.reason, 'Timeout');
        assert.equal(body.details?.causes?.[0]?.reason, 'ResourceVersionTooLarge');
        assert.equal(retryAfter, '1');
      }
    });

    test('what contradicts itself is refused', async () => {
      for (const query of ['?resourceVersionMatch=Exact', '?resourceVersion=0&resourceVersionMatch=Exact', '?resourceVersion=1&resourceVersionMatch=Other', '?watch=1&resourceVersionMatch=Exact', '?watch=1&sendInitialEvents=true']) {
        const { status } = await ask('GET', `${PATH}${query}`);
        assert.ok(status === 400 || status === 422, `${query}: ${status}`);
      }
    });

    test('pages are of one state while others write, and of the newest one after their revision is forgotten', async () => {
      const first = await list('?limit=2');
      assert.equal(namesOf(first), 'c0 c1');
      assert.equal(first.metadata.remainingItemCount, 4);
      await remove('c3');
      await make('c2b');
      const second = await list(`?limit=2&continue=${first.metadata.continue}`);
      assert.equal(namesOf(second), 'c2 c3');
      assert.equal(second.metadata.resourceVersion, first.metadata.resourceVersion);
      await opened.store.compact(Number((await list()).metadata.resourceVersion));
      const expired = await ask('GET', `${PATH}?limit=2&continue=${second.metadata.continue}`);
      assert.equal(expired.status, 410);
      assert.equal(expired.body.reason, 'Expired');
      const fresh = expired.body.metadata.continue;
      assert.ok(fresh);
      const inconsistent = await list(`?limit=1&continue=${fresh}`);
      assert.deepEqual([namesOf(inconsistent), inconsistent.metadata.remainingItemCount], ['c4', 1]);
      assert.notEqual(inconsistent.metadata.resourceVersion, first.metadata.resourceVersion);
      const last = await list(`?limit=1&continue=${inconsistent.metadata.continue}`);
      assert.deepEqual([namesOf(last), last.metadata.resourceVersion, last.metadata.continue], ['c5', inconsistent.metadata.resourceVersion, undefined]);
      assert.equal(namesOf(await list(`?limit=10&continue=${fresh}`)), 'c4 c5');
      assert.equal((await ask('GET', `${PATH}?resourceVersion=${first.metadata.resourceVersion}&resourceVersionMatch=Exact`)).status, 410);
      await remove('c2b');
      await make('c3');
    });

    test('a page grows too old with its revision also when nothing of its kind was written since', async () => {
      const first = await list('?limit=2');
      const other = '/api/v1/namespaces/default/serviceaccounts';
      await ask('POST', other, { metadata: { name: 'other' } });
      await ask('DELETE', `${other}/other`);
      assert.equal(namesOf(await list(`?limit=2&continue=${first.metadata.continue}`)), 'c2 c3');
      await opened.store.compact(opened.store.revision);
      const expired = await ask('GET', `${PATH}?limit=2&continue=${first.metadata.continue}`);
      assert.deepEqual([expired.status, expired.body.reason], [410, 'Expired']);
      assert.equal(namesOf(await list(`?limit=2&continue=${expired.body.metadata.continue}`)), 'c2 c3');
    });

    type Watcher = (query: string, isEnough: (events: readonly Event[]) => boolean) => Promise<readonly Event[]>;
    const watchers: Readonly<Record<string, Watcher>> = {
      'HTTP/1.1': async (query, isEnough) => {
        const { promise, resolve, reject } = Promise.withResolvers<readonly Event[]>();
        const request = httpsRequest(`${server.url}${PATH}${query}`, { ca: server.ca, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } }, (response) => collect(response, isEnough, resolve));
        request.on('error', reject);
        request.end();
        return promise.finally(() => request.destroy());
      },
      'HTTP/2': async (query, isEnough) => {
        const { promise, resolve } = Promise.withResolvers<readonly Event[]>();
        const session = connectHttp2(server.url, { ca: server.ca });
        session.on('error', () => undefined);
        collect(session.request({ ':path': `${PATH}${query}`, authorization: `Bearer ${ADMIN_TOKEN}` }), isEnough, resolve);
        return promise.finally(() => session.destroy());
      },
      WebSocket: async (query, isEnough) => {
        const { promise, resolve } = Promise.withResolvers<readonly Event[]>();
        const socket = new WebSocket(`${server.url.replace('https', 'wss')}${PATH}${query}`, { ca: server.ca, headers: { authorization: `Bearer ${ADMIN_TOKEN}` } });
        const events: Event[] = [];
        socket.on('message', (data: Buffer) => {
          events.push(JSON.parse(data.toString()) as Event);
          if (isEnough(events)) resolve(events);
        });
        socket.on('close', () => resolve(events));
        socket.on('error', () => undefined);
        await once(socket, 'open');
        return promise.finally(() => socket.terminate());
      },
    };
    const told = (events: readonly Event[]): string[] => events.map(({ type, object }) => `${type} ${object.metadata?.name ?? object.reason ?? ''}`.trim());

    for (const [protocol, watch] of Object.entries(watchers)) {
      test(`a watch over ${protocol} goes on after a revision, begins with what is there, and ends with 410 when history does not reach back`, async () => {
        const start = (await list()).metadata.resourceVersion;
        await make('w1');
        await remove('w1');
        const live = watch(`?watch=1&resourceVersion=${start}`, (events) => events.length === 3);
        await make('w2');
        const events = await live;
        assert.deepEqual(told(events), ['ADDED w1', 'DELETED w1', 'ADDED w2']);
        const revisions = events.map((event) => Number(event.object.metadata.resourceVersion));
        assert.ok(revisions.every((revision, index) => revision > (revisions[index - 1] ?? Number(start))), revisions.join(' '));
        await remove('w2');

        const initial = await watch('?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true', (seen) => seen.at(-1)?.type === 'BOOKMARK');
        assert.deepEqual(told(initial), ['ADDED c0', 'ADDED c1', 'ADDED c2', 'ADDED c3', 'ADDED c4', 'ADDED c5', 'BOOKMARK']);
        const bookmark = initial.at(-1)?.object;
        assert.deepEqual(bookmark?.metadata.annotations, { 'k8s.io/initial-events-end': 'true' });
        assert.equal(bookmark?.kind, 'ConfigMap');
        assert.ok(Number(bookmark?.metadata.resourceVersion) >= Math.max(...revisions));

        await opened.store.compact(Number((await list()).metadata.resourceVersion));
        const gone = await watch('?watch=1&resourceVersion=1', (seen) => seen.length === 1);
        assert.deepEqual(gone.map(({ type, object }) => [type, object.code, object.reason]), [['ERROR', 410, 'Expired']]);
      });
    }
  });
}

function collect(stream: NodeJS.ReadableStream, isEnough: (events: readonly Event[]) => boolean, resolve: (events: readonly Event[]) => void): void {
  const events: Event[] = [];
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) events.push(JSON.parse(line) as Event);
    if (isEnough(events)) resolve(events);
  });
  stream.on('end', () => resolve(events));
  stream.on('error', () => resolve(events));
}
