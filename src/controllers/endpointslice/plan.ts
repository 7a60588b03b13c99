import { isDeepStrictEqual } from 'node:util';
import type { Node, Pod, Service } from '../../api/generated/core-v1.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../api/generated/discovery-v1.ts';
import { services } from '../../api/refs.ts';
import type { DeepReadonly, Draft } from '../../apimachinery/meta.ts';
import { controllerReference } from '../../component-helpers/owner-reference.ts';
import { isPodReady } from '../../component-helpers/pod-state.ts';
import { addressOf, hostnameOf, type IPFamily, isHeadless, lastTriggerTime, mayServe, type NamedPort, portsAt, portsKey } from '../service-pods.ts';
import { giveHints, type HintsEvent } from './hints.ts';
import { type EndpointGroup, fillSlices } from './fill-slices.ts';
import { ZONE, type ZoneShares } from './zone-shares.ts';

export const SERVICE_NAME = 'kubernetes.io/service-name';
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
export const MANAGER = 'endpointslice-controller.k8s.io';
const HEADLESS = 'service.kubernetes.io/headless';
const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time';

type Slice = DeepReadonly<EndpointSlice>;

export interface SlicesPlan {
  readonly create: readonly Draft<EndpointSlice>[];
  readonly update: readonly Slice[];
  readonly delete: readonly Slice[];
  /** Whether endpoints have hints by the topology mode now, and what is to be told of that. */
  readonly isHinted: boolean;
  readonly events: readonly HintsEvent[];
  /** Pods that are left out because their node is not there: they may come with it. */
  readonly skipped: readonly DeepReadonly<Pod>[];
}

export interface ServiceView {
  readonly service: DeepReadonly<Service>;
  /** The pods that the Service selects. */
  readonly pods: readonly DeepReadonly<Pod>[];
  /** The slices of the Service that are ours. */
  readonly slices: readonly Slice[];
  readonly node: (name: string) => DeepReadonly<Node> | undefined;
  /** So many endpoints a slice holds. */
  readonly maxEndpoints: number;
  readonly shares: () => ZoneShares | undefined;
  /** Whether the endpoints had hints by the topology mode before. */
  readonly wasHinted: boolean;
}

/** Endpoints with the same ports share slices of one address family. Source: endpointslice/reconciler.go, Reconcile. */
export function planSlices(view: ServiceView): SlicesPlan {
  const { service, slices } = view;
  const families = (service.spec.ipFamilies?.length ? service.spec.ipFamilies : ['IPv4']) as readonly IPFamily[];
  const plans: SlicesPlan[] = [];
  for (const family of families) plans.push(planFamily({ ...view, wasHinted: plans.at(-1)?.isHinted ?? view.wasHinted }, family, slices.filter(({ addressType }) => addressType === family)));
  const strange = slices.filter(({ addressType }) => !families.includes(addressType as IPFamily));
  return {
    create: plans.flatMap((plan) => plan.create),
    update: plans.flatMap((plan) => plan.update),
    delete: [...plans.flatMap((plan) => plan.delete), ...strange],
    isHinted: plans.at(-1)?.isHinted ?? false,
    events: plans.flatMap((plan) => plan.events),
    skipped: [...new Set(plans.flatMap((plan) => plan.skipped))],
  };
}

function planFamily(view: ServiceView, family: IPFamily, slices: readonly Slice[]): SlicesPlan {
  const { groups, skipped } = groupsOf(view, family);
  if (groups.size === 0) groups.set(portsKey([]), { ports: [], endpoints: new Map() }); // a Service without endpoints has an empty slice
  const meta = metadataOf(view);
  const usable = slices.filter((slice) => groups.has(keyOfSlice(slice)) && isOwn(view.service, slice));
  const filled = [...groups].flatMap(([key, group]) => fillSlices(group, usable.filter((slice) => keyOfSlice(slice) === key), view.maxEndpoints));
  const { isHinted, events } = giveHints({ ...view, slices: filled.filter(({ isUnused }) => !isUnused), family });
  const create: Draft<EndpointSlice>[] = [];
  const update: Slice[] = [];
  const unused = slices.filter((slice) => !usable.includes(slice));
  for (const { slice, ports, endpoints, isChanged, isUnused } of filled) {
    if (!slice) create.push(draftOf(view.service, meta, { addressType: family, endpoints, ports: ports.map(slicePort) }));
    else if (isUnused) unused.push(slice);
    else if (isChanged || !hasMetadata(slice, meta)) update.push({ ...slice, ...withMetadata(slice, meta), endpoints });
  }
  if (unused.length === slices.length && create.length === 0) create.push(draftOf(view.service, meta, { addressType: family, endpoints: [], ports: [] }));
  const recycled = recycle(view.service, create, unused);
  return { ...recycled, update: [...update, ...recycled.update], isHinted, events, skipped };
}

