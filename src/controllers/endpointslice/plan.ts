import { isDeepStrictEqual } from 'node:util';
import type { Node, Pod, Service } from '../../api/generated/core-v1.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../api/generated/discovery-v1.ts';
import { services } from '../../api/refs.ts';
import type { DeepReadonly, Draft } from '../../apimachinery/meta.ts';
import { controllerReference } from '../../component-helpers/owner-reference.ts';
import { isPodReady } from '../../component-helpers/pod-state.ts';
import { addressOf, hostnameOf, type IPFamily, isHeadless, lastTriggerTime, mayServe, type NamedPort, portsAt, portsKey } from '../service-pods.ts';
import { giveHints, type HintsEvent } from './hints.ts';
import type { ZonedSlice } from './hints-by-zone.ts';
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

interface Group {
  readonly ports: readonly NamedPort[];
  readonly endpoints: Map<string, Endpoint>;
}

function planFamily(view: ServiceView, family: IPFamily, slices: readonly Slice[]): SlicesPlan {
  const { groups, skipped } = groupsOf(view, family);
  if (groups.size === 0) groups.set(portsKey([]), { ports: [], endpoints: new Map() }); // a Service without endpoints has an empty slice
  const meta = metadataOf(view);
  const usable = slices.filter((slice) => groups.has(keyOfSlice(slice)) && !slice.metadata.deletionTimestamp);
  const filled = [...groups].flatMap(([key, group]) => fill(group, usable.filter((slice) => keyOfSlice(slice) === key), view.maxEndpoints));
  const { isHinted, events } = giveHints({ ...view, slices: filled.filter(({ isUnused }) => !isUnused), family });
  const create: Draft<EndpointSlice>[] = [];
  const update: Slice[] = [];
  const unused = slices.filter((slice) => !usable.includes(slice));
  for (const { slice, ports, endpoints, isChanged, isUnused } of filled) {
    if (!slice) create.push({ metadata: { ...meta, generateName: `${view.service.metadata.name}-` }, addressType: family, endpoints, ports: ports.map(slicePort) });
    else if (isUnused) unused.push(slice);
    else if (isChanged || !hasMetadata(slice, meta)) update.push({ ...slice, ...withMetadata(slice, meta), endpoints });
  }
  return { create, update, delete: unused, isHinted, events, skipped };
}

/** The endpoints by the ports that they have. */
function groupsOf(view: ServiceView, family: IPFamily): { groups: Map<string, Group>; skipped: DeepReadonly<Pod>[] } {
  const groups = new Map<string, Group>();
  const skipped: DeepReadonly<Pod>[] = [];
  for (const pod of view.pods) {
    const address = mayServe(pod) ? addressOf(pod, family) : undefined;
    if (address === undefined) continue;
    const ports = portsAt(view.service, pod);
    if (ports.length === 0 && (view.service.spec.ports?.length ?? 0) > 0) continue;
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

interface Filled extends ZonedSlice {
  /** Undefined for one that is to be made. */
  readonly slice: Slice | undefined;
  readonly ports: readonly NamedPort[];
  isUnused: boolean;
}

/** Leaves endpoints in the slices where they are, fills up changed slices first, then the others, then makes new ones. What is unchanged keeps its hints. */
function fill({ endpoints, ports }: Group, slices: readonly Slice[], maxEndpoints: number): Filled[] {
  const missing = new Map(endpoints);
  const kept = slices.map((slice): Filled => {
    const present = (slice.endpoints ?? []) as readonly Endpoint[];
    const wanted: Endpoint[] = [];
    for (const endpoint of present) {
      const uid = endpoint.targetRef?.uid ?? '';
      const desired = missing.get(uid);
      if (!desired) continue;
      missing.delete(uid);
      wanted.push(desired);
    }
    const isChanged = wanted.length !== present.length || wanted.some((endpoint, index) => !isDeepStrictEqual(normal(endpoint), normal(present[index])));
    return { slice, ports, endpoints: isChanged ? wanted : [...present], isChanged, isUnused: false };
  });
  const rest = [...missing.values()];
  const byRoom = [...kept].sort((one, other) => Number(other.isChanged) - Number(one.isChanged) || other.endpoints.length - one.endpoints.length);
  for (const target of byRoom) {
    const taken = rest.splice(0, maxEndpoints - target.endpoints.length);
    target.endpoints.push(...taken);
    if (taken.length > 0) target.isChanged = true;
  }
  for (const one of kept) one.isUnused = one.endpoints.length === 0 && kept.some((other) => other.endpoints.length > 0);
  const added: Filled[] = [];
  while (rest.length > 0 || kept.length + added.length === 0) added.push({ slice: undefined, ports, endpoints: rest.splice(0, maxEndpoints), isChanged: true, isUnused: false });
  return [...kept, ...added];
}

/** Hints are seen to apart. */
function normal(endpoint: DeepReadonly<Endpoint> | undefined): unknown {
  return endpoint && JSON.parse(JSON.stringify({ ...endpoint, hints: undefined }));
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
