import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SystemClock } from '../base/clock.ts';
import { silentLogger, TextLogger } from '../base/logger.ts';
import { SystemRandom } from '../base/random.ts';
import { DEFAULT_THRESHOLDS } from '../kubelet/index.ts';
import { type Credentials, formatKubeconfig, issueCredentials, makeKubeconfig } from '../pki/index.ts';
import { Client } from '../client/client.ts';
import { Agent } from './agent.ts';
import { authorityHash } from './certificates.ts';
import { defaultServerOptions } from './default-server-options.ts';
import type { Cluster as EmbeddedCluster, ClusterOptions, ClusterStarter, ClusterUser, VirtualCluster, VirtualClusterOptions } from './embedding.ts';
import { newJoinToken } from './join-token.ts';
import { adminClient, createJoinToken, waitForNodes } from './local-cluster.ts';
import { waitForSimulatedNodes } from './simulated-nodes-ready.ts';
import { Server } from './server.ts';
import { rangeForNodes, nodeClients } from './simulated-nodes-beside.ts';
import { planSimulatedNodes, type SimulatedNode } from './simulated-node-plan.ts';
import { SimulatedNodes } from './simulated-nodes.ts';
import { simulatedNodeAddress } from './simulated-agent.ts';
import { dnsServiceAddress } from './system-objects.ts';
import type { ClusterTools } from './tools.ts';

export type * from './embedding.ts';

const LOOPBACK = '127.0.0.1';
const CONTEXT = 'kubets';
const TOKEN_LIFE_MS = 3_600_000;
const CERTIFICATE_LIFE_MS = 30 * 86_400_000;
const NODES_WAIT_MS = 60_000;
/** Each of many simulated nodes may take so much longer, on a machine that has other work to do. */
const NODE_WAIT_MS = 30;
const PODS_OF_A_NODE = 110;

class RunningCluster implements EmbeddedCluster {
  readonly dataDir: string;
  readonly #isTemporary: boolean;
  readonly #tools: ClusterTools;
  readonly #server: Server;
  readonly #agents: Agent[] = [];
  readonly #plans: readonly SimulatedNode[];
  #simulated: SimulatedNodes | undefined;
  readonly #ended = new AbortController();
  #stopping: Promise<void> | undefined;

  /** Throws Error for options that contradict themselves. */
  constructor(options: ClusterOptions, dataDir: string) {
    const clock = new SystemClock();
    const logger = options.log ? new TextLogger({ clock, level: 'info', write: options.log }) : silentLogger;
    this.#isTemporary = options.dataDir === undefined;
    this.dataDir = dataDir;
    this.#tools = { clock, random: new SystemRandom(), logger };
    const { store = 'memory', controllers = ['*'], scheduler = true, enableAdmissionPlugins = [], disableAdmissionPlugins = [] } = options;
    const place = { dataDir: this.dataDir, store, bindAddress: LOOPBACK, port: 0, advertiseAddress: LOOPBACK };
    this.#plans = planSimulatedNodes(options.simulatedNodes ?? 0);
    const defaults = defaultServerOptions();
    this.#server = new Server({ ...defaults, ...place, clusterRanges: rangeForNodes(defaults.clusterRanges, this.#plans.length + (options.nodes ?? 0)), controllers, enableScheduler: scheduler, enableAdmissionPlugins, disableAdmissionPlugins }, this.#tools);
  }

  get url(): string {
    return `https://${LOOPBACK}:${this.#server.port}`;
  }

  get certificateAuthority(): string {
    return this.#server.certificates.authority.certificatePem;
  }

  get kubeconfig(): string {
    return this.#kubeconfig(this.#server.certificates.admin);
  }

  kubeconfigFor({ user, groups = [] }: ClusterUser): string {
    const now = this.#tools.clock.now();
    const validity = { notBefore: now - TOKEN_LIFE_MS, notAfter: now + CERTIFICATE_LIFE_MS };
    return this.#kubeconfig(issueCredentials(this.#server.certificates.authority, { subject: { commonName: user, organizations: [...groups] }, usages: ['client auth'], ...validity }));
  }

