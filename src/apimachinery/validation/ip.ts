/**
 * IP addresses and blocks of them. Fields that are older than strict parsing (KEP-4858) take any spelling of an address that all parsers read
 * alike; newer ones want the canonical spelling. Source: apimachinery pkg/util/validation/ip.go.
 */
import { BlockList, isIP } from 'node:net';
import type { FieldErrors, FieldPath } from './field-errors.ts';

const IP_TEXT = 'must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)';
const CIDR_TEXT = 'must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)';
const MAPPED = /^::ffff:\d+\.\d+\.\d+\.\d+$|^(0{1,4}:){5}ffff:|^::ffff:[0-9a-f]{1,4}:[0-9a-f]{1,4}$/i;

export type IPFamily = 'IPv4' | 'IPv6';

export function ipFamilyOf(ip: string): IPFamily | undefined {
  const version = isIP(ip);
  return version === 4 ? 'IPv4' : version === 6 && !ip.includes('%') ? 'IPv6' : undefined;
}

/** The address without the leading zeros that some parsers read as octal; a text that is no address comes back as it is. */
function withoutLeadingZeros(value: string): string {
  return value.replace(/(^|[:.])0+(?=\d+(?:\.|$))/g, (whole, before: string) => (value.includes('.') ? before : whole));
}

/** Whether an address of IPv4 is written as one of IPv6 (`::ffff:1.2.3.4`). */
function isMapped(value: string): boolean {
  return MAPPED.test(value);
}

/**
 * The address that lenient parsers read in a text, in canonical form: without leading zeros, and one of IPv4 that is written as IPv6 as what it
 * is; undefined for what is no address to them either.
 */
export function lenientIP(value: string): string | undefined {
  const ip = withoutLeadingZeros(value);
  if (ipFamilyOf(ip) === undefined) return undefined;
  return isMapped(ip) ? ipOfBits(ipBits(ip) & 0xffffffffn, 'IPv4') : canonicalIP(ip);
}

export function isValidIP(value: string): string[] {
  if (ipFamilyOf(value) === undefined) return [ipFamilyOf(withoutLeadingZeros(value)) === undefined ? IP_TEXT : 'must not have leading 0s'];
  return isMapped(value) ? ['must not be an IPv4-mapped IPv6 address'] : [];
}

export function isCanonicalIP(value: string): string[] {
  const messages = isValidIP(value);
  if (messages.length > 0 || canonicalIP(value) === value) return messages;
  return [`must be in canonical form (${JSON.stringify(canonicalIP(value))})`];
}

export function validateIP(value: string, path: FieldPath, errors: FieldErrors): boolean {
  for (const text of isValidIP(value)) errors.invalid(path, value, text);
  return isValidIP(value).length === 0;
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

/** As `parseCidr`, also with leading zeros and for addresses of IPv4 written as IPv6. */
function parseSloppyCidr(value: string): Cidr | undefined {
  const [ip = '', length = ''] = value.split('/');
  return parseCidr(value) ?? (value.split('/').length === 2 ? parseCidr(`${withoutLeadingZeros(ip)}/${length.replace(/^0+(?=\d)/, '')}`) : undefined);
}

export function isValidCidr(value: string): string[] {
  const cidr = parseCidr(value);
  if (!cidr) return [parseSloppyCidr(value) ? 'must not have leading 0s in IP or prefix length' : CIDR_TEXT];
  if (isMapped(cidr.ip)) return ['must not have an IPv4-mapped IPv6 address'];
  return isNetworkAddress(cidr) ? [] : ['must not have bits set beyond the prefix length'];
}

export function isCanonicalCidr(value: string): string[] {
  const messages = isValidCidr(value);
  const cidr = messages.length === 0 ? parseCidr(value) : undefined;
  if (!cidr) return messages;
  const canonical = `${canonicalIP(cidr.ip)}/${cidr.prefixLength}`;
  return canonical === value ? [] : [`must be in canonical form (${JSON.stringify(canonical)})`];
}

/** The block, however it is written; undefined for a text that is none. What is wrong with it becomes an error. */
export function validateCidr(value: string, path: FieldPath, errors: FieldErrors): Cidr | undefined {
  for (const text of isValidCidr(value)) errors.invalid(path, value, text);
  return parseSloppyCidr(value);
}

/** What a client is told of a valid address or block that is not written in the canonical way; only those of IPv6 can be. */
export function spellingWarnings(value: string, path: FieldPath): string[] {
  const [what, canonical] = value.includes('/') ? ['CIDR value', isCanonicalCidr(value)] : ['address', isCanonicalIP(value)];
  const wanted = /^must be in canonical form \((.*)\)$/.exec(canonical[0] ?? '')?.[1];
  return wanted === undefined ? [] : [`${path.toString()}: IPv6 ${what} ${JSON.stringify(value)} should be in RFC 5952 canonical format (${wanted})`];
}

/** Whether an address names a block by its first address: no bits beyond the prefix. */
export function isNetworkAddress({ ip, family, prefixLength }: Cidr): boolean {
  const rest = BigInt((family === 'IPv4' ? 32 : 128) - prefixLength);
  return ((ipBits(ip) >> rest) << rest) === ipBits(ip);
}

/** A block as it is written for good: by its first address, in canonical form. */
export function canonicalCidr({ ip, family, prefixLength }: Cidr): string {
  const rest = BigInt((family === 'IPv4' ? 32 : 128) - prefixLength);
  return `${ipOfBits((ipBits(ip) >> rest) << rest, family)}/${prefixLength}`;
}

/** The address so many places after the first of a block. Throws RangeError outside of it, and for a text that is no block. */
export function cidrAddress(text: string, offset: number): string {
  const cidr = parseCidr(text);
  if (!cidr || BigInt(offset) >= 1n << BigInt((cidr.family === 'IPv4' ? 32 : 128) - cidr.prefixLength)) throw new RangeError(`${text} has no address number ${offset}`);
  const [first = ''] = canonicalCidr(cidr).split('/');
  return ipOfBits(ipBits(first) + BigInt(offset), cidr.family);
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
