import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Pod } from '../../src/api/generated/core-v1.ts';
import * as refs from '../../src/api/refs.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Client } from '../../src/client/client.ts';
import { ImpersonatingTransport } from '../../src/client/impersonating-transport.ts';
import { kubeconfigTransport } from '../../src/client/kubeconfig-transport.ts';
import type { ClusterRecord } from '../../src/cluster/cluster-record.ts';
import { Cluster } from '../../src/index.ts';
import { until } from '../support/until.ts';
import { freePort } from '../support/free-port.ts';

const NEVER = new AbortController().signal;
const clock = new SystemClock();
/** So much is to happen that a busy machine needs its time. */
const LONG_MS = 400_000;
const main = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));

function clientOf(kubeconfig: string, user?: string): Client & AsyncDisposable {
  const transport = kubeconfigTransport(kubeconfig, { clock, timeoutMs: 30_000, userAgent: 'test' });
  return Object.assign(new Client({ transport: user === undefined ? transport : new ImpersonatingTransport(transport, user), clock }), { [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose]() });
}

interface Said {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

function kubets(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Said> {
  return new Promise((resolve) => {
    execFile(process.execPath, [main, ...args], { env }, (error, stdout, stderr) => resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }));
  });
}

const podsOf = async (client: Client, app: string): Promise<Pod[]> => (await client.resource(refs.pods, 'default').list({ signal: NEVER, labelSelector: `app=${app}` })).items as Pod[];

function deployment(name: string, replicas: number): object {
  const labels = { app: name };
  return { metadata: { name }, spec: { replicas, selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers: [{ name: 'main', image: 'example/web:1' }] } } } };
}

const create = (client: Client, path: string, body: object): Promise<unknown> => client.send({ method: 'POST', path, body, signal: NEVER });
const DEPLOYMENTS = '/apis/apps/v1/namespaces/default/deployments';

test('hundreds of nodes in one process take pods, each in its own range, and no more watches than one', { timeout: 600_000 }, async () => {
  await using cluster = await Cluster.start({ simulatedNodes: { count: 300, zones: ['a', 'b', 'c'], cpu: 4 } });
  const file = join(cluster.dataDir, 'kubeconfig');
  writeFileSync(file, cluster.kubeconfig);
  await using client = clientOf(file);
  const ranges = async (): Promise<Set<string>> => new Set((await client.resource(refs.nodes).list({ signal: NEVER })).items.flatMap(({ spec }) => spec.podCIDR ?? []));
  await until('each node to have a range', async () => (await ranges()).size === 300, LONG_MS);
  await create(client, DEPLOYMENTS, deployment('web', 600));
  await until('600 pods to run', async () => (await podsOf(client, 'web')).filter(({ status }) => status.phase === 'Running').length === 600, LONG_MS);
  const pods = await podsOf(client, 'web');
  assert.equal(new Set(pods.map(({ status }) => status.podIP)).size, 600);
  const nodes = new Map((await client.resource(refs.nodes).list({ signal: NEVER })).items.map((node) => [node.metadata.name, node]));
  for (const { spec, status } of pods) {
    const { podCIDR = '' } = nodes.get(spec.nodeName ?? '')?.spec ?? {};
    assert.ok(status.podIP?.startsWith(podCIDR.slice(0, podCIDR.lastIndexOf('.') + 1)), `${status.podIP} in ${podCIDR}`);
  }
  const zones = Map.groupBy(pods, ({ spec }) => nodes.get(spec.nodeName ?? '')?.metadata.labels?.['topology.kubernetes.io/zone']);
  assert.equal(zones.size, 3);
  // The system's constraints are wishes, with a skew of five for zones; and not all nodes are looked at for each pod.
  for (const [zone, some] of zones) assert.ok(Math.abs(some.length - 200) <= 5, `${some.length} pods in zone ${zone}`);

  await create(client, '/apis/batch/v1/namespaces/default/jobs', { metadata: { name: 'work' }, spec: { completions: 20, parallelism: 20, template: { metadata: { labels: { app: 'work' } }, spec: { restartPolicy: 'Never', containers: [{ name: 'main', image: 'example/work:1', command: ['true'] }] } } } });
  await until('the job to succeed', async () => (await podsOf(client, 'work')).filter(({ status }) => status.phase === 'Succeeded').length === 20, LONG_MS);

  const metrics = String(await client.send({ method: 'GET', path: '/metrics', signal: NEVER }));
  const watches = [...metrics.matchAll(/^apiserver_longrunning_requests\{.*verb="WATCH".*\} (\d+)$/gm)].reduce((sum, [, value]) => sum + Number(value), 0);
  assert.ok(watches < 150, `${watches} watches`); // those of the controllers
});