function draftOf({ metadata }: DeepReadonly<Service>, meta: Metadata, slice: Pick<Draft<EndpointSlice>, 'addressType' | 'endpoints' | 'ports'>): Draft<EndpointSlice> {
  return { metadata: { ...meta, generateName: `${metadata.name}-` }, ...slice };
}

/** One of a Service that was there before under the same name is the garbage collector's. */
function isOwn(service: DeepReadonly<Service>, { metadata }: Slice): boolean {
  return metadata.deletionTimestamp === undefined && (metadata.ownerReferences?.some(({ uid, kind }) => uid === service.metadata.uid && kind === 'Service') ?? false);
}

/** A slice that would go becomes one that would be new, whatever its ports were, so that its name stays. Source: endpointslice/reconciler.go, finalize. */
function recycle(service: DeepReadonly<Service>, create: readonly Draft<EndpointSlice>[], unused: readonly Slice[]): Pick<SlicesPlan, 'create' | 'update' | 'delete'> {
  const fresh = [...create];
  const update: Slice[] = [];
  const gone = unused.filter((slice) => {
    const draft = isOwn(service, slice) ? fresh.pop() : undefined;
    if (draft) update.push({ ...slice, ...draft, metadata: { ...slice.metadata, ...draft.metadata } } as Slice);
    return !draft;
  });
  return { create: fresh, update, delete: gone };
}

/** The endpoints by the ports that they have. */
function groupsOf(view: ServiceView, family: IPFamily): { groups: Map<string, EndpointGroup>; skipped: DeepReadonly<Pod>[] } {
  const groups = new Map<string, EndpointGroup>();
  const skipped: DeepReadonly<Pod>[] = [];
  for (const pod of view.pods) {
    const address = mayServe(pod) ? addressOf(pod, family) : undefined;
    if (address === undefined) continue;
    const ports = portsAt(view.service, pod);
    if (!view.service.spec.publishNotReadyAddresses && !view.node(pod.spec.nodeName ?? '')) {
      skipped.push(pod);
      continue;
    }
    const key = portsKey(ports);
    const group = groups.get(key) ?? { ports, endpoints: new Map<string, Endpoint>() };
    groups.set(key, group);
    group.endpoints.set(pod.metadata.uid, endpointOf(view, pod, address));
  }
  return { groups, skipped };
}

function endpointOf({ service, node }: ServiceView, pod: DeepReadonly<Pod>, address: string): Endpoint {
  const serving = isPodReady(pod);
  const terminating = pod.metadata.deletionTimestamp !== undefined;
  const ready = service.spec.publishNotReadyAddresses === true || (serving && !terminating);
  const { name, namespace, uid } = pod.metadata;
  const { nodeName } = pod.spec;
  const zone = nodeName && node(nodeName)?.metadata.labels?.[ZONE];
  const hostname = hostnameOf(pod, service);
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname && { hostname }),
    targetRef: { kind: 'Pod', ...(namespace && { namespace }), name, uid },
    ...(nodeName && { nodeName }),
    ...(zone && { zone }),
  };
}

function slicePort({ name, protocol, port, appProtocol }: NamedPort): EndpointPort {
  return { name, protocol, port, ...(appProtocol !== undefined && { appProtocol }) };
}

function keyOfSlice({ ports }: Slice): string {
  return portsKey((ports ?? []).map(({ name = '', protocol = 'TCP', port = 0, appProtocol }) => ({ name, protocol, port, ...(appProtocol !== undefined && { appProtocol }) })));
}

type Metadata = Pick<Draft<EndpointSlice>['metadata'], 'labels' | 'annotations' | 'namespace' | 'ownerReferences'>;

/** A slice has the labels of its Service, and says whose it is. */
function metadataOf({ service, pods }: ServiceView): Metadata {
  const { name, namespace, labels } = service.metadata;
  const own = Object.entries(labels ?? {}).filter(([key]) => key !== SERVICE_NAME && key !== MANAGED_BY && key !== HEADLESS);
  return {
    ...(namespace && { namespace }),
    labels: { ...Object.fromEntries(own), [SERVICE_NAME]: name, [MANAGED_BY]: MANAGER, ...(isHeadless(service) && { [HEADLESS]: '' }) },
    annotations: { [LAST_CHANGE]: lastTriggerTime(service, pods) },
    ownerReferences: [controllerReference(service, services)],
  };
}

function hasMetadata({ metadata }: Slice, wanted: Metadata): boolean {
  return isDeepStrictEqual({ ...metadata.labels }, wanted.labels) && isDeepStrictEqual(normalOwners(metadata.ownerReferences), normalOwners(wanted.ownerReferences));
}

function normalOwners(owners: unknown): unknown {
  return JSON.parse(JSON.stringify(owners ?? []));
}

function withMetadata({ metadata }: Slice, wanted: Metadata): Pick<EndpointSlice, 'metadata'> {
  const annotations = { ...metadata.annotations, ...wanted.annotations };
  return { metadata: { ...metadata, ...wanted, annotations } as EndpointSlice['metadata'] };
}
