import { addressAt, formatAddress4, isAddress4, parseAddress4, parseRange4, rangeSize } from '../../../base/ipv4.ts';
import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import type { Random } from '../../../base/random.ts';
import type { DeepReadonly, KubeObject } from '../../../apimachinery/meta.ts';
import { internalError, invalid } from '../../../apimachinery/status.ts';
import { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import type { Service, ServicePort } from '../../../api/generated/core-v1.ts';
import { resourcePrefix, type Cacher } from '../../cacher/cacher.ts';
import type { ResourceHooks, WriteContext } from '../write-context.ts';
import { Claims } from './claims.ts';
import { NumberPool } from './number-pool.ts';

type ReadonlyService = DeepReadonly<Service>;
const SPEC = FieldPath.of('spec');

/** How often an allocation is tried when another server's request has claimed the same at the same moment. */
const TRIES = 20;
const RETRY_MS = 50;

interface Taken {
  readonly addresses: Set<number>;
  readonly ports: Set<number>;
}

interface Allocation {
  readonly taken: Taken;
  /** To be called once it is known whether the Service has been stored. */
  readonly finish: (stored: boolean) => void;
}

export interface ServiceRanges {
  readonly cacher: Cacher;
  readonly random: Random;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly clusterIPs: string;
  readonly nodePorts: { readonly first: number; readonly last: number };
}

/** Cluster addresses and node ports of Services. What is taken is read from the Services themselves when first asked. Source: pkg/registry/core/service/storage/alloc.go. */
export class ServiceAllocation implements ResourceHooks {
  readonly #options: ServiceRanges;
  #pools: { addresses: NumberPool; ports: NumberPool } | undefined;

  constructor(options: ServiceRanges) {
    this.#options = options;
  }

  #read(): { addresses: NumberPool; ports: NumberPool } {
    const { random, clusterIPs, nodePorts, cacher } = this.#options;
    const range = parseRange4(clusterIPs);
    const pools = {
      addresses: new NumberPool({ first: parseAddress4(addressAt(range, 1)), last: parseAddress4(addressAt(range, rangeSize(range) - 2)), random }),
      ports: new NumberPool({ ...nodePorts, random }),
    };
    const prefix = resourcePrefix('', 'services');
    for (const { object } of cacher.resource(prefix).list({ id: prefix, prefix })) {
      for (const address of addressesOf(object as ReadonlyService)) pools.addresses.take(address);
      for (const port of portsOf(object as ReadonlyService)) pools.ports.take(port);
    }
    return pools;
  }

  #open(): { addresses: NumberPool; ports: NumberPool } {
    return (this.#pools ??= this.#read());
  }

  async allocate(context: WriteContext, object: KubeObject, old: DeepReadonly<KubeObject> | undefined): Promise<((stored: boolean) => void) | undefined> {
    if (context.subresource !== '') return undefined;
    const service = object as Service;
    const before = old as ReadonlyService | undefined;
    const { store } = this.#options.cacher;
    if (store.shared && !context.dryRun) return this.#allocateShared(context, service, { before, claims: new Claims(store) });
    return this.#allocateAlone(context, service, before).finish;
  }

  #allocateAlone(context: WriteContext, service: Service, before: ReadonlyService | undefined): Allocation {
    const pools = this.#open();
    if (before) keepAllocated(service, before);
    const errors = new FieldErrors();
    defaultFamilies(service, errors);
    const taken: Taken = { addresses: new Set(), ports: new Set() };
    const release = (which: Taken): void => {
      for (const address of which.addresses) pools.addresses.free(address);
      for (const port of which.ports) pools.ports.free(port);
    };
    if (errors.causes.length === 0) {
      this.#takeAddresses(context, service, { before, taken: taken.addresses, errors });
      this.#takePorts(service, { before, taken: taken.ports, errors });
    }
    if (errors.causes.length > 0) {
      release(taken);
      throw invalid({ group: '', kind: 'Service' }, service.metadata.name, errors.causes);
    }
    const finish = (stored: boolean): void => {
      if (!stored) release(taken);
      else if (before) release(lostBy(before, service));
    };
    return { taken, finish };
  }

  /**
   * Other servers allocate from the same ranges: what is taken is claimed first, then looked for in all Services that anybody has written, and the
   * claim is held until this Service is written too, where the next one who looks finds it.
   */
  async #allocateShared(context: WriteContext, service: Service, options: { before: ReadonlyService | undefined; claims: Claims }): Promise<(stored: boolean) => void> {
    const { before, claims } = options;
    const { cacher, clock } = this.#options;
    const wanted = structuredClone(service.spec);
    for (let tries = 0; tries < TRIES; tries++) {
      await cacher.caughtUp();
      this.#pools = this.#read();
      service.spec = structuredClone(wanted);
      const { taken, finish } = this.#allocateAlone(context, service, before);
      const names = [...[...taken.addresses].map((address) => `address/${address}`), ...[...taken.ports].map((port) => `port/${port}`)];
      if (names.length === 0) return finish;
      if (await claims.take(names)) {
        await cacher.caughtUp();
        if (!this.#isUsed(taken)) return (stored) => this.#finishShared(names, claims, () => finish(stored));
        await claims.free(names);
      }
      finish(false);
      await clock.sleep(RETRY_MS, new AbortController().signal);
    }
    throw internalError('failed to allocate a serviceIP or nodePort: other servers allocate the same');
  }

  #isUsed(taken: Taken): boolean {
    const pools = this.#read();
    return [...taken.addresses].some((address) => pools.addresses.isHeld(address)) || [...taken.ports].some((port) => pools.ports.isHeld(port));
  }

  #finishShared(names: readonly string[], claims: Claims, finish: () => void): void {
    finish();
    // Whether or not this succeeds, nobody waits for it: a claim ends by itself.
    claims.free(names).catch((error: unknown) => this.#options.logger.info('a claim on addresses and ports was not given back; it ends by itself', { names: names.join(' '), error: (error as Error).message }));
  }

  #takeAddresses(context: WriteContext, service: Service, options: { before: ReadonlyService | undefined; taken: Set<number>; errors: FieldErrors }): void {
    const { before, taken, errors } = options;
    const { spec } = service;
    if (!needsAddress(service)) return;
    const { addresses } = this.#open();
    if (!spec.clusterIP) {
      const address = context.dryRun ? parseRange4(this.#options.clusterIPs).first : addresses.takeAny();
      if (address === undefined) throw internalError('failed to allocate a serviceIP: range is full');
      if (!context.dryRun) taken.add(address);
      spec.clusterIP = formatAddress4(address);
    } else if (!before || !addressesOf(before).includes(parseOrZero(spec.clusterIP))) {
      const why = this.#takeNamed(spec.clusterIP, taken);
      if (why !== undefined) errors.invalid(SPEC.child('clusterIPs'), [spec.clusterIP], `failed to allocate IP ${spec.clusterIP}: ${why}`);
    }
    spec.clusterIPs = [spec.clusterIP];
  }

  /** What is wrong with the address; undefined: it has been taken. */
  #takeNamed(text: string, taken: Set<number>): string | undefined {
    const { addresses } = this.#open();
    if (!isAddress4(text)) return undefined; // validation says so
    const address = parseAddress4(text);
    if (!addresses.holds(address)) return `the provided IP (${text}) is not in the valid range. The range of valid IPs is ${this.#options.clusterIPs}`;
    if (!addresses.take(address)) return 'provided IP is already allocated';
    taken.add(address);
    return undefined;
  }

  #takePorts(service: Service, options: { before: ReadonlyService | undefined; taken: Set<number>; errors: FieldErrors }): void {
    const { before, taken, errors } = options;
    const { ports } = this.#open();
    const had = new Set(before ? portsOf(before) : []);
    if (needsNodePorts(service)) {
      for (const [i, port] of (service.spec.ports ?? []).entries()) {
        if (port.nodePort) this.#takeNamedPort(port.nodePort, { at: SPEC.child('ports').index(i).child('nodePort'), had, taken, errors });
      }
      for (const port of service.spec.ports ?? []) port.nodePort ||= sharedPort(service, port) ?? this.#takeAnyPort(taken);
    } else if (service.spec.type !== 'LoadBalancer') for (const port of service.spec.ports ?? []) delete port.nodePort;
    const wantsHealthPort = service.spec.type === 'LoadBalancer' && service.spec.externalTrafficPolicy === 'Local';
    if (!wantsHealthPort) delete service.spec.healthCheckNodePort;
    else if (!service.spec.healthCheckNodePort) service.spec.healthCheckNodePort = this.#takeAnyPort(taken);
    else if (!had.has(service.spec.healthCheckNodePort) && ports.take(service.spec.healthCheckNodePort)) taken.add(service.spec.healthCheckNodePort);
  }

  #takeAnyPort(taken: Set<number>): number {
    const port = this.#open().ports.takeAny();
    if (port === undefined) throw internalError('failed to allocate a nodePort: range is full');
    taken.add(port);
    return port;
  }

  #takeNamedPort(port: number, options: { at: FieldPath; had: ReadonlySet<number>; taken: Set<number>; errors: FieldErrors }): void {
    const { at, had, taken, errors } = options;
    const { ports } = this.#open();
    const { first, last } = this.#options.nodePorts;
    if (had.has(port) || taken.has(port)) return;
    if (!ports.holds(port)) errors.invalid(at, port, `provided port is not in the valid range. The range of valid ports is ${first}-${last}`);
    else if (ports.take(port)) taken.add(port);
    else errors.invalid(at, port, 'provided port is already allocated');
  }

  released(object: DeepReadonly<KubeObject>): void {
    const pools = this.#open();
    for (const address of addressesOf(object as ReadonlyService)) pools.addresses.free(address);
    for (const port of portsOf(object as ReadonlyService)) pools.ports.free(port);
  }
}

