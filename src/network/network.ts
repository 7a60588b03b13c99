import type { Node } from '../api/generated/core-v1.ts';
import { nodes } from '../api/refs.ts';
import type { Clock } from '../base/clock.ts';
import { CommandError, type Commands } from '../base/commands.ts';
import { type Component, TaskGroup, untilAborted } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Informer, InformerFactory } from '../client/index.ts';
import { writeCniConfig } from './cni-config.ts';
import { POLICY_TABLE } from './policy/index.ts';
import { desiredRoutes, masqueradeTables, observedRoutes, podCIDRsOf, ROUTE_PROTOCOL, routeChanges } from './plan.ts';

export interface NodeNetworkOptions {
  readonly informers: InformerFactory;
  /** Undefined on a machine that has no pods of its own, such as the Master's: it gets the routes only. */
  readonly node: { readonly name: string; readonly cniDirectory: string; readonly bridge: string } | undefined;
  /** What is left of these ranges leads nowhere. Empty where somebody else sees to that. */
  readonly clusterCIDRs: readonly string[];
  /** Look after routes through this link only: a machine may be part of several clusters. */
  readonly link?: string;
  /** Runs ip and nft; not given where this process is in the node's network namespace already. */
  readonly commands: Commands;
  /** Default: `kubets-network`. */
  readonly table?: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const DEFAULT_TABLE = 'kubets-network';
const GATHER_MS = 10;
const RETRY_MS = 1000;
/** Somebody else may change routes; nobody tells. */
const LOOK_AGAIN_MS = 60_000;

/** What a machine that routes for pods must have set; each with what goes wrong without it. */
const SYSCTLS = [
  { name: 'net/ipv4/ip_forward', without: 'no traffic is routed between pods and other machines' },
  { name: 'net/bridge/bridge-nf-call-iptables', without: 'a pod does not reach a Service whose endpoint is on its own node' },
];

/** The same for clusters that have IPv6. */
const SYSCTLS6 = [
  { name: 'net/ipv6/conf/all/forwarding', without: 'no traffic of IPv6 is routed between pods and other machines' },
  { name: 'net/bridge/bridge-nf-call-ip6tables', without: 'a pod does not reach a Service of IPv6 whose endpoint is on its own node' },
];

/** A node's part of the pod network: configuration for the runtime's CNI, routes to other nodes' pods, masquerading of what leaves the cluster. */
export class NodeNetwork implements Component {
  readonly #options: NodeNetworkOptions;
  readonly #nodes: Informer<Node>;
  readonly #logger: Logger;
  readonly #idle = Promise.withResolvers<void>();
  #tasks: TaskGroup | undefined;
  #subscription: Disposable | undefined;
  #wake = Promise.withResolvers<void>();
  #podCIDRs: readonly string[] = [];

  constructor(options: NodeNetworkOptions) {
    this.#options = options;
    this.#nodes = options.informers.informer(nodes);
    this.#logger = options.logger.with({ component: 'network' });
  }

  get done(): Promise<void> {
    return this.#tasks ? this.#tasks.done : this.#idle.promise;
  }

  /** Resolves once the routes to the nodes known so far are there, but for those that cannot be, which are tried again. The CNI configuration follows when the node has been given a range. */
  async start(signal: AbortSignal): Promise<void> {
    const tasks = new TaskGroup(signal);
    this.#tasks = tasks;
    if (this.#options.node) await this.#setSysctls();
    await untilAborted(this.#nodes.synced(), tasks.signal);
    this.#subscription = this.#nodes.onChange(({ before, after }) => {
      if (!before || !after || routeFacts(before) !== routeFacts(after)) this.#wake.resolve();
    });
    await this.#sync(tasks.signal).catch((error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      // Another node's address may be one of yesterday, until its kubelet tells today's.
      this.#logger.warn('the pod network is not whole yet', { error });
      this.#wake.resolve();
    });
    tasks.run((inner) => this.#run(inner));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#subscription?.[Symbol.dispose]();
    await this.#tasks?.close();
    this.#idle.resolve();
  }

  async #run(signal: AbortSignal): Promise<void> {
    for (;;) {
      using _again = this.#options.clock.after(LOOK_AGAIN_MS, () => this.#wake.resolve());
      await untilAborted(this.#wake.promise, signal);
      await this.#options.clock.sleep(GATHER_MS, signal);
      try {
        await this.#sync(signal);
      } catch (error) {
        if (signal.aborted) throw error;
        this.#logger.error('cannot set up the pod network', { error });
        this.#wake.resolve();
        await this.#options.clock.sleep(RETRY_MS, signal);
      }
    }
  }

