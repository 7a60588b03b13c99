import { join } from 'node:path';
import { parseCidr } from '../apimachinery/validation/ip.ts';
import { Commands } from '../base/commands.ts';
import { TaskGroup, type Component } from '../base/lifecycle.ts';
import { Client } from '../client/client.ts';
import { HttpsTransport } from '../client/https-transport.ts';
import { InformerFactory } from '../client/informer-factory.ts';
import { ClusterDns, readUpstreams } from '../dns/index.ts';
import { Kubelet, LinuxMachine, SimulatedMachine, type DiskOptions, type EvictionThresholds, type KubeletOptions, type ShutdownGracePeriod } from '../kubelet/index.ts';
import { NetworkPolicyEnforcer, NodeNetwork, type NodeStandIn } from '../network/index.ts';
import { ServiceProxy } from '../proxy/index.ts';
import { SimulatedRuntime, type ContainerRuntime } from '../runtime/index.ts';
import { readConfiguration, type ClusterConfiguration } from './cluster-configuration.ts';
import type { JoinToken } from './join-token.ts';
import { NodeIdentity } from './node-identity.ts';
import { startContainerd, useRegistry } from './node-containerd.ts';
import { Supervisor } from './supervisor.ts';
import { dnsServiceAddress } from './system-objects.ts';
import type { ClusterTools } from './tools.ts';

export interface AgentOptions {
  readonly server: string;
  readonly token: JoinToken | undefined;
  readonly certificateAuthorityPem: string | undefined;
  readonly nodeName: string;
  readonly nodeIPs: readonly string[];
  readonly externalIPs: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly dataDir: string;
  readonly runtime: 'containerd' | 'simulated';
  /** A containerd, or another runtime with CRI, that somebody else runs. */
  readonly runtimeEndpoint: string | undefined;
  readonly stateDir: string;
  readonly cgroupRoot: string;
  /** For runtimes of others that do not tell theirs; undefined: `cgroupfs`. */
  readonly cgroupDriver?: 'cgroupfs' | 'systemd' | undefined;
  readonly maxPods: number;
  /** What the node keeps for itself, takes, and says of itself. */
  readonly node?: Pick<KubeletOptions, 'taints' | 'reserved' | 'allowedUnsafeSysctls' | 'providerID'>;
  /** How long pods have to end before the machine does; undefined: nobody waits for them. */
  readonly shutdownGracePeriods?: readonly ShutdownGracePeriod[];
  /** Manifests of pods that the node runs by itself. */
  readonly manifestsDir?: string;
  /** When the logs of containers are put aside, where not as a kubelet does. */
  readonly logs: Pick<DiskOptions, 'logMaxBytes' | 'logMaxFiles'>;
  readonly thresholds: EvictionThresholds;
  /** How long a pressure is kept up after it has gone; undefined: as a kubelet does. */
  readonly pressureTransitionMs: number | undefined;
  /** Names the resolvers for names outside of the cluster; without it no such names exist for pods. */
  readonly resolvConf: string | undefined;
  readonly userAgent: string;
}

/** Where the agent answers queries of DNS: no other program of a machine is likely to have this port. */
const DNS_PORT = 10_053;
/** kube-proxy's. */
const PROXY_HEALTH_PORTS = { healthz: 10_256, status: 10_249 };
export const KUBELET_PORT = 10_250;
const KUBELET_ROOT = '/var/lib/kubelet';
const POD_LOGS = '/var/log/pods';
const CONTAINER_LOGS = '/var/log/containers';
/** systemd's part that shuts machines down. */
const LOGIND = { busSocket: '/run/dbus/system_bus_socket', configurationDir: '/etc/systemd/logind.conf.d' };
const CNI_CONFIGURATION = '/etc/cni/net.d';
const BRIDGE = 'kubets0';
const NETWORK_POLICY = 'network-policy';

/** A node: its identity, its container runtime, kubelet, service proxy, DNS and pod network. */
export class Agent implements Component {
  readonly #options: AgentOptions;
  readonly #tools: ClusterTools;
  readonly #supervisor: Supervisor;
  readonly #tasks = new TaskGroup();
  readonly #open: AsyncDisposable[] = [];

  constructor(options: AgentOptions, tools: ClusterTools) {
    this.#options = options;
    this.#tools = tools;
    this.#supervisor = new Supervisor(tools);
  }

