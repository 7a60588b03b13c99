import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Service, ServicePort } from '../api/generated/core-v1.ts';
import type { EndpointSlice } from '../api/generated/discovery-v1.ts';
import { clusterEndpoints, endpointsOfPort, localEndpoints, type NodePlace, type ProxyEndpoint } from './endpoints.ts';
import { isOf, isRangeOf, type AddressFamily } from './family.ts';

/** Stands in for a service that has no endpoints of its own: the node's DNS server, which every node has at an address of its own. */
export interface LocalStandIn {
  readonly address: string;
  readonly port: number;
}

export interface ProxyPlace extends NodePlace {
  /** The one whose table the rules are for. */
  readonly family: AddressFamily;
}

/** What one service needs in nftables: named chains, sets, and elements of the table's own maps. */
export interface ServiceRules {
  readonly chains: ReadonlyMap<string, readonly string[]>;
  /** Declarations of sets of the service's own. */
  readonly sets: ReadonlyMap<string, string>;
  readonly elements: readonly MapElement[];
  /** UDP flows to these must forget endpoints that are gone. */
  readonly udp: readonly UdpFrontend[];
}

/** An element of one of the maps of `emptyTable`. */
export interface MapElement {
  readonly map: 'services' | 'node-ports' | 'refusals' | 'node-port-refusals' | 'own-addresses';
  readonly key: string;
  /** Empty in `own-addresses`, which is a set. */
  readonly verdict: string;
}

export interface UdpFrontend {
  readonly family: 'IPv4' | 'IPv6';
  /** Undefined for a node port, which is reached at any address of the node. */
  readonly ip: string | undefined;
  readonly port: number;
  readonly endpoints: readonly string[];
}

/** The bit that asks for masquerading, as kube-proxy's. */
export const MASQUERADE_MARK = '0x00004000';
const DEFAULT_AFFINITY_SECONDS = 10_800;
const PROXY_NAME_LABEL = 'service.kubernetes.io/service-proxy-name';

/** The rules of a service in one family; undefined for one that has no address of it to translate, or that another proxy serves. */
export function compileService(service: DeepReadonly<Service>, slices: readonly DeepReadonly<EndpointSlice>[], place: ProxyPlace, standIn?: LocalStandIn): ServiceRules | undefined {
  const { spec, metadata } = service;
  const isHeadless = spec.clusterIP === undefined || spec.clusterIP === '' || spec.clusterIP === 'None';
  if (spec.type === 'ExternalName' || isHeadless || metadata.labels?.[PROXY_NAME_LABEL] !== undefined) return undefined;
  if (!clusterIPsOf(service).some((ip) => isOf(place.family, ip))) return undefined;
  const rules = { chains: new Map<string, readonly string[]>(), sets: new Map<string, string>(), elements: [] as MapElement[], udp: [] as UdpFrontend[] };
  for (const port of spec.ports ?? []) new PortCompiler(service, port, endpointsFor(slices, port, place, standIn), place, rules).compile();
  return rules;
}

function endpointsFor(slices: readonly DeepReadonly<EndpointSlice>[], port: DeepReadonly<ServicePort>, place: ProxyPlace, standIn: LocalStandIn | undefined): ProxyEndpoint[] {
  const endpoints = endpointsOfPort(slices, port, place);
  if (standIn === undefined || !isOf(place.family, standIn.address) || endpoints.some((endpoint) => endpoint.isReady)) return endpoints;
  return [{ ip: standIn.address, port: standIn.port, isLocal: true, mayBeLocal: false, isReady: true, servesWhileTerminating: false, hintedNodes: [], hintedZones: [] }];
}

interface Building {
  readonly chains: Map<string, readonly string[]>;
  readonly sets: Map<string, string>;
  readonly elements: MapElement[];
  readonly udp: UdpFrontend[];
}

class PortCompiler {
  readonly #service: DeepReadonly<Service>;
  readonly #port: DeepReadonly<ServicePort>;
  readonly #protocol: string;
  /** What the names of this port's chains and sets end in. */
  readonly #name: string;
  readonly #all: readonly ProxyEndpoint[];
  readonly #cluster: readonly ProxyEndpoint[];
  readonly #local: readonly ProxyEndpoint[];
  readonly #place: ProxyPlace;
  readonly #rules: Building;

