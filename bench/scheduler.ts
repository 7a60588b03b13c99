/**
 * How fast pods are bound on many nodes, by kind of pod:
 *
 *     npm run bench:scheduler -- [--nodes 5000] [--pods 2000] [--only plain,beside,replica,spread,affinity,anti-affinity]
 *
 * Needs `npm run build` first. Nodes in three zones and waiting pods are written to a durable server without a scheduler; then the same data is served with one, and the time from the
 * first binding to the last, as a watcher hears of them, is told. Each kind has a server of its own. Pods as in upstream's scheduler_perf.
 */
import { parseArgs } from 'node:util';
import { HttpConnection } from './http-connection.ts';
import { ALONE, cpuMs, Standalone } from './standalone.ts';

const WORKERS = 32;
const NAMESPACE = 'bench';
const ZONES = 3;
const STALLED_MS = 60_000;
/** Pods that ask for more than a node has. */
const unfit = (kind: string): number => (kind === 'beside' ? Math.floor(pods / 4) : 0);
const LABELS = { color: 'blue' };
const selector = { labelSelector: { matchLabels: LABELS } };
const ZONE = 'topology.kubernetes.io/zone';

/** What each kind of pod has in its spec beyond its requests. `beside`: the first quarter fits nowhere. `replica`: pods of a controller, which are spread by the system's defaults. */
const KINDS: Readonly<Record<string, object>> = {
  plain: {},
  beside: {},
  replica: {},
  spread: { topologySpreadConstraints: [{ maxSkew: 5, topologyKey: ZONE, whenUnsatisfiable: 'DoNotSchedule', ...selector }] },
  affinity: { affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...selector, topologyKey: ZONE }] } } },
  'anti-affinity': { affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ ...selector, topologyKey: 'kubernetes.io/hostname' }] } } },
};

const { values } = parseArgs({ options: { nodes: { type: 'string', default: '5000' }, pods: { type: 'string', default: '2000' }, only: { type: 'string', default: Object.keys(KINDS).join(',') } } });
const [nodes, pods] = [Number(values.nodes), Number(values.pods)];

function node(i: number): object {
  const name = `node-${i}`;
  const resources = { cpu: '4', memory: '32Gi', pods: '110' };
  return {
    metadata: { name, labels: { 'kubernetes.io/hostname': name, [ZONE]: `zone-${i % ZONES}` } },
    status: { capacity: resources, allocatable: resources, conditions: [{ type: 'Ready', status: 'True' }] },
  };
}

const OWNER = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'owner', uid: '11111111-2222-3333-4444-555555555555', controller: true };

/** What the system spreads the pods of `replica` by. */
function replicaSet(): object {
  return { metadata: { name: OWNER.name }, spec: { replicas: 0, selector: { matchLabels: LABELS }, template: { metadata: { labels: LABELS }, spec: { containers: [{ name: 'main', image: 'registry.example/app:1' }] } } } };
}

function pod(i: number, kind: string): object {
  return {
    metadata: { name: `pod-${i}`, labels: LABELS, ...(kind === 'replica' && { ownerReferences: [OWNER] }) },
    spec: { automountServiceAccountToken: false, containers: [{ name: 'main', image: 'registry.example/app:1', resources: { requests: { cpu: i < unfit(kind) ? '100' : '100m', memory: '500Mi' } } }], ...KINDS[kind] },
  };
}

class Work implements Disposable {
  readonly #server: Standalone;
  readonly #connections: HttpConnection[];

  private constructor(server: Standalone, connections: HttpConnection[]) {
    this.#server = server;
    this.#connections = connections;
  }

  static async open(server: Standalone): Promise<Work> {
    const { url, token } = server.target;
    return new Work(server, await Promise.all(Array.from({ length: WORKERS }, () => HttpConnection.open(url, token))));
  }

  async create(path: string, objects: readonly object[]): Promise<void> {
    let next = 0;
    await Promise.all(this.#connections.map(async (connection) => {
      for (let object = objects[next++]; object; object = objects[next++]) {
        const { status, body } = await connection.request('POST', path, { body: Buffer.from(JSON.stringify(object)) });
        if (status !== 201) throw new Error(`${status} for ${path}: ${body.toString().slice(0, 300)}`);
      }
    }));
  }

  /** Waits until `count` pods were bound: the seconds between the first and the last, and the server's CPU for each. */
  async bound(count: number): Promise<{ readonly seconds: number; readonly cpuMs: number }> {
    const [connection] = this.#connections;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let [seen, first, last, before, after] = [0, 0, 0, 0, 0];
    connection?.stream(`/api/v1/namespaces/${NAMESPACE}/pods?watch=1&resourceVersion=0&fieldSelector=spec.nodeName!%3D`, (chunk) => {
      for (const byte of chunk) if (byte === 0x0a) seen++;
      last = performance.now();
      if (first === 0) [first, before] = [last, this.#cpu()];
      if (seen < count) return;
      after = this.#cpu();
      resolve();
    });
    const watching = setInterval(() => last > 0 && performance.now() - last > STALLED_MS && reject(new Error(`only ${seen} of ${count} pods were bound`)), 1000);
    await promise.finally(() => clearInterval(watching));
    return { seconds: (last - first) / 1000, cpuMs: (after - before) / count };
  }

  #cpu(): number {
    return cpuMs(this.#server.target.pid) ?? NaN;
  }

  [Symbol.dispose](): void {
    for (const connection of this.#connections) connection.close();
  }
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

async function measure(kind: string): Promise<void> {
  // Nobody tells here that these nodes are well, so that nobody would take away the taint of new nodes.
  const untainted = '--disable-admission-plugins=TaintNodesByCondition,ServiceAccount';
  await using server = await Standalone.start([...ALONE, untainted]);
  {
    using work = await Work.open(server);
    await work.create('/api/v1/namespaces', [{ metadata: { name: NAMESPACE } }]);
    await work.create(`/apis/apps/v1/namespaces/${NAMESPACE}/replicasets`, [replicaSet()]);
    await work.create('/api/v1/nodes', range(nodes).map(node));
    await work.create(`/api/v1/namespaces/${NAMESPACE}/pods`, range(pods).map((i) => pod(i, kind)));
  }
  await server.restart(['--controllers=', untainted]);
  using work = await Work.open(server);
  const fit = pods - unfit(kind);
  const { seconds, cpuMs: each } = await work.bound(fit);
  console.log(`${kind.padEnd(16)} ${nodes} nodes, ${fit} pods ${(fit / seconds).toFixed(0).padStart(9)} bound/s ${each.toFixed(3).padStart(9)} CPU-ms each`);
}

for (const kind of values.only.split(',')) {
  if (!(kind in KINDS)) throw new Error(`no such kind of pod: ${kind}; there are ${Object.keys(KINDS).join(', ')}`);
  await measure(kind);
}