  get done(): Promise<void> {
    return this.#tasks.done;
  }

  /** Resolves once the node is registered. */
  async start(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#tools;
    const { server, userAgent, nodeName } = this.#options;
    const [identity, runtime] = await bothOrNone(signal, (inner) => this.#identity(inner), (inner) => this.#startRuntime(inner));
    const transport = this.#opened(new HttpsTransport({ server, tls: () => identity.tls(), userAgent, clock }));
    const client = new Client({ transport, clock, userAgent });
    const configuration = await readConfiguration(client, signal);
    if (configuration.imageRegistry !== '') await useRegistry(this.#options.dataDir, configuration.imageRegistry, (await runtime.version(signal)).runtimeVersion);
    this.#tasks.run((inner) => identity.keepFresh(client, inner));
    await this.#startNetwork(client, configuration, signal);
    const kubeletOptions = this.#kubeletOptions(client, runtime, configuration);
    const port = await this.#kubeletPort(identity, client, signal);
    await this.#supervisor.add('kubelet', () => new Kubelet({ ...kubeletOptions, ...(port && { server: port }) }), signal);
    logger.info('the node is registered', { node: nodeName });
  }

  /** The machine is about to end: the pods of the node do, as far as they have time for it. */
  async shutDown(signal: AbortSignal): Promise<void> {
    const kubelet = this.#supervisor.running.get('kubelet');
    if (kubelet instanceof Kubelet) await kubelet.shutDown(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#supervisor[Symbol.asyncDispose]();
    await this.#tasks.close();
    for (const part of this.#open.toReversed()) await part[Symbol.asyncDispose]();
  }

  #opened<T extends AsyncDisposable>(part: T): T {
    this.#open.push(part);
    return part;
  }

  #identity(signal: AbortSignal): Promise<NodeIdentity> {
    const { server, token, certificateAuthorityPem, nodeName, dataDir, userAgent } = this.#options;
    return NodeIdentity.obtain(
      { server, token, ...(certificateAuthorityPem && { certificateAuthorityPem }), nodeName, folder: join(dataDir, 'pki'), userAgent, ...this.#tools },
      signal,
    );
  }

  /** What the kubelet serves with. Nobody reaches into simulated pods, and several simulated nodes share the addresses of one machine. */
  async #kubeletPort(identity: NodeIdentity, client: Client, signal: AbortSignal): Promise<KubeletOptions['server']> {
    const { nodeName, nodeIPs, runtime } = this.#options;
    if (runtime === 'simulated') return undefined;
    const serving = await identity.servingCredentials(client, { dnsNames: [nodeName], ipAddresses: nodeIPs }, signal);
    return { port: KUBELET_PORT, address: nodeIPs[0] ?? '0.0.0.0', tls: { cert: serving.certificatePem, key: serving.keyPem, ca: identity.authorityPem } };
  }

  async #startRuntime(signal: AbortSignal): Promise<ContainerRuntime> {
    const { runtime, runtimeEndpoint, dataDir, stateDir } = this.#options;
    if (runtime === 'simulated') return this.#opened(new SimulatedRuntime({ clock: this.#tools.clock, random: this.#tools.random }));
    const started = await startContainerd({ endpoint: runtimeEndpoint, dataDir, stateDir, cniConfDir: CNI_CONFIGURATION }, this.#tools, signal);
    this.#open.push(...started.parts);
    return started.runtime;
  }

  async #startNetwork(client: Client, configuration: ClusterConfiguration, signal: AbortSignal): Promise<void> {
    const { clock, random, logger } = this.#tools;
    const { nodeName, nodeIPs, runtime, resolvConf } = this.#options;
    if (runtime === 'simulated') return;
    const { clusterRanges: clusterCIDRs, serviceRanges: serviceCIDRs, clusterDomain } = configuration;
    const informers = this.#opened(new InformerFactory({ client, clock, random, logger }));
    const [address = ''] = nodeIPs;
    const commands = new Commands();
    const upstreams = resolvConf === undefined ? [] : await readUpstreams([resolvConf]);
    const standIns = new Map([['kube-system/kube-dns', { address, port: DNS_PORT }]]);
    const families = (['IPv4', 'IPv6'] as const).filter((family) => clusterCIDRs.some((cidr) => parseCidr(cidr)?.family === family));
    await informers.start(signal);
    await Promise.all([
      this.#supervisor.add('proxy', () => new ServiceProxy({ informers, nodeName, serviceCIDRs, clusterCIDRs, standIns, healthPorts: PROXY_HEALTH_PORTS, commands, clock, logger }), signal),
      this.#supervisor.add('dns', () => new ClusterDns({ informers, address, port: DNS_PORT, clusterDomain, clusterCIDRs: [...clusterCIDRs, ...serviceCIDRs], upstreams, clock, logger }), signal),
      this.#supervisor.add('network', () => new NodeNetwork({ informers, node: { name: nodeName, cniDirectory: CNI_CONFIGURATION, bridge: BRIDGE }, clusterCIDRs, commands, clock, logger }), signal),
      this.#supervisor.add(NETWORK_POLICY, () => new NetworkPolicyEnforcer({ informers, nodeName, families, standIns: [dnsStandIn(address, serviceCIDRs)], commands, clock, logger }), signal),
    ]);
  }

  /** A pod that starts is isolated before it runs. */
  async #isolate(...[pod, ips, signal]: Parameters<NetworkPolicyEnforcer['isolate']>): Promise<void> {
    const enforcer = this.#supervisor.running.get(NETWORK_POLICY);
    if (enforcer instanceof NetworkPolicyEnforcer) await enforcer.isolate(pod, ips, signal);
  }