  constructor(service: DeepReadonly<Service>, port: DeepReadonly<ServicePort>, endpoints: readonly ProxyEndpoint[], place: ProxyPlace, rules: Building) {
    this.#service = service;
    this.#port = port;
    this.#protocol = (port.protocol ?? 'TCP').toLowerCase();
    this.#name = `${service.metadata.namespace}/${service.metadata.name}/${this.#protocol}/${port.port}`;
    this.#all = endpoints;
    this.#cluster = clusterEndpoints(endpoints, place);
    this.#local = localEndpoints(endpoints);
    this.#place = place;
    this.#rules = rules;
  }

  compile(): void {
    const { spec } = this.#service;
    for (const { ip, mayBeLocal } of this.#cluster) if (mayBeLocal) this.#rules.elements.push({ map: 'own-addresses', key: `${ip} . ${ip}`, verdict: '' });
    const internalLocal = spec.internalTrafficPolicy === 'Local';
    if (this.#cluster.length > 0) this.#balance(this.#chain('cluster'), this.#cluster);
    const externalLocal = spec.externalTrafficPolicy === 'Local' && this.#isExternal;
    if ((internalLocal || externalLocal) && this.#local.length > 0) this.#balance(this.#chain('local'), this.#local);

    for (const ip of this.#clusterIPs) this.#address(ip, this.#internalVerdict(internalLocal));
    if (!this.#isExternal) return;
    const external = this.#externalVerdict(externalLocal);
    for (const ip of spec.externalIPs ?? []) if (this.#isOfFamily(ip)) this.#address(ip, external);
    this.#loadBalancer(external);
    const { nodePort } = this.#port;
    if (!nodePort) return;
    const key = `${this.#protocol} . ${nodePort}`;
    this.#rules.elements.push({ map: external.startsWith('goto refuse') ? 'node-port-refusals' : 'node-ports', key, verdict: external });
    this.#udp(undefined, nodePort);
  }

  get #clusterIPs(): string[] {
    return clusterIPsOf(this.#service).filter((ip) => this.#isOfFamily(ip));
  }

  #isOfFamily(ip: string): boolean {
    return isOf(this.#place.family, ip);
  }

  get #isExternal(): boolean {
    const { externalIPs, type } = this.#service.spec;
    return (externalIPs?.length ?? 0) > 0 || type === 'NodePort' || type === 'LoadBalancer';
  }

  #internalVerdict(internalLocal: boolean): string {
    if (!internalLocal) return this.#cluster.length > 0 ? `goto ${this.#chain('cluster')}` : 'goto refuse';
    if (this.#local.length > 0) return `goto ${this.#chain('local')}`;
    return this.#all.some((endpoint) => endpoint.isReady || endpoint.servesWhileTerminating) ? 'drop' : 'goto refuse';
  }

  /** Traffic from outside: answers must come back through this node, unless the endpoint is on it. */
  #externalVerdict(externalLocal: boolean): string {
    if (this.#cluster.length === 0) return 'goto refuse';
    const chain = this.#chain('external');
    if (!externalLocal) {
      this.#rules.chains.set(chain, [`meta mark set meta mark or ${MASQUERADE_MARK}`, `goto ${this.#chain('cluster')}`]);
      return `goto ${chain}`;
    }
    this.#rules.chains.set(chain, [
      // Who is inside of the cluster may go anywhere: only the source of those outside is to be kept.
      `${this.#nft} saddr @cluster-ranges goto ${this.#chain('cluster')}`,
      `fib saddr type local meta mark set meta mark or ${MASQUERADE_MARK}`,
      `fib saddr type local goto ${this.#chain('cluster')}`,
      this.#local.length > 0 ? `goto ${this.#chain('local')}` : 'drop',
    ]);
    return `goto ${chain}`;
  }

  #loadBalancer(external: string): void {
    const ips = (this.#service.status?.loadBalancer?.ingress ?? []).flatMap(({ ip, ipMode }) => (ip !== undefined && this.#isOfFamily(ip) && ipMode !== 'Proxy' ? [ip] : []));
    const ranges = (this.#service.spec.loadBalancerSourceRanges ?? []).map((range) => range.trim()).filter((range) => isRangeOf(this.#place.family, range));
    let verdict = external;
    if (ips.length > 0 && ranges.length > 0 && external !== 'goto refuse') {
      const chain = this.#chain('firewall');
      this.#rules.chains.set(chain, [`${this.#nft} saddr != { ${ranges.join(', ')} } drop`, external]);
      verdict = `goto ${chain}`;
    }
    for (const ip of ips) this.#address(ip, verdict);
  }

  #address(ip: string, verdict: string): void {
    const refused = verdict === 'goto refuse' || verdict === 'drop';
    this.#rules.elements.push({ map: refused ? 'refusals' : 'services', key: `${ip} . ${this.#protocol} . ${this.#port.port}`, verdict });
    this.#udp(ip, this.#port.port);
  }

  #udp(ip: string | undefined, port: number): void {
    if (this.#protocol !== 'udp') return;
    this.#rules.udp.push({ family: this.#place.family.name, ip, port, endpoints: [...new Set([...this.#cluster, ...this.#local].map((endpoint) => endpoint.ip))] });
  }

  get #nft(): string {
    return this.#place.family.nft;
  }

  #chain(kind: 'cluster' | 'local' | 'external' | 'firewall'): string {
    return `${kind}/${this.#name}`;
  }

  #balance(chain: string, endpoints: readonly ProxyEndpoint[]): void {
    if (this.#service.spec.sessionAffinity === 'ClientIP') this.#balanceByClient(chain, endpoints);
    else this.#rules.chains.set(chain, targets(endpoints).map((to) => `meta l4proto ${this.#protocol} dnat ${this.#nft} to ${to}`));
  }

  /** An endpoint remembers its clients, each until it has been silent for the time-out. */
  #balanceByClient(chain: string, endpoints: readonly ProxyEndpoint[]): void {
    const seconds = this.#service.spec.sessionAffinityConfig?.clientIP?.timeoutSeconds ?? DEFAULT_AFFINITY_SECONDS;
    const known: string[] = [];
    const choices: string[] = [];
    for (const { ip, port } of endpoints) {
      const label = ip.replaceAll(':', '-'); // names have no colons
      const set = `clients/${this.#name}/${label}/${port}`;
      const endpointChain = `endpoint/${this.#name}/${label}/${port}`;
      this.#rules.sets.set(set, `type ${this.#place.family.addressType}; flags dynamic, timeout;`);
      this.#rules.chains.set(endpointChain, [`update @${set} { ${this.#nft} saddr timeout ${seconds}s }`, `meta l4proto ${this.#protocol} dnat ${this.#nft} to ${joined(ip, port)}`]);
      known.push(`${this.#nft} saddr @${set} goto ${endpointChain}`);
      choices.push(`goto ${endpointChain}`);
    }
    const choice = choices.length > 1 ? [`numgen random mod ${choices.length} vmap { ${choices.map((verdict, index) => `${index} : ${verdict}`).join(', ')} }`] : [];
    this.#rules.chains.set(chain, [...known, ...choice, ...caughtBetween(choices)]);
  }
}

/**
 * The rule that follows a choice among several. Rules are replaced while packets pass: one that began under the old rules may find the map of its
 * choice emptied already. It would go on untranslated, and the node, where nothing listens, would refuse a connection to a service that works.
 */
function caughtBetween(choices: readonly string[]): string[] {
  return choices.slice(0, 1);
}

function joined(ip: string, port: number): string {
  return `${ip.includes(':') ? `[${ip}]` : ip}:${port}`;
}

function clusterIPsOf({ spec }: DeepReadonly<Service>): readonly string[] {
  return spec.clusterIPs ?? [spec.clusterIP ?? ''];
}

/** Where `dnat` may lead, a rule each: the second takes what the first could not decide. */
function targets(endpoints: readonly ProxyEndpoint[]): string[] {
  const choice = endpoints.length > 1 ? [`numgen random mod ${endpoints.length} map { ${endpoints.map(({ ip, port }, index) => `${index} : ${ip} . ${port}`).join(', ')} }`] : [];
  return [...choice, ...caughtBetween(endpoints.map(({ ip, port }) => joined(ip, port)))];
}
