import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { EndpointSlice } from '../api/generated/discovery-v1.ts';
import type { ServicePort } from '../api/generated/core-v1.ts';
import { isOf, type AddressFamily } from './family.ts';

/** Where one port of a service may send a connection. */
export interface ProxyEndpoint {
  readonly ip: string;
  readonly port: number;
  readonly isLocal: boolean;
  /** Local, or nobody says where: endpoints that were not made from pods. */
  readonly mayBeLocal: boolean;
  readonly isReady: boolean;
  /** Still answers while its pod is ending: better than nothing. */
  readonly servesWhileTerminating: boolean;
  readonly hintedNodes: readonly string[];
  readonly hintedZones: readonly string[];
}

export interface NodePlace {
  readonly nodeName: string;
  readonly zone: string | undefined;
}

/** What the slices of a service say about one of its ports; an endpoint in two slices counts once, and the ready one wins. */
export function endpointsOfPort(slices: readonly DeepReadonly<EndpointSlice>[], port: DeepReadonly<ServicePort>, { nodeName, family }: { readonly nodeName: string; readonly family: AddressFamily }): ProxyEndpoint[] {
  const found = new Map<string, ProxyEndpoint>();
  for (const slice of slices) {
    if (slice.addressType !== family.name) continue;
    const slicePort = slice.ports?.find((candidate) => (candidate.name ?? '') === (port.name ?? '') && (candidate.protocol ?? 'TCP') === (port.protocol ?? 'TCP'));
    if (slicePort?.port === undefined) continue;
    for (const { addresses, conditions, nodeName: place, hints } of slice.endpoints ?? []) {
      const [ip] = addresses;
      if (ip === undefined || !isOf(family, ip)) continue;
      const isReady = conditions?.ready ?? true;
      const endpoint: ProxyEndpoint = {
        ip,
        port: slicePort.port,
        isLocal: place === nodeName,
        mayBeLocal: place === undefined || place === nodeName,
        isReady,
        servesWhileTerminating: (conditions?.serving ?? isReady) && conditions?.terminating === true,
        hintedNodes: hints?.forNodes?.map(({ name }) => name) ?? [],
        hintedZones: hints?.forZones?.map(({ name }) => name) ?? [],
      };
      const key = `${ip} ${slicePort.port}`;
      if (isReady || !found.has(key)) found.set(key, endpoint);
    }
  }
  return [...found.values()].toSorted((a, b) => (a.ip === b.ip ? a.port - b.port : a.ip < b.ip ? -1 : 1));
}

/**
 * The endpoints for traffic that may go anywhere: the ready ones, narrowed by hints where every ready one has them; without a ready one, those
 * that still serve while terminating. Source: pkg/proxy/topology, CategorizeEndpoints.
 */
export function clusterEndpoints(all: readonly ProxyEndpoint[], place: NodePlace): ProxyEndpoint[] {
  const ready = all.filter((endpoint) => endpoint.isReady);
  if (ready.length === 0) return all.filter((endpoint) => endpoint.servesWhileTerminating);
  if (ready.every(({ hintedNodes }) => hintedNodes.length > 0)) {
    const forNode = ready.filter(({ hintedNodes }) => hintedNodes.includes(place.nodeName));
    if (forNode.length > 0) return forNode;
  }
  const { zone } = place;
  if (zone !== undefined && ready.every(({ hintedZones }) => hintedZones.length > 0)) {
    const forZone = ready.filter(({ hintedZones }) => hintedZones.includes(zone));
    if (forZone.length > 0) return forZone;
  }
  return ready;
}

/** The endpoints for traffic that must stay on the node. */
export function localEndpoints(all: readonly ProxyEndpoint[]): ProxyEndpoint[] {
  const local = all.filter((endpoint) => endpoint.isLocal);
  const ready = local.filter((endpoint) => endpoint.isReady);
  return ready.length > 0 ? ready : local.filter((endpoint) => endpoint.servesWhileTerminating);
}
