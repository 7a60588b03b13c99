import type { Clock } from '../../../base/clock.ts';
import type { Logger } from '../../../base/logger.ts';
import type { Random } from '../../../base/random.ts';
import type { DeepReadonly, KubeObject } from '../../../apimachinery/meta.ts';
import { internalError, invalid } from '../../../apimachinery/status.ts';
import { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { ipFamilyOf, type IPFamily } from '../../../apimachinery/validation/ip.ts';
import type { Service } from '../../../api/generated/core-v1.ts';
import { isHeadless } from '../../../api/core/service-ips.ts';
import type { Client } from '../../../client/client.ts';
import { resourcePrefix, type Cacher } from '../../cacher/cacher.ts';
import type { ResourceHooks, WriteContext } from '../write-context.ts';
import { AllocationMetrics } from './allocation-metrics.ts';
import { Claims } from './claims.ts';
import { ClusterAddresses } from './cluster-addresses.ts';
import { fillInFamilies, keepsPreferredFamilies, type ConfiguredFamilies } from './ip-families.ts';
import { nodePortsOf, takeNodePorts } from './node-ports.ts';
import { NumberPool } from './number-pool.ts';
import { PortOperation, type NodePortRange } from './port-operation.ts';

type ReadonlyService = DeepReadonly<Service>;
const CLUSTER_IPS = FieldPath.of('spec').child('clusterIPs');

/** How often an allocation of ports is tried when another server's request has claimed the same at the same moment. */
const TRIES = 20;
const RETRY_MS = 50;

export interface ServiceRanges {
  readonly cacher: Cacher;
  /** As the server itself; for IPAddresses. */
  readonly client: () => Client;
  readonly random: Random;
  readonly clock: Clock;
  readonly logger: Logger;
  /** `--service-cluster-ip-range`: one range, or one of each family; the first is the default family. */
  readonly clusterIPRanges: readonly string[];
  readonly nodePorts: NodePortRange;
}

interface Ports {
  readonly taken: Set<number>;
  /** Once it is known whether the Service has been stored. */
  readonly finish: (stored: boolean) => Promise<void>;
}

/** Cluster addresses and node ports of Services. Which ports are taken is read from the Services themselves when first asked. Source: pkg/registry/core/service/storage/alloc.go. */
export class ServiceAllocation implements ResourceHooks {
  readonly #options: ServiceRanges;
  readonly #families: ConfiguredFamilies;
  readonly #addresses: ClusterAddresses;
  readonly metrics: AllocationMetrics;
  #pool: NumberPool | undefined;

  constructor(options: ServiceRanges) {
    this.#options = options;
    this.#families = options.clusterIPRanges.map((cidr) => ipFamilyOf(cidr.split('/')[0] ?? '') ?? 'IPv4');
    this.#addresses = new ClusterAddresses({ ...options, ranges: options.clusterIPRanges, onAllocation: (cidr, scope, isDone) => this.metrics.address(cidr, scope, isDone) });
    this.metrics = new AllocationMetrics({
      ranges: () => this.#addresses.ranges, addresses: () => this.#addresses.held, ports: () => ({ held: this.#open().held, size: this.#open().size }),
    });
  }

  async allocate(context: WriteContext, object: KubeObject, old: DeepReadonly<KubeObject> | undefined): Promise<((stored: boolean) => Promise<void>) | undefined> {
    if (context.subresource !== '') return undefined;
    const service = object as Service;
    const before = old as ReadonlyService | undefined;
    const errors = new FieldErrors();
    fillInFamilies(service, before, this.#families, errors);
    refuse(service, errors);
    const addresses: string[] = [];
    try {
      await this.#takeAddresses(context, service, { before, taken: addresses });
      const ports = this.#options.cacher.store.shared && !context.dryRun ? await this.#takePortsShared(service, before) : this.#takePorts(service, before, context.dryRun);
      return async (stored) => {
        await ports.finish(stored && !context.dryRun);
        if (!stored) await this.#freeAddresses(addresses, service);
        else if (before) await this.#freeAddresses(addressesOf(before).filter((ip) => !addressesOf(service).includes(ip)), service);
      };
    } catch (error) {
      await this.#freeAddresses(addresses, service);
      throw error;
    }
  }

  async released(object: DeepReadonly<KubeObject>): Promise<void> {
    const service = object as ReadonlyService;
    for (const port of nodePortsOf(service)) this.#open().free(port);
    await this.#freeAddresses(addressesOf(service), service);
  }

  /** Gives the Service an address of each family that it lacks. An address that changes is not allocated: validation refuses it. */
  async #takeAddresses(context: WriteContext, service: Service, { before, taken }: { before: ReadonlyService | undefined; taken: string[] }): Promise<void> {
    const { spec } = service;
    if (spec.type === 'ExternalName' || isHeadless(spec) || keepsPreferredFamilies(spec, before?.spec)) return;
    if (before && isHeadless(before.spec) && before.spec.type !== 'ExternalName') return;
    const had = before && before.spec.type !== 'ExternalName' ? (before.spec.clusterIPs ?? []) : [];
    const clusterIPs = [...(spec.clusterIPs ?? [])];
    for (const [i, family] of (spec.ipFamilies ?? []).entries()) {
      if (had[i] !== undefined) continue;
      const asked = clusterIPs[i];
      if (asked === undefined || asked === '') clusterIPs[i] = await this.#takeAny(context, service, family as IPFamily, taken);
      else await this.#takeNamed(context, service, asked, taken);
    }
    spec.clusterIPs = clusterIPs;
    if (clusterIPs[0] !== undefined) spec.clusterIP = clusterIPs[0];
  }

  async #takeAny(context: WriteContext, service: Service, family: IPFamily, taken: string[]): Promise<string> {
    const ip = context.dryRun ? this.#addresses.sample(family) : await this.#addresses.takeAny(family, ownerOf(service));
    if (ip === undefined) throw internalError('failed to allocate a serviceIP: range is full');
    if (!context.dryRun) taken.push(ip);
    return ip;
  }

  async #takeNamed(context: WriteContext, service: Service, ip: string, taken: string[]): Promise<void> {
    const why = context.dryRun ? this.#addresses.refusal(ip) : await this.#addresses.take(ip, ownerOf(service));
    if (why !== undefined) {
      const errors = new FieldErrors();
      errors.invalid(CLUSTER_IPS, service.spec.clusterIPs, `failed to allocate IP ${ip}: ${why}`);
      refuse(service, errors);
    }
    if (!context.dryRun) taken.push(ip);
  }

  async #freeAddresses(ips: readonly string[], service: ReadonlyService): Promise<void> {
    for (const ip of ips) await this.#addresses.free(ip, ownerOf(service));
  }

  #read(): NumberPool {
    const { random, nodePorts, cacher } = this.#options;
    const pool = new NumberPool({ ...nodePorts, random });
    const prefix = resourcePrefix('', 'services');
    for (const { object } of cacher.resource(prefix).list({ id: prefix, prefix })) for (const port of nodePortsOf(object as ReadonlyService)) pool.take(port);
    return pool;
  }

  #open(): NumberPool {
    return (this.#pool ??= this.#read());
  }

  #takePorts(service: Service, before: ReadonlyService | undefined, dryRun: boolean): Ports {
    const pool = this.#open();
    const operation = new PortOperation({ pool, range: this.#options.nodePorts, dryRun, onAllocation: (scope, isDone) => this.metrics.port(scope, isDone) });
    try {
      takeNodePorts(service, before, operation);
    } catch (error) {
      operation.undo();
      throw error;
    }
    const finish = (stored: boolean): Promise<void> => {
      if (!stored) operation.undo();
      else if (before) for (const port of nodePortsOf(before)) if (!nodePortsOf(service).includes(port)) pool.free(port);
      return Promise.resolve();
    };
    return { taken: operation.taken, finish };
  }

  /**
   * Other servers allocate from the same range: what is taken is claimed first, then looked for in all Services that anybody has written, and the
   * claim is held until this Service is written too, where the next one who looks finds it.
   */
  async #takePortsShared(service: Service, before: ReadonlyService | undefined): Promise<Ports> {
    const { cacher, clock, store } = { ...this.#options, store: this.#options.cacher.store };
    const claims = new Claims(store);
    const wanted = structuredClone(service.spec);
    for (let tries = 0; tries < TRIES; tries++) {
      await cacher.caughtUp();
      this.#pool = this.#read();
      service.spec = structuredClone(wanted);
      const ports = this.#takePorts(service, before, false);
      const names = [...ports.taken].map((port) => `port/${port}`);
      if (names.length === 0) return ports;
      if (await claims.take(names)) {
        await cacher.caughtUp();
        const others = this.#read();
        if (![...ports.taken].some((port) => others.isHeld(port))) return { ...ports, finish: (stored) => this.#finishShared(names, claims, () => ports.finish(stored)) };
        await claims.free(names);
      }
      await ports.finish(false);
      await clock.sleep(RETRY_MS, new AbortController().signal);
    }
    throw internalError('failed to allocate a nodePort: other servers allocate the same');
  }

  async #finishShared(names: readonly string[], claims: Claims, finish: () => Promise<void>): Promise<void> {
    await finish();
    // Whether or not this succeeds, nobody waits for it: a claim ends by itself.
    claims.free(names).catch((error: unknown) => this.#options.logger.info('a claim on ports was not given back; it ends by itself', { names: names.join(' '), error: (error as Error).message }));
  }
}

function refuse(service: Service, errors: FieldErrors): void {
  if (errors.causes.length > 0) throw invalid({ group: '', kind: 'Service' }, service.metadata.name, errors.causes);
}

function ownerOf({ metadata }: ReadonlyService): { namespace: string; name: string } {
  return { namespace: metadata.namespace ?? '', name: metadata.name };
}

function addressesOf({ spec }: ReadonlyService): string[] {
  return (spec.clusterIPs ?? (spec.clusterIP ? [spec.clusterIP] : [])).filter((ip) => ipFamilyOf(ip) !== undefined);
}
