import { performance } from 'node:perf_hooks';
import type { Namespace, Node, Pod, Service } from '../src/api/generated/core-v1.ts';
import { endpointSlices, namespaces, nodes, pods, services } from '../src/api/refs.ts';
import type { Draft } from '../src/apimachinery/meta.ts';
import { ApiServer } from '../src/apiserver/index.ts';
import { SystemClock } from '../src/base/clock.ts';
import { silentLogger } from '../src/base/logger.ts';
import { SystemRandom } from '../src/base/random.ts';
import { Client, InformerFactory } from '../src/client/index.ts';
import { controllers, defaultControllerOptions } from '../src/controllers/index.ts';
import { ServiceProxy } from '../src/proxy/index.ts';
import { MemoryStore } from '../src/storage/memory/memory-store.ts';
import { TestNamespace } from '../test/support/namespaces.ts';

/**
 * How long a new Service takes to its first right answer: `npm run bench:service -- [ROUNDS] [OTHER-SERVICES]`. The API server, the EndpointSlice
 * controller and the service proxy are the real ones, in one process; client and endpoint are processes in network namespaces. Needs root.
 */
const rounds = Number(process.argv[2] ?? 20);
const others = Number(process.argv[3] ?? 0);
const clock = new SystemClock();
const random = new SystemRandom();
const { signal } = new AbortController();
const logger = silentLogger;

await using stack = new AsyncDisposableStack();
const node = stack.use(await TestNamespace.create('bench-node'));
const pod = stack.use(await TestNamespace.create('bench-pod'));
await node.commands.ip([
  'link add name eth0 type veth peer name wire', 'link set wire up', 'address add 172.30.227.2/24 dev eth0', 'link set eth0 up', 'route add default via 172.30.227.1',
  `link add name veth0 type veth peer name eth0 netns ${pod.pid}`, 'address add 10.244.1.1/24 dev veth0', 'link set veth0 up',
]);
await pod.commands.ip(['address add 10.244.1.2/24 dev eth0', 'link set eth0 up', 'route add default via 10.244.1.1']);
await pod.serve('right', 8080);

const server = new ApiServer({
  store: new MemoryStore({ clock }), clock, random, logger, authenticators: [], admission: [],
  authorizers: [{ authorize: () => ({ decision: 'allow', reason: '' }) }],
});
await server.start(signal);
stack.use(server);
const client = new Client({ transport: server.transportFor({ name: 'bench', groups: ['system:masters'] }), clock });
const informers = new InformerFactory({ client, clock, random, logger });
const definition = controllers.find(({ name }) => name === 'endpointslice-controller');
if (!definition) throw new Error('there is no endpointslice-controller');
const controller = definition.create({ client, informers, clock, random, logger, options: defaultControllerOptions({ rootCA: '' }) });
const proxy = new ServiceProxy({ informers, nodeName: 'here', serviceCIDRs: ['10.96.0.0/16'], clusterCIDRs: ['10.244.0.0/16'], commands: node.commands, clock, logger });
await Promise.all([informers.start(signal), controller.start(signal), proxy.start(signal)]);
for (const part of [informers, controller, proxy]) stack.use(part);

await client.resource(namespaces).create({ metadata: { name: 'default' } } as Draft<Namespace>, { signal });
await client.resource(nodes).create({ metadata: { name: 'here' } } as Draft<Node>, { signal });
const podClient = client.resource(pods, 'default');
await podClient.create({ metadata: { name: 'web', labels: { app: 'web' } }, spec: { nodeName: 'here', containers: [{ name: 'web', image: 'none' }] } } as unknown as Draft<Pod>, { signal });
await podClient.patchStatus('web', { type: 'merge', patch: { status: { phase: 'Running', podIP: '10.244.1.2', podIPs: [{ ip: '10.244.1.2' }], conditions: [{ type: 'Ready', status: 'True' }] } } }, { signal });

const serviceClient = client.resource(services, 'default');
const createService = async (name: string, clusterIP?: string): Promise<void> => {
  const spec = { selector: { app: 'web' }, ports: [{ port: 80, targetPort: 8080 }], ...(clusterIP && { clusterIP }) };
  await serviceClient.create({ metadata: { name }, spec } as unknown as Draft<Service>, { signal });
};
for (let i = 0; i < others; i++) await createService(`other-${i}`);
while ((await client.resource(endpointSlices, 'default').list({ signal })).items.length < others) await clock.sleep(50, signal);
await clock.sleep(500, signal);

/** Asks until the right answer comes; prints when that was. */
const ASKER = `
const [address] = process.argv.slice(1);
const ask = () => new Promise((resolve) => {
  const socket = require('node:net').connect(80, address);
  let answer = '';
  socket.on('data', (chunk) => (answer += chunk)).on('error', () => resolve(false)).on('close', () => resolve(answer.startsWith('right')));
});
(async () => { console.log('ready'); while (!(await ask())) await new Promise((resolve) => setTimeout(resolve, 2)); console.log(Date.now()); })();
`;
const taken: number[] = [];
for (let round = 0; round < rounds; round++) {
  const address = `10.96.200.${round + 1}`;
  const asker = node.spawn([process.execPath, '-e', ASKER, address]);
  const lines = (asker.stdout ?? []) as AsyncIterable<Buffer>;
  let startedMs = 0;
  for await (const chunk of lines) {
    const text = chunk.toString().trim();
    if (text === 'ready') {
      startedMs = performance.timeOrigin + performance.now();
      await createService(`new-${round}`, address);
    } else taken.push(Number(text) - startedMs);
  }
}
taken.sort((a, b) => a - b);
const at = (part: number): string => (taken[Math.min(taken.length - 1, Math.floor(taken.length * part))] ?? Number.NaN).toFixed(0);
console.log(`new Service to first right answer, ${others} other services, ${rounds} rounds: median ${at(0.5)} ms, p90 ${at(0.9)} ms, worst ${at(1)} ms (to reach: 150 ms)`);
