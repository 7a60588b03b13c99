/** IP addresses and blocks of them. Source: apimachinery pkg/util/validation/ip.go; lists name the canonical form as the wanted one. */
import { BlockList, isIP } from 'node:net';
import type { FieldErrors, FieldPath } from './field-errors.ts';

const IP_TEXT = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const CIDR_TEXT = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';

export type IPFamily = 'IPv4' | 'IPv6';

export function ipFamilyOf(ip: string): IPFamily | undefined {
  const version = isIP(ip);
  return version === 4 ? 'IPv4' : version === 6 && !ip.includes('%') ? 'IPv6' : undefined;
}

export function isValidIP(value: string): string[] {
  return ipFamilyOf(value) === undefined ? [IP_TEXT] : [];
}

export function validateIP(value: string, path: FieldPath, errors: FieldErrors): boolean {
  for (const text of isValidIP(value)) errors.invalid(path, value, text);
  return ipFamilyOf(value) !== undefined;
}

/** An address in bits, the most significant first; for valid addresses. */
export function ipBits(ip: string): bigint {
  if (ipFamilyOf(ip) === 'IPv4') return ip.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n);
  const [head = '', tail] = ip.replace(/(\d+)\.(\d+)\.(\d+)\.(\d+)$/, (_, a, b, c, d) => [Number(a) * 256 + Number(b), Number(c) * 256 + Number(d)].map((one) => one.toString(16)).join(':')).split('::');
  const groups = (text: string | undefined): string[] => (text ? text.split(':') : []);
  const before = groups(head);
  const after = groups(tail);
  const middle = Array.from({ length: 8 - before.length - after.length }, () => '0');
  return [...before, ...middle, ...after].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

/** The address of these bits, in canonical form. */
export function ipOfBits(bits: bigint, family: IPFamily): string {
  if (family === 'IPv4') return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.');
  return canonicalIP((bits.toString(16).padStart(32, '0').match(/.{4}/g) ?? []).join(':'));
}

export interface Cidr {
  readonly family: IPFamily;
  readonly ip: string;
  readonly prefixLength: number;
}

/** A block of addresses; undefined for a text that is none. */
export function parseCidr(value: string): Cidr | undefined {
  const [ip = '', length = '', ...rest] = value.split('/');
  const family = ipFamilyOf(ip);
  if (!family || rest.length > 0 || !/^(0|[1-9][0-9]{0,2})$/.test(length)) return undefined;
  const prefixLength = Number(length);
  return prefixLength <= (family === 'IPv4' ? 32 : 128) ? { family, ip, prefixLength } : undefined;
}

export function isValidCidr(value: string): string[] {
  return parseCidr(value) === undefined ? [CIDR_TEXT] : [];
}

export function validateCidr(value: string, path: FieldPath, errors: FieldErrors): Cidr | undefined {
  const cidr = parseCidr(value);
  if (!cidr) errors.invalid(path, value, CIDR_TEXT);
  return cidr;
}

/** Whether an address names a block by its first address: no bits beyond the prefix. */
export function isNetworkAddress({ ip, family, prefixLength }: Cidr): boolean {
  const rest = BigInt((family === 'IPv4' ? 32 : 128) - prefixLength);
  return ((ipBits(ip) >> rest) << rest) === ipBits(ip);
}

export function cidrContains(outer: Cidr, ip: string): boolean {
  const list = new BlockList();
  const family = outer.family === 'IPv4' ? 'ipv4' : 'ipv6';
  list.addSubnet(outer.ip, outer.prefixLength, family);
  return ipFamilyOf(ip) === outer.family && list.check(ip, family);
}

/** The one way to write an address: IPv6 in lower case, with the longest run of zero groups as `::` (RFC 5952). */
export function canonicalIP(ip: string): string {
  if (ipFamilyOf(ip) === 'IPv4') return ip;
  // A URL's host is written in the canonical form.
  return new URL(`http://[${ip}]/`).hostname.slice(1, -1);
}
