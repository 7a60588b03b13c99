import type { Service } from '../../api/generated/core-v1.ts';
import type { IPAddress, ServiceCIDR } from '../../api/generated/networking-v1.ts';
import { ipAddressOf } from '../../api/networking/service-address.ts';
import { ipAddresses, serviceCIDRs, services } from '../../api/refs.ts';
import { keyOf, type DeepReadonly, type Draft, type KubeObject, type ResourceRef } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller, type RequeueAfter } from '../../client/controller.ts';
import { EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import type { InformerFactory } from '../../client/informer-factory.ts';
import type { Lister } from '../../client/lister.ts';
import type { ClusterTools } from '../tools.ts';
import { holdsAddress, planAddressRepair, planServiceRepair, type AddressView } from './repair-plan.ts';

const NAME = 'ipallocator-repair-controller';
const SERVICE = 'services/';
const ADDRESS = 'ipaddresses/';

/**
 * Keeps Services and the IPAddresses by which they have their addresses true to each other: makes what is missing (of Services from before there were
 * IPAddresses), takes away what a request that ended half-way has left. Source: pkg/registry/core/service/ipallocator/controller.
 */
export class ServiceAddressRepair extends Controller {
  readonly #client: Client;
  readonly #events: EventRecorder;
  readonly #services: Lister<Service>;
  readonly #addresses: Lister<IPAddress>;
  readonly #ranges: Lister<ServiceCIDR>;

  constructor(options: ClusterTools & { readonly client: Client; readonly informers: InformerFactory }) {
    const { client, informers, clock, logger } = options;
    super({ name: NAME, clock, logger });
    this.#client = client;
    this.#events = this.owns(new EventRecorder({ ...options, component: NAME }));
    this.#ranges = this.reads(informers.informer(serviceCIDRs)).lister;
    this.#services = this.watch(informers.informer(services), (service) => [SERVICE + keyOf(service)]).lister;
    this.#addresses = this.watch(informers.informer(ipAddresses), (address) => [ADDRESS + address.metadata.name, ...this.#ownersOf(address)]).lister;
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    return key.startsWith(ADDRESS) ? this.#reconcileAddress(key.slice(ADDRESS.length), signal) : this.#reconcileService(key.slice(SERVICE.length), signal);
  }

  get #view(): AddressView {
    return {
      address: (ip) => this.#addresses.get(ip), service: (namespace, name) => this.#services.get(`${namespace}/${name}`), ranges: this.#ranges.list(),
    };
  }

  /** The Service that misses an address when it is changed or deleted. */
  #ownersOf({ spec }: DeepReadonly<IPAddress>): string[] {
    const { resource, namespace, name } = spec.parentRef ?? {};
    return resource === 'services' && namespace && name ? [`${SERVICE}${namespace}/${name}`] : [];
  }

  async #reconcileService(key: string, signal: AbortSignal): Promise<undefined> {
    const service = this.#services.get(key);
    if (!service) return;
    const view = this.#view;
    const suspects = planServiceRepair(service, view).map(({ ip }) => ip);
    if (suspects.length === 0) return;
    // A cache may lag behind: nothing is told of, or undone, that is in order.
    const [fresh, addresses] = await Promise.all([this.#freshService(service, signal), this.#freshAddresses(suspects, signal)]);
    if (fresh?.metadata.uid !== service.metadata.uid) return;
    for (const { ip, action, event } of planServiceRepair(fresh, { ...view, address: (one) => addresses.get(one) ?? (suspects.includes(one) ? undefined : view.address(one)) })) {
      if (event) this.#events.warning(referenceTo(services, service), event.reason, event.message);
      if (action === 'recreate') await this.#delete(ip, signal);
      if (action !== 'none') await this.#client.resource(ipAddresses).create(ipAddressOf(ip, { namespace: service.metadata.namespace ?? '', name: service.metadata.name }) as Draft<IPAddress>, { signal });
    }
  }

  async #reconcileAddress(name: string, signal: AbortSignal): Promise<RequeueAfter | undefined> {
    const address = this.#addresses.get(name);
    if (!address) return;
    const plan = planAddressRepair(address, this.#view, this.clock.now());
    if (plan.kind === 'wait') return plan;
    if (plan.kind === 'keep') return;
    const { namespace, name: owner } = address.spec.parentRef ?? {};
    const service = namespace && owner ? await this.#read(services, owner, namespace, signal) : undefined;
    if ((service && holdsAddress(service, name)) || !this.#addresses.get(name)) return;
    this.#events.warning(referenceTo(ipAddresses, address), plan.reason, plan.message);
    await this.#delete(name, signal, address.metadata.uid);
    return undefined;
  }

  #freshService({ metadata }: DeepReadonly<Service>, signal: AbortSignal): Promise<DeepReadonly<Service> | undefined> {
    return this.#read(services, metadata.name, metadata.namespace, signal);
  }

  async #freshAddresses(ips: readonly string[], signal: AbortSignal): Promise<Map<string, DeepReadonly<IPAddress>>> {
    const found = new Map<string, DeepReadonly<IPAddress>>();
    for (const ip of ips) {
      const address = await this.#read(ipAddresses, ip, undefined, signal);
      if (address) found.set(ip, address);
    }
    return found;
  }

  async #read<T extends KubeObject>(ref: ResourceRef<T>, name: string, namespace: string | undefined, signal: AbortSignal): Promise<DeepReadonly<T> | undefined> {
    try {
      return await this.#client.resource(ref, namespace).get(name, { signal });
    } catch (error) {
      if (hasReason(error, 'NotFound')) return undefined;
      throw error;
    }
  }

  async #delete(name: string, signal: AbortSignal, uid?: string): Promise<void> {
    try {
      await this.#client.resource(ipAddresses).delete(name, { ...(uid !== undefined && { preconditions: { uid } }), signal });
    } catch (error) {
      if (!hasReason(error, 'NotFound')) throw error;
    }
  }
}

/**
 * Makes the IPAddresses of Services that have none: of a store from before there were any. Done before requests for new addresses come, which could
 * be given the same.
 */
export async function claimServiceAddresses(client: Client, signal: AbortSignal): Promise<void> {
  const [all, known, { items: ranges }] = await Promise.all([client.resource(services).listAll({ signal }), client.resource(ipAddresses).listAll({ signal }), client.resource(serviceCIDRs).list({ signal })]);
  const addresses = new Map(known.items.map((address) => [address.metadata.name, address]));
  const view: AddressView = { address: (ip) => addresses.get(ip), service: () => undefined, ranges };
  for (const service of all.items) {
    const missing = planServiceRepair(service, view).filter(({ action }) => action === 'create');
    for (const { ip } of missing) {
      try {
        await client.resource(ipAddresses).create(ipAddressOf(ip, { namespace: service.metadata.namespace ?? '', name: service.metadata.name }) as Draft<IPAddress>, { signal });
      } catch (error) {
        if (!hasReason(error, 'AlreadyExists')) throw error; // another server, or a Service with the same address
      }
    }
  }
}
