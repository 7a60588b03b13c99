import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request as httpsRequest } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { gunzipSync } from 'node:zlib';
import { Command } from 'commander';
import { SystemClock } from '../../../src/base/clock.ts';
import type { Logger } from '../../../src/base/logger.ts';
import { SeededRandom, SystemRandom } from '../../../src/base/random.ts';
import { addServerFlags, serverOptions, type ServerFlags } from '../../../src/cli/server-flags/index.ts';
import { Server } from '../../../src/cluster/server.ts';
import { type FuzzRequest, makeRequest, type Memory } from './requests.ts';
import { Chance } from './values.ts';
import { until } from '../../support/until.ts';

/** `FUZZ_SECONDS=3600 FUZZ_SEED=1 npm run test:fuzz`: longer, or the same again. */
const SECONDS = Number(process.env['FUZZ_SECONDS'] ?? 60);
/** Among all tests the same requests each time; a longer run looks for what is new. */
const SEED = Number(process.env['FUZZ_SEED'] ?? (process.env['FUZZ_SECONDS'] === undefined ? 1 : new SystemRandom().below(2 ** 31)));
const CLIENTS = 12;
const ANSWER_MS = 15_000;
const TOKEN = 'fuzz-token';
const clock = new SystemClock();

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

const WIDGETS = {
  apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'widgets.example.com' },
  spec: {
    group: 'example.com', scope: 'Namespaced', names: { plural: 'widgets', kind: 'Widget' },
    versions: [{
      name: 'v1', served: true, storage: true, subresources: { status: {}, scale: { specReplicasPath: '.spec.n', statusReplicasPath: '.status.n' } },
      schema: { openAPIV3Schema: { type: 'object', properties: { spec: {
        type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$', default: 'a' }, n: { type: 'integer', maximum: 10 }, l: { type: 'array', items: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }, any: { 'x-kubernetes-preserve-unknown-fields': true } },
        'x-kubernetes-validations': [{ rule: '!has(self.n) || self.n < 9' }],
      }, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } } } },
    }],
  },
};

/** A whole server, on a memory store with a short history; what it logs as an error is a finding. */
class Target implements AsyncDisposable {
  readonly findings: string[] = [];
  readonly agent = new Agent({ keepAlive: true, maxSockets: CLIENTS, rejectUnauthorized: false });
  readonly #folder = mkdtempSync(join(tmpdir(), 'kubets-fuzz-'));
  readonly #abort = new AbortController();
  #server: Server | undefined;

  get port(): number {
    return this.#server?.port ?? 0;
  }

