/** The main job of kubets, end to end: the real command, real containers, stock kubectl. */
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { get } from 'node:http';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Node, Pod, Service } from '../../src/api/generated/core-v1.ts';
import { unless } from '../support/needs.ts';
import { namespaceOf, tracesOf } from './support/traces.ts';
import { until } from '../support/until.ts';
import { TestCluster, whyNoCluster } from './support/cluster.ts';

const why = await whyNoCluster();
const skip = unless(why === undefined, why ?? '');
/** Nodes report every ten seconds, and later on a busy machine: less would take a healthy one for silent, and end its pods. */
const GRACE_SECONDS = 30;

let cluster: TestCluster;

const nodeName = (index: number): string => `e2e-node-${index}`;
const pods = async (...args: string[]): Promise<Pod[]> => (await cluster.json<{ items: Pod[] }>('get', 'pods', ...args)).items;
const isReady = (pod: Pod): boolean => pod.status.conditions?.some((one) => one.type === 'Ready' && one.status === 'True') ?? false;

function fetchText(url: string): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const request = get(url, { timeout: 30_000, agent: false }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk)).on('end', () => (response.statusCode === 200 ? resolve(text.trim()) : reject(new Error(`status ${response.statusCode}`))));
  });
  request.on('timeout', () => request.destroy(new Error('no answer in 30 s'))).on('error', reject);
  return promise;
}

/** The address of Service `hello` from outside: a node and its port. */
async function outsideUrl(): Promise<string> {
  const service = await cluster.json<Service>('get', 'service', 'hello');
  const node = await cluster.json<Node>('get', 'node', nodeName(1));
  return `http://${node.status.addresses?.find((one) => one.type === 'InternalIP')?.address}:${service.spec?.ports?.[0]?.nodePort}/`;
}

/** What a pod of busybox that runs `script` once says in its termination message. */
async function answerOfPod(name: string, script: string, spec = ''): Promise<string> {
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: ${name}}
spec:
  restartPolicy: Never
${spec}
  containers:
  - name: main
    image: kubets.example/hello:v1
    command: [sh, -c, ${JSON.stringify(`{ ${script}; } > /dev/termination-log 2>&1`)}]
