import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Service } from '../api/generated/core-v1.ts';
import type { EndpointSlice } from '../api/generated/discovery-v1.ts';
import { endpointSlices, services } from '../api/refs.ts';
import type { Clock } from '../base/clock.ts';
import { canonicalIP, cidrContains, ipFamilyOf, parseCidr } from '../apimachinery/validation/ip.ts';
import { type Component, untilAborted } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import type { Informer, InformerFactory } from '../client/index.ts';
import { Answerer } from './answer.ts';
import { type ClusterView, clusterIPsOf } from './records.ts';
import { DnsServer } from './server.ts';
import { Forwarder, type Upstream } from './upstream.ts';

export interface ClusterDnsOptions {
  readonly informers: InformerFactory;
  /** Where to listen; the service proxy leads Service `kube-system/kube-dns` here. */
  readonly address: string;
  readonly port: number;
  /** Default: `cluster.local`. */
  readonly clusterDomain?: string;
  /** Ranges of pods and services: their addresses are asked about nowhere else. */
  readonly clusterCIDRs: readonly string[];
  /** Resolvers for all other names; without any, no other name exists. */
  readonly upstreams: readonly Upstream[];
  readonly clock: Clock;
  readonly logger: Logger;
}

const TTL_SECONDS = 5;

/** Cluster DNS: names of Services, their ports and endpoints, and of pods. */
export class ClusterDns implements Component {
  readonly #options: ClusterDnsOptions;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #server: DnsServer;
  readonly #done = Promise.withResolvers<void>();
  #port = 0;

  constructor(options: ClusterDnsOptions) {
    const { informers, clusterCIDRs, clusterDomain = 'cluster.local', upstreams, clock } = options;
    this.#options = options;
    this.#services = informers.informer(services);
    this.#slices = informers.informer(endpointSlices);
    const ranges = clusterCIDRs.map(parseCidr).filter((range) => range !== undefined);
    const zone = { name: clusterDomain.toLowerCase(), ttl: TTL_SECONDS, ownsAddress: (ip: string) => ranges.some((range) => cidrContains(range, ip)) };
    const answerer = new Answerer({ view: viewOf(this.#services, this.#slices), zone, forwarder: new Forwarder(upstreams, clock) });
    this.#server = new DnsServer({ answerer, clock, logger: options.logger.with({ component: 'dns' }) });
  }

  get done(): Promise<void> {
    return this.#done.promise;
  }

  /** Where it listens, once started. */
  get port(): number {
    return this.#port;
  }

  /** Resolves once it listens and knows the services: before that, it would deny names that exist. */
  async start(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => void this[Symbol.asyncDispose](), { once: true });
    await untilAborted(Promise.all([this.#services.synced(), this.#slices.synced()]), signal);
    this.#port = await this.#server.listen(this.#options.address, this.#options.port);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
    this.#done.resolve();
  }
}

function viewOf(serviceInformer: Informer<Service>, sliceInformer: Informer<EndpointSlice>): ClusterView {
  const { lister: all } = serviceInformer;
  const { lister: slices } = sliceInformer;
  return {
    service: (namespace, name) => all.get(`${namespace}/${name}`),
    slices: (namespace, service) => slices.byIndex(byService, `${namespace}/${service}`),
    hasNamespace: (namespace) => all.inNamespace(namespace).length > 0,
    servicesAt: (ip) => all.byIndex(byClusterIP, ip),
    slicesAt: (ip) => slices.byIndex(byAddress, ip),
  };
}

function byService({ metadata }: DeepReadonly<EndpointSlice>): readonly string[] {
  const name = metadata.labels?.['kubernetes.io/service-name'];
  return name === undefined ? [] : [`${metadata.namespace}/${name}`];
}

function byClusterIP(service: DeepReadonly<Service>): readonly string[] {
  return clusterIPsOf(service).map(canonical);
}

/** Names of slices of FQDNs are left as they are. */
function canonical(address: string): string {
  return ipFamilyOf(address) === 'IPv6' ? canonicalIP(address) : address;
}

function byAddress(slice: DeepReadonly<EndpointSlice>): readonly string[] {
  return slice.endpoints?.flatMap(({ addresses }) => addresses.map(canonical)) ?? [];
}