  async start(): Promise<void> {
    const tokens = join(this.#folder, 'tokens.csv');
    writeFileSync(tokens, `${TOKEN},admin,admin,system:masters\n`);
    const command = new Command('server');
    addServerFlags(command);
    command.parse(['--data-dir', this.#folder, '--store', 'memory', '--bind-address', '127.0.0.1', '--port', '0', '--token-auth-file', tokens, '--controllers', '', '--disable-scheduler'], { from: 'user' });
    const quiet = (): void => undefined;
    const error = (message: string, fields?: object): void => void this.findings.push(`${message} ${inspectFields(fields)}`);
    const logger = { debug: quiet, info: quiet, warn: quiet, error, with: () => logger } as unknown as Logger;
    this.#server = new Server(serverOptions(command.opts<ServerFlags>()), { clock, random: new SystemRandom(), logger });
    await this.#server.start(this.#abort.signal);
    const made = await this.ask({ method: 'POST', path: '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', headers: { 'content-type': 'application/json' }, body: Buffer.from(JSON.stringify(WIDGETS)) });
    assert.equal(made.status, 201, made.body.toString());
  }

  async ask(request: FuzzRequest): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>();
    const { method, path, body } = request;
    const headers = { authorization: `Bearer ${TOKEN}`, ...request.headers, ...(body && { 'content-length': String(body.length) }) };
    const outgoing = httpsRequest({ host: '127.0.0.1', port: this.port, method, path, headers, agent: this.agent, timeout: ANSWER_MS });
    outgoing.on('response', (response) => {
      const parts: Buffer[] = [];
      response.on('data', (part: Buffer) => parts.push(part));
      response.on('end', () => {
        const sent = Buffer.concat(parts);
        const body = response.headers['content-encoding'] === 'gzip' && sent.length > 0 ? gunzipSync(sent) : sent;
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body });
      });
      response.on('error', reject);
    });
    outgoing.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.alloc(0) });
    });
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${ANSWER_MS} ms`)));
    outgoing.on('error', reject);
    outgoing.end(body);
    return promise;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.agent.destroy();
    this.#abort.abort();
    await this.#server?.[Symbol.asyncDispose]();
    rmSync(this.#folder, { recursive: true });
  }
}

function inspectFields(fields: object | undefined): string {
  return Object.entries(fields ?? {}).map(([key, value]) => `${key}=${value instanceof Error ? (value.stack ?? value.message) : String(value)}`).join(' ');
}

/** What is wrong with an answer; undefined: nothing. */
function complaint(request: FuzzRequest, answer: Answer): string | undefined {
  const { status, body, headers } = answer;
  if (status === 504 || status === 503 || status === 501) return undefined; // revisions to come, and what needs a kubelet that is not there
  // Kubernetes has 500s of its own, for instance for a resourceVersion that is no number; one of a bug says that it is internal.
  if (status >= 500 && body.includes('Internal error occurred')) return `${status} ${body.toString().slice(0, 500)}`;
  if (status < 400 || request.method === 'HEAD' || !String(headers['content-type']).startsWith('application/json')) return undefined;
  try {
    const { kind, code } = JSON.parse(body.toString()) as { kind?: string; code?: number };
    if (kind === 'Status' && code !== status) return `a Status of code ${code} with HTTP status ${status}`;
  } catch (error) {
    return `no JSON: ${String(error)}`;
  }
  return undefined;
}

function remember(answer: Answer, memory: Memory): void {
  const { body, headers } = answer;
  if (headers['content-type'] === 'application/vnd.kubernetes.protobuf' && body.length < 10_000) memory.protobufs[memory.protobufs.length % 50] = body;
  const token = /"continue":"([^"]+)"/.exec(body.subarray(0, 2000).toString())?.[1];
  if (token !== undefined) memory.tokens[memory.tokens.length % 50] = token;
  if (memory.tokens.length >= 50) memory.tokens.length = 25;
  if (memory.protobufs.length >= 50) memory.protobufs.length = 25;
}

/** Bytes that are no HTTP, or break off: the connection ends, nothing else happens. */
async function sendGarbage(target: Target, chance: Chance): Promise<void> {
  const socket = connect({ host: '127.0.0.1', port: target.port, rejectUnauthorized: false, ALPNProtocols: chance.once(2) ? ['h2'] : ['http/1.1'] });
  socket.on('error', () => undefined);
  await once(socket, 'secureConnect');
  const starts = ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'GET /api HTTP/1.1\r\nHost: a\r\n', 'POST /api/v1/namespaces HTTP/1.1\r\nHost: a\r\nContent-Length: 99999\r\nContent-Type: application/json\r\n\r\n{', 'GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n', ''];
  socket.write(chance.pick(starts));
  socket.end(chance.bytes(chance.below(2000)));
  socket.resume();
  await Promise.race([once(socket, 'close'), clock.sleep(1000, new AbortController().signal)]);
  socket.destroy();
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
function heapMegabytes(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

async function watchersLeft(target: Target): Promise<number> {
  const { body } = await target.ask({ method: 'GET', path: '/metrics', headers: {}, body: undefined });
  let count = 0;
  for (const [, value] of body.toString().matchAll(/^apiserver_longrunning_requests\{[^}]*verb="WATCH"[^}]*\} (\d+)/gm)) count += Number(value);
  return count;
}

test(`no request is answered by 500, by nothing, or by a crash: ${SECONDS} s (seed ${SEED})`, { timeout: SECONDS * 1000 + 90_000 }, async () => {
  await using target = new Target();
  await target.start();
  const memory: Memory = { tokens: [], protobufs: [] };
  const findings = new Map<string, string>();
  let requests = 0;
  const run = async (client: number, untilMs: number): Promise<void> => {
    const chance = new Chance(new SeededRandom(SEED * 64 + client));
    while (clock.monotonic() < untilMs && findings.size < 20) {
      if (chance.once(150)) await sendGarbage(target, chance);
      const request = makeRequest(chance, memory);
      const said = target.findings.length;
      let wrong: string | undefined;
      try {
        const answer = await target.ask(request);
        remember(answer, memory);
        wrong = complaint(request, answer);
      } catch (error) {
        // The connection may be closed after a request that is no HTTP at all.
        const message = (error as Error).message;
        if (!/socket hang up|ECONNRESET|Parse Error|Invalid character|unescaped|EPIPE/.test(message)) wrong = message;
      }
      requests++;
      wrong ??= target.findings.length > said ? target.findings.at(-1) : undefined;
      if (wrong !== undefined) findings.set(wrong.slice(0, 120).replaceAll(/\d+/g, 'N'), `${request.method} ${request.path.slice(0, 300)} ${JSON.stringify(request.headers).slice(0, 300)}\n  ${request.body?.toString('latin1').slice(0, 400) ?? ''}\n  -> ${wrong}`);
    }
  };
  const startMs = clock.monotonic();
  const all = (untilMs: number): Promise<unknown> => Promise.all(Array.from({ length: CLIENTS }, (_, client) => run(client, untilMs)));
  await all(startMs + (SECONDS * 1000) / 2);
  const before = heapMegabytes();
  const half = requests;
  await all(startMs + SECONDS * 1000);
  assert.deepEqual([...findings.values()], [], `seed ${SEED}, ${requests} requests`);
  // The second half repeats the first one: what it leaves behind is what leaks.
  await until('watches have ended', async () => (await watchersLeft(target)) === 0);
  const grown = heapMegabytes() - before;
  assert.ok(grown < 60 + (requests - half) * 0.012, `the heap has grown by ${grown.toFixed(0)} MB in ${requests - half} requests (seed ${SEED})`);
  const ready = await target.ask({ method: 'GET', path: '/readyz', headers: {}, body: undefined });
  assert.equal(ready.status, 200);
  assert.equal(({} as Record<string, unknown>)['a'], undefined, 'Object.prototype is as it was');
  assert.ok(requests > SECONDS * 5, `${requests} requests`);
});
