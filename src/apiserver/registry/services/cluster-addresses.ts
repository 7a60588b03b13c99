import type { DeepReadonly, Draft } from '../../../apimachinery/meta.ts';
import { hasReason } from '../../../apimachinery/status.ts';
import { canonicalIP, type IPFamily } from '../../../apimachinery/validation/ip.ts';
import { ipAddressOf, isManagedAddress } from '../../../api/networking/service-address.ts';
import type { IPAddress, ServiceCIDR } from '../../../api/generated/networking-v1.ts';
import { ipAddresses, serviceCIDRs } from '../../../api/refs.ts';
import type { Logger } from '../../../base/logger.ts';
import type { Random } from '../../../base/random.ts';
import type { Client } from '../../../client/client.ts';
import { CachedObjects } from '../../cacher/cached-objects.ts';
import type { Cacher } from '../../cacher/cacher.ts';
import { AddressRange } from './address-range.ts';
import type { AllocationScope } from './allocation-metrics.ts';

/** The ServiceCIDR of the server's own flags. */
const DEFAULT_NAME = 'kubernetes';

export interface ClusterAddressesOptions {
  readonly cacher: Cacher;
  /** As the server itself; asked for on the first write. */
  readonly client: () => Client;
  readonly random: Random;
  readonly logger: Logger;
  /** `--service-cluster-ip-range`: hold while there is no ServiceCIDR `kubernetes` that says so. */
  readonly ranges: readonly string[];
  /** Told of every allocation. */
  readonly onAllocation: (cidr: string, scope: AllocationScope, isDone: boolean) => void;
}

interface Owner {
  readonly namespace: string;
  readonly name: string;
}

/**
 * Addresses of Services. Who creates the IPAddress of that name has the address: so it is given once, whatever servers share the store. It comes from any
 * ServiceCIDR that is ready. Source: KEP-1880; pkg/registry/core/service/ipallocator.
 */
export class ClusterAddresses {
  readonly #options: ClusterAddressesOptions;
  readonly #objects: CachedObjects;
  #known: { readonly version: number; readonly ranges: readonly AddressRange[] } | undefined;

  constructor(options: ClusterAddressesOptions) {
    this.#options = options;
    this.#objects = new CachedObjects(options.cacher);
  }

  /** The address that a dry run is told. */
  sample(family: IPFamily): string | undefined {
    return this.#ranges().find((range) => range.family === family)?.network;
  }

  /** Takes any free address for the Service; undefined when there is none. */
  async takeAny(family: IPFamily, owner: Owner): Promise<string | undefined> {
    for (const range of this.#ranges()) {
      if (range.family !== family) continue;
      for (const ip of range.candidates(this.#options.random)) {
        if (this.#objects.get(ipAddresses, ip)) continue;
        const isDone = await this.#create(ip, owner);
        this.#options.onAllocation(range.cidr, 'dynamic', isDone);
        if (isDone) return ip;
      }
      this.#options.onAllocation(range.cidr, 'dynamic', false);
    }
    return undefined;
  }

  /** Takes this address for the Service, or says what keeps it from that. */
  async take(ip: string, owner: Owner): Promise<string | undefined> {
    const why = this.refusal(ip);
    if (why !== undefined) return why;
    const isDone = await this.#create(canonicalIP(ip), owner);
    this.#options.onAllocation(this.#rangeOf(ip)?.cidr ?? '', 'static', isDone);
    return isDone ? undefined : 'provided IP is already allocated';
  }

  /** Why no Service could have this address, taken or not. */
  refusal(ip: string): string | undefined {
    const range = this.#rangeOf(ip);
    if (!range) return 'the provided network does not match the current range';
    return range.canGive(ip) ? undefined : `the provided IP (${ip}) is not in the valid range. The range of valid IPs is ${range.cidr}`;
  }

  /** Gives the address back, if it is this Service's. */
  async free(ip: string, owner: Owner): Promise<void> {
    const name = canonicalIP(ip);
    const known = this.#objects.get(ipAddresses, name);
    if (known && !isOf(known, owner)) return;
    try {
      await this.#options.client().resource(ipAddresses).delete(name, { signal: new AbortController().signal });
    } catch (error) {
      // The repair loop finds what is left.
      if (!hasReason(error, 'NotFound')) this.#options.logger.warn('an address of a service was not given back', { ip, error: (error as Error).message });
    }
  }

  async #create(ip: string, owner: Owner): Promise<boolean> {
    try {
      await this.#options.client().resource(ipAddresses).create(ipAddressOf(ip, owner) as Draft<IPAddress>, { signal: new AbortController().signal });
      return true;
    } catch (error) {
      if (hasReason(error, 'AlreadyExists')) return false;
      throw error;
    }
  }

  /** Those of ServiceCIDRs that are ready. */
  get ranges(): readonly AddressRange[] {
    return this.#ranges();
  }

  /** All addresses that Services have. */
  get held(): readonly string[] {
    return this.#objects.list(ipAddresses).filter(isManagedAddress).map(({ metadata }) => metadata.name);
  }

  #rangeOf(ip: string): AddressRange | undefined {
    return this.#ranges().find((range) => range.holds(ip));
  }

  #ranges(): readonly AddressRange[] {
    const version = this.#objects.versionOf(serviceCIDRs);
    if (this.#known?.version === version) return this.#known.ranges;
    const all = this.#objects.list(serviceCIDRs);
    const own = all.some(({ metadata }) => metadata.name === DEFAULT_NAME) ? [] : this.#options.ranges;
    const cidrs = new Set([...own, ...all.filter(isReady).flatMap(({ spec }) => spec.cidrs ?? [])]);
    const ranges = [...cidrs].map((cidr) => new AddressRange(cidr));
    this.#known = { version, ranges };
    return ranges;
  }
}

function isOf(address: DeepReadonly<IPAddress>, owner: Owner): boolean {
  const { resource, group, namespace, name } = address.spec.parentRef ?? {};
  return isManagedAddress(address) && (group ?? '') === '' && resource === 'services' && namespace === owner.namespace && name === owner.name;
}

/** One of which nobody has said yet whether it is ready is, for where no controller runs. */
function isReady({ metadata, status }: DeepReadonly<ServiceCIDR>): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  return metadata.deletionTimestamp === undefined && (ready === undefined || ready.status === 'True');
}
