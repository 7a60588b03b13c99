import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Pod } from '../src/api/generated/core-v1.ts';
import { deployments, namespaces, nodes, pods, serviceAccounts, services } from '../src/api/refs.ts';
import type { DeepReadonly } from '../src/apimachinery/meta.ts';
import { loadCertificates } from '../src/cluster/certificates.ts';
import { clusterKubeconfig, mergeIntoFile } from '../src/cluster/kubeconfig-file.ts';
import { SystemClock } from '../src/base/clock.ts';
import { SHELL_IMAGE, ShellCluster, shellContainer } from '../test/e2e/support/shell-cluster.ts';
import { median, timeToReady } from './time-to-ready.ts';

/**
 * What a local cluster of three real nodes takes: `npm run bench:node -- [IDLE-SECONDS]`. Needs what `kubets up` needs, kubectl, and for figures
 * that count the built program (`npm run build`).
 */
const idleSeconds = Number(process.argv[2] ?? 30);
const clock = new SystemClock();
const built = fileURLToPath(new URL('../bin/kubets.mjs', import.meta.url));
const isBuilt = existsSync(fileURLToPath(new URL('../dist/kubets.mjs', import.meta.url)));
const program = isBuilt ? [process.execPath, built] : [process.execPath, fileURLToPath(new URL('../src/cli/main.ts', import.meta.url))];
console.log(`running ${isBuilt ? 'the built program' : 'from sources (npm run build for figures that count)'}`);

function report(what: string, value: string, goal: string): void {
  console.log(`${what.padEnd(64)} ${value.padStart(16)}   ${goal}`);
}

const ms = (value: number): string => `${value.toFixed(0)} ms`;
const isReady = (pod: DeepReadonly<Pod>): boolean => pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;

const starts: number[] = [];
for (let i = 0; i < 5; i++) starts.push(await timeToReady({ program, store: 'lmdb', everything: false }));
report('control plane alone: command to the first 200 of /readyz, of 5', ms(median(starts)), '300 ms');
const startedMs = performance.now();
await using cluster = await ShellCluster.start({ nodes: 3, program });
report('three nodes Ready', ms(performance.now() - startedMs), '5000 ms');
const { client, signal } = cluster;
await client.resource(namespaces).create({ metadata: { name: 'bench' } } as never, { signal });
// Pods are refused until the namespace has its service account.
await cluster.until('the service account', () => client.resource(serviceAccounts, 'bench').get('default', { signal }).then(() => true, () => false));
const podClient = client.resource(pods, 'bench');

/** Follows the pods of the namespace; what it has seen of each, by name. */
const seen = new Map<string, { readyMs?: number; goneMs?: number }>();
const waiting = new Set<() => void>();
const { metadata } = await podClient.list({ signal });
const stopped = new AbortController();
const following = follow(metadata.resourceVersion ?? '');

async function follow(resourceVersion: string): Promise<void> {
  try {
    for await (const events of await podClient.watch({ resourceVersion, signal: stopped.signal })) {
      for (const { type, object } of events) {
        const entry = seen.get(object.metadata.name) ?? {};
        seen.set(object.metadata.name, entry);
        if (isReady(object)) entry.readyMs ??= performance.now();
        if (type === 'DELETED') entry.goneMs = performance.now();
      }
      for (const wake of waiting) wake();
    }
  } catch (error) {
    if (!stopped.signal.aborted) throw error;
  }
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    const { promise, resolve } = Promise.withResolvers<void>();
    waiting.add(resolve);
    await promise;
    waiting.delete(resolve);
  }
}

const spec = (more: object = {}): object => ({ terminationGracePeriodSeconds: 1, containers: [{ name: 'sleep', image: SHELL_IMAGE, command: ['/serve'] }], ...more });
const create = (name: string, more: object = {}): Promise<unknown> => podClient.create({ metadata: { name }, spec: spec(more) } as never, { signal });
const remove = (name: string): Promise<unknown> => podClient.delete(name, { signal });

// Every node gets the image first.
const nodeNames = (await client.resource(nodes).list({ signal })).items.map((node) => node.metadata.name);
for (const nodeName of nodeNames) await create(`warm-${nodeName}`, { nodeName });
await until(() => nodeNames.every((name) => seen.get(`warm-${name}`)?.readyMs !== undefined));

const readyTimes: number[] = [];
const goneTimes: number[] = [];
for (let i = 0; i < 12; i++) {
  const createdMs = performance.now();
  await create(`one-${i}`);
  await until(() => seen.get(`one-${i}`)?.readyMs !== undefined);
  readyTimes.push((seen.get(`one-${i}`)?.readyMs ?? 0) - createdMs);
  const removedMs = performance.now();
  await remove(`one-${i}`);
  await until(() => seen.get(`one-${i}`)?.goneMs !== undefined);
  goneTimes.push((seen.get(`one-${i}`)?.goneMs ?? 0) - removedMs);
}
report('one pod, create to Ready, median of 12', ms(median(readyTimes)), '350 ms');
report('one pod, delete to gone, median of 12', ms(median(goneTimes)), '400 ms');

