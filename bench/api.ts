/**
 * Measures an API server with the work of docs/architecture.md, "What it is measured against":
 *
 *     npm run bench:api -- [--server URL --token T [--pid N]]... [--pods 4000] [--seconds 5] [--only get,list] [--http2 SESSIONS]
 *
 * Without --server the built kubets is started, and stopped at the end. Two servers are shown side by side, with the first divided by the second. `--pid`: a server's process, for its CPU time
 * and memory. `--http2`: the 32 workers share so many sessions of HTTP/2 in place of a connection of HTTP/1.1 each.
 */
import { parseArgs } from 'node:util';
import { type Answer, type Connection, HttpConnection } from './http-connection.ts';
import { Http2Connection } from './http2-connection.ts';
import { cpuMs, residentMB, Standalone, type Target } from './standalone.ts';

const CONNECTIONS = 32;
const WATCHERS = 50;
const NAMESPACE = 'bench';
interface Result {
  readonly perSecond: number;
  /** Milliseconds of the server's CPU per operation. */
  readonly cpuMs: number | undefined;
  /** Milliseconds of this process's CPU per operation: what the client takes for itself. */
  readonly clientMs: number;
  /** Of events: the server's CPU for one beyond that of the write it tells of. */
  readonly ownMs?: number | undefined;
}

const { values } = parseArgs({
  options: {
    server: { type: 'string', multiple: true }, token: { type: 'string', multiple: true }, pid: { type: 'string', multiple: true },
    http2: { type: 'string' },
    pods: { type: 'string', default: '4000' }, seconds: { type: 'string', default: '5' }, only: { type: 'string' },
  },
});
const pods = Number(values.pods);
const seconds = Number(values.seconds);
const only = values.only?.split(',');
const sessions = values.http2 === undefined ? undefined : Number(values.http2);

function podNamed(name: string): Buffer {
  return Buffer.from(JSON.stringify({
    apiVersion: 'v1', kind: 'Pod',
    metadata: { name, labels: { app: 'bench', 'pod-template-hash': '5d4f8c7b9', tier: 'web' }, annotations: { note: 'x'.repeat(700) } },
    spec: {
      containers: [{
        name: 'main', image: 'registry.example/app:1', ports: [{ containerPort: 8080, name: 'http' }], env: [{ name: 'MODE', value: 'production' }],
        resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { cpu: '500m', memory: '256Mi' } },
      }],
      schedulerName: 'nobody', automountServiceAccountToken: false,
    },
  }));
}

/** Counts `mark` in a stream that comes in pieces. */
function counter(mark: Buffer, onMark: () => void): (chunk: Buffer) => void {
  let rest: Buffer = Buffer.alloc(0);
  return (chunk) => {
    const all = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = all.indexOf(mark);
    let end = 0;
    for (; at >= 0; at = all.indexOf(mark, end)) {
      onMark();
      end = at + mark.length;
    }
    rest = all.subarray(Math.max(end, all.length - mark.length + 1));
  };
}

function ownMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1000;
}

class Bench {
  readonly #target: Target;
  #connections: Connection[] = [];
  #all: Connection[] = [];
  #existing = 0;
  #runs = 0;

  constructor(target: Target) {
    this.#target = target;
  }

