import { isDeepStrictEqual } from 'node:util';
import type { EndpointAddress, Endpoints, EndpointSubset, Service } from '../../api/generated/core-v1.ts';
import type { Endpoint, EndpointSlice } from '../../api/generated/discovery-v1.ts';
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
const MAX_PER_SUBSET = 1000;

type Slice = DeepReadonly<EndpointSlice>;

/** Endpoints that somebody wrote by hand are mirrored: those of a Service that has no selector. Source: endpointslicemirroring_controller.go. */
export function isMirrored(object: DeepReadonly<Endpoints>, service: DeepReadonly<Service> | undefined): boolean {
  const { labels, annotations, deletionTimestamp } = object.metadata;
  if (!service || hasEndpoints(service) || service.spec.type === 'ExternalName' || deletionTimestamp) return false;
  return labels?.[SKIP] !== 'true' && annotations?.[LEADER] === undefined;
}

export interface MirrorPlan {
  readonly create: readonly Draft<EndpointSlice>[];
  readonly update: readonly Slice[];
  readonly delete: readonly Slice[];
}

/** One slice for each subset and address family. `slices`: those that mirror the object. */
export function planMirror(object: DeepReadonly<Endpoints>, slices: readonly Slice[]): MirrorPlan {
  const unused = new Map(slices.map((slice) => [slice.metadata.uid, slice]));
  const create: Draft<EndpointSlice>[] = [];
  const update: Slice[] = [];
  for (const wanted of (object.subsets ?? []).flatMap((subset) => (['IPv4', 'IPv6'] as const).map((family) => sliceOf(object, subset, family)))) {
    if (!wanted) continue;
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
  return { create, update, delete: [...unused.values()] };
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value ?? []));
}

function keyOf({ ports }: Pick<Slice, 'ports'>): string {
  return portsKey((ports ?? []).map(({ name = '', protocol = 'TCP', port = 0, appProtocol }): NamedPort => ({ name, protocol, port, ...(appProtocol !== undefined && { appProtocol }) })));
}

function sliceOf(object: DeepReadonly<Endpoints>, subset: DeepReadonly<EndpointSubset>, family: IPFamily): Draft<EndpointSlice> | undefined {
  const isOfFamily = ({ ip }: DeepReadonly<EndpointAddress>): boolean => ip.includes(':') === (family === 'IPv6');
  const ready = (subset.addresses ?? []).filter(isOfFamily).map((address) => endpointOf(address, true));
  const notReady = (subset.notReadyAddresses ?? []).filter(isOfFamily).map((address) => endpointOf(address, false));
  const all = [...ready, ...notReady].slice(0, MAX_PER_SUBSET);
  if (all.length === 0) return undefined;
  const { name, namespace, labels, annotations } = object.metadata;
  const ports = (subset.ports ?? []).map(({ name: portName = '', port, protocol = 'TCP', appProtocol }) => ({ name: portName, port, protocol, ...(appProtocol !== undefined && { appProtocol }) }));
  return {
    metadata: {
      generateName: `${name}-`,
      ...(namespace && { namespace }),
      labels: { ...labels, [SERVICE_NAME]: name, [MANAGED_BY]: MIRROR_MANAGER },
      annotations: Object.fromEntries(Object.entries(annotations ?? {}).filter(([key]) => !NOT_COPIED.has(key))),
      ownerReferences: [controllerReference(object, endpoints)],
    },
    addressType: family,
    endpoints: all,
    ports,
  };
}

function endpointOf({ ip, hostname, nodeName, targetRef }: DeepReadonly<EndpointAddress>, ready: boolean): Endpoint {
  return { addresses: [ip], conditions: { ready }, ...(hostname && { hostname }), ...(nodeName && { nodeName }), ...(targetRef && { targetRef: { ...targetRef } }) };
}
