import { ipFamilyOf, parseCidr } from '../../apimachinery/validation/ip.ts';

/**
 * Throws Error when Service `default/kubernetes` could have no endpoint: its address is of the first range of Services, its endpoint is the address that the
 * server is reached at. Source: kube-apiserver, "service IP family must match public address family".
 */
export function requireSameFamily({ serviceRanges, advertiseAddress }: { readonly serviceRanges: readonly string[]; readonly advertiseAddress: string }): void {
  const [service, address] = [parseCidr(serviceRanges[0] ?? '')?.family, ipFamilyOf(advertiseAddress)];
  if (service === undefined || address === undefined || service === address) return;
  throw new Error(`--service-cluster-ip-range begins with a range of ${service}, but --advertise-address is ${advertiseAddress}: give an address of ${service}, or put the range of ${address} first`);
}
