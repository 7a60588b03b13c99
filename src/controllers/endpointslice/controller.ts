import type { Node, Pod, Service } from '../../api/generated/core-v1.ts';
import type { EndpointSlice } from '../../api/generated/discovery-v1.ts';
import { endpointSlices, nodes, pods, services } from '../../api/refs.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { keyOf } from '../../apimachinery/meta.ts';
import { hasReason } from '../../apimachinery/status.ts';
import type { Client } from '../../client/client.ts';
import { Controller } from '../../client/controller.ts';
import { type EventRecorder, referenceTo } from '../../client/event-recorder.ts';
import type { Change } from '../../client/informer.ts';
import type { Lister } from '../../client/lister.ts';
import { type ControllerContext, recorderFor } from '../context.ts';
import { isNamespaceTerminating } from '../pod-control.ts';
import { hasEndpoints, isSelected } from '../service-pods.ts';
import { isTopologyAware } from './hints.ts';
import { MANAGED_BY, MANAGER, planSlices, SERVICE_NAME } from './plan.ts';
import { changesShares, type ZoneShares, zoneShares } from './zone-shares.ts';

/** Keeps the EndpointSlices of every Service with a selector. */
export class EndpointSliceController extends Controller {
  readonly #client: Client;
  readonly #services: Lister<Service>;
  readonly #pods: Lister<Pod>;
  readonly #nodes: Lister<Node>;
  readonly #slices: Lister<EndpointSlice>;
  readonly #recorder: EventRecorder;
  readonly #maxEndpoints: number;
  /** Services that ask for hints by zones, and of these the ones that have them. */
  readonly #aware = new Set<string>();
  readonly #hinted = new Set<string>();
  /** The nodes that are not there yet and have pods of a service, by service. */
  readonly #missing = new Map<string, ReadonlySet<string>>();
  #shares: { readonly value: ZoneShares | undefined } | undefined;

  constructor(context: ControllerContext) {
    super({ name: 'endpointslice-controller', clock: context.clock, logger: context.logger, queue: { baseMs: 1000, maxMs: 100_000 } });
    this.#client = context.client;
    this.#maxEndpoints = context.options.maxEndpointsPerSlice;
    this.#services = this.watch(context.informers.informer(services), (service) => [keyOf(service)]).lister;
    this.#pods = this.watch(context.informers.informer(pods), (pod) => this.#servicesOf(pod)).lister;
    this.#nodes = this.watch(context.informers.informer(nodes), (_, change) => this.#servicesOfNode(change)).lister;
    this.#slices = this.watch(context.informers.informer(endpointSlices), servicesOfSlice).lister;
    this.#recorder = this.owns(recorderFor(context, 'endpoint-slice-controller'));
  }

  #servicesOf(pod: DeepReadonly<Pod>): readonly string[] {
    const candidates = this.#services.inNamespace(pod.metadata.namespace ?? '');
    return candidates.filter((service) => hasEndpoints(service) && isSelected(service, pod)).map(keyOf);
  }

  #servicesOfNode({ before, after }: Change<Node>): readonly string[] {
    const keys: string[] = [];
    if (after && !before) for (const [key, names] of this.#missing) if (names.has(after.metadata.name)) keys.push(key);
    if (this.#shares && changesShares(before, after)) {
      this.#shares = undefined;
      keys.push(...this.#aware);
    }
    return keys;
  }

  #zoneShares(): ZoneShares | undefined {
    this.#shares ??= { value: zoneShares(this.#nodes.list()) };
    return this.#shares.value;
  }

  protected async reconcile(key: string, signal: AbortSignal): Promise<undefined> {
    const service = this.#services.get(key);
    if (!service || !hasEndpoints(service) || service.metadata.deletionTimestamp) {
      for (const known of [this.#aware, this.#hinted, this.#missing]) known.delete(key);
      return; // the slices of one that is gone are the garbage collector's
    }
    remember(this.#aware, key, isTopologyAware(service));
    const { namespace = '' } = service.metadata;
    const selected = this.#pods.inNamespace(namespace).filter((pod) => isSelected(service, pod));
    const slices = this.#slices.byIndex(byService, key).filter(({ metadata }) => metadata.labels?.[MANAGED_BY] === MANAGER);
    const plan = planSlices({ service, pods: selected, slices, node: (name) => this.#nodes.get(name), maxEndpoints: this.#maxEndpoints, shares: () => this.#zoneShares(), wasHinted: this.#hinted.has(key) });
    remember(this.#hinted, key, plan.isHinted);
    for (const event of plan.events) this.#recorder.record({ about: referenceTo(services, service), ...event });
    const client = this.#client.resource(endpointSlices, namespace);
    try {
      for (const draft of plan.create) await client.create(draft, { signal });
      for (const slice of plan.update) await client.update(slice, { signal });
      for (const { metadata } of plan.delete) await client.delete(metadata.name, { preconditions: { uid: metadata.uid }, signal });
      this.#awaitNodesOf(key, plan.skipped);
    } catch (error) {
      if (isNamespaceTerminating(error)) return;
      if (!hasReason(error, 'NotFound', 'Conflict', 'AlreadyExists') && !signal.aborted) {
        this.#recorder.warning(referenceTo(services, service), 'FailedToUpdateEndpointSlices', `Error updating Endpoint Slices for Service ${key}: ${(error as Error).message}`);
      }
      throw error;
    }
  }

  /** The service comes again with back-off, and as soon as a node is there. */
  #awaitNodesOf(key: string, pods: readonly DeepReadonly<Pod>[]): void {
    const [first] = pods;
    if (!first) return void this.#missing.delete(key);
    const names = new Set(pods.map(({ spec }) => spec.nodeName ?? ''));
    this.#missing.set(key, names);
    for (const name of names) if (this.#nodes.get(name)) this.queue.add(key);
    throw new Error(`skipping Pod ${first.metadata.name} for Service ${key}: Node ${first.spec.nodeName ?? ''} Not Found`);
  }
}

function remember(known: Set<string>, key: string, is: boolean): void {
  if (is) known.add(key);
  else known.delete(key);
}

function byService({ metadata }: DeepReadonly<EndpointSlice>): readonly string[] {
  const name = metadata.labels?.[SERVICE_NAME];
  return name ? [`${metadata.namespace}/${name}`] : [];
}

function servicesOfSlice(slice: DeepReadonly<EndpointSlice>): readonly string[] {
  return slice.metadata.labels?.[MANAGED_BY] === MANAGER ? byService(slice) : [];
}
