/**
 * What a server does with much of everything: memory with thousands of nodes and pods, thousands of concurrent watchers, and a list of many objects while writes go on.
 *
 *     npm run bench:scale -- [--server URL --token T --pid N] [--nodes 5000] [--pods 13000] [--watchers 3000] [--objects 50000]
 *
 * Without --server the built kubets is started, and stopped at the end.
 */
import { parseArgs } from 'node:util';
import { type Connection, HttpConnection } from './http-connection.ts';
import { Http2Connection } from './http2-connection.ts';
import { residentMB, Standalone, type Target } from './standalone.ts';

const WORKERS = 32;
/** Watches share sessions of HTTP/2, as those of clients in Go do. */
const WATCHES_PER_SESSION = 200;
const NAMESPACE = 'scale';
/** Room for the ranges of 16,384 nodes: the default has room for 256, and the others would be tried, and told of in events, again and again. */
const CLUSTER_RANGE = '100.64.0.0/10';

const { values } = parseArgs({
  options: {
    server: { type: 'string' }, token: { type: 'string', default: '' }, pid: { type: 'string' },
    nodes: { type: 'string', default: '5000' }, pods: { type: 'string', default: '13000' }, watchers: { type: 'string', default: '3000' }, objects: { type: 'string', default: '50000' },
  },
});