`);
  const pod = await until(`pod ${name} to end`, async () => {
    const one = await cluster.json<Pod>('get', 'pod', name);
    return (one.status.phase === 'Succeeded' || one.status.phase === 'Failed') && one;
  });
  await cluster.kubectl('delete', 'pod', name, '--now');
  return pod.status.containerStatuses?.[0]?.state?.terminated?.message?.trim() ?? '';
}

before(async () => {
  if (skip) return;
  cluster = await TestCluster.create('e2e');
  await cluster.up('--nodes', '3', `--server-flag=--node-monitor-grace-period=${GRACE_SECONDS}s`);
  await cluster.loadExampleImages();
});

after(async () => {
  if (skip) return;
  await cluster[Symbol.asyncDispose]();
});

test('three nodes are Ready and say what they are', { skip }, async () => {
  const { items } = await cluster.json<{ items: Node[] }>('get', 'nodes');
  assert.deepEqual(items.map((node) => node.metadata.name), [1, 2, 3].map(nodeName));
  for (const { metadata, spec, status } of items) {
    const conditions = Object.fromEntries((status.conditions ?? []).map((one) => [one.type, one.status]));
    assert.deepEqual(conditions, { OutOfDisk: 'False', MemoryPressure: 'False', DiskPressure: 'False', PIDPressure: 'False', Ready: 'True' });
    assert.equal(status.phase, 'Running');
    assert.deepEqual(status.addresses?.map((one) => one.type).sort(), ['Hostname', 'InternalIP']);
    assert.equal(status.capacity?.pods, '110');
    assert.match(status.nodeInfo.containerRuntimeVersion, /^containerd:\/\//);
    assert.ok(spec?.podCIDR, `${metadata.name} has a range of pod addresses`);
  }
});

test('thirty replicas spread evenly, and answer behind a Service', { skip }, async () => {
  await cluster.kubectl('apply', '-f', 'examples/hello.yaml');
  await cluster.kubectl('scale', 'deployment', 'hello', '--replicas=30');
  await cluster.kubectl('rollout', 'status', 'deployment', 'hello', '--timeout=300s');
  const counts = new Map<string, number>();
  for (const pod of await pods('-l', 'app=hello')) counts.set(pod.spec.nodeName ?? '', (counts.get(pod.spec.nodeName ?? '') ?? 0) + 1);
  for (const [node, count] of counts) assert.ok(count >= 8 && count <= 12, `${count} of 30 pods are on ${node}`);
  await until('an answer', async () => (await fetchText(await outsideUrl())).startsWith('hello v1 from hello-'));
});

test('kubectl top tells what nodes and pods use, and an autoscaler acts on it', { skip }, async () => {
  await cluster.apply(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: busy}
spec:
  selector: {matchLabels: {app: busy}}
  template:
    metadata: {labels: {app: busy}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - {name: main, image: "kubets.example/hello:v1", command: [sh, -c, "while :; do :; done"], resources: {requests: {cpu: 50m}, limits: {cpu: 100m}}}
`);
  await cluster.kubectl('autoscale', 'deployment', 'busy', '--min=1', '--max=2', '--cpu-percent=50');
  await until('the busy pod to be seen', async () => /^busy-\S+ +\d{2,3}m +\d+Mi *$/m.test((await cluster.tryKubectl('top', 'pod', '-l', 'app=busy', '--no-headers')).stdout));
  await until('all nodes to be seen', async () => {
    assert.deepEqual((await cluster.kubectl('top', 'node', '--no-headers')).split('\n').map((line) => line.replace(/^(\S+) +\d+m +\d+% +\d+Mi +\d+% *$/, '$1')), [1, 2, 3].map(nodeName));
    return true;
  });
  await until('a second replica', async () => (await cluster.kubectl('get', 'deployment', 'busy', '-o', 'jsonpath={.spec.replicas}')) === '2', 300_000);
  await cluster.kubectl('delete', 'deployment,hpa', 'busy');
});

test('pods reach each other by address, by Service address and by name', { skip }, async () => {
  const service = await cluster.json<Service>('get', 'service', 'hello');
  const [first] = (await pods('-l', 'app=hello')).filter((pod) => pod.spec.nodeName === nodeName(3));
  assert.ok(first);
  // Busybox resolves names in its nslookup only: a static glibc cannot load what getaddrinfo needs.
  const byAddress = [`${first.status.podIP}:8080`, service.spec?.clusterIP ?? ''].map((host) => `wget -qO- http://${host}/`);
  const answer = await answerOfPod('asks', [...byAddress, 'nslookup hello.default.svc.cluster.local'].join('; '), `  nodeName: ${nodeName(1)}`);
  const [fromPod = '', fromService = '', ...lookup] = answer.split('\n');
  assert.match(fromPod, /^hello v1 from hello-.* on e2e-node-3$/);
  assert.match(fromService, /^hello v1 from hello-/);
  assert.ok(lookup.join('\n').includes(`Address: ${service.spec?.clusterIP}`), answer);
});