  #kubeletOptions(client: Client, runtime: ContainerRuntime, configuration: ClusterConfiguration): KubeletOptions {
    const { nodeName, nodeIPs, externalIPs, labels, maxPods, cgroupRoot, cgroupDriver, dataDir, thresholds, pressureTransitionMs, manifestsDir, node, shutdownGracePeriods: gracePeriods } = this.#options;
    const disk: DiskOptions | undefined = this.#options.runtime === 'simulated' ? undefined : { rootDir: KUBELET_ROOT, podLogsDir: POD_LOGS, containerLogsDir: CONTAINER_LOGS, cgroupRoot, ...(cgroupDriver && { cgroupDriver }), ...(manifestsDir !== undefined && { manifestsDir }), ...this.#options.logs };
    return {
      ...this.#tools,
      client,
      runtime,
      machine: disk ? new LinuxMachine({ nodePath: KUBELET_ROOT, imagePath: join(dataDir, 'containerd') }) : new SimulatedMachine({ hostname: nodeName }),
      nodeName,
      hostname: nodeName,
      internalIPs: nodeIPs,
      externalIPs,
      labels,
      maxPods,
      ...node,
      clusterDNS: [dnsServiceAddress(configuration.serviceRanges)],
      clusterDomain: configuration.clusterDomain,
      ...(disk && { disk, beforeContainers: (pod, ips, signal) => this.#isolate(pod, ips, signal) }),
      thresholds,
      ...(gracePeriods && { shutdown: { gracePeriods, ...(disk && { logind: LOGIND }) } }),
      ...(pressureTransitionMs !== undefined && { pressureTransitionMs }),
    };
  }
}

/** Policies speak of cluster DNS as of the pods that answer it elsewhere. */
function dnsStandIn(address: string, serviceRanges: readonly string[]): NodeStandIn {
  const ports = [{ name: 'dns', protocol: 'UDP', port: 53, nodePort: DNS_PORT }, { name: 'dns-tcp', protocol: 'TCP', port: 53, nodePort: DNS_PORT }];
  return { namespace: 'kube-system', labels: { 'k8s-app': 'kube-dns' }, addresses: [address], serviceAddresses: [dnsServiceAddress(serviceRanges)], ports };
}

/** Does both at once. When one fails the other is ended before that is told: what it had begun must not outlive the agent. */
async function bothOrNone<A, B>(signal: AbortSignal, one: (signal: AbortSignal) => Promise<A>, other: (signal: AbortSignal) => Promise<B>): Promise<[A, B]> {
  const end = new AbortController();
  const inner = AbortSignal.any([signal, end.signal]);
  const begun = [one(inner), other(inner)] as const;
  try {
    return await Promise.all(begun);
  } catch (error) {
    end.abort(error);
    await Promise.allSettled(begun);
    throw error;
  }
}
