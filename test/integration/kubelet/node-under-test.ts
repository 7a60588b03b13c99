import { join } from 'node:path';
import { events, namespaces, pods } from '../../../src/api/refs.ts';
import type { DeepReadonly, Draft } from '../../../src/apimachinery/meta.ts';
import type { Pod } from '../../../src/api/generated/core-v1.ts';
import { SystemClock } from '../../../src/base/clock.ts';
import { TextLogger } from '../../../src/base/logger.ts';
import { SystemRandom } from '../../../src/base/random.ts';
import { Client } from '../../../src/client/index.ts';
import { Kubelet, LinuxMachine, type DiskOptions, type KubeletOptions } from '../../../src/kubelet/index.ts';
import { removeControlGroups } from '../support/control-groups.ts';
import { patient } from '../../support/patience.ts';
import { admin, startTestServer } from '../../support/test-server.ts';
import { startPrivateContainerd, type PrivateContainerd } from '../support/private-containerd.ts';

export const NODE = 'node-a';
export const CGROUP_ROOT = `kubets-test-${process.pid}`;
const NEVER = new AbortController().signal;

export interface NodeUnderTest extends AsyncDisposable {
  readonly client: Client;
  readonly kubelet: Kubelet;
  readonly containerd: PrivateContainerd;
  readonly clock: SystemClock;
  /** A kubelet on the same node, after the one before was disposed. */
  startKubelet(options?: Partial<KubeletOptions>): Promise<Kubelet>;
  create(pod: Draft<Pod>): Promise<DeepReadonly<Pod>>;
  /** Resolves with the pod once `holds`; rejects after three minutes with what it looked like. */
  until(name: string, holds: (pod: DeepReadonly<Pod>) => boolean): Promise<DeepReadonly<Pod>>;
  /** Asks for the pod's deletion, with its own grace. */
  remove(name: string): Promise<void>;
  untilGone(name: string): Promise<void>;
  /** Resolves once an event of the pod tells this. */
  untilEvent(name: string, reason: string, message: RegExp): Promise<void>;
}

/** A kubelet on a real containerd and a real API server in process. */
export async function startNode(options: Partial<KubeletOptions> = {}, disk: Partial<DiskOptions> = {}, startContainerd: () => Promise<PrivateContainerd> = startPrivateContainerd): Promise<NodeUnderTest> {
  const clock = new SystemClock();
  const logger = new TextLogger({ clock, level: process.env.DEBUG ? 'debug' : 'error', write: (line) => console.error(line) });
  const containerd = await startContainerd();
  const server = await startTestServer();
  const transport = server.server.transportFor(admin);
  const client = new Client({ transport, clock });
  await client.resource(namespaces).create({ metadata: { name: 'default' }, spec: {}, status: {} }, { signal: NEVER }).catch(() => undefined);
  await client.resource(namespaces).create({ metadata: { name: 'kube-node-lease' }, spec: {}, status: {} }, { signal: NEVER }).catch(() => undefined);
  let kubelet: Kubelet | undefined;
  const startKubelet = async (more: Partial<KubeletOptions> = {}): Promise<Kubelet> => {
    kubelet = new Kubelet({
      client, clock, random: new SystemRandom(), logger, runtime: containerd.runtime, nodeName: NODE, internalIPs: ['127.0.0.1'],
      machine: new LinuxMachine({ nodePath: containerd.root, imagePath: containerd.root }), clusterDNS: ['10.96.0.10'],
      disk: { rootDir: join(containerd.root, 'kubelet'), podLogsDir: join(containerd.root, 'log', 'pods'), containerLogsDir: join(containerd.root, 'log', 'containers'), cgroupRoot: `/${CGROUP_ROOT}`, ...disk },
      ...options, ...more,
    });
    await kubelet.start(NEVER);
    return kubelet;
  };
  await startKubelet();
  const resource = client.resource(pods, 'default');
  return {
    client, containerd, clock, startKubelet,
    get kubelet() {
      if (!kubelet) throw new Error('no kubelet');
      return kubelet;
    },
    create: (pod) => resource.create({ ...pod, spec: { ...pod.spec, nodeName: NODE } }, { signal: NEVER }),
    until: (name, holds) => untilPod(client, name, holds),
    async remove(name) {
      await resource.delete(name, { signal: NEVER });
    },
    async untilGone(name) {
      const deadline = clock.monotonic() + patient(180_000);
      while ((await resource.list({ fieldSelector: `metadata.name=${name}`, signal: NEVER })).items.length > 0) {
        if (clock.monotonic() > deadline) throw new Error(`pod ${name} is still there`);
        await clock.sleep(10, NEVER);
      }
    },
    async untilEvent(name, reason, message) {
      const deadline = clock.monotonic() + patient(180_000);
      for (;;) {
        const { items } = await client.resource(events, 'default').list({ fieldSelector: `involvedObject.name=${name}`, signal: NEVER });
        if (items.some((event) => event.reason === reason && message.test(event.message ?? ''))) return;
        if (clock.monotonic() > deadline) throw new Error(`pod ${name} has no event ${reason} ${message}: ${items.map((event) => `${event.reason} ${event.message}`).join('\n')}`);
        await clock.sleep(20, NEVER);
      }
    },
    async [Symbol.asyncDispose]() {
      await kubelet?.[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
      await containerd[Symbol.asyncDispose]();
      await removeControlGroups(CGROUP_ROOT);
    },
  };
}

async function untilPod(client: Client, name: string, holds: (pod: DeepReadonly<Pod>) => boolean): Promise<DeepReadonly<Pod>> {
  const give = new AbortController();
  const alarm = setTimeout(() => give.abort(), patient(180_000));
  const resource = client.resource(pods, 'default');
  let last: DeepReadonly<Pod> | undefined;
  try {
    const list = await resource.list({ fieldSelector: `metadata.name=${name}`, signal: give.signal });
    last = list.items[0];
    if (last && holds(last)) return last;
    const version = list.metadata.resourceVersion;
    for await (const batch of await resource.watch({ fieldSelector: `metadata.name=${name}`, signal: give.signal, ...(version && { resourceVersion: version }) })) {
      for (const { type, object } of batch) {
        if (type === 'BOOKMARK') continue;
        last = object;
        if (holds(object)) return object;
      }
    }
    throw new Error('the watch ended');
  } catch (error) {
    const told = await client.resource(events, 'default').list({ fieldSelector: `involvedObject.name=${name}`, signal: NEVER });
    const lines = told.items.map(({ reason, message, count }) => `${reason} ${message} (${count ?? 1})`);
    throw new Error(`pod ${name} did not become what was waited for: ${JSON.stringify(last?.status)}\n${lines.join('\n')}`, { cause: error });
  } finally {
    clearTimeout(alarm);
    give.abort();
  }
}

export function isReady(pod: DeepReadonly<Pod>): boolean {
  return pod.status.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
}