test('up starts them in one process, changes their number, and down ends them', { timeout: 600_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kubets-simulated-'));
  const dataDir = join(folder, 'data');
  const env = { ...process.env, KUBECONFIG: join(folder, 'kubeconfig') };
  const port = String(await freePort());
  const up = (...flags: string[]): Promise<Said> => kubets(['up', '--name', 'many', '--data-dir', dataDir, '--nodes', '0', '--port', port, '--store', 'memory', ...flags], env);
  const record = (): ClusterRecord => JSON.parse(readFileSync(join(dataDir, 'cluster.json'), 'utf8')) as ClusterRecord;
  try {
    const first = await up('--simulated-nodes', '40', '--simulate-flag=--taints=gpu=yes:NoSchedule', '--simulate-flag=--memory=64Gi');
    assert.equal(first.code, 0, first.stderr);
    await using client = clientOf(join(dataDir, 'admin.kubeconfig'));
    const { items } = await client.resource(refs.nodes).list({ signal: NEVER });
    assert.equal(items.length, 40);
    for (const { status, spec } of items) assert.deepEqual([status.capacity?.['memory'], spec.taints], ['64Gi', [{ key: 'gpu', value: 'yes', effect: 'NoSchedule' }]]);
    const [server, simulator] = record().processes;
    assert.deepEqual([server?.role, simulator?.role, record().processes.length], ['server', 'simulated-nodes', 2]);

    assert.equal((await up('--simulated-nodes', '40', '--simulate-flag=--taints=gpu=yes:NoSchedule', '--simulate-flag=--memory=64Gi')).code, 0);
    assert.equal(record().processes[1]?.pid, simulator?.pid);
    assert.equal((await up('--simulated-nodes', '45')).code, 0);
    assert.notEqual(record().processes[1]?.pid, simulator?.pid);
    assert.equal((await client.resource(refs.nodes).list({ signal: NEVER })).items.length, 45);
    await create(client, DEPLOYMENTS, deployment('web', 20));
    await until('20 pods to run', async () => (await podsOf(client, 'web')).filter(({ status }) => status.phase === 'Running').length === 20, LONG_MS);

    // Whoever simulates nodes may do what nodes may, and nothing else.
    const kubeconfig = join(dataDir, 'agents/simulated-nodes/kubeconfig');
    await using itself = clientOf(kubeconfig);
    await assert.rejects(create(itself, DEPLOYMENTS, deployment('own', 1)), { reason: 'Forbidden' });
    await using asAdmin = clientOf(kubeconfig, 'kubernetes-admin');
    await assert.rejects(asAdmin.resource(refs.nodes).list({ signal: NEVER }), { reason: 'Forbidden' });
    await using asNode = clientOf(kubeconfig, 'system:node:simulated-1');
    const label = (name: string): Promise<unknown> => asNode.resource(refs.nodes).patch(name, { type: 'merge', patch: { metadata: { labels: { 'example.com/mine': 'yes' } } } }, { signal: NEVER });
    await label('simulated-1');
    await assert.rejects(label('simulated-2'), { reason: 'Forbidden' });

    assert.equal((await up()).code, 0);
    assert.deepEqual(record().processes.map(({ role }) => role), ['server']);
  } finally {
    const down = await kubets(['down', '--name', 'many', '--data-dir', dataDir, '--remove-data'], env);
    assert.equal(down.code, 0, down.stderr);
    assert.equal(existsSync(dataDir), false);
    rmSync(folder, { recursive: true, force: true });
  }
});

for (const { name, flags, says } of [
  { name: 'a taint without an effect', flags: ['--nodes', '1', '--kubeconfig', '/nowhere', '--taints', 'gpu'], says: /"gpu" is no taint such as key=value:NoSchedule/ },
  { name: 'no such file', flags: ['--nodes', '1', '--kubeconfig', '/nowhere'], says: /\/nowhere/ },
  { name: 'no kubeconfig', flags: ['--nodes', '1'], says: /required option '--kubeconfig <file>' not specified/ },
]) {
  test(`bad input of simulate: ${name}`, async () => {
    const { code, stderr } = await kubets(['simulate', ...flags], process.env);
    assert.notEqual(code, 0);
    assert.match(stderr, says);
  });
}
