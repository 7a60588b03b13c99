/** The IPAddress by which a Service has its address. Source: KEP-1880. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { ipFamilyOf } from '../../apimachinery/validation/ip.ts';
import type { IPAddress } from '../generated/networking-v1.ts';

const FAMILY_LABEL = 'ipaddress.kubernetes.io/ip-family';
const MANAGED_BY_LABEL = 'ipaddress.kubernetes.io/managed-by';
/** Who manages the addresses of Services. */
export const IP_ADDRESS_MANAGER = 'ipallocator.k8s.io';

/** `ip` in canonical form. */
export function ipAddressOf(ip: string, { namespace, name }: { readonly namespace: string; readonly name: string }): { metadata: { name: string; labels: Record<string, string> }; spec: IPAddress['spec'] } {
  return { metadata: { name: ip, labels: { [FAMILY_LABEL]: familyOf(ip), [MANAGED_BY_LABEL]: IP_ADDRESS_MANAGER } }, spec: { parentRef: { resource: 'services', namespace, name } } };
}

export function isManagedAddress({ metadata }: DeepReadonly<IPAddress>): boolean {
  return metadata.labels?.[MANAGED_BY_LABEL] === IP_ADDRESS_MANAGER;
}

/** Whether it carries the labels that the allocator gives. */
export function hasAllocatorLabels(address: DeepReadonly<IPAddress>): boolean {
  return isManagedAddress(address) && address.metadata.labels?.[FAMILY_LABEL] === familyOf(address.metadata.name);
}

function familyOf(ip: string): string {
  return ipFamilyOf(ip) ?? 'IPv4';
}
