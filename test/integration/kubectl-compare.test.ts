import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { after, before, describe, test } from 'node:test';
import { SystemClock } from '../../src/base/clock.ts';
import { SystemRandom } from '../../src/base/random.ts';
import { runKubectl } from '../../src/kubectl/index.ts';
import { richManifests } from '../support/kubectl-manifests.ts';
import { describeScenarios } from '../support/kubectl-describe-scenarios.ts';
import { connectionFiles, connectionScenarios } from '../support/kubectl-connection-scenarios.ts';
import { drainScenarios } from '../support/kubectl-drain-scenarios.ts';
import { edgeScenarios } from '../support/kubectl-edge-scenarios.ts';
import { moreScenarios } from '../support/kubectl-more-scenarios.ts';
import { manifests, type Scenario, scenarios } from '../support/kubectl-scenarios.ts';
import { kustomizations } from '../support/kubectl-kustomizations.ts';
import { otherScenarios } from '../support/kubectl-other-scenarios.ts';
import { outputFiles, outputScenarios } from '../support/kubectl-output-scenarios.ts';
import { readScenarios } from '../support/kubectl-read-scenarios.ts';
import { statusScenarios } from '../support/kubectl-status-scenarios.ts';
import { wideScenarios } from '../support/kubectl-wide-scenarios.ts';
import { writeScenarios } from '../support/kubectl-write-scenarios.ts';
import { unless } from '../support/needs.ts';
import { asOfAnyVersion, minorOf, stockKubectl } from '../support/stock-kubectl.ts';
import { ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** How a command is run: with more in its environment; until it has printed so many lines. */
type Manner = Pick<Scenario['steps'][number], 'env' | 'lines'>;

const stock = stockKubectl();
const minor = stock === undefined ? 0 : minorOf(stock);
const folder = mkdtempSync(join(tmpdir(), 'kubets-compare-'));
const kubeconfig = join(folder, 'kubeconfig');
let server: TestServer;

function runStock(args: readonly string[], stdin: string, { env: more = {}, lines: enough }: Manner): Promise<Outcome> {
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  const child = execFile(stock ?? '', ['--cache-dir', join(folder, 'cache'), ...args], { env: { KUBECONFIG: kubeconfig, HOME: folder, PATH: process.env['PATH'], ...more }, cwd: folder, timeout: 300_000, maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
    resolve(enough === undefined ? { code: error ? Number(error.code ?? 1) : 0, stdout, stderr } : { code: 0, stdout: firstLines(stdout, enough), stderr });
  });
  child.stdin?.on('error', () => undefined); // it may end without having read
  child.stdin?.end(stdin);
  let printed = '';
  if (enough !== undefined) child.stdout?.on('data', (chunk: string) => {
    printed += chunk;
    if (printed.split('\n').length > enough) child.kill('SIGKILL');
  });
  return promise;
}

async function runOurs(args: readonly string[], stdin: string, { env: more = {}, lines: enough }: Manner = {}): Promise<Outcome> {
  const taken = { stdout: '', stderr: '' };
  const stop = new AbortController();
  const into = (name: 'stdout' | 'stderr'): Writable => new Writable({
    write: (chunk: Buffer, _encoding, done) => {
      taken[name] += chunk.toString();
      if (enough !== undefined && taken.stdout.split('\n').length > enough) stop.abort();
      done();
    },
  });
  const env = { KUBECONFIG: kubeconfig, HOME: folder, PATH: process.env['PATH'], ...more };
  const io = { stdin: Readable.from([Buffer.from(stdin)]), stdout: into('stdout'), stderr: into('stderr'), env, clock: new SystemClock(), random: new SystemRandom(), signal: stop.signal };
  const watchdog = setTimeout(() => stop.abort(), 300_000);
  const code = await runKubectl(args, io);
  clearTimeout(watchdog);
  return enough === undefined ? { code, ...taken } : { code: 0, stdout: firstLines(taken.stdout, enough), stderr: taken.stderr };
}

/** Puts the identities of objects in the place of `UIDOF(deploy/web)`. */
async function uidsIn(text: string, namespace: string): Promise<(text: string) => string> {
  const known = new Map<string, string>();
  for (const [, name = ''] of text.matchAll(/UIDOF\(([^)]*)\)/g)) known.set(name, (await runOurs(['get', name, '-n', namespace, '-o', 'jsonpath={.metadata.uid}'], '')).stdout);
  return (one) => one.replaceAll(/UIDOF\(([^)]*)\)/g, (_, name: string) => known.get(name) ?? '');
}

function firstLines(text: string, count: number): string {
  return text.split('\n').slice(0, count).join('\n');
}