test('logs, exec, port-forward and the token of a pod', { skip }, async () => {
  const [pod] = await pods('-l', 'app=hello');
  assert.ok(pod);
  const { name } = pod.metadata;
  assert.equal(await cluster.kubectl('exec', name, '--', 'sh', '-c', 'echo $POD_NAME'), name);
  const failed = await cluster.tryKubectl('exec', name, '--', 'sh', '-c', 'echo out; echo err >&2; exit 3');
  assert.deepEqual({ ...failed, stderr: failed.stderr.split('\n')[0] }, { code: 3, stdout: 'out\n', stderr: 'err' });
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: talks}
spec:
  containers:
  - {name: main, image: "kubets.example/hello:v1", command: [sh, -c, "echo one; echo two; sleep 1000"]}
`);
  await until('two lines', async () => (await cluster.kubectl('logs', 'talks')) === 'one\ntwo');
  assert.equal(await cluster.kubectl('logs', 'talks', '--tail=1'), 'two');
  await cluster.kubectl('delete', 'pod', 'talks', '--now');
  const token = await cluster.kubectl('exec', name, '--', 'cat', '/var/run/secrets/kubernetes.io/serviceaccount/token');
  const asPod = ['--kubeconfig=/dev/null', `--server=https://127.0.0.1:${cluster.port}`, `--certificate-authority=${join(cluster.dataDir, 'pki', 'ca.crt')}`, `--token=${token}`];
  assert.match(await cluster.kubectl(...asPod, 'auth', 'whoami'), /system:serviceaccount:default:default/);
  assert.match((await cluster.tryKubectl(...asPod, 'get', 'secrets')).stderr, /cannot list resource "secrets"/);
});

test("the package's kubectl executes, copies, and runs pods attached, as stock kubectl does", { skip }, async () => {
  const [pod] = await pods('-l', 'app=hello');
  assert.ok(pod);
  const { name } = pod.metadata;
  const ours = (...args: string[]) => cluster.kubets('kubectl', ...args);
  const failed = await ours('exec', name, '--', 'sh', '-c', 'echo out; echo err >&2; exit 3');
  assert.deepEqual({ ...failed, stderr: failed.stderr.split('\n')[0] }, { code: 3, stdout: 'out\n', stderr: 'err' });

  const [there, back] = [join(cluster.folder, 'there'), join(cluster.folder, 'back')];
  mkdirSync(join(there, 'below'), { recursive: true });
  writeFileSync(join(there, 'below', 'file'), 'copied\n');
  assert.equal((await ours('cp', there, `${name}:/tmp/copy`)).code, 0);
  assert.equal(await cluster.kubectl('exec', name, '--', 'cat', '/tmp/copy/below/file'), 'copied');
  assert.equal((await ours('cp', `${name}:/tmp/copy`, back)).code, 0);
  assert.equal(readFileSync(join(back, 'below', 'file'), 'utf8'), 'copied\n');

  const run = (...args: string[]) => ours('run', 'once', '--rm', '-i', '--restart=Never', '--image=kubets.example/hello:v1', '--command', '--', 'sh', '-c', ...args);
  const once = await run('echo said');
  assert.equal(once.code, 0, once.stderr);
  assert.match(once.stdout, /^said\npod "once" deleted from default namespace\n$/);
  const bad = await run('exit 7');
  assert.equal(bad.code, 7, bad.stderr);
  assert.match(bad.stderr, /pod default\/once terminated \(Error\)/);

  // Its reader goes after one line: it ends as a program does that SIGPIPE ends.
  const piped = await cluster.shell('"$KUBETS" kubectl explain pod | head -n 1');
  assert.deepEqual(piped, { code: 0, stdout: 'KIND:       Pod\n', stderr: '' });
});

test('an agent whose token does not say whom to trust ends, and what it had begun with it', { skip }, async () => {
  const { code, stderr } = await cluster.kubets('agent', '--server', 'https://127.0.0.1:1', '--token', 'abcdef.0123456789abcdef', '--data-dir', join(cluster.folder, 'lost'), '--state-dir', join(cluster.folder, 'lost-state'));
  assert.deepEqual({ code, isTold: stderr.includes('error: the token does not say which certificate authority to trust') }, { code: 1, isTold: true }, stderr);
});

