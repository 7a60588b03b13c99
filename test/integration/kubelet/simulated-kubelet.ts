import { namespaces, pods } from '../../../src/api/refs.ts';
import type { DeepReadonly } from '../../../src/apimachinery/meta.ts';
import type { Pod } from '../../../src/api/generated/core-v1.ts';
import { silentLogger } from '../../../src/base/logger.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import { VirtualClock } from '../../../src/base/virtual-clock.ts';
import { ApiServer } from '../../../src/apiserver/index.ts';
import { Client } from '../../../src/client/index.ts';
import { Kubelet, SimulatedMachine, type KubeletOptions } from '../../../src/kubelet/index.ts';
import { SimulatedRuntime, type SimulatedRuntimeOptions } from '../../../src/runtime/index.ts';
import { MemoryStore } from '../../../src/storage/memory/memory-store.ts';
import { admin } from '../../support/test-server.ts';

const NEVER = new AbortController().signal;

export interface SimulatedKubelet extends AsyncDisposable {
  readonly kubelet: Kubelet;
  readonly clock: VirtualClock;
  readonly client: Client;
  readonly runtime: SimulatedRuntime;
  readonly machine: SimulatedMachine;
  create(name: string, command: string[], spec?: object): Promise<void>;
  pod(name: string): Promise<DeepReadonly<Pod>>;
}

/** A simulated node in virtual time, with everything that it talks to. */
export async function simulate(options: Partial<KubeletOptions> = {}, containers: Partial<SimulatedRuntimeOptions> = {}): Promise<SimulatedKubelet> {
  const clock = new VirtualClock();
  const random = new SeededRandom(7);
  const store = new MemoryStore({ clock });
  await store.start(NEVER);
  const server = new ApiServer({ clock, random, logger: silentLogger, store, authenticators: [], authorizers: [{ authorize: () => ({ decision: 'allow', reason: '' }) }], admission: [] });
  await server.start(NEVER);
  const client = new Client({ transport: server.transportFor(admin), clock });
  for (const name of ['default', 'kube-node-lease']) await client.resource(namespaces).create({ metadata: { name }, spec: {}, status: {} }, { signal: NEVER });
  const runtime = new SimulatedRuntime({ clock, random, delaysMs: { sandbox: 100, create: 20, start: 50 }, ...containers });
  const machine = new SimulatedMachine({ hostname: 'sim' });
  const kubelet = new Kubelet({ client, clock, random, logger: silentLogger, runtime, machine, nodeName: 'sim', internalIPs: ['10.0.0.1'], pressureTransitionMs: 60_000, ...options });
  const starting = kubelet.start(NEVER);
  await clock.advance(1000);
  await starting;
  return {
    kubelet, clock, client, runtime, machine,
    async create(name, command, spec = {}) {
      const container = { name: 'main', image: 'example/app:1', command, resources: {} };
      await client.resource(pods, 'default').create({ metadata: { name, namespace: 'default' }, spec: { nodeName: 'sim', containers: [container], ...spec }, status: {} }, { signal: NEVER });
    },
    pod: (name) => client.resource(pods, 'default').get(name, { signal: NEVER }),
    async [Symbol.asyncDispose]() {
      await kubelet[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await store[Symbol.asyncDispose]();
      await runtime[Symbol.asyncDispose]();
    },
  };
}
