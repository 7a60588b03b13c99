import type { Clock } from '../base/clock.ts';
import { Commands } from '../base/commands.ts';
import type { Component } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { InformerFactory } from '../client/informer-factory.ts';
import { ClusterDns, type Upstream } from '../dns/index.ts';
import { NodeNetwork } from '../network/index.ts';
import { ServiceProxy } from '../proxy/index.ts';

export interface NodeServicesOptions {
  /** Of an identity that may list and watch services, endpoint slices and nodes; shared by all that is made here. Its owner starts it. */
  readonly informers: InformerFactory;
  readonly nodeName: string;
  /** The node's InternalIP, where its DNS server listens. */
  readonly nodeIP: string;
  readonly podRange: string;
  readonly serviceRange: string;
  readonly clusterDomain: string;
  /** Where the runtime looks for the configuration of pods' networks. */
  readonly cniDirectory: string;
  /** Resolvers for names outside of the cluster. */
  readonly upstreams: readonly Upstream[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Where each node's DNS server listens; pods reach it at port 53 of Service `kube-system/kube-dns`. */
const DNS_PORT = 10_053;
const BRIDGE = 'cni0';

/** What a node runs beside its kubelet, in the order in which it is to start. This process is in the node's network namespace. */
export function nodeServices(options: NodeServicesOptions): readonly { readonly name: string; readonly create: () => Component }[] {
  const { informers, nodeName, nodeIP, podRange, serviceRange, clusterDomain, cniDirectory, upstreams, clock, logger } = options;
  const common = { informers, clusterCIDRs: [podRange], commands: new Commands(), clock, logger };
  const standIns = new Map([['kube-system/kube-dns', { address: nodeIP, port: DNS_PORT }]]);
  return [
    // First of all the proxy: it rejects what nobody owns before anything is sent.
    { name: 'proxy', create: () => new ServiceProxy({ ...common, nodeName, serviceCIDRs: [serviceRange], standIns }) },
    { name: 'network', create: () => new NodeNetwork({ ...common, node: { name: nodeName, cniDirectory, bridge: BRIDGE } }) },
    { name: 'dns', create: () => new ClusterDns({ informers, address: nodeIP, port: DNS_PORT, clusterDomain, clusterCIDRs: [podRange, serviceRange], upstreams, clock, logger }) },
  ];
}

/** The Master's routes to the pods of all nodes, through its link to a local cluster. The link's maker has seen to the rest of the range. */
export function masterRoutes(options: { readonly informers: InformerFactory; readonly link: string; readonly clock: Clock; readonly logger: Logger }): Component {
  return new NodeNetwork({ ...options, node: undefined, clusterCIDRs: [], commands: new Commands() });
}