  async start(nodes: number): Promise<void> {
    await this.#server.start(this.#ended.signal);
    if (nodes > 0) await this.#join(nodes);
    if (this.#plans.length > 0) await this.#simulate();
  }

  stop(): Promise<void> {
    return (this.#stopping ??= this.#stop());
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #stop(): Promise<void> {
    await Promise.all(this.#agents.map((agent) => agent[Symbol.asyncDispose]()));
    await this.#simulated?.[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
    this.#ended.abort();
    if (this.#isTemporary) rmSync(this.dataDir, { recursive: true, force: true });
  }

  #kubeconfig(credentials: Credentials): string {
    return formatKubeconfig(makeKubeconfig({ name: CONTEXT, server: this.url, certificateAuthorityPem: this.certificateAuthority, credentials }));
  }

  /** In process: no connections, no certificates. */
  async #simulate(): Promise<void> {
    const { signal } = this.#ended;
    const { clock } = this.#tools;
    const { serviceRanges, clusterDomain } = defaultServerOptions();
    const clients = nodeClients((user, userAgent) => new Client({ transport: this.#server.transportFor(user, userAgent), clock, userAgent }));
    this.#simulated = new SimulatedNodes({ nodes: this.#plans, ...clients, addressOf: simulatedNodeAddress, clusterDNS: [dnsServiceAddress(serviceRanges)], clusterDomain }, this.#tools);
    this.#server.adopt(this.#simulated);
    await this.#simulated.start(signal);
    const names = new Set(this.#plans.map(({ name }) => name));
    await waitForSimulatedNodes(clients.client, { count: names.size, isWanted: ({ metadata }) => names.has(metadata.name), waitMs: NODES_WAIT_MS + names.size * NODE_WAIT_MS }, { clock, signal });
  }

  /** The nodes come as real ones do: with a token, and a certificate that they ask for. */
  async #join(count: number): Promise<void> {
    const { signal } = this.#ended;
    const { certificates } = this.#server;
    await using client = adminClient(this.url, certificates, this.#tools.clock);
    const token = newJoinToken(this.#tools.random, authorityHash(certificates.authority.certificate));
    await createJoinToken(client, { token, description: 'for simulated nodes', lifeMs: TOKEN_LIFE_MS }, { ...this.#tools, signal });
    const names = Array.from({ length: count }, (_, index) => `node-${index + 1}`);
    for (const nodeName of names) {
      this.#agents.push(new Agent({
        server: this.url, token, certificateAuthorityPem: undefined, nodeName, nodeIPs: [LOOPBACK], externalIPs: [], labels: {}, dataDir: join(this.dataDir, 'agents', nodeName), runtime: 'simulated', runtimeEndpoint: undefined, stateDir: this.dataDir, cgroupRoot: '/',
        maxPods: PODS_OF_A_NODE, logs: {}, thresholds: DEFAULT_THRESHOLDS, pressureTransitionMs: undefined, resolvConf: undefined, userAgent: 'kubelet/v1.36.0',
      }, this.#tools));
    }
    await Promise.all(this.#agents.map((agent) => agent.start(signal)));
    await waitForNodes(client, { names, waitMs: NODES_WAIT_MS }, { ...this.#tools, signal });
  }
}

async function startVirtual(options: VirtualClusterOptions): Promise<VirtualCluster> {
  const { SimulatedCluster } = await import('./virtual-cluster.ts');
  const cluster = new SimulatedCluster(options);
  try {
    await cluster.start();
    return cluster;
  } catch (error) {
    await cluster.stop();
    throw error;
  }
}

async function startReal(options: ClusterOptions): Promise<EmbeddedCluster> {
  const dataDir = options.dataDir ?? mkdtempSync(join(tmpdir(), 'kubets-'));
  let cluster: RunningCluster | undefined;
  try {
    cluster = new RunningCluster(options, dataDir);
    await cluster.start(options.nodes ?? 0);
    return cluster;
  } catch (error) {
    await cluster?.stop();
    if (options.dataDir === undefined) rmSync(dataDir, { recursive: true, force: true });
    throw error;
  }
}

function start(options: VirtualClusterOptions): Promise<VirtualCluster>;
function start(options?: ClusterOptions): Promise<EmbeddedCluster>;
function start(options: ClusterOptions | VirtualClusterOptions = {}): Promise<EmbeddedCluster | VirtualCluster> {
  return options.clock === 'virtual' ? startVirtual(options) : startReal(options);
}

/** The embeddable cluster: what envtest and kind give a test suite, in the process of the test. */
export const Cluster: ClusterStarter = { start };

export type Cluster = EmbeddedCluster;