const [oneNode = ''] = nodeNames;
const manyNames = Array.from({ length: 30 }, (_, index) => `many-${index}`);
const manyMs = performance.now();
await Promise.all(manyNames.map((name) => create(name, { nodeName: oneNode })));
await until(() => manyNames.every((name) => seen.get(name)?.readyMs !== undefined));
report('30 pods at once on one node, the last one Ready', ms(performance.now() - manyMs), '4000 ms');
const endMs = performance.now();
await Promise.all(manyNames.map((name) => remove(name)));
await until(() => manyNames.every((name) => seen.get(name)?.goneMs !== undefined));
report('30 pods deleted, the last one gone', ms(performance.now() - endMs), '');

// A drain, as a user does it.
const kubeconfig = join(cluster.dataDir, 'bench.kubeconfig');
const certificates = loadCertificates({ folder: join(cluster.dataDir, 'pki'), clock, names: { dnsNames: [], ipAddresses: [] } });
mergeIntoFile(kubeconfig, clusterKubeconfig({ name: 'bench', server: cluster.server, authorityPem: certificates.authority.certificatePem, credentials: certificates.admin }));
const template = { metadata: { labels: { app: 'drained' } }, spec: spec({ tolerations: [{ operator: 'Exists' }], nodeSelector: { bench: 'drain' } }) };
const label = (value: string | null): Promise<unknown> => client.resource(nodes).patch(oneNode, { type: 'merge', patch: { metadata: { labels: { bench: value } } } }, { signal });
await label('drain');
for (const name of nodeNames) await remove(`warm-${name}`);
await client.resource(deployments, 'bench').create({ metadata: { name: 'drained' }, spec: { replicas: 10, selector: { matchLabels: { app: 'drained' } }, template } } as never, { signal });
// kubectl spends ten requests at once and then five a second (its drain sets no rate of its own): ten evictions and twice ten looks take it over two seconds at any server.
for (const [kubectl, goal] of [[[...program, 'kubectl'], '2000 ms'], [['kubectl'], '']] as const) {
  await cluster.readyPods('bench', 'app=drained', 10);
  const drainMs = performance.now();
  const [file = '', ...args] = kubectl;
  await promisify(execFile)(file, [...args, '--kubeconfig', kubeconfig, 'drain', oneNode, '--ignore-daemonsets', '--delete-emptydir-data', '--force']);
  report(`drain of a node with ten pods, by ${kubectl.length > 1 ? "the package's kubectl" : 'stock kubectl'}`, ms(performance.now() - drainMs), goal);
  await client.resource(nodes).patch(oneNode, { type: 'merge', patch: { spec: { unschedulable: null } } }, { signal });
}
await client.resource(deployments, 'bench').delete('drained', { signal });
await cluster.until('the drained pods are gone', async () => (await podClient.list({ labelSelector: 'app=drained', signal })).items.length === 0, 60);
await label(null);

// A new Service, asked at its node port by this machine.
await podClient.create({ metadata: { name: 'server', labels: { app: 'server' } }, spec: { containers: [shellContainer()], nodeName: nodeNames[1] } } as never, { signal });
await until(() => seen.get('server')?.readyMs !== undefined);
const [machine] = await cluster.machines();
const serviceTimes: number[] = [];
for (let i = 0; i < 10; i++) {
  const nodePort = 31_000 + i;
  const createdMs = performance.now();
  await client.resource(services, 'bench').create({ metadata: { name: `service-${i}` }, spec: { type: 'NodePort', selector: { app: 'server' }, ports: [{ port: 80, targetPort: 8080, nodePort }] } } as never, { signal });
  for (;;) {
    const answer = await fetch(`http://${machine?.ip}:${nodePort}/name`, { headers: { connection: 'close' } }).then((response) => response.text(), () => '');
    if (answer === 'server\n') break;
    await clock.sleep(2, signal);
  }
  serviceTimes.push(performance.now() - createdMs);
}
report('new Service, create to the first right answer, median of 10', ms(median(serviceTimes)), '150 ms');
stopped.abort();
await following;

await clock.sleep(5000, signal);
const before = cluster.processes.map(({ pid }) => cpuTicks(pid));
await clock.sleep(idleSeconds * 1000, signal);
let busiestAgent = 0;
let serverShare = 0;
cluster.processes.forEach(({ role, pid }, index) => {
  const share = (cpuTicks(pid) - (before[index] ?? 0)) / idleSeconds; // 100 ticks a second: percent of a core
  const goal = role === 'server' ? '110 MB' : '90 MB';
  report(`idle: ${role}`, `${memoryMb(pid)} MB ${share.toFixed(1)} %`, goal);
  if (role === 'server') serverShare = share;
  else busiestAgent = Math.max(busiestAgent, share);
});
report('idle: server and one agent, of a core', `${(serverShare + busiestAgent).toFixed(1)} %`, '1 %');

function cpuTicks(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

function memoryMb(pid: number): string {
  return (Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024).toFixed(0);
}
