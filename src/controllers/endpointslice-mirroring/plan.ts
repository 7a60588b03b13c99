import { isDeepStrictEqual } from 'node:util';
import type { EndpointAddress, Endpoints, EndpointSubset, Service } from '../../api/generated/core-v1.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../../api/generated/discovery-v1.ts';
import { endpoints } from '../../api/refs.ts';
import type { DeepReadonly, Draft } from '../../apimachinery/meta.ts';
import { controllerReference } from '../../component-helpers/owner-reference.ts';
import { MANAGED_BY, SERVICE_NAME } from '../endpointslice/plan.ts';
import { hasEndpoints, type IPFamily, type NamedPort, portsKey } from '../service-pods.ts';

export const MIRROR_MANAGER = 'endpointslicemirroring-controller.k8s.io';
const SKIP = 'endpointslice.kubernetes.io/skip-mirror';
const LEADER = 'control-plane.alpha.kubernetes.io/leader';
const NOT_COPIED = new Set(['kubectl.kubernetes.io/last-applied-configuration', 'endpoints.kubernetes.io/last-change-trigger-time']);
/** `--mirroring-max-endpoints-per-subset`. */
export const MAX_PER_SUBSET = 1000;

type Slice = DeepReadonly<EndpointSlice>;

/** Endpoints that somebody wrote by hand are mirrored: those of a Service that has no selector. Source: endpointslicemirroring_controller.go. */
export function isMirrored(object: DeepReadonly<Endpoints>, service: DeepReadonly<Service> | undefined): boolean {
  const { labels, annotations, deletionTimestamp } = object.metadata;
  if (!service || hasEndpoints(service) || service.spec.type === 'ExternalName' || deletionTimestamp) return false;
  return labels?.[SKIP] !== 'true' && annotations?.[LEADER] === undefined;
}

export interface MirrorPlan {
  /** Addresses beyond what a subset may have. */
  readonly skipped: number;
  readonly create: readonly Draft<EndpointSlice>[];
  readonly update: readonly Slice[];
  readonly delete: readonly Slice[];
}

/** One slice for each address family and set of ports. `slices`: those that mirror the object. */
export function planMirror(object: DeepReadonly<Endpoints>, slices: readonly Slice[]): MirrorPlan {
  const unused = new Map(slices.map((slice) => [slice.metadata.uid, slice]));
  const create: Draft<EndpointSlice>[] = [];
  const update: Slice[] = [];
  for (const wanted of wantedSlices(object)) {
    const known = [...unused.values()].find((slice) => slice.addressType === wanted.addressType && keyOf(slice) === keyOf(wanted));
    if (!known) {
      create.push(wanted);
      continue;
    }
    unused.delete(known.metadata.uid);
    const isSame = isDeepStrictEqual(plain(known.endpoints), plain(wanted.endpoints)) && isDeepStrictEqual({ ...known.metadata.labels }, wanted.metadata.labels) && isDeepStrictEqual({ ...known.metadata.annotations }, wanted.metadata.annotations);
    const { labels = {}, annotations = {} } = wanted.metadata;
    if (!isSame) update.push({ ...known, metadata: { ...known.metadata, labels, annotations }, endpoints: wanted.endpoints ?? [] });
  }
  const skipped = (object.subsets ?? []).reduce((sum, subset) => sum + Math.max(addressesOf(subset).length - MAX_PER_SUBSET, 0), 0);
  return { ...recycle(create, update, [...unused.values()]), skipped };
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? []));
}

function keyOf({ ports }: Pick<Slice, 'ports'>): string {
  return portsKey((ports ?? []).map(({ name = '', protocol = 'TCP', port = 0, appProtocol }): NamedPort => ({ name, protocol, port, ...(appProtocol !== undefined && { appProtocol }) })));
}

interface Ready {
  readonly address: DeepReadonly<EndpointAddress>;
  readonly ready: boolean;
}

function addressesOf({ addresses = [], notReadyAddresses = [] }: DeepReadonly<EndpointSubset>): Ready[] {
  return [...addresses.map((address) => ({ address, ready: true })), ...notReadyAddresses.map((address) => ({ address, ready: false }))];
}

/** Subsets with the same ports share a slice; of each so many addresses are taken, ready ones first. */
function wantedSlices(object: DeepReadonly<Endpoints>): Draft<EndpointSlice>[] {
  const slices = new Map<string, Draft<EndpointSlice>>();
  for (const subset of object.subsets ?? []) {
    const ports = (subset.ports ?? []).map(({ name = '', port, protocol = 'TCP', appProtocol }) => ({ name, port, protocol, ...(appProtocol !== undefined && { appProtocol }) }));
    for (const { address, ready } of addressesOf(subset).slice(0, MAX_PER_SUBSET)) {
      const family = address.ip.includes(':') ? 'IPv6' : 'IPv4';
      const key = `${family} ${keyOf({ ports })}`;
      const slice = slices.get(key) ?? draftOf(object, family, ports);
      slices.set(key, slice);
      slice.endpoints?.push(endpointOf(address, ready));
    }
  }
  const rank = ({ addressType }: Draft<EndpointSlice>): number => (addressType === 'IPv4' ? 0 : 1);
  return [...slices.values()].sort((one, other) => rank(one) - rank(other));
}

function draftOf(object: DeepReadonly<Endpoints>, addressType: IPFamily, ports: EndpointPort[]): Draft<EndpointSlice> {
  const { name, namespace, labels, annotations } = object.metadata;
  return {
    metadata: {
      generateName: `${name}-`,
      ...(namespace && { namespace }),
      labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: MIRROR_MANAGER },
      annotations: Object.fromEntries(Object.entries(annotations ?? {}).filter(([key]) => !NOT_COPIED.has(key))),
      ownerReferences: [controllerReference(object, endpoints)],
    },
    addressType,
    endpoints: [],
    ports,
  };
}

/** A slice that would go becomes one of its family that would be new, so that its name stays. Source: pkg/controller/endpointslicemirroring, recycleSlices. */
function recycle(create: readonly Draft<EndpointSlice>[], update: readonly Slice[], unused: readonly Slice[]): Omit<MirrorPlan, 'skipped'> {
  const fresh = [...create];
  const recycled: Slice[] = [];
  const gone = unused.filter((slice) => {
    const index = fresh.findIndex(({ addressType }) => addressType === slice.addressType);
    const [draft] = index < 0 ? [] : fresh.splice(index, 1);
    if (draft) recycled.push({ ...slice, ...draft, metadata: { ...slice.metadata, ...draft.metadata } } as Slice);
    return !draft;
  });
  return { create: fresh, update: [...update, ...recycled], delete: gone };
}

function endpointOf({ ip, hostname, nodeName, targetRef }: DeepReadonly<EndpointAddress>, ready: boolean): Endpoint {
  return { addresses: [ip], conditions: { ready }, ...(hostname && { hostname }), ...(nodeName && { nodeName }), ...(targetRef && { targetRef: { ...targetRef } }) };
}