/** What differs from run to run: times, ages, identities, and in which of the two namespaces the commands worked. */
function masked(text: string, namespace: string): string {
  return asOfAnyVersion(text)
    .replaceAll(namespace, 'NAMESPACE')
    .replaceAll(/[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/g, 'UID')
    .replaceAll(/Resource Version: +\d+/g, 'Resource Version: RV')
    .replaceAll(/(resourceVersion"?: ?)"\d+"/g, '$1RV')
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, 'TIME')
    .replaceAll(/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d [-+]\d{4}/g, 'LONGTIME')
    .replaceAll(/\b(?:\d+m)?\d+(?:ms|s)\b/g, 'AGE')
    .replaceAll(/Created on: +\S+ \S+/g, 'Created on: TIME')
    .replaceAll(/\S*\/((?:LIVE|MERGED)-)\w+/g, '$1')
    .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+ [-+]\d{4}/g, 'TIME')
    .replaceAll(/10\.96\.\d+\.\d+/g, 'CLUSTERIP')
    .replaceAll(/(NodePort: +(?:\S+ +)?)\d+/g, '$1PORT')
    .replaceAll(/kubectl\/v1\.\d+\.\d+/g, 'kubectl/VERSION')
    .replaceAll(/kubectl\.1\.\d+/g, 'kubectl')
    .replaceAll(/\n *creationTimestamp: null(?=\n)/g, '') // newer kubectls leave it out
    .replaceAll(/debugger-\w{5}/g, 'debugger-RANDOM')
    .replaceAll(/ {2,}/g, '  ');
}

before(async () => {
  server = await startTestServer();
  writeFileSync(kubeconfig, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 'test', contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server: server.url, 'certificate-authority-data': Buffer.from(server.ca).toString('base64') } }],
    users: [{ name: 'test', user: { token: ADMIN_TOKEN } }],
  }));
  for (const [name, text] of Object.entries({ ...manifests, ...richManifests, ...kustomizations, ...connectionFiles, ...outputFiles })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text.replaceAll('SERVER', server.url).replaceAll('TOKEN', ADMIN_TOKEN), { mode: 0o755 });
  }
  process.chdir(folder);
});

after(async () => {
  await server[Symbol.asyncDispose]();
  process.chdir('/');
  rmSync(folder, { recursive: true });
});

describe('kubectl prints what stock kubectl prints', { skip: unless(stock !== undefined, 'no kubectl is on this machine') }, () => {
  for (const [number, scenario] of [...scenarios, ...moreScenarios, ...describeScenarios, ...writeScenarios, ...readScenarios, ...otherScenarios, ...statusScenarios, ...wideScenarios, ...connectionScenarios, ...outputScenarios, ...drainScenarios, ...edgeScenarios].entries()) {
    test(scenario.name, async () => {
      const differences: string[] = [];
      const namespaces = { stock: `stock-${number}`, ours: `owned-${number}` };
      for (const namespace of Object.values(namespaces)) assert.equal((await runOurs(['create', 'namespace', namespace], '')).stderr, '');
      for (const { run: words, stdin: input = '', ignoreStderr, inAnyOrder = false, since = 0, until = minor, ...manner } of scenario.steps) {
        const uids = { stock: await uidsIn(input, namespaces.stock), ours: await uidsIn(input, namespaces.ours) };
        const inOf = (namespace: string): string[] => [...words.map((word) => word.replaceAll('NAMESPACE', namespace).replaceAll('SERVER', server.url).replaceAll('TOKEN', ADMIN_TOKEN)), ...namespaceFlag(words, namespace)];
        const theirs = runStock(inOf(namespaces.stock), uids.stock(input).replaceAll('NAMESPACE', namespaces.stock), manner);
        if (words[0] === 'config') await theirs; // both change one file
        const [expected, got] = await Promise.all([theirs, runOurs(inOf(namespaces.ours), uids.ours(input).replaceAll('NAMESPACE', namespaces.ours), manner)]);
        const [want, have] = [lines(expected, namespaces.stock, ignoreStderr), lines(got, namespaces.ours, ignoreStderr)];
        if (minor < since || minor > until || (inAnyOrder ? want.toSorted() : want).join('\n') === (inAnyOrder ? have.toSorted() : have).join('\n')) continue;
        const missing = want.filter((line) => !have.includes(line)).map((line) => `- ${line}`);
        const extra = have.filter((line) => !want.includes(line)).map((line) => `+ ${line}`);
        differences.push([`kubectl ${words.join(' ')}`, ...(missing.length + extra.length > 0 ? [...missing, ...extra] : otherOrder(want, have))].join('\n'));
      }
      if (differences.length > 0) assert.fail(`\n${differences.join('\n\n')}`);
    });
  }
});

function lines(outcome: Outcome, namespace: string, withoutStderr = false): string[] {
  const marked = (mark: string, text: string): string[] => masked(text, namespace).split('\n').map((line) => mark + line);
  return [`exit code ${outcome.code}`, ...marked('1> ', outcome.stdout), ...(withoutStderr ? [] : marked('2> ', outcome.stderr))];
}

/** The first lines that differ, where only their order or number does. */
function otherOrder(want: readonly string[], have: readonly string[]): string[] {
  const at = want.findIndex((one, index) => one !== have[index]);
  return ['(other order)', ...want.slice(at, at + 5).map((one) => `- ${one}`), ...have.slice(at, at + 5).map((one) => `+ ${one}`)];
}

/** Before `--`: what comes after belongs to another program. */
function namespaceFlag(words: readonly string[], namespace: string): string[] {
  return words[0] === 'config' || words.includes('--') || words.includes('-A') || words.includes('-n') ? [] : ['-n', namespace];
}