function parseOrZero(text: string): number {
  return isAddress4(text) ? parseAddress4(text) : 0;
}

function addressesOf({ spec }: ReadonlyService): number[] {
  return (spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : [])).filter(isAddress4).map(parseAddress4);
}

function portsOf({ spec }: ReadonlyService): number[] {
  return [...(spec.ports ?? []).map((port) => port.nodePort ?? 0), spec.healthCheckNodePort ?? 0].filter((port) => port !== 0);
}

function lostBy(before: ReadonlyService, now: Service): { addresses: Set<number>; ports: Set<number> } {
  const addresses = new Set(addressesOf(now));
  const ports = new Set(portsOf(now));
  return {
    addresses: new Set(addressesOf(before).filter((address) => !addresses.has(address))),
    ports: new Set(portsOf(before).filter((port) => !ports.has(port))),
  };
}

function needsAddress({ spec }: ReadonlyService): boolean {
  return spec.type !== 'ExternalName' && spec.clusterIP !== 'None';
}

function needsNodePorts({ spec }: ReadonlyService): boolean {
  return spec.type === 'NodePort' || (spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts !== false);
}

/** The same port of TCP and UDP has the same node port. */
function sharedPort(service: Service, port: ServicePort): number | undefined {
  return service.spec.ports?.find((other) => other !== port && other.nodePort && other.port === port.port && other.protocol !== port.protocol)?.nodePort;
}

