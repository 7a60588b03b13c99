/**
 * Measures an API server with the work of docs/architecture.md, "What it is measured against":
 *
 *     npm run bench:api -- [--server URL --token T [--pid N]]... [--everything] [--pods 4000] [--seconds 5] [--only get,list] [--again 1] [--http2 SESSIONS]
 *
 * Without --server the built kubets is started, and stopped at the end: the API server alone, or, with `--everything`, its controllers and scheduler in the same process, which hear of all that is written. Two servers are shown side by side, with the first divided by the second. `--pid`: a server's process, for its CPU time
 * and memory. `--again`: so many times all pods are created once more, and deleted in between; the mean is told. `--http2`: the 32 workers share so many sessions of HTTP/2 in place of a connection of HTTP/1.1 each.
 */
import { parseArgs } from 'node:util';
import { type Answer, type Connection, HttpConnection } from './http-connection.ts';
import { Http2Connection } from './http2-connection.ts';
import { Watchers } from './watchers.ts';
import { ALONE, cpuMs, residentMB, Standalone, type Target } from './standalone.ts';

const CONNECTIONS = 32;
const WATCHERS = 50;
/** Events that a watcher missed which resumes: so many are still in memory. */
const MISSED = 1000;
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
    http2: { type: 'string' }, everything: { type: 'boolean', default: false },
    pods: { type: 'string', default: '4000' }, seconds: { type: 'string', default: '5' }, only: { type: 'string' }, again: { type: 'string', default: '1' },
  },
});
const pods = Number(values.pods);
const seconds = Number(values.seconds);
const only = values.only?.split(',');
const rounds = Number(values.again);
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

  /** The same once the process has done all else: its code is as fast as it gets, which a server is after some seconds of work. */
  async again(): Promise<Result> {
    const results = [await this.create()];
    while (results.length < rounds) {
      await this.delete();
      results.push(await this.create());
    }
    const mean = (of: (result: Result) => number): number => results.reduce((sum, result) => sum + of(result), 0) / results.length;
    const knowsCpu = results.every(({ cpuMs }) => cpuMs !== undefined);
    return { perSecond: 1 / mean(({ perSecond }) => 1 / perSecond), cpuMs: knowsCpu ? mean(({ cpuMs = 0 }) => cpuMs) : undefined, clientMs: mean(({ clientMs }) => clientMs) };
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

  async #watchers(): Promise<Watchers> {
    return new Watchers(await Promise.all(Array.from({ length: WATCHERS }, () => this.#open())));
  }

  async #version(): Promise<string> {
    const answer = await this.#connections[0]?.request('GET', `${this.#path()}?limit=1`, { keepsBody: true });
    return (JSON.parse(answer?.body.toString() ?? '{}') as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
  }

  /** What it takes until each watcher has got its events: `act` gives how many. */
  async #events(watchers: Watchers, act: () => Promise<number>): Promise<Result & { readonly took: number | undefined; readonly each: number }> {
    const cpu = cpuMs(this.#target.pid);
    const own = process.cpuUsage();
    const start = performance.now();
    const each = await act();
    await watchers.got(each);
    const elapsed = (performance.now() - start) / 1000;
    const used = cpuMs(this.#target.pid);
    const took = cpu === undefined || used === undefined ? undefined : used - cpu;
    const { events } = watchers;
    return { perSecond: events / elapsed, cpuMs: took === undefined ? undefined : took / events, clientMs: ownMs(own) / events, took, each };
  }

  /**
   * Events that arrive at all watchers together while pods are patched: fifty for each patch, so that their number is that of the patches. What an event takes by itself is
   * found by patching without watchers first.
   */
  async watch(): Promise<Result> {
    const alone = await this.status();
    using watchers = await this.#watchers();
    watchers.open(`${this.#path()}?watch=1&resourceVersion=${await this.#version()}`, 'MODIFIED');
    await watchers.opened();
    const result = await this.#events(watchers, async () => {
      let writes = 0;
      await this.#patchStatus(() => writes++);
      return writes;
    });
    const { took, each } = result;
    return { ...result, ...(took !== undefined && alone.cpuMs !== undefined && { ownMs: (took - each * alone.cpuMs) / (each * WATCHERS) }) };
  }

  /** Events without any write: each watcher is told of all pods there are. */
  async replay(): Promise<Result> {
    using watchers = await this.#watchers();
    return await this.#events(watchers, () => {
      watchers.open(`${this.#path()}?watch=1&resourceVersion=0`, 'ADDED');
      return Promise.resolve(this.#existing);
    });
  }

  /** The same of watchers that resume from where they were: each is told of what was written since. */
  async resume(): Promise<Result> {
    const version = await this.#version();
    const body = (turn: number): Buffer => Buffer.from(JSON.stringify({ status: { message: `before ${turn}` } }));
    await this.#measure((connection, turn) => this.#expect(200, connection.request('PATCH', `${this.#path(`pod-${turn}`)}/status`, { body: body(turn), contentType: 'application/strategic-merge-patch+json' })), { count: MISSED });
    using watchers = await this.#watchers();
    return await this.#events(watchers, () => {
      watchers.open(`${this.#path()}?watch=1&resourceVersion=${version}`, 'MODIFIED');
      return Promise.resolve(MISSED);
    });
  }

  /** All pods go by one request, which fifty watchers are told of. */
  async purge(): Promise<Result> {
    using watchers = await this.#watchers();
    watchers.open(`${this.#path()}?watch=1&resourceVersion=${await this.#version()}`, 'DELETED');
    await watchers.opened();
    const result = await this.#events(watchers, async () => {
      const [first] = this.#connections;
      if (first) await this.#expect(200, first.request('DELETE', `${this.#path()}?gracePeriodSeconds=0`));
      return this.#existing;
    });
    this.#existing = 0;
    return result;
  }

  async delete(): Promise<Result> {
    const count = this.#existing;
    this.#existing = 0;
    return this.#measure((connection, turn) => this.#expect(200, connection.request('DELETE', `${this.#path(`pod-${turn}`)}?gracePeriodSeconds=0`)), { count });
  }

  close(): void {
    for (const connection of this.#all) connection.close();
  }
}