test('a rolling update fails no request', { skip }, async () => {
  await cluster.kubectl('scale', 'deployment', 'hello', '--replicas=4');
  await cluster.kubectl('rollout', 'status', 'deployment', 'hello', '--timeout=300s');
  const url = await outsideUrl();
  const answers = { v1: 0, v2: 0 };
  const failures: string[] = [];
  let isOver = false;
  const client = async (): Promise<void> => {
    while (!isOver) {
      try {
        const text = await fetchText(url);
        answers[text.startsWith('hello v2') ? 'v2' : 'v1']++;
      } catch (error) {
        failures.push(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const clients = [client(), client()];
  await cluster.kubectl('set', 'image', 'deployment/hello', 'hello=kubets.example/hello:v2');
  await cluster.kubectl('rollout', 'status', 'deployment', 'hello', '--timeout=300s');
  await until('the old pods to be gone', async () => (await pods('-l', 'app=hello')).length === 4);
  isOver = true;
  await Promise.all(clients);
  assert.deepEqual(failures, []);
  assert.ok(answers.v1 > 0 && answers.v2 > 0, JSON.stringify(answers));
  assert.match(await fetchText(url), /^hello v2/);
});

test('a container that ends is started again, a pod that is deleted is replaced', { skip }, async () => {
  await cluster.apply(`
apiVersion: v1
kind: Pod
metadata: {name: ends}
spec:
  containers:
  - {name: main, image: "kubets.example/hello:v1", command: [sh, -c, "sleep 1"]}
`);
  await until('a restart', async () => ((await cluster.json<Pod>('get', 'pod', 'ends')).status.containerStatuses?.[0]?.restartCount ?? 0) >= 1);
  await cluster.kubectl('delete', 'pod', 'ends', '--now');
  const [victim] = await pods('-l', 'app=hello');
  assert.ok(victim);
  await cluster.kubectl('delete', 'pod', victim.metadata.name, '--wait=false');
  await until('a replacement', async () => {
    const ready = (await pods('-l', 'app=hello')).filter((pod) => isReady(pod) && pod.metadata.deletionTimestamp === undefined);
    return ready.length === 4 && ready.every((pod) => pod.metadata.uid !== victim.metadata.uid);
  });
});

test('cordon, drain with its refusals, and uncordon', { skip }, async () => {
  await cluster.kubectl('apply', '-f', 'examples/drain.yaml');
  for (const name of ['guarded', 'with-data']) await cluster.kubectl('rollout', 'status', 'deployment', name, '--timeout=300s');
  await cluster.kubectl('wait', '--for=condition=Ready', 'pod/alone', '--timeout=300s');
  await until('the DaemonSet on every node', async () => (await pods('-l', 'app=everywhere')).filter(isReady).length === 3);
  const node = (await cluster.json<Pod>('get', 'pod', 'alone')).spec.nodeName ?? '';
  const refused = await cluster.tryKubectl('drain', node);
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /cannot delete DaemonSet-managed Pods/);
  assert.match(refused.stderr, /declare no controller/);
  assert.equal((await cluster.json<Node>('get', 'node', node)).spec?.unschedulable, true, 'a drain that refuses has cordoned all the same');
  await cluster.kubectl('drain', node, '--ignore-daemonsets', '--delete-emptydir-data', '--force', '--timeout=300s');
  const left = (await pods('--field-selector', `spec.nodeName=${node}`)).map((pod) => pod.metadata.labels?.app);
  assert.deepEqual(left, ['everywhere']);
  await until('the pods to come up elsewhere', async () => {
    const moved = await pods('-l', 'app in (guarded,with-data)');
    return moved.length === 4 && moved.every((pod) => isReady(pod) && pod.spec.nodeName !== node);
  });
  await cluster.kubectl('uncordon', node);
  assert.equal((await cluster.json<Node>('get', 'node', node)).spec?.unschedulable, undefined);
  await cluster.kubectl('delete', '-f', 'examples/drain.yaml', '--ignore-not-found');
});

test('a node that falls silent is Unknown, its pods move, and it comes back', { skip }, async () => {
  const lost = nodeName(2);
  await cluster.kubectl('apply', '-f', 'examples/hello.yaml');
  await cluster.kubectl('patch', 'deployment', 'hello', '--type=merge', '-p', JSON.stringify({
    spec: { replicas: 6, template: { spec: { tolerations: ['not-ready', 'unreachable'].map((key) => ({ key: `node.kubernetes.io/${key}`, operator: 'Exists', effect: 'NoExecute', tolerationSeconds: 2 })) } } },
  }));
  await cluster.kubectl('rollout', 'status', 'deployment', 'hello', '--timeout=300s');
  cluster.kill(lost, 'SIGKILL');
  const ready = async (): Promise<string | undefined> => (await cluster.json<Node>('get', 'node', lost)).status.conditions?.find((one) => one.type === 'Ready')?.status;
  await until('Ready to be Unknown', async () => (await ready()) === 'Unknown', (GRACE_SECONDS + 120) * 1000);
  await until('its pods to be replaced on other nodes', async () => (await pods('-l', 'app=hello')).filter((pod) => isReady(pod) && pod.spec.nodeName !== lost && pod.metadata.deletionTimestamp === undefined).length >= 6);
  await cluster.up('--nodes', '3', `--server-flag=--node-monitor-grace-period=${GRACE_SECONDS}s`);
  await until('the node to be Ready again', async () => (await ready()) === 'True');
});

test('a server that is killed has lost nothing that it acknowledged, and no container notices', { skip }, async () => {
  await until('six pods and no more', async () => {
    const all = await pods('-l', 'app=hello');
    return all.length === 6 && all.every(isReady);
  });
  const restarts = async (): Promise<string> => (await pods('-l', 'app=hello')).map((pod) => pod.status.containerStatuses?.[0]?.containerID ?? '').sort().join();
  const before = await restarts();
  const acknowledged: string[] = [];
  const writer = (async () => {
    for (let i = 0; i < 40; i++) {
      const { code } = await cluster.tryKubectl('create', 'configmap', `crash-${i}`, `--from-literal=n=${i}`);
      if (code !== 0) return;
      acknowledged.push(`crash-${i}`);
    }
  })();
  await until('some writes', async () => acknowledged.length >= 5);
  cluster.kill('server', 'SIGKILL');
  await writer;
  await cluster.up('--nodes', '3', `--server-flag=--node-monitor-grace-period=${GRACE_SECONDS}s`);
  const { items } = await cluster.json<{ items: { metadata: { name: string } }[] }>('get', 'configmaps');
  const stored = new Set(items.map((item) => item.metadata.name));
  assert.deepEqual(acknowledged.filter((name) => !stored.has(name)), []);
  assert.equal(await restarts(), before, 'the containers are the same');
  await until('an answer', async () => (await fetchText(await outsideUrl())).startsWith('hello'));
});

test('an agent that is killed and started again restarts no container', { skip }, async () => {
  const ids = async (): Promise<string[]> => (await pods('--field-selector', `spec.nodeName=${nodeName(1)}`)).map((pod) => pod.status.containerStatuses?.[0]?.containerID ?? '').sort();
  const before = await ids();
  assert.ok(before.length > 0);
  cluster.kill(nodeName(1), 'SIGKILL');
  await cluster.up('--nodes', '3', `--server-flag=--node-monitor-grace-period=${GRACE_SECONDS}s`);
  assert.deepEqual(await ids(), before);
});

test('down leaves no trace', { skip }, async () => {
  const { link } = JSON.parse(readFileSync(join(cluster.dataDir, 'local-network.json'), 'utf8')) as { link: string };
  const agents = [...cluster.pids()].filter(([role]) => role !== 'server').map(([, pid]) => pid);
  const marks = { link, cgroup: 'kubets-e2e', folder: cluster.folder, namespaces: await Promise.all(agents.map(namespaceOf)) };
  assert.ok((await tracesOf(marks)).length > 10, 'a running cluster is seen');
  await cluster.down();
  assert.deepEqual(await tracesOf(marks), []);
});