/** What a client that does not repeat it means to keep. Source: patchAllocatedValues. */
function keepAllocated(service: Service, before: ReadonlyService): void {
  const { spec } = service;
  if (needsAddress(service) && needsAddress(before) && !spec.clusterIP) {
    if (before.spec.clusterIP) spec.clusterIP = before.spec.clusterIP;
    if (!spec.clusterIPs && before.spec.clusterIPs) spec.clusterIPs = [...before.spec.clusterIPs];
  }
  if (spec.type === 'ExternalName' && before.spec.type !== 'ExternalName' && spec.clusterIP === before.spec.clusterIP) {
    delete spec.clusterIP;
    delete spec.clusterIPs;
    delete spec.ipFamilies;
    delete spec.ipFamilyPolicy;
  }
  if (!needsNodePorts(service) || !needsNodePorts(before)) return;
  const held = new Set((spec.ports ?? []).map((port) => port.nodePort));
  for (const port of spec.ports ?? []) {
    const was = before.spec.ports?.find((other) => other.port === port.port && (other.protocol ?? 'TCP') === (port.protocol ?? 'TCP'));
    if (!port.nodePort && was?.nodePort && !held.has(was.nodePort)) port.nodePort = was.nodePort;
  }
}

/** The families of a cluster of IPv4 only. */
function defaultFamilies(service: Service, errors: FieldErrors): void {
  const { spec } = service;
  if (spec.type === 'ExternalName') return;
  if (spec.clusterIP === undefined && spec.clusterIPs?.[0]) spec.clusterIP = spec.clusterIPs[0];
  if (spec.clusterIP === 'None' && !spec.clusterIPs) spec.clusterIPs = ['None'];
  const isHeadless = spec.clusterIP === 'None';
  if (isHeadless && Object.keys(spec.selector ?? {}).length === 0) {
    spec.ipFamilyPolicy ??= 'RequireDualStack';
    spec.ipFamilies ??= spec.ipFamilyPolicy === 'SingleStack' ? ['IPv4'] : ['IPv4', 'IPv6'];
    return;
  }
  spec.ipFamilyPolicy ??= 'SingleStack';
  if (spec.ipFamilyPolicy === 'RequireDualStack') errors.invalid(SPEC.child('ipFamilyPolicy'), spec.ipFamilyPolicy, 'this cluster is not configured for dual-stack services');
  spec.ipFamilies ??= ['IPv4'];
  spec.ipFamilies.forEach((family, i) => {
    if (family !== 'IPv4') errors.invalid(SPEC.child('ipFamilies').index(i), family, 'not configured on this cluster');
  });
}