const WORKS = ['create', 'get', 'status', 'update', 'list', 'watch', 'replay', 'resume', 'delete', 'again', 'purge'] as const;
const NAMES: Record<(typeof WORKS)[number], string> = {
  create: `create pod, the first ${pods} of a process`, get: 'get pod', status: 'patch status', update: 'update pod', list: `list ${pods} pods`, watch: `watch fan-out, ${WATCHERS} watchers (events)`, replay: `state to ${WATCHERS} new watchers (events)`, 
  resume: `${MISSED} missed events to ${WATCHERS} watchers (events)`, delete: 'delete pod', again: rounds > 1 ? `create pod, again, ${rounds} times ${pods}` : 'create pod, again', purge: `all pods deleted, ${WATCHERS} watchers (events)`,
};

/** All works in order; each is shown as it ends. */
async function measure(target: Target): Promise<Map<string, Result>> {
  const bench = new Bench(target);
  await bench.prepare();
  const found = new Map<string, Result>();
  for (const work of WORKS) {
    if (only && work !== 'create' && work !== 'delete' && work !== 'again' && !only.includes(work)) continue;
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

await using standalone = values.server === undefined ? await Standalone.start(values.everything ? [] : ALONE) : undefined;
const targets = standalone ? [standalone.target] : (values.server ?? []).map((server, i): Target => ({
  url: new URL(server), token: values.token?.[i] ?? values.token?.[0] ?? '', pid: values.pid?.[i] === undefined ? undefined : Number(values.pid[i]),
}));
const results: Map<string, Result>[] = [];
for (const target of targets) results.push(await measure(target));
const [one, other] = results;
if (one && other) compare(one, other);
