import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Node, Service } from '../api/generated/core-v1.ts';
import type { EndpointSlice } from '../api/generated/discovery-v1.ts';
import type { ServiceCIDR } from '../api/generated/networking-v1.ts';
import { endpointSlices, nodes, serviceCIDRs as serviceCIDRResource, services } from '../api/refs.ts';
import type { Clock } from '../base/clock.ts';
import type { Commands } from '../base/commands.ts';
import { type Component, TaskGroup, untilAborted } from '../base/lifecycle.ts';
import type { Logger } from '../base/logger.ts';
import { RuleKeeper } from '../base/rule-keeper.ts';
import type { Informer, InformerFactory } from '../client/index.ts';
import { forgetFlows, staleFlows } from './conntrack.ts';
import { IPV4, IPV6, isRangeOf, type AddressFamily } from './family.ts';
import { HealthCheckServer } from './health-check.ts';
import { compileService, type LocalStandIn, type ServiceRules } from './plan.ts';
import { ProxyHealth, type HealthPorts } from './proxy-health.ts';
import { ProxyTable } from './table.ts';

export interface ServiceProxyOptions {
  readonly informers: InformerFactory;
  readonly nodeName: string;
  /** One range, or one of each family. Ranges of other ServiceCIDRs are heard of. */
  readonly serviceCIDRs: readonly string[];
  readonly clusterCIDRs: readonly string[];
  /** Services by `namespace/name` that the node itself answers while they have no endpoints: cluster DNS. */
  readonly standIns?: ReadonlyMap<string, LocalStandIn>;
  /** Runs nft and conntrack; not given where this process is in the node's network namespace already. */
  readonly commands: Commands;
  /** Where its health is told; absent: nowhere. */
  readonly healthPorts?: HealthPorts;
  /** Two proxies in one network namespace need different names. Default: `kubets-proxy`. */
  readonly table?: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

const DEFAULT_TABLE = 'kubets-proxy';
const HEADLESS_LABEL = 'service.kubernetes.io/headless';
const PROXY_NAME_LABEL = 'service.kubernetes.io/service-proxy-name';

/** The rules of one family of addresses. */
interface FamilyTable {
  readonly family: AddressFamily;
  readonly table: ProxyTable;
  readonly rules: Map<string, ServiceRules>;
}

/** The service proxy of a node: keeps a table of nftables for each family true to Services and EndpointSlices. */
export class ServiceProxy implements Component {
  readonly #options: ServiceProxyOptions;
  readonly #tables: readonly FamilyTable[];
  readonly #logger: Logger;
  readonly #services: Informer<Service>;
  readonly #slices: Informer<EndpointSlice>;
  readonly #nodes: Informer<Node>;
  readonly #ranges: Informer<ServiceCIDR>;
  readonly #health: HealthCheckServer;
  readonly #ownHealth: ProxyHealth;
  readonly #keeper: RuleKeeper;
  readonly #dirty = new Set<string>();
  /** Flows to forget once the kernel has the rules that end them. */
  readonly #stale: string[][] = [];
  readonly #idle = Promise.withResolvers<void>();
  #subscriptions: Disposable[] = [];
  #zone: string | undefined;
  #tasks: TaskGroup | undefined;

