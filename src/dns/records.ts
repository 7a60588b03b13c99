import type { Answer } from 'dns-packet';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Service } from '../api/generated/core-v1.ts';
import type { EndpointSlice } from '../api/generated/discovery-v1.ts';
import { addressLabel, readClusterName, readReverseName, type ClusterName } from './names.ts';

/** What the names are made of: reads of the caches. */
export interface ClusterView {
  service(namespace: string, name: string): DeepReadonly<Service> | undefined;
  slices(namespace: string, service: string): readonly DeepReadonly<EndpointSlice>[];
  hasNamespace(namespace: string): boolean;
  servicesAt(ip: string): readonly DeepReadonly<Service>[];
  slicesAt(ip: string): readonly DeepReadonly<EndpointSlice>[];
}

export interface Zone {
  /** `cluster.local` */
  readonly name: string;
  /** Seconds for which an answer may be remembered. */
  readonly ttl: number;
  /** Whether an address is the cluster's own: asked back, it has a name here or none. */
  readonly ownsAddress: (ip: string) => boolean;
}

export type Resolution =
  /** The name exists; without answers it has nothing of the type asked for. */
  | { readonly kind: 'found'; readonly answers: readonly Answer[]; readonly additionals: readonly Answer[]; readonly alias?: string }
  | { readonly kind: 'no-such-name' }
  /** Not the cluster's: ask elsewhere. */
  | { readonly kind: 'elsewhere' };

interface Target {
  readonly ip: string;
  readonly label: string;
  readonly ports: EndpointSlice['ports'] | DeepReadonly<EndpointSlice>['ports'];
}

const NOTHING: Resolution = { kind: 'no-such-name' };

/** Answers one question about the cluster. `name` as asked: its case is kept in the answer. */
export function resolve(name: string, type: string, view: ClusterView, zone: Zone): Resolution {
  const lower = name.toLowerCase();
  const meaning = readClusterName(lower, zone.name);
  if (meaning) return new Resolver(name, type, view, zone).cluster(meaning);
  const ip = readReverseName(lower);
  if (ip === undefined) return { kind: 'elsewhere' };
  return new Resolver(name, type, view, zone).reverse(ip);
}

/** Says who answers for the zone; goes into negative answers, so that they may be remembered. */
export function startOfAuthority({ name, ttl }: Zone, serial: number): Answer {
  return { type: 'SOA', name, ttl, data: { mname: `ns.dns.${name}`, rname: `hostmaster.${name}`, serial, refresh: 7200, retry: 1800, expire: 86_400, minimum: ttl } };
}

class Resolver {
  readonly #name: string;
  readonly #type: string;
  readonly #view: ClusterView;
  readonly #zone: Zone;

  constructor(name: string, type: string, view: ClusterView, zone: Zone) {
    this.#name = name;
    this.#type = type;
    this.#view = view;
    this.#zone = zone;
  }

