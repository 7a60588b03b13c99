import { isIP } from 'node:net';

/** How nftables names things of one family of addresses: each family has a table of its own. */
export interface AddressFamily {
  readonly name: 'IPv4' | 'IPv6';
  /** Of tables, and of addresses in rules. */
  readonly nft: 'ip' | 'ip6';
  readonly addressType: 'ipv4_addr' | 'ipv6_addr';
  readonly loopback: string;
}

export const IPV4: AddressFamily = { name: 'IPv4', nft: 'ip', addressType: 'ipv4_addr', loopback: '127.0.0.0/8' };
export const IPV6: AddressFamily = { name: 'IPv6', nft: 'ip6', addressType: 'ipv6_addr', loopback: '::1' };

export function isOf({ name }: AddressFamily, ip: string): boolean {
  return isIP(ip) === (name === 'IPv4' ? 4 : 6);
}

export function isRangeOf(family: AddressFamily, cidr: string): boolean {
  return isOf(family, cidr.split('/')[0] ?? '');
}
