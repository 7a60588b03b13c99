import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { apiServices, namespaces, nodes, pods } from '../../src/api/refs.ts';
import { SystemClock } from '../../src/base/clock.ts';
import { Client } from '../../src/client/client.ts';
import { type MeasuredKubelet, measuredNode, startMeasuredKubelet } from '../support/measured-kubelet.ts';
import { unless } from '../support/needs.ts';
import { admin, ADMIN_TOKEN, startTestServer, type TestServer } from '../support/test-server.ts';

const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'kubets-top-'));
const kubeconfig = join(folder, 'kubeconfig');
const signal = AbortSignal.timeout(600_000);
const ours: readonly [string, ...string[]] = [process.execPath, fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url)), 'kubectl'];
const stock: readonly [string, ...string[]] = ['kubectl', '--cache-dir', join(folder, 'cache')];
const SERVICE = { metadata: { name: 'v1beta1.metrics.k8s.io' }, spec: { group: 'metrics.k8s.io', version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100 } };
let server: TestServer;
let kubelet: MeasuredKubelet;
let client: Client;

async function ask(path: string, query: Readonly<Record<string, string>> = {}): Promise<unknown> {
  return client.send({ method: 'GET', path, query, signal });
}

before(async () => {
  const clock = new SystemClock();
  server = await startTestServer();
  client = new Client({ transport: server.server.transportFor(admin), clock });
  kubelet = await startMeasuredKubelet(() => clock.now());
  kubelet.use({ pods: ['shop/web', 'shop/other'], cpuCores: 0.25, memoryBytes: 64 * 1024 * 1024 });
  await client.resource(namespaces).create({ metadata: { name: 'shop' }, spec: {} }, { signal });
  for (const [name, port] of [['n1', kubelet.port], ['silent', 1]] as const) {
    const node = await client.resource(nodes).create(measuredNode(name, port) as never, { signal });
    await client.resource(nodes).updateStatus({ ...node, ...(measuredNode(name, port) as { status: never }), metadata: node.metadata }, { signal });
  }
  for (const [name, phase, nodeName] of [['web', 'Running', 'n1'], ['other', 'Running', 'n1'], ['ended', 'Succeeded', 'n1'], ['lost', 'Running', 'silent']] as const) {
    const pod = await client.resource(pods, 'shop').create({ metadata: { name, labels: { app: name } }, spec: { nodeName, containers: [{ name: 'c', image: 'x' }] } } as never, { signal });
    await client.resource(pods, 'shop').updateStatus({ ...pod, status: { ...pod.status, phase } }, { signal });
  }
  writeFileSync(kubeconfig, JSON.stringify({
    apiVersion: 'v1', kind: 'Config', 'current-context': 't', contexts: [{ name: 't', context: { cluster: 't', user: 't', namespace: 'shop' } }],
    clusters: [{ name: 't', cluster: { server: server.url, 'certificate-authority-data': Buffer.from(server.ca).toString('base64') } }], users: [{ name: 't', user: { token: ADMIN_TOKEN } }],
  }));
});

after(async () => {
  await server[Symbol.asyncDispose]();
  await kubelet[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

test('nothing is served before the APIService is there', async () => {
  await assert.rejects(ask('/apis/metrics.k8s.io/v1beta1/nodes'), { code: 404, message: 'the server could not find the requested resource (get nodes.metrics.k8s.io)' });
  assert.ok(!JSON.stringify(await ask('/apis')).includes('metrics.k8s.io'));
});

test('nodes and pods that run are told with their usage, in the form of metrics-server', async () => {
  await client.resource(apiServices).create(SERVICE as never, { signal });
  const list = (await ask('/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods')) as { kind: string; items: { metadata: { name: string; labels: object }; timestamp: string; window: string; containers: { name: string; usage: { cpu: string; memory: string } }[] }[] };
  assert.equal(list.kind, 'PodMetricsList');
  assert.deepEqual(list.items.map(({ metadata, containers }) => ({ name: metadata.name, labels: metadata.labels, container: containers[0]?.name, memory: containers[0]?.usage.memory })), [
    { name: 'other', labels: { app: 'other' }, container: 'c', memory: '64Mi' }, { name: 'web', labels: { app: 'web' }, container: 'c', memory: '64Mi' },
  ]);
  const [first] = list.items;
  assert.match(first?.containers[0]?.usage.cpu ?? '', /^\d+[num]$/);
  assert.match(first?.window ?? '', /^\d+(\.\d+)?s$/);
  const { items } = (await ask('/apis/metrics.k8s.io/v1beta1/nodes')) as { items: { metadata: { name: string } }[] };
  assert.deepEqual(items.map(({ metadata }) => metadata.name), ['n1'], 'a silent kubelet tells nothing');
  const chosen = (await ask('/apis/metrics.k8s.io/v1beta1/pods', { labelSelector: 'app=web' })) as { items: unknown[] };
  assert.equal(chosen.items.length, 1);
  await assert.rejects(ask('/apis/metrics.k8s.io/v1beta1/namespaces/shop/pods/nope'), { message: 'pods.metrics.k8s.io "shop/nope" not found' });
  await assert.rejects(client.send({ method: 'DELETE', path: '/apis/metrics.k8s.io/v1beta1/nodes/n1', signal }), { message: 'the server does not allow this method on the requested resource' });
});

for (const [name, program, skip] of [['stock kubectl', stock, unless((process.env['PATH'] ?? '').split(':').some((entry) => existsSync(join(entry, 'kubectl'))), 'no kubectl is on this machine')], ['kubets kubectl', ours, false]] as const) {
  test(`${name} prints them: top and get`, { skip }, async () => {
    const kubectl = async (...args: string[]): Promise<string> => (await run(program[0], [...program.slice(1), ...args], { env: { ...process.env, KUBECONFIG: kubeconfig, HOME: folder } })).stdout;
    assert.match(await kubectl('top', 'node'), /^NAME +CPU\(cores\) +CPU\(%\) +MEMORY\(bytes\) +MEMORY\(%\) *\nn1 +\d+m +\d+% +128Mi +1% *\n/);
    assert.match(await kubectl('top', 'pod'), /^NAME +CPU\(cores\) +MEMORY\(bytes\) *\nother +\d+m +64Mi *\nweb +\d+m +64Mi *\n$/);
    assert.match(await kubectl('top', 'pod', 'web', '--containers'), /^POD +NAME +CPU\(cores\) +MEMORY\(bytes\) *\nweb +c +\d+m +64Mi *\n$/);
    assert.match(await kubectl('get', 'pods.metrics.k8s.io'), /^NAME +CPU +MEMORY +WINDOW\nother +\d+[num] +64Mi +[\d.]+s\n/);
    assert.match(await kubectl('get', '--raw', '/apis/metrics.k8s.io/v1beta1'), /"name":"pods"/);
  });
}

test('a metrics-server that a cluster installs takes over', async () => {
  await client.resource(apiServices).patch(SERVICE.metadata.name, { type: 'merge', patch: { spec: { service: { namespace: 'kube-system', name: 'metrics-server' }, insecureSkipTLSVerify: true } } }, { signal });
  await assert.rejects(ask('/apis/metrics.k8s.io/v1beta1/nodes'), /could not find the requested resource|service unavailable/);
});
