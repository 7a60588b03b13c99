import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Pod } from '../src/api/generated/core-v1.ts';
import type { DeepReadonly } from '../src/apimachinery/meta.ts';
import { SystemClock } from '../src/base/clock.ts';
import { namespaces, nodes, pods, serviceAccounts } from '../src/api/refs.ts';
import { SHELL_IMAGE, ShellCluster } from '../test/e2e/support/shell-cluster.ts';
import { cpuMs } from './standalone.ts';

/**
 * What thirty pods on one node cost its agent and the server, in memory and CPU: `npm run bench:agent -- [--rounds 1] [--program FILE]`. Needs what `kubets up` needs, and
 * `npm run build` first. `--program`: the `bin/kubets.mjs` of another version, to compare with.
 */

const { values } = parseArgs({ options: { rounds: { type: 'string', default: '1' }, program: { type: 'string', default: fileURLToPath(new URL('../bin/kubets.mjs', import.meta.url)) } } });
const PODS = 30;
const CALM_MS = 15_000;
const clock = new SystemClock();
await using cluster = await ShellCluster.start({ nodes: 1, program: [process.execPath, values.program] });
const { client, signal } = cluster;
await client.resource(namespaces).create({ metadata: { name: 'bench' } } as never, { signal });
// Pods are refused until the namespace has its service account.
await cluster.until('the service account', () => client.resource(serviceAccounts, 'bench').get('default', { signal }).then(() => true, () => false));
const podClient = client.resource(pods, 'bench');
const [node] = (await client.resource(nodes).list({ signal })).items;
const spec = { terminationGracePeriodSeconds: 1, nodeName: node?.metadata.name, containers: [{ name: 'main', image: SHELL_IMAGE, command: ['/serve'] }] };

/** RSS, and what of it are pages of files, such as Node's program, which processes share and the kernel may take back. */
function memory(pid: number): string {
  const kilobytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  return `${(kilobytes('VmRSS') / 1024).toFixed(0)} MB (${(kilobytes('RssFile') / 1024).toFixed(0)} of files)`;
}

/** Prints a line with a figure for each process. */
function tell(what: string, of: (pid: number) => string): void {
  console.log(what.padEnd(48), cluster.processes.map(({ role, pid }) => `${role === 'server' ? 'server' : 'agent'} ${of(pid)}`).join('   '));
}

const isReady = (pod: DeepReadonly<Pod>): boolean => pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True') ?? false;
const list = async (): Promise<readonly DeepReadonly<Pod>[]> => (await podClient.list({ signal })).items;

await clock.sleep(CALM_MS, signal);
tell('idle', memory);
for (let round = 0; round < Number(values.rounds); round++) {
  const names = Array.from({ length: PODS }, (_, index) => `pod-${round}-${index}`);
  const before = new Map(cluster.processes.map(({ pid }) => [pid, cpuMs(pid) ?? 0]));
  const startMs = performance.now();
  await Promise.all(names.map((name) => podClient.create({ metadata: { name }, spec } as never, { signal })));
  await cluster.until('the pods', async () => (await list()).filter(isReady).length === PODS, 120);
  const tookMs = performance.now() - startMs;
  tell(`${PODS} pods Ready in ${(tookMs / 1000).toFixed(1)} s: CPU`, (pid) => `${((cpuMs(pid) ?? 0) - (before.get(pid) ?? 0)).toFixed(0)} ms`);
  await clock.sleep(CALM_MS, signal);
  tell('with them', memory);
  await Promise.all(names.map((name) => podClient.delete(name, { signal })));
  await cluster.until('their end', async () => (await list()).length === 0, 120);
  await clock.sleep(CALM_MS, signal);
  tell('without them again', memory);
}
