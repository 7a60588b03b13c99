import { isDeepStrictEqual } from 'node:util';
import type { Node, Pod, Service } from '../../api/generated/core-v1.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../api/generated/discovery-v1.ts';
import { services } from '../../api/refs.ts';
import type { DeepReadonly, Draft } from '../../apimachinery/meta.ts';
import { controllerReference } from '../../component-helpers/owner-reference.ts';
import { isPodReady } from '../../component-helpers/pod-state.ts';
import { addressOf, hostnameOf, type IPFamily, isHeadless, lastTriggerTime, mayServe, type NamedPort, portsAt, portsKey } from '../service-pods.ts';

export const SERVICE_NAME = 'kubernetes.io/service-name';
export const MANAGED_BY = 'endpointslice.kubernetes.io/managed-by';
export const MANAGER = 'endpointslice-controller.k8s.io';
const HEADLESS = 'service.kubernetes.io/headless';
const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time';
const ZONE = 'topology.kubernetes.io/zone';
/** `--max-endpoints-per-slice`. */

type Slice = DeepReadonly<EndpointSlice>;

export interface SlicesPlan {
  readonly create: readonly Draft<EndpointSlice>[];
  readonly update: readonly Slice[];
  readonly delete: readonly Slice[];
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
}

/** Endpoints with the same ports share slices of one address family. Source: endpointslice/reconciler.go, Reconcile. */
export function planSlices(view: ServiceView): SlicesPlan {
  const { service, slices } = view;
  const families = (service.spec.ipFamilies?.length ? service.spec.ipFamilies : ['IPv4']) as readonly IPFamily[];
  const plans = families.map((family) => planFamily(view, family, slices.filter(({ addressType }) => addressType === family)));
  const strange = slices.filter(({ addressType }) => !families.includes(addressType as IPFamily));
  return {
    create: plans.flatMap((plan) => plan.create),
    update: plans.flatMap((plan) => plan.update),
    delete: [...plans.flatMap((plan) => plan.delete), ...strange],
  };
}

interface Group {
  readonly ports: readonly NamedPort[];
  readonly endpoints: Map<string, Endpoint>;
}

function planFamily(view: ServiceView, family: IPFamily, slices: readonly Slice[]): SlicesPlan {
  const groups = groupsOf(view, family);
  if (groups.size === 0) groups.set(portsKey([]), { ports: [], endpoints: new Map() }); // a Service without endpoints has an empty slice
  const meta = metadataOf(view);
  const create: Draft<EndpointSlice>[] = [];
  const update: Slice[] = [];
  const unused: Slice[] = [];
  for (const slice of slices) if (!groups.has(keyOfSlice(slice)) || slice.metadata.deletionTimestamp) unused.push(slice);
  for (const [key, group] of groups) {
    const present = slices.filter((slice) => keyOfSlice(slice) === key && !slice.metadata.deletionTimestamp);
    const filled = fill(group, present, view.maxEndpoints);
    filled.kept.forEach(({ slice, endpoints, isChanged }) => {
      if (endpoints.length === 0 && (filled.kept.length > 1 || filled.added.length > 0) && filled.kept.some((other) => other.endpoints.length > 0)) unused.push(slice);
      else if (isChanged || !hasMetadata(slice, meta)) update.push({ ...slice, ...withMetadata(slice, meta), endpoints });
    });
    for (const endpoints of filled.added) {
      create.push({ metadata: { ...meta, generateName: `${view.service.metadata.name}-` }, addressType: family, endpoints: [...endpoints], ports: group.ports.map(slicePort) });
    }
  }
  return { create, update, delete: unused };
}

/** The endpoints by the ports that they have. */
function groupsOf(view: ServiceView, family: IPFamily): Map<string, Group> {
  const groups = new Map<string, Group>();
  for (const pod of view.pods) {
    const address = mayServe(pod) ? addressOf(pod, family) : undefined;
    if (address === undefined) continue;
    const ports = portsAt(view.service, pod);
    if (ports.length === 0 && (view.service.spec.ports?.length ?? 0) > 0) continue;
    const key = portsKey(ports);
    const group = groups.get(key) ?? { ports, endpoints: new Map<string, Endpoint>() };
    groups.set(key, group);
    group.endpoints.set(pod.metadata.uid, endpointOf(view, pod, address));
  }
  return withHints(view, groups);
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

/** `trafficDistribution` asks for near endpoints: each one is for its own zone, or its node. Source: KEP-4444, KEP-3015. */
function withHints({ service }: ServiceView, groups: Map<string, Group>): Map<string, Group> {
  const wanted = service.spec.trafficDistribution;
  if (wanted !== 'PreferClose' && wanted !== 'PreferSameZone' && wanted !== 'PreferSameNode') return groups;
  for (const { endpoints } of groups.values()) {
    for (const endpoint of endpoints.values()) {
      const forNodes = wanted === 'PreferSameNode' && endpoint.nodeName ? { forNodes: [{ name: endpoint.nodeName }] } : {};
      if (endpoint.conditions.ready && endpoint.zone) endpoint.hints = { forZones: [{ name: endpoint.zone }], ...forNodes };
      else if (endpoint.conditions.ready && 'forNodes' in forNodes) endpoint.hints = forNodes;
    }
  }
  return groups;
}

interface Filled {
  readonly kept: readonly { readonly slice: Slice; readonly endpoints: Endpoint[]; readonly isChanged: boolean }[];
  readonly added: readonly Endpoint[][];
}

/** Leaves endpoints in the slices where they are, fills up changed slices first, then the others, then makes new ones. */
function fill({ endpoints }: Group, slices: readonly Slice[], maxEndpoints: number): Filled {
  const missing = new Map(endpoints);
  const kept = slices.map((slice) => {
    const present = slice.endpoints ?? [];
    const wanted: Endpoint[] = [];
    for (const endpoint of present) {
      const uid = endpoint.targetRef?.uid ?? '';
      const desired = missing.get(uid);
      if (!desired) continue;
      missing.delete(uid);
      wanted.push(desired);
    }
    const isChanged = wanted.length !== present.length || wanted.some((endpoint, index) => !isDeepStrictEqual(normal(endpoint), normal(present[index])));
    return { slice, endpoints: wanted, isChanged };
  });
  const rest = [...missing.values()];
  const byRoom = [...kept].sort((one, other) => Number(other.isChanged) - Number(one.isChanged) || other.endpoints.length - one.endpoints.length);
  for (const target of byRoom) {
    const taken = rest.splice(0, maxEndpoints - target.endpoints.length);
    target.endpoints.push(...taken);
    if (taken.length > 0) target.isChanged = true;
  }
  const added: Endpoint[][] = [];
  while (rest.length > 0) added.push(rest.splice(0, maxEndpoints));
  if (kept.length + added.length === 0) added.push([]);
  return { kept, added };
}

function normal(endpoint: DeepReadonly<Endpoint> | undefined): unknown {
  return endpoint && JSON.parse(JSON.stringify(endpoint));
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
