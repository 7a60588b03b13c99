import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { canonicalIP, cidrContains, ipFamilyOf, parseCidr } from '../../apimachinery/validation/ip.ts';
import type { Service } from '../../api/generated/core-v1.ts';
import type { IPAddress, ServiceCIDR } from '../../api/generated/networking-v1.ts';
import { hasAllocatorLabels, isManagedAddress } from '../../api/networking/service-address.ts';

type ReadonlyService = DeepReadonly<Service>;
type ReadonlyAddress = DeepReadonly<IPAddress>;

/** While a Service is being created its address is there before it: as long as a request may take. */
const GRACE_MS = 60_000;

/** What is known of the cluster. */
export interface AddressView {
  readonly address: (ip: string) => ReadonlyAddress | undefined;
  readonly service: (namespace: string, name: string) => ReadonlyService | undefined;
  readonly ranges: readonly DeepReadonly<ServiceCIDR>[];
}

export interface Repair {
  readonly ip: string;
  readonly action: 'create' | 'recreate' | 'none';
  readonly event?: { readonly reason: string; readonly message: string };
}

/** The addresses of a Service whose IPAddress is not as it should be. Source: pkg/registry/core/service/ipallocator/controller, syncService. */
export function planServiceRepair(service: ReadonlyService, view: AddressView): Repair[] {
  const { spec } = service;
  if (spec.type === 'ExternalName' || !spec.clusterIP || spec.clusterIP === 'None') return [];
  return (spec.clusterIPs ?? []).flatMap((text) => {
    const family = ipFamilyOf(text);
    if (!family) return [{ ip: text, action: 'none' as const, event: { reason: 'ClusterIPNotValid', message: `Cluster IP ${text} is not a valid IP; please recreate Service` } }];
    const ip = canonicalIP(text);
    const what = `Cluster IP [${family}]: ${ip}`;
    if (!isInRange(ip, view)) return [{ ip, action: 'none' as const, event: { reason: 'ClusterIPOutOfRange', message: `${what} is not within any configured Service CIDR; please recreate service` } }];
    const address = view.address(ip);
    if (!address) return [{ ip, action: 'create' as const, event: { reason: 'ClusterIPNotAllocated', message: `${what} is not allocated; repairing` } }];
    return repairOf(service, address, view);
  });
}

function repairOf(service: ReadonlyService, address: ReadonlyAddress, view: AddressView): Repair[] {
  const { name, namespace } = service.metadata;
  const { parentRef } = address.spec;
  const ip = address.metadata.name;
  const family = ipFamilyOf(ip) ?? 'IPv4';
  const wrong: Repair = { ip, action: 'recreate', event: { reason: 'ClusterIPNotAllocated', message: `the ClusterIP [${family}]: ${ip} for Service ${namespace}/${name} has a wrong reference; repairing` } };
  if (!isServiceRef(address)) return [wrong];
  if (parentRef?.namespace !== namespace || parentRef?.name !== name) {
    const other = view.service(parentRef?.namespace ?? '', parentRef?.name ?? '');
    if (!other) return [wrong];
    if (holdsAddress(other, ip)) return [{ ip, action: 'none', event: { reason: 'ClusterIPAlreadyAllocated', message: `Cluster IP [${family}]:${ip} was assigned to multiple services; please recreate service` } }];
  }
  return hasAllocatorLabels(address) ? [] : [{ ip, action: 'recreate' }];
}

export type AddressRepair =
  | { readonly kind: 'keep' }
  | { readonly kind: 'wait'; readonly afterMs: number }
  | { readonly kind: 'delete'; readonly reason: string; readonly message: string };

/** What is to happen to an address that the allocator has given. Source: syncIPAddress. */
export function planAddressRepair(address: ReadonlyAddress, view: AddressView, nowMs: number): AddressRepair {
  if (!isManagedAddress(address)) return { kind: 'keep' };
  const ip = address.metadata.name;
  const { group, resource, namespace, name } = { group: '', namespace: '', ...address.spec.parentRef };
  if (!isServiceRef(address)) {
    return { kind: 'delete', reason: 'IPAddressNotAllocated', message: `IPAddress ${ip} appears to have been modified, not referencing a Service &{${group} ${resource} ${namespace} ${name}}: cleaning up` };
  }
  const service = view.service(namespace, name);
  if (!service) {
    const afterMs = GRACE_MS - (nowMs - Date.parse(address.metadata.creationTimestamp));
    if (afterMs >= 0) return { kind: 'wait', afterMs: afterMs + 1 };
    return { kind: 'delete', reason: 'IPAddressNotAllocated', message: `IPAddress: ${ip} for Service ${namespace}/${name} appears to have leaked: cleaning up` };
  }
  if (holdsAddress(service, ip)) return { kind: 'keep' };
  return { kind: 'delete', reason: 'IPAddressWrongReference', message: `IPAddress: ${ip} for Service ${namespace}/${name} has a wrong reference; cleaning up` };
}

/** Whether the Service has the address, in whatever form it was written. `ip` in canonical form. */
export function holdsAddress({ spec }: ReadonlyService, ip: string): boolean {
  return (spec.clusterIPs ?? []).some((one) => ipFamilyOf(one) !== undefined && canonicalIP(one) === ip);
}

function isServiceRef({ spec }: ReadonlyAddress): boolean {
  return (spec.parentRef?.group ?? '') === '' && spec.parentRef?.resource === 'services';
}

function isInRange(ip: string, { ranges }: AddressView): boolean {
  return ranges.some(({ spec }) => (spec.cidrs ?? []).some((text) => {
    const cidr = parseCidr(text);
    return cidr !== undefined && cidrContains(cidr, ip);
  }));
}