  cluster(meaning: ClusterName): Resolution {
    switch (meaning.kind) {
      case 'apex': return this.#apex();
      case 'branch': case 'nameserver': return found([]);
      case 'version': return found(this.#type === 'TXT' ? [{ type: 'TXT', name: this.#name, ttl: this.#zone.ttl, data: '1.1.0' }] : []);
      case 'namespace': return this.#view.hasNamespace(meaning.namespace) ? found([]) : NOTHING;
      case 'pod': return found(this.#addresses(this.#name, [meaning.ip]));
      case 'service': return this.#service(meaning.namespace, meaning.service);
      case 'endpoint': return this.#endpoint(meaning.namespace, meaning.service, meaning.hostname);
      case 'port': return this.#port(meaning);
      case 'nothing': return NOTHING;
    }
  }

  reverse(ip: string): Resolution {
    const { name: zone, ttl, ownsAddress } = this.#zone;
    const names = [
      ...this.#view.servicesAt(ip).filter(hasClusterIP).map(({ metadata }) => `${metadata.name}.${metadata.namespace}.svc.${zone}`),
      ...this.#view.slicesAt(ip).flatMap((slice) => this.#endpointNames(slice, ip)),
    ];
    if (names.length === 0) return ownsAddress(ip) ? NOTHING : { kind: 'elsewhere' };
    return found(this.#type === 'PTR' ? [...new Set(names)].map((data) => ({ type: 'PTR', name: this.#name, ttl, data })) : []);
  }

  #apex(): Resolution {
    const { name, ttl } = this.#zone;
    return found(this.#type === 'NS' ? [{ type: 'NS', name: this.#name, ttl, data: `ns.dns.${name}` }] : this.#type === 'SOA' ? [startOfAuthority(this.#zone, 1)] : []);
  }

  #service(namespace: string, name: string): Resolution {
    const service = this.#view.service(namespace, name);
    if (!service) return NOTHING;
    if (service.spec.type === 'ExternalName') return this.#alias(service.spec.externalName ?? '');
    const targets = this.#targets(service);
    if (targets.length === 0) return hasClusterIP(service) ? found([]) : NOTHING;
    if (this.#type === 'SRV') return this.#serviceRecords(service, targets, () => true);
    return found(this.#addresses(this.#name, targets.map(({ ip }) => ip)));
  }

  #endpoint(namespace: string, name: string, hostname: string): Resolution {
    const service = this.#view.service(namespace, name);
    if (!service || hasClusterIP(service)) return this.#clusterEndpoint(service, hostname);
    const targets = this.#targets(service).filter(({ label }) => label === hostname);
    if (targets.length === 0) return hostname.startsWith('_') && this.#hasProtocol(service, hostname.slice(1)) ? found([]) : NOTHING;
    if (this.#type === 'SRV') return this.#serviceRecords(service, targets, () => true);
    return found(this.#addresses(this.#name, targets.map(({ ip }) => ip)));
  }

  /** Endpoints of a service with an address have no names, but `_tcp.name` exists: names of ports are below it. */
  #clusterEndpoint(service: DeepReadonly<Service> | undefined, label: string): Resolution {
    return service && label.startsWith('_') && this.#hasProtocol(service, label.slice(1)) ? found([]) : NOTHING;
  }

  #hasProtocol(service: DeepReadonly<Service>, protocol: string): boolean {
    return service.spec.ports?.some((port) => (port.protocol ?? 'TCP').toLowerCase() === protocol) ?? false;
  }

  #port({ namespace, service: name, port, protocol }: { namespace: string; service: string; port: string; protocol: string }): Resolution {
    const service = this.#view.service(namespace, name);
    if (!service || service.spec.type === 'ExternalName') return NOTHING;
    const matches = (candidate: PortOf): boolean => (candidate.name ?? '') === port && (candidate.protocol ?? 'TCP').toLowerCase() === protocol;
    const records = this.#serviceRecords(service, this.#targets(service), matches);
    if (records.kind !== 'found' || records.answers.length === 0) return NOTHING;
    return this.#type === 'SRV' ? records : found([]);
  }

  #alias(target: string): Resolution {
    const answer: Answer = { type: 'CNAME', name: this.#name, ttl: this.#zone.ttl, data: target };
    return { kind: 'found', answers: [answer], additionals: [], ...(this.#type !== 'CNAME' && { alias: target }) };
  }

  #serviceRecords(service: DeepReadonly<Service>, targets: readonly Target[], matches: (port: PortOf) => boolean): Resolution {
    const { ttl, name: zone } = this.#zone;
    const base = `${service.metadata.name}.${service.metadata.namespace}.svc.${zone}`;
    const answers = new Map<string, Answer>();
    const additionals = new Map<string, Answer>();
    for (const { ip, label, ports } of targets) {
      const host = label === '' ? base : `${label}.${base}`;
      for (const port of ports ?? []) {
        if (port.port === undefined || !matches(port)) continue;
        answers.set(`${host} ${port.port}`, { type: 'SRV', name: this.#name, ttl, data: { priority: 0, weight: 100, port: port.port, target: host } });
        additionals.set(`${host} ${ip}`, { type: ip.includes(':') ? 'AAAA' : 'A', name: host, ttl, data: ip });
      }
    }
    return { kind: 'found', answers: [...answers.values()], additionals: [...additionals.values()] };
  }

  /** Where a service's name leads: to its addresses, or without one to its endpoints that are ready. */
  #targets(service: DeepReadonly<Service>): Target[] {
    if (hasClusterIP(service)) return clusterIPsOf(service).map((ip) => ({ ip, label: '', ports: service.spec.ports }));
    const slices = this.#view.slices(service.metadata.namespace ?? '', service.metadata.name);
    return slices.flatMap((slice) => readyEndpoints(slice).flatMap(({ addresses, hostname }) => addresses.map((ip) => ({ ip, label: hostname || addressLabel(ip), ports: slice.ports }))));
  }

  /** Names of an endpoint of a headless service. */
  #endpointNames(slice: DeepReadonly<EndpointSlice>, ip: string): string[] {
    const { namespace = '', labels } = slice.metadata;
    const serviceName = labels?.['kubernetes.io/service-name'] ?? '';
    const service = this.#view.service(namespace, serviceName);
    if (!service || hasClusterIP(service)) return [];
    return readyEndpoints(slice).filter(({ addresses }) => addresses.includes(ip)).map(({ hostname }) => `${hostname || addressLabel(ip)}.${serviceName}.${namespace}.svc.${this.#zone.name}`);
  }

  #addresses(name: string, ips: readonly string[]): Answer[] {
    const { ttl } = this.#zone;
    const wanted = [...new Set(ips)].filter((ip) => this.#type === (ip.includes(':') ? 'AAAA' : 'A') || this.#type === 'ANY');
    return wanted.map((data) => ({ type: data.includes(':') ? 'AAAA' : 'A', name, ttl, data }));
  }
}

interface PortOf {
  readonly name?: string;
  readonly protocol?: string;
  readonly port?: number;
}

function found(answers: readonly Answer[]): Resolution {
  return { kind: 'found', answers, additionals: [] };
}

function hasClusterIP({ spec }: DeepReadonly<Service>): boolean {
  return spec.clusterIP !== undefined && spec.clusterIP !== '' && spec.clusterIP !== 'None';
}

export function clusterIPsOf({ spec }: DeepReadonly<Service>): readonly string[] {
  return (spec.clusterIPs?.length ? spec.clusterIPs : [spec.clusterIP ?? '']).filter((ip) => ip !== '' && ip !== 'None');
}

function readyEndpoints(slice: DeepReadonly<EndpointSlice>): DeepReadonly<NonNullable<EndpointSlice['endpoints']>> {
  return slice.endpoints?.filter(({ conditions }) => conditions?.ready ?? true) ?? [];
}
