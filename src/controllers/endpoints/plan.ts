import { isDeepStrictEqual } from 'node:util';
import type { EndpointAddress, Endpoints, EndpointSubset, Pod, Service } from '../../api/generated/core-v1.ts';
import type { DeepReadonly, Draft } from '../../apimachinery/meta.ts';
import { isPodReady } from '../../component-helpers/pod-state.ts';
import { addressOf, hostnameOf, type IPFamily, isHeadless, lastTriggerTime, mayServe, type NamedPort, portsAt, portsKey } from '../service-pods.ts';

const HEADLESS = 'service.kubernetes.io/headless';
const MANAGED_BY = 'endpoints.kubernetes.io/managed-by';
const LAST_CHANGE = 'endpoints.kubernetes.io/last-change-trigger-time';
const OVER_CAPACITY = 'endpoints.kubernetes.io/over-capacity';
const MAX_ADDRESSES = 1000;

/** The Endpoints that the Service is to have; undefined when `observed` is already so. Source: endpoints_controller.go, syncService. */
export function planEndpoints(service: DeepReadonly<Service>, pods: readonly DeepReadonly<Pod>[], observed: DeepReadonly<Endpoints> | undefined): Draft<Endpoints> | undefined {
  const { subsets, isTruncated } = truncated(subsetsOf(service, pods));
  const { name, namespace } = service.metadata;
  const own = Object.entries(service.metadata.labels ?? {}).filter(([key]) => key !== HEADLESS && key !== MANAGED_BY);
  const labels: Record<string, string> = { ...Object.fromEntries(own), [MANAGED_BY]: 'endpoint-controller', ...(isHeadless(service) && { [HEADLESS]: '' }) };
  const wasTruncated = observed?.metadata.annotations?.[OVER_CAPACITY] === 'truncated';
  const isSame = observed && wasTruncated === isTruncated && isDeepStrictEqual({ ...observed.metadata.labels }, labels) && isDeepStrictEqual(plain(observed.subsets ?? []), plain(subsets));
  if (isSame) return undefined;
  const annotations: Record<string, string> = { ...observed?.metadata.annotations, [LAST_CHANGE]: lastTriggerTime(service, pods) };
  if (isTruncated) annotations[OVER_CAPACITY] = 'truncated';
  else delete annotations[OVER_CAPACITY];
  return { metadata: { ...(observed?.metadata as Draft<Endpoints>['metadata']), name, ...(namespace && { namespace }), labels, annotations }, subsets };
}

function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function subsetsOf(service: DeepReadonly<Service>, pods: readonly DeepReadonly<Pod>[]): EndpointSubset[] {
  const family = (service.spec.ipFamilies?.[0] ?? 'IPv4') as IPFamily;
  const publishesAll = service.spec.publishNotReadyAddresses === true;
  const groups = new Map<string, { ports: NamedPort[]; ready: EndpointAddress[]; notReady: EndpointAddress[] }>();
  for (const pod of pods) {
    const ip = mayServe(pod) ? addressOf(pod, family) : undefined;
    if (ip === undefined || (pod.metadata.deletionTimestamp !== undefined && !publishesAll)) continue;
    const ports = portsAt(service, pod);
    if (ports.length === 0 && (service.spec.ports?.length ?? 0) > 0) continue;
    const group = groups.get(portsKey(ports)) ?? { ports, ready: [], notReady: [] };
    groups.set(portsKey(ports), group);
    const list = publishesAll || isPodReady(pod) ? group.ready : group.notReady;
    list.push(addressFor(service, pod, ip));
  }
  const byIP = (one: EndpointAddress, other: EndpointAddress): number => (one.ip < other.ip ? -1 : one.ip > other.ip ? 1 : 0);
  return [...groups]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { ports, ready, notReady }]) => ({
      ...(ready.length > 0 && { addresses: ready.sort(byIP) }),
      ...(notReady.length > 0 && { notReadyAddresses: notReady.sort(byIP) }),
      ...(ports.length > 0 && { ports: [...ports].sort((one, other) => (portsKey([one]) < portsKey([other]) ? -1 : 1)).map(({ name, ...port }) => ({ ...(name && { name }), ...port })) }),
    }));
}

function addressFor(service: DeepReadonly<Service>, pod: DeepReadonly<Pod>, ip: string): EndpointAddress {
  const { name, namespace, uid } = pod.metadata;
  const hostname = hostnameOf(pod, service);
  const { nodeName } = pod.spec;
  return { ip, ...(hostname && { hostname }), ...(nodeName && { nodeName }), targetRef: { kind: 'Pod', ...(namespace && { namespace }), name, uid } };
}

/** An Endpoints object holds a thousand addresses; ready ones come first. */
function truncated(subsets: EndpointSubset[]): { subsets: EndpointSubset[]; isTruncated: boolean } {
  let room = MAX_ADDRESSES;
  let isTruncated = false;
  const cut = (list: EndpointAddress[] | undefined): EndpointAddress[] => {
    const kept = (list ?? []).slice(0, room);
    isTruncated ||= kept.length < (list?.length ?? 0);
    room -= kept.length;
    return kept;
  };
  const ready = subsets.map(({ addresses }) => cut(addresses));
  const notReady = subsets.map(({ notReadyAddresses }) => cut(notReadyAddresses));
  if (!isTruncated) return { subsets, isTruncated };
  const shorter = subsets.map(({ ports }, index) => {
    const [addresses = [], notReadyAddresses = []] = [ready[index], notReady[index]];
    return { ...(addresses.length > 0 && { addresses }), ...(notReadyAddresses.length > 0 && { notReadyAddresses }), ...(ports && { ports }) };
  });
  return { subsets: shorter.filter((subset) => 'addresses' in subset || 'notReadyAddresses' in subset), isTruncated };
}
