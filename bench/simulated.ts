/**
 * Many simulated nodes: how soon they are Ready, how fast pods are bound to them and run, and what server and nodes take.
 *
 *     npm run bench:simulated -- [--nodes 1000] [--pods 3000] [--idle 30] [--store lmdb]
 *
 * Runs the built program where there is one.
 */
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import { pods } from '../src/api/refs.ts';
import type { Pod } from '../src/api/generated/core-v1.ts';
import { SystemClock } from '../src/base/clock.ts';
import { silentLogger } from '../src/base/logger.ts';
import { SystemRandom } from '../src/base/random.ts';
import { Client } from '../src/client/client.ts';
import { Informer } from '../src/client/informer.ts';
import { kubeconfigTransport } from '../src/client/kubeconfig-transport.ts';
import type { ClusterRecord } from '../src/cluster/cluster-record.ts';

const { values } = parseArgs({ options: { nodes: { type: 'string', default: '1000' }, pods: { type: 'string', default: '3000' }, idle: { type: 'string', default: '30' }, store: { type: 'string', default: 'lmdb' } } });
const [nodeCount, podCount, idleSeconds] = [Number(values.nodes), Number(values.pods), Number(values.idle)];
const built = fileURLToPath(new URL('../bin/kubets.mjs', import.meta.url));
const isBuilt = existsSync(fileURLToPath(new URL('../dist/kubets.mjs', import.meta.url)));
const program = isBuilt ? built : fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
/** Clock ticks of Linux. */
const TICKS_PER_SECOND = 100;

const folder = mkdtempSync(join(tmpdir(), 'kubets-bench-'));
const dataDir = join(folder, 'data');
const env = { ...process.env, KUBECONFIG: join(folder, 'kubeconfig') };
const kubets = (...args: string[]): Promise<unknown> => promisify(execFile)(process.execPath, [program, ...args], { env });
const report = (what: string, value: string): void => console.log(`${what.padEnd(56)} ${value.padStart(14)}`);
const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

interface Usage {
  readonly cpuSeconds: number;
  readonly megabytes: number;
}

function usageOf(role: string): Usage {
  const record = JSON.parse(readFileSync(join(dataDir, 'cluster.json'), 'utf8')) as ClusterRecord;
  const pid = record.processes.find((one) => one.role === role)?.pid;
  const [user = 0, system = 0] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ').slice(11, 13).map(Number) ?? [];
  return { cpuSeconds: (user + system) / TICKS_PER_SECOND, megabytes: Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024 };
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function freePort(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return String(port);
}

/** Creates a Deployment; tells when all its pods were bound, and when all ran. */
async function runPods(client: Client): Promise<{ boundMs: number; runningMs: number }> {
  const labels = { app: 'bench' };
  const { signal } = new AbortController();
  await using informer = new Informer<Pod>({ client, ref: pods, clock: new SystemClock(), random: new SystemRandom(), logger: silentLogger, filter: { namespace: 'default', labelSelector: 'app=bench' } });
  await informer.start(signal);
  const [bound, running] = [Promise.withResolvers<number>(), Promise.withResolvers<number>()];
  const [isBound, isRunning] = [new Set<string>(), new Set<string>()];
  const startedMs = performance.now();
  using _following = informer.onChange(({ key, after }) => {
    if (after?.spec.nodeName) isBound.add(key);
    if (after?.status.phase === 'Running') isRunning.add(key);
    if (isBound.size === podCount) bound.resolve(performance.now() - startedMs);
    if (isRunning.size === podCount) running.resolve(performance.now() - startedMs);
  });
  const template = { metadata: { labels }, spec: { automountServiceAccountToken: false, containers: [{ name: 'main', image: 'registry.example/app:1', resources: { requests: { cpu: '100m', memory: '128Mi' } } }] } };
  await client.send({ method: 'POST', path: '/apis/apps/v1/namespaces/default/deployments', body: { metadata: { name: 'bench' }, spec: { replicas: podCount, selector: { matchLabels: labels }, template } }, signal });
  return { boundMs: await bound.promise, runningMs: await running.promise };
}

try {
  console.log(`running ${isBuilt ? 'the built program' : 'from sources (npm run build for figures that count)'}, ${nodeCount} nodes, ${podCount} pods, store ${values.store}`);
  const flags = ['up', '--name', 'bench', '--data-dir', dataDir, '--nodes', '0', '--port', await freePort(), '--store', values.store, '--server-flag=--cluster-cidr=10.128.0.0/9'];
  await kubets(...flags);
  const startedMs = performance.now();
  await kubets(...flags, '--simulated-nodes', String(nodeCount), '--wait', '600s');
  report('command to all nodes Ready, the server running', seconds(performance.now() - startedMs));
  const tellMemory = (when: string): void => {
    for (const role of ['server', 'simulated-nodes']) report(`memory (RSS) of ${role}, ${when}`, `${usageOf(role).megabytes.toFixed(0)} MB`);
  };
  tellMemory('nodes Ready');
  const before = new Map(['server', 'simulated-nodes'].map((role) => [role, usageOf(role).cpuSeconds]));
  await pause(idleSeconds * 1000);
  for (const [role, cpuSeconds] of before) report(`CPU of ${role}, idle for ${idleSeconds} s`, `${(((usageOf(role).cpuSeconds - cpuSeconds) / idleSeconds) * 100).toFixed(1)} %`);
  await using transport = kubeconfigTransport(join(dataDir, 'admin.kubeconfig'), { clock: new SystemClock(), timeoutMs: 60_000, userAgent: 'bench' });
  const created = new Map([...before.keys()].map((role) => [role, usageOf(role).cpuSeconds]));
  const { boundMs, runningMs } = await runPods(new Client({ transport, clock: new SystemClock() }));
  report('pods created and bound per second', (podCount / boundMs * 1000).toFixed(0));
  report('pods created, bound and Running per second', (podCount / runningMs * 1000).toFixed(0));
  for (const [role, cpuSeconds] of created) report(`CPU of ${role} for a pod, created to Running`, `${((usageOf(role).cpuSeconds - cpuSeconds) * 1000 / podCount).toFixed(1)} ms`);
  tellMemory('pods Running');
} finally {
  await kubets('down', '--name', 'bench', '--data-dir', dataDir, '--remove-data');
  rmSync(folder, { recursive: true, force: true });
}
