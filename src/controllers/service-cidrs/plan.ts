import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { cidrContains, ipFamilyOf, parseCidr } from '../../apimachinery/validation/ip.ts';
import { isManagedAddress } from '../../api/networking/service-address.ts';
import type { IPAddress, ServiceCIDR } from '../../api/generated/networking-v1.ts';

type Range = DeepReadonly<ServiceCIDR>;

/** So long after its deletion a range may still give addresses, on a server that has not heard of it. */
const GRACE_MS = 10_000;

export type ServiceCIDRPlan =
  /** In use: it is protected from going, and ready. */
  | { readonly kind: 'keep'; readonly needsFinalizer: boolean }
  /** Being deleted while Services have addresses of it alone. */
  | { readonly kind: 'blocked' }
  | { readonly kind: 'wait'; readonly afterMs: number }
  | { readonly kind: 'release'; readonly finalizers: readonly string[] }
  | { readonly kind: 'nothing' };

export const FINALIZER = 'networking.k8s.io/service-cidr-finalizer';

/** Source: pkg/controller/servicecidrs, sync. */
export function planServiceCIDR(range: Range, all: readonly Range[], addresses: readonly DeepReadonly<IPAddress>[], nowMs: number): ServiceCIDRPlan {
  const { deletionTimestamp, finalizers = [] } = range.metadata;
  if (deletionTimestamp === undefined) return { kind: 'keep', needsFinalizer: !finalizers.includes(FINALIZER) };
  if (!isWithinOthers(range, all) && addresses.some((address) => isOnlyOf(address, range, all))) return { kind: 'blocked' };
  const afterMs = GRACE_MS - (nowMs - Date.parse(deletionTimestamp));
  if (afterMs > 0) return { kind: 'wait', afterMs };
  if (!finalizers.includes(FINALIZER)) return { kind: 'nothing' };
  return { kind: 'release', finalizers: finalizers.filter((one) => one !== FINALIZER) };
}

/** The names of the ranges that a change of this one concerns: what was blocked by its absence may go, and the other way about. */
export function overlapping(range: Range, all: readonly Range[]): string[] {
  const own = range.spec.cidrs ?? [];
  return all.filter((other) => (other.spec.cidrs ?? []).some((cidr) => own.some((one) => isWithin(cidr, one) || isWithin(one, cidr)))).map(({ metadata }) => metadata.name);
}

/** The names of the ranges that an address of a Service lies in. */
export function containing(address: DeepReadonly<IPAddress>, all: readonly Range[]): string[] {
  if (!isManagedAddress(address)) return [];
  return all.filter((range) => holds(range, address.metadata.name)).map(({ metadata }) => metadata.name);
}

/** Each of its ranges lies in one of another ServiceCIDR: no address is orphaned. */
function isWithinOthers(range: Range, all: readonly Range[]): boolean {
  const others = all.filter(({ metadata }) => metadata.name !== range.metadata.name);
  return (range.spec.cidrs ?? []).every((cidr) => others.some((other) => (other.spec.cidrs ?? []).some((one) => isWithin(cidr, one))));
}

function isOnlyOf(address: DeepReadonly<IPAddress>, range: Range, all: readonly Range[]): boolean {
  const names = containing(address, all);
  return names.length === 1 && names[0] === range.metadata.name;
}

function holds({ spec }: Range, ip: string): boolean {
  return (spec.cidrs ?? []).some((text) => {
    const cidr = parseCidr(text);
    return cidr !== undefined && cidr.family === ipFamilyOf(ip) && cidrContains(cidr, ip);
  });
}

function isWithin(inner: string, outer: string): boolean {
  const [a, b] = [parseCidr(inner), parseCidr(outer)];
  return a !== undefined && b !== undefined && a.family === b.family && a.prefixLength >= b.prefixLength && cidrContains(b, a.ip);
}
