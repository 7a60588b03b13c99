import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, suite, test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { HttpConnection } from '../../bench/http-connection.ts';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';
const COUNT = 300;
const FILLER = 'x'.repeat(40_000);
const WRITES = 20;

interface Seen {
  readonly type: string;
  readonly object: { readonly metadata: { readonly name?: string; readonly resourceVersion: string; readonly annotations?: Record<string, string> }; readonly data?: { readonly turn?: string } };
}

/** A watch over HTTP/1.1 whose client reads when it is told to. */
class Watcher {
  readonly #socket: TLSSocket;
  #text = '';
  readonly seen: string[] = [];

  constructor(socket: TLSSocket) {
    this.#socket = socket;
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => this.#take(text));
  }

  static async open(server: TestServer, query: string): Promise<Watcher> {
    const socket = connect({ host: '127.0.0.1', port: server.server.port, ca: server.ca, ALPNProtocols: ['http/1.1'] });
    await once(socket, 'secureConnect');
    const watcher = new Watcher(socket);
    socket.write(`GET ${CONFIG_MAPS}?watch=1&${query} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${ADMIN_TOKEN}\r\n\r\n`);
    return watcher;
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Whole chunks hold whole lines. */
  #take(text: string): void {
    this.#text += text;
    if (this.#text.startsWith('HTTP/1.1')) {
      const end = this.#text.indexOf('\r\n\r\n');
      if (end < 0) return;
      this.#text = this.#text.slice(end + 4);
    }
    for (;;) {
      const end = this.#text.indexOf('\r\n');
      const size = Number.parseInt(this.#text.slice(0, Math.max(end, 0)), 16);
      if (end < 0 || this.#text.length < end + size + 4) return;
      for (const line of this.#text.slice(end + 2, end + 2 + size).split('\n')) if (line !== '') this.seen.push(shown(JSON.parse(line) as Seen));
      this.#text = this.#text.slice(end + size + 4);
    }
  }

  async until(last: string): Promise<void> {
    while (!this.seen.includes(last)) await once(this.#socket, 'data');
  }
}

function shown({ type, object: { metadata, data } }: Seen): string {
  return type === 'BOOKMARK' ? `BOOKMARK ${metadata.annotations?.['k8s.io/initial-events-end'] ?? ''}` : `${type} ${metadata.name ?? ''} ${data?.turn ?? ''}`;
}

suite('watchers that are told the same first', { timeout: 600_000 }, () => {
  let server: TestServer;
  let writer: HttpConnection;
  const nameOf = (i: number): string => `one-${String(i).padStart(4, '0')}`;
  const initial = Array.from({ length: COUNT }, (_, i) => `ADDED ${nameOf(i)} `);
  const live = Array.from({ length: WRITES }, (_, turn) => `MODIFIED ${nameOf(turn)} ${turn}`);

  before(async () => {
    server = await startTestServer();
    writer = await HttpConnection.open(new URL(server.url), ADMIN_TOKEN);
    const last = Array.from({ length: COUNT }, (_, i) => Buffer.from(JSON.stringify({ metadata: { name: nameOf(i) }, data: { filler: FILLER } })));
    for (const body of last) assert.equal((await writer.request('POST', CONFIG_MAPS, { body })).status, 201);
  });
  after(async () => {
    writer.close();
    await server[Symbol.asyncDispose]();
  });

  async function patch(turn: number, name = nameOf(turn), value = String(turn)): Promise<void> {
    const body = Buffer.from(JSON.stringify({ data: { turn: value } }));
    assert.equal((await writer.request('PATCH', `${CONFIG_MAPS}/${name}`, { body, contentType: 'application/merge-patch+json' })).status, 200);
  }

  test('each gets every event once and in order, however fast it reads and whatever is written meanwhile', async () => {
    const query = 'sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true';
    const watchers = await Promise.all([0, 1, 2, 3].map(() => Watcher.open(server, query)));
    const [slow] = watchers;
    slow?.pause();
    for (let turn = 0; turn < WRITES; turn++) await patch(turn);
    const end = `MODIFIED ${nameOf(WRITES - 1)} ${WRITES - 1}`;
    slow?.resume();
    const late = await Watcher.open(server, query);
    for (const watcher of watchers) await watcher.until(end);
    await late.until('BOOKMARK true');
    for (const { seen } of watchers) assert.deepEqual(onceInOrder(seen), [...initial, 'BOOKMARK true', ...live]);
    assert.deepEqual(late.seen, [...initial.map((line, i) => (i < WRITES ? `ADDED ${nameOf(i)} ${i}` : line)), 'BOOKMARK true']);
    for (const watcher of [...watchers, late]) watcher.close();
  });

  test('the same holds of those that resume from one version', async () => {
    const list = await writer.request('GET', `${CONFIG_MAPS}?limit=1`, { keepsBody: true });
    const { resourceVersion } = (JSON.parse(list.body.toString()) as { metadata: { resourceVersion: string } }).metadata;
    for (let turn = 0; turn < WRITES; turn++) await patch(turn, nameOf(turn + 100), 'missed');
    const watchers = await Promise.all([0, 1, 2].map(() => Watcher.open(server, `resourceVersion=${resourceVersion}`)));
    await patch(0, nameOf(200), 'last');
    for (const watcher of watchers) {
      await watcher.until(`MODIFIED ${nameOf(200)} last`);
      assert.deepEqual(watcher.seen, [...Array.from({ length: WRITES }, (_, turn) => `MODIFIED ${nameOf(turn + 100)} missed`), `MODIFIED ${nameOf(200)} last`]);
      watcher.close();
    }
  });
});

/** A watch that began after some of the writes has them in its state: they are put back where the others have them. */
function onceInOrder(seen: readonly string[]): string[] {
  const end = seen.indexOf('BOOKMARK true');
  const had = seen.slice(0, end).filter((line) => !line.endsWith(' ')).map((line) => line.replace('ADDED', 'MODIFIED'));
  const state = seen.slice(0, end).map((line) => (line.endsWith(' ') ? line : line.replace(/\d+$/, '')));
  return [...state, 'BOOKMARK true', ...had, ...seen.slice(end + 1)];
}