  constructor(options: ServiceProxyOptions) {
    const { informers, serviceCIDRs, clusterCIDRs, table = DEFAULT_TABLE } = options;
    this.#options = options;
    this.#logger = options.logger.with({ component: 'proxy' });
    const families = [IPV4, IPV6].filter((family) => [...serviceCIDRs, ...clusterCIDRs].some((cidr) => isRangeOf(family, cidr)));
    this.#tables = families.map((family) => ({ family, table: new ProxyTable({ family, table, serviceCIDRs, clusterCIDRs }), rules: new Map<string, ServiceRules>() }));
    this.#keeper = new RuleKeeper({
      what: 'services', write: (signal) => this.#sync(signal), commands: options.commands, clock: options.clock, logger: this.#logger,
      tables: () => this.#tables.map(({ family, table: one }) => ({ family: family.nft, name: table, chain: 'translate', isThere: true, forget: () => one.forget() })),
    });
    this.#services = informers.informer(services);
    this.#slices = informers.informer(endpointSlices);
    this.#nodes = informers.informer(nodes);
    this.#ranges = informers.informer(serviceCIDRResource);
    this.#ownHealth = new ProxyHealth({ clock: options.clock, logger: this.#logger });
    this.#health = new HealthCheckServer(this.#logger, () => this.#ownHealth.isUpToDate);
  }

  get done(): Promise<void> {
    return this.#tasks ? this.#tasks.done : this.#idle.promise;
  }

  /** Resolves once the rules of all services are in the kernel. Who starts the informers is their owner's business. */
  async start(signal: AbortSignal): Promise<void> {
    const tasks = new TaskGroup(signal);
    this.#tasks = tasks;
    // Before any service is known: what nobody owns is rejected from the start.
    await this.#apply(tasks.signal);
    await untilAborted(Promise.all([this.#services.synced(), this.#slices.synced(), this.#nodes.synced(), this.#ranges.synced()]), tasks.signal);
    this.#subscriptions = [
      this.#services.onChange(({ key }) => this.#mark(key)),
      this.#slices.onChange(({ before, after }) => {
        for (const slice of [before, after]) if (slice) this.#mark(serviceOf(slice));
      }),
      this.#nodes.onChange(({ key, after }) => {
        if (key !== this.#options.nodeName || !after) return;
        this.#ownHealth.setNode(after);
        this.#setZone(after.metadata.labels?.['topology.kubernetes.io/zone']);
      }),
      this.#ranges.onChange(() => {
        this.#setRanges();
        this.#keeper.changed();
      }),
    ];
    await this.#keeper.write(tasks.signal);
    if (this.#options.healthPorts) await this.#ownHealth.listen(this.#options.healthPorts);
    tasks.run((inner) => this.#keeper.run(inner));
    tasks.run((inner) => this.#keeper.lookAgain(inner));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const subscription of this.#subscriptions.splice(0)) subscription[Symbol.dispose]();
    await this.#tasks?.close();
    await this.#health[Symbol.asyncDispose]();
    await this.#ownHealth[Symbol.asyncDispose]();
    this.#idle.resolve();
  }

  #mark(service: string | undefined): void {
    if (service === undefined) return;
    this.#dirty.add(service);
    this.#ownHealth.queued();
    this.#keeper.changed();
  }

  #setRanges(): void {
    const added = this.#ranges.lister.list().flatMap(({ spec }) => spec.cidrs ?? []);
    for (const { table } of this.#tables) table.setServiceCIDRs([...this.#options.serviceCIDRs, ...added]);
  }

  #setZone(zone: string | undefined): void {
    if (zone === this.#zone) return;
    this.#zone = zone;
    for (const service of this.#services.lister.list()) this.#mark(`${service.metadata.namespace}/${service.metadata.name}`);
  }

  /** Brings what has changed into the kernel. */
  async #sync(signal: AbortSignal): Promise<void> {
    for (const key of this.#dirty) {
      this.#dirty.delete(key);
      const service = this.#services.lister.get(key);
      const slices = this.#slices.lister.byIndex(byService, key);
      this.#health.set(key, service && { service, slices, nodeName: this.#options.nodeName });
      for (const { family, table, rules: known } of this.#tables) {
        const rules = service && compileService(service, slices, { nodeName: this.#options.nodeName, zone: this.#zone, family }, this.#options.standIns?.get(key));
        this.#stale.push(...staleFlows(known.get(key), rules));
        if (rules) known.set(key, rules);
        else known.delete(key);
        table.set(key, rules);
      }
    }
    await this.#apply(signal);
    await forgetFlows(this.#options.commands, this.#stale.splice(0), this.#logger);
  }

  async #apply(signal: AbortSignal): Promise<void> {
    await this.#options.commands.nft(this.#tables.map(({ table }) => table.script()).join(''), { signal });
    for (const { table } of this.#tables) table.applied();
    if (this.#dirty.size === 0) this.#ownHealth.updated();
  }
}

function serviceOf(slice: DeepReadonly<EndpointSlice>): string | undefined {
  const { labels, namespace } = slice.metadata;
  const name = labels?.['kubernetes.io/service-name'];
  if (name === undefined || labels?.[HEADLESS_LABEL] !== undefined || labels?.[PROXY_NAME_LABEL] !== undefined) return undefined;
  return `${namespace}/${name}`;
}

function byService(slice: DeepReadonly<EndpointSlice>): readonly string[] {
  const service = serviceOf(slice);
  return service === undefined ? [] : [service];
}