  #open(): Promise<Connection> {
    const { url, token } = this.#target;
    return sessions === undefined ? HttpConnection.open(url, token) : Http2Connection.open(url, token);
  }

  async prepare(): Promise<void> {
    this.#all = await Promise.all(Array.from({ length: sessions ?? CONNECTIONS }, () => this.#open()));
    this.#connections = Array.from({ length: CONNECTIONS }, (_, i) => this.#all[i % this.#all.length] as Connection);
    const [first] = this.#connections;
    await first?.request('POST', '/api/v1/namespaces', { body: Buffer.from(JSON.stringify({ metadata: { name: NAMESPACE } })) });
    for (let i = 0; i < 100; i++) {
      const answer = await first?.request('GET', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts/default`);
      if (answer?.status === 200) break;
      if (i === 20) await first?.request('POST', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, { body: Buffer.from(JSON.stringify({ metadata: { name: 'default' } })) });
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** All connections run `work` until time or `count` is over. */
  async #measure(work: (connection: Connection, turn: number) => Promise<number>, limit: { count?: number; seconds?: number }): Promise<Result> {
    let turn = 0;
    let done = 0;
    const cpu = cpuMs(this.#target.pid);
    const own = process.cpuUsage();
    const start = performance.now();
    const end = limit.seconds === undefined ? Infinity : start + limit.seconds * 1000;
    await Promise.all(this.#connections.map(async (connection) => {
      while (performance.now() < end && turn < (limit.count ?? Infinity)) {
        const more = await work(connection, turn++); // `done += await ...` would read `done` before it waits
        done += more;
      }
    }));
    const elapsed = (performance.now() - start) / 1000;
    const used = cpuMs(this.#target.pid);
    return { perSecond: done / elapsed, cpuMs: cpu === undefined || used === undefined ? undefined : (used - cpu) / done, clientMs: ownMs(own) / done };
  }

  async #expect(wanted: number, asked: Promise<Answer>): Promise<number> {
    const { status, body } = await asked;
    if (status !== wanted) throw new Error(`${status} instead of ${wanted}: ${body.toString().slice(0, 300)}`);
    return 1;
  }

  #path(name = ''): string {
    return `/api/v1/namespaces/${NAMESPACE}/pods${name && `/${name}`}`;
  }

  async create(): Promise<Result> {
    const from = this.#existing;
    const result = await this.#measure((connection, turn) => this.#expect(201, connection.request('POST', this.#path(), { body: podNamed(`pod-${from + turn}`) })), { count: pods });
    this.#existing += pods;
    return result;
  }

  get(): Promise<Result> {
    return this.#measure((connection, turn) => this.#expect(200, connection.request('GET', this.#path(`pod-${(turn * 7919) % pods}`))), { seconds });
  }

  list(): Promise<Result> {
    return this.#measure((connection) => this.#expect(200, connection.request('GET', this.#path())), { seconds });
  }

  status(): Promise<Result> {
    return this.#patchStatus(() => undefined);
  }

  #patchStatus(onWrite: () => void): Promise<Result> {
    const run = this.#runs++; // a patch that changes nothing is no write
    return this.#measure((connection, turn) => {
      onWrite();
      const body = Buffer.from(JSON.stringify({ status: { phase: 'Running', message: `turn ${run}.${turn}`, conditions: [{ type: 'Ready', status: turn % 2 ? 'True' : 'False' }] } }));
      return this.#expect(200, connection.request('PATCH', `${this.#path(`pod-${turn % pods}`)}/status`, { body, contentType: 'application/strategic-merge-patch+json' }));
    }, { seconds });
  }

  async update(): Promise<Result> {
    const [first] = this.#connections;
    const answer = await first?.request('GET', this.#path('pod-0'), { keepsBody: true });
    const object = JSON.parse(answer?.body.toString() ?? '{}') as { metadata: Record<string, unknown> };
    return this.#measure((connection, turn) => {
      const { uid: _uid, resourceVersion: _version, managedFields: _managed, creationTimestamp: _created, ...metadata } = object.metadata;
      const name = `pod-${turn % pods}`;
      const body = Buffer.from(JSON.stringify({ ...object, metadata: { ...metadata, name, labels: { app: 'bench', turn: String(turn) } } }));
      return this.#expect(200, connection.request('PUT', this.#path(name), { body }));
    }, { seconds });
  }

  /**
   * Events that arrive at all watchers together while pods are patched: fifty for each patch, so that their number is that of the patches. What an event takes by itself is
   * found by patching without watchers first.
   */
  async watch(): Promise<Result> {
    const alone = await this.status();
    const watchers = await Promise.all(Array.from({ length: WATCHERS }, () => this.#open()));
    const [first] = this.#connections;
    const answer = await first?.request('GET', `${this.#path()}?limit=1`, { keepsBody: true });
    const version = (JSON.parse(answer?.body.toString() ?? '{}') as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
    let events = 0;
    let opened = 0;
    for (const watcher of watchers) {
      const count = counter(Buffer.from('{"type":"MODIFIED"'), () => events++);
      let isFirst = true;
      watcher.stream(`${this.#path()}?watch=1&resourceVersion=${version}`, (chunk) => {
        if (isFirst) opened++;
        isFirst = false;
        count(chunk);
      });
    }
    // HTTP/1.1 says at once that a watch has begun, HTTP/2 tells it apart from the bytes.
    for (let waited = 0; opened < WATCHERS && waited < 20; waited++) await new Promise((resolve) => setTimeout(resolve, 50));
    const cpu = cpuMs(this.#target.pid);
    const own = process.cpuUsage();
    const start = performance.now();
    let writes = 0;
    await this.#patchStatus(() => writes++);
    // Whoever is slow gets the rest after the last write.
    for (let before = -1, since = performance.now(); events < writes * WATCHERS && performance.now() - since < 5000;) {
      if (events !== before) since = performance.now();
      before = events;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    if (events !== writes * WATCHERS) throw new Error(`${events} events came in place of ${writes * WATCHERS}`);
    const elapsed = (performance.now() - start) / 1000;
    const used = cpuMs(this.#target.pid);
    for (const watcher of watchers) watcher.close();
    const took = cpu === undefined || used === undefined ? undefined : used - cpu;
    return {
      perSecond: events / elapsed, cpuMs: took === undefined ? undefined : took / events, clientMs: ownMs(own) / events,
      ...(took !== undefined && alone.cpuMs !== undefined && { ownMs: (took - writes * alone.cpuMs) / events }),
    };
  }

  /** Events without any write: each watcher is told of all pods there are. */
  async replay(): Promise<Result> {
    const [first] = this.#connections;
    const watchers = await Promise.all(Array.from({ length: WATCHERS }, () => this.#open()));
    const listed = await first?.request('GET', this.#path(), { keepsBody: true });
    const text = listed?.body.toString() ?? '';
    const wanted = (JSON.parse(text) as { items: unknown[] }).items.length * WATCHERS;
    // Each event is a line; with HTTP/1.1 each piece of several has a line for its size and an empty one: events are counted by what begins them.
    const mark = Buffer.from('{"type":"ADDED"');
    let events = 0;
    const cpu = cpuMs(this.#target.pid);
    const own = process.cpuUsage();
    const start = performance.now();
    for (const watcher of watchers) watcher.stream(`${this.#path()}?watch=1&resourceVersion=0`, counter(mark, () => events++));
    while (events < wanted) await new Promise((resolve) => setTimeout(resolve, 5));
    const elapsed = (performance.now() - start) / 1000;
    const used = cpuMs(this.#target.pid);
    for (const watcher of watchers) watcher.close();
    return { perSecond: events / elapsed, cpuMs: cpu === undefined || used === undefined ? undefined : (used - cpu) / events, clientMs: ownMs(own) / events };
  }

  async delete(): Promise<Result> {
    const count = this.#existing;
    return this.#measure((connection, turn) => this.#expect(200, connection.request('DELETE', `${this.#path(`pod-${turn}`)}?gracePeriodSeconds=0`)), { count });
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }
}

const WORKS = ['create', 'get', 'status', 'update', 'list', 'watch', 'replay', 'delete'] as const;
const NAMES: Record<(typeof WORKS)[number], string> = {
  create: 'create pod', get: 'get pod', status: 'patch status', update: 'update pod', list: `list ${pods} pods`, watch: `watch fan-out, ${WATCHERS} watchers (events)`, replay: `state to ${WATCHERS} new watchers (events)`, delete: 'delete pod',
};

/** All works in order; each is shown as it ends. */
async function measure(target: Target): Promise<Map<string, Result>> {
  const bench = new Bench(target);
  await bench.prepare();
  const found = new Map<string, Result>();
  for (const work of WORKS) {
    if (only && work !== 'create' && work !== 'delete' && !only.includes(work)) continue;
    const result = await bench[work]();
    found.set(work, result);
    const cpu = result.cpuMs === undefined ? '' : `${result.cpuMs.toFixed(3).padStart(9)} CPU-ms`;
    console.log(`${target.url.host}  ${NAMES[work].padEnd(44)} ${result.perSecond.toFixed(0).padStart(9)} /s ${cpu}   (client ${result.clientMs.toFixed(3)})${result.ownMs === undefined ? '' : `   beyond the writes: ${result.ownMs.toFixed(4)} CPU-ms`}`);
  }
  const memory = residentMB(target.pid);
  if (memory !== undefined) console.log(`${target.url.host}  ${'memory (RSS) after it'.padEnd(44)} ${memory.toFixed(0).padStart(9)} MB`);
  bench.close();
  return found;
}

function compare(one: Map<string, Result>, other: Map<string, Result>): void {
  console.log(`\n${''.padEnd(44)} ${'first /s'.padStart(10)} ${'second /s'.padStart(10)} ${'ratio'.padStart(8)}`);
  for (const work of WORKS) {
    const [first, second] = [one.get(work), other.get(work)];
    if (!first || !second) continue;
    console.log(`${NAMES[work].padEnd(44)} ${first.perSecond.toFixed(0).padStart(10)} ${second.perSecond.toFixed(0).padStart(10)} ${(first.perSecond / second.perSecond).toFixed(2).padStart(7)}x`);
  }
}

await using standalone = values.server === undefined ? await Standalone.start() : undefined;
const targets = standalone ? [standalone.target] : (values.server ?? []).map((server, i): Target => ({
  url: new URL(server), token: values.token?.[i] ?? values.token?.[0] ?? '', pid: values.pid?.[i] === undefined ? undefined : Number(values.pid[i]),
}));
const results: Map<string, Result>[] = [];
for (const target of targets) results.push(await measure(target));
const [one, other] = results;
if (one && other) compare(one, other);