const json = (value: object): { body: Buffer } => ({ body: Buffer.from(JSON.stringify(value)) });
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function nodeNamed(name: string): object {
  return {
    metadata: { name, labels: { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux', 'topology.kubernetes.io/zone': `zone-${name.length % 3}` } },
    status: {
      capacity: { cpu: '32', memory: '256Gi', pods: '110', 'ephemeral-storage': '500Gi' }, allocatable: { cpu: '31', memory: '250Gi', pods: '110', 'ephemeral-storage': '450Gi' },
      conditions: ['MemoryPressure', 'DiskPressure', 'PIDPressure', 'Ready'].map((type) => ({
        type, status: type === 'Ready' ? 'True' : 'False', reason: `Kubelet${type}`, message: `the kubelet says so of ${type}`, lastHeartbeatTime: '2026-01-01T00:00:00Z', lastTransitionTime: '2026-01-01T00:00:00Z',
      })),
      addresses: [{ type: 'InternalIP', address: '10.0.0.1' }, { type: 'Hostname', address: name }], daemonEndpoints: { kubeletEndpoint: { Port: 10250 } },
      nodeInfo: {
        architecture: 'amd64', bootID: 'b', containerRuntimeVersion: 'containerd://2.0', kernelVersion: '6.12', kubeProxyVersion: '', kubeletVersion: 'v1.36.0', machineID: 'm', operatingSystem: 'linux', osImage: 'Linux', systemUUID: 's',
      },
    },
  };
}

function podNamed(name: string, nodeName: string): object {
  return {
    metadata: { name, labels: { app: 'scale', 'pod-template-hash': '5d4f8c7b9' }, annotations: { note: 'x'.repeat(700) } },
    spec: {
      nodeName, automountServiceAccountToken: false,
      containers: [{ name: 'main', image: 'registry.example/app:1', ports: [{ containerPort: 8080 }], resources: { requests: { cpu: '100m', memory: '128Mi' } } }],
    },
  };
}

class Scale {
  readonly #target: Target;
  readonly #workers: Connection[];

  private constructor(target: Target, workers: Connection[]) {
    this.#target = target;
    this.#workers = workers;
  }

  static async open(target: Target): Promise<Scale> {
    return new Scale(target, await Promise.all(Array.from({ length: WORKERS }, () => HttpConnection.open(target.url, target.token))));
  }

  /** Each of `count` turns is done by the next worker that is free. */
  async #all(count: number, work: (worker: Connection, turn: number) => Promise<{ status: number; body: Buffer }>): Promise<number> {
    let turn = 0;
    const start = performance.now();
    await Promise.all(this.#workers.map(async (worker) => {
      while (turn < count) {
        const { status, body } = await work(worker, turn++);
        if (status >= 400 && status !== 409) throw new Error(`${status}: ${body.toString().slice(0, 300)}`);
      }
    }));
    return (performance.now() - start) / 1000;
  }

  #tell(what: string, seconds?: number): void {
    const memory = residentMB(this.#target.pid);
    console.log(`${what.padEnd(60)} ${seconds === undefined ? '' : `${seconds.toFixed(1)} s`.padStart(9)} ${memory === undefined ? '' : `${memory.toFixed(0).padStart(6)} MB`}`);
  }

  async fill(nodes: number, pods: number): Promise<void> {
    this.#tell('idle');
    await this.#all(1, (worker) => worker.request('POST', '/api/v1/namespaces', json({ metadata: { name: NAMESPACE } })));
    await pause(500);
    await this.#all(1, (worker) => worker.request('POST', `/api/v1/namespaces/${NAMESPACE}/serviceaccounts`, json({ metadata: { name: 'default' } })));
    this.#tell(`${nodes} nodes`, await this.#all(nodes, (worker, i) => worker.request('POST', '/api/v1/nodes', json(nodeNamed(`node-${i}`)))));
    this.#tell(`${nodes} nodes and ${pods} pods`, await this.#all(pods, (worker, i) => worker.request('POST', `/api/v1/namespaces/${NAMESPACE}/pods`, json(podNamed(`pod-${i}`, `node-${i % nodes}`)))));
    await pause(10_000);
    this.#tell('the same, 10 s later');
  }

  /** Each watcher of all pods must hear of each change. */
  async watch(watchers: number, changes: number): Promise<void> {
    const sessions = await Promise.all(Array.from({ length: Math.ceil(watchers / WATCHES_PER_SESSION) }, () => Http2Connection.open(this.#target.url, this.#target.token)));
    const { body } = await (this.#workers[0] as Connection).request('GET', `/api/v1/namespaces/${NAMESPACE}/pods?limit=1`, { keepsBody: true });
    const version = (JSON.parse(body.toString()) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
    let events = 0;
    for (let i = 0; i < watchers; i++) {
      sessions[i % sessions.length]?.stream(`/api/v1/namespaces/${NAMESPACE}/configmaps?watch=1&resourceVersion=${version}`, (chunk) => {
        for (const byte of chunk) if (byte === 0x0a) events++;
      });
    }
    await pause(3000);
    this.#tell(`${watchers} watchers wait`);
    const start = performance.now();
    await this.#all(changes, (worker, i) => worker.request('POST', `/api/v1/namespaces/${NAMESPACE}/configmaps`, json({ metadata: { name: `change-${i}` }, data: { i: String(i) } })));
    for (let before = -1; before !== events && events < watchers * changes;) {
      before = events;
      await pause(1000);
    }
    this.#tell(`${events} of ${watchers * changes} events came`, (performance.now() - start) / 1000);
    for (const session of sessions) session.close();
  }

  /** Lists of many objects, whole and in pages, again and again while writers write. */
  async listWhileWriting(objects: number): Promise<void> {
    const path = `/api/v1/namespaces/${NAMESPACE}/secrets`;
    this.#tell(`${objects} objects of 1 KB`, await this.#all(objects, (worker, i) => worker.request('POST', path, json({ metadata: { name: `object-${i}` }, stringData: { value: 'x'.repeat(700) } }))));
    let highest = 0;
    let isOver = false;
    const watching = (async () => {
      for (; !isOver; await pause(20)) highest = Math.max(highest, residentMB(this.#target.pid) ?? 0);
    })();
    let writes = 0;
    const writers = this.#workers.slice(8).map(async (worker) => {
      for (; !isOver; writes++) await worker.request('PATCH', `${path}/object-${writes % objects}`, { ...json({ metadata: { labels: { turn: String(writes) } } }), contentType: 'application/merge-patch+json' });
    });
    const start = performance.now();
    const readers = this.#workers.slice(0, 8).map(async (worker, i) => {
      for (let round = 0; round < 5; round++) await (i % 2 === 0 ? worker.request('GET', path) : pages(worker, path));
    });
    await Promise.all(readers);
    isOver = true;
    await Promise.all([...writers, watching]);
    this.#tell(`8 readers list them 5 times while ${writes} writes go on`, (performance.now() - start) / 1000);
    if (highest > 0) console.log(`${'the highest meanwhile'.padEnd(70)} ${highest.toFixed(0).padStart(6)} MB`);
  }

  close(): void {
    for (const worker of this.#workers) worker.close();
  }
}

async function pages(worker: Connection, path: string): Promise<void> {
  for (let token: string | undefined = ''; token !== undefined;) {
    const { status, body } = await worker.request('GET', `${path}?limit=500${token && `&continue=${encodeURIComponent(token)}`}`, { keepsBody: true });
    if (status !== 200) throw new Error(`${status}: ${body.toString().slice(0, 300)}`);
    token = (JSON.parse(body.toString()) as { metadata: { continue?: string } }).metadata.continue;
  }
}

await using standalone = values.server === undefined ? await Standalone.start(['--cluster-cidr', CLUSTER_RANGE]) : undefined;
const target = standalone?.target ?? { url: new URL(values.server ?? ''), token: values.token, pid: values.pid === undefined ? undefined : Number(values.pid) };
const scale = await Scale.open(target);
await scale.fill(Number(values.nodes), Number(values.pods));
if (Number(values.watchers) > 0) await scale.watch(Number(values.watchers), 200);
if (Number(values.objects) > 0) await scale.listWhileWriting(Number(values.objects));
scale.close();