  async #sync(signal: AbortSignal): Promise<void> {
    this.#wake = Promise.withResolvers<void>();
    const { node, commands, clusterCIDRs, link } = this.#options;
    const desired = desiredRoutes({ nodes: this.#nodes.lister.list(), ownName: node?.name, clusterCIDRs });
    const observed = new Map<string, string>();
    for (const family of ['-4', '-6']) {
      const text = await commands.run(['ip', family, 'route', 'show', 'proto', ROUTE_PROTOCOL, ...(link === undefined ? [] : ['dev', link])], { signal });
      for (const [cidr, way] of observedRoutes(text)) observed.set(cidr, way);
    }
    // One route that cannot be (a node in a network that is not ours) must not keep the others away, nor this node's own pods.
    const routed = await Promise.allSettled([commands.ip(routeChanges(observed, desired), { force: true, signal })]);
    if (node) await this.#configure(node, signal);
    for (const outcome of routed) if (outcome.status === 'rejected') throw outcome.reason;
  }

  async #configure(node: NonNullable<NodeNetworkOptions['node']>, signal: AbortSignal): Promise<void> {
    const { commands, clusterCIDRs, table = DEFAULT_TABLE } = this.#options;
    const podCIDRs = podCIDRsOf(this.#nodes.lister.get(node.name));
    if (podCIDRs.length === 0) return;
    if (podCIDRs.join() !== this.#podCIDRs.join()) {
      await commands.nft(masqueradeTables({ table, podCIDRs, clusterCIDRs }), { signal });
      this.#podCIDRs = podCIDRs;
    }
    if (podCIDRs.some((cidr) => cidr.includes(':'))) await this.#prepareBridge(node.bridge, signal);
    // Last: from now on the runtime starts pods.
    const changed = await writeCniConfig(node.cniDirectory, { podCIDRs, bridge: node.bridge });
    if (changed) this.#logger.info('the pod network is configured', { podCIDRs: podCIDRs.join() });
  }

  /**
   * The bridge's addresses are valid at once: nobody else can have them, and while the kernel looks for others (RFC 4862, up to two seconds after the
   * first pod) the node answers none of its pods and forwards nothing to them, though they are Ready.
   */
  async #prepareBridge(bridge: string, signal: AbortSignal): Promise<void> {
    const script = 'conf=/proc/sys/net/ipv6/conf/$1; test -e "$conf" || ip link add name "$1" type bridge; test "$(cat "$conf/accept_dad")" = 0 || echo 0 > "$conf/accept_dad"';
    await this.#options.commands.run(['sh', '-c', script, 'sh', bridge], { signal });
  }

  async #setSysctls(): Promise<void> {
    const hasIPv6 = this.#options.clusterCIDRs.some((cidr) => cidr.includes(':'));
    for (const { name, without } of hasIPv6 ? [...SYSCTLS, ...SYSCTLS6] : SYSCTLS) {
      try {
        await this.#options.commands.run(['sh', '-c', 'test "$(cat "$1")" = 1 || echo 1 > "$1"', 'sh', `/proc/sys/${name}`]);
      } catch (error) {
        this.#logger.warn('cannot set what the pod network needs of the kernel', { setting: name.replaceAll('/', '.'), without, error });
      }
    }
  }
}

/** What of a node matters here: most changes are heartbeats. */
function routeFacts(node: Parameters<typeof podCIDRsOf>[0]): string {
  return JSON.stringify([podCIDRsOf(node), node?.status?.addresses]);
}

/** Takes away what a node's network has put on a machine: routes, tables, CNI configuration's bridge. For a machine that leaves a cluster. */
export async function removeNodeNetwork({ commands, bridge, table = DEFAULT_TABLE }: { commands: Commands; bridge: string; table?: string }): Promise<void> {
  for (const family of ['-4', '-6']) await commands.run(['ip', family, 'route', 'flush', 'proto', ROUTE_PROTOCOL]);
  await commands.nft(['ip', 'ip6'].flatMap((family) => [table, POLICY_TABLE].map((name) => `add table ${family} ${name}\ndelete table ${family} ${name}\n`)).join(''));
  const links = await commands.run(['ip', '-br', 'link', 'show']);
  if (links.split('\n').some((line) => line.startsWith(`${bridge} `))) await commands.ip([`link delete ${bridge}`]);
}
