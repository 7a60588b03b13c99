/** IP addresses and CIDR ranges. Source: apiserver pkg/cel/library/ip.go and cidr.go. */
import { BlockList, isIP, SocketAddress } from 'node:net';
import { BOOL, INT, opaque, STRING } from '../checker/types.ts';
import { EvaluationError } from '../runtime/errors.ts';
import { OpaqueValue, sizeOf, type Value } from '../runtime/values.ts';
import { member, overload, traversal, type Declaration } from './declare.ts';

const IP = opaque('net.IP');
const CIDR = opaque('net.CIDR');

class IpValue extends OpaqueValue {
  readonly typeName = 'net.IP';
  readonly text: string;
  readonly family: 4 | 6;

  constructor(text: string, family: 4 | 6) {
    super();
    this.text = text;
    this.family = family;
  }

  override get size(): number {
    return this.family === 4 ? 4 : 16;
  }

  override equals(other: Value): boolean {
    return other instanceof IpValue && other.text === this.text;
  }
}

class CidrValue extends OpaqueValue {
  readonly typeName = 'net.CIDR';
  readonly ip: IpValue;
  readonly bits: number;

  constructor(ip: IpValue, bits: number) {
    super();
    this.ip = ip;
    this.bits = bits;
  }

  override get size(): number {
    return Math.ceil(this.bits / 8);
  }

  override equals(other: Value): boolean {
    return other instanceof CidrValue && other.bits === this.bits && other.ip.equals(this.ip);
  }
}

/** The canonical text, as Go's netip writes it. */
function canonical(text: string, family: 4 | 6): string {
  return family === 4 ? text : new SocketAddress({ address: text, family: 'ipv6' }).address.toLowerCase();
}

/** Why a text is no address; or the address. Zones, leading zeros and IPv4 in IPv6 are refused. */
function readIp(text: string): IpValue | string {
  const family = isIP(text);
  if (text.includes('%')) return `IP address ${JSON.stringify(text)} with zone value is not allowed`;
  if (family === 0) return /^\d+\.\d+\.\d+\.\d+$/.test(text) && /(^|\.)0\d/.test(text) ? 'IPv4 field has octet with leading zero' : 'unable to parse IP';
  const shown = canonical(text, family as 4 | 6);
  if (family === 6 && /^::ffff:\d+\.\d+\.\d+\.\d+$/.test(shown)) return `IPv4-mapped IPv6 address ${JSON.stringify(text)} is not allowed`;
  return new IpValue(shown, family as 4 | 6);
}

function ip(text: string): IpValue {
  const found = readIp(text);
  if (typeof found === 'string') throw new EvaluationError(found.startsWith('I') && found.includes('not allowed') ? found : `IP Address ${JSON.stringify(text)} parse error during conversion from string: ParseAddr(${JSON.stringify(text)}): ${found}`);
  return found;
}

function readCidr(text: string): CidrValue | string {
  const slash = text.lastIndexOf('/');
  if (slash < 0) return "no '/'";
  const address = readIp(text.slice(0, slash));
  if (typeof address === 'string') return `ParseAddr(${JSON.stringify(text.slice(0, slash))}): ${address}`;
  const length = text.slice(slash + 1);
  if (!/^(0|[1-9]\d*)$/.test(length)) return `bad bits after slash: ${JSON.stringify(length)}`;
  if (Number(length) > (address.family === 4 ? 32 : 128)) return 'prefix length out of range';
  return new CidrValue(address, Number(length));
}

function cidr(text: string): CidrValue {
  const found = readCidr(text);
  if (typeof found === 'string') throw new EvaluationError(`network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): ${found}`);
  return found;
}

function bitsOf({ text, family }: IpValue): bigint {
  if (family === 4) return text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n);
  const [head = '', tail] = text.split('::');
  const groups = (part: string): string[] => (part === '' ? [] : part.split(':').flatMap((group) => (group.includes('.') ? v4Groups(group) : [group])));
  const [first, last] = [groups(head), groups(tail ?? '')];
  const all = tail === undefined ? first : [...first, ...Array.from({ length: 8 - first.length - last.length }, () => '0'), ...last];
  return all.reduce((sum, group) => sum * 65536n + BigInt(`0x${group}`), 0n);
}

function v4Groups(text: string): string[] {
  const [a = 0, b = 0, c = 0, d = 0] = text.split('.').map(Number);
  return [(a * 256 + b).toString(16), (c * 256 + d).toString(16)];
}

function textOf(bits: bigint, family: 4 | 6): string {
  if (family === 4) return [24n, 16n, 8n, 0n].map((shift) => String((bits >> shift) & 255n)).join('.');
  return canonical(Array.from({ length: 8 }, (_, i) => ((bits >> BigInt(112 - 16 * i)) & 0xffffn).toString(16)).join(':'), 6);
}

function prefix(address: IpValue, bits: number): bigint {
  return bitsOf(address) >> BigInt((address.family === 4 ? 32 : 128) - bits);
}

function containsIp(range: CidrValue, address: IpValue): boolean {
  return range.ip.family === address.family && prefix(range.ip, range.bits) === prefix(address, range.bits);
}

function containsCidr(range: CidrValue, other: CidrValue): boolean {
  return other.bits >= range.bits && containsIp(range, other.ip);
}

function masked({ ip: address, bits }: CidrValue): CidrValue {
  const rest = BigInt((address.family === 4 ? 32 : 128) - bits);
  return new CidrValue(new IpValue(textOf((bitsOf(address) >> rest) << rest, address.family), address.family), bits);
}

function block(...subnets: (readonly [string, number, 'ipv4' | 'ipv6'])[]): (address: IpValue) => boolean {
  const list = new BlockList();
  for (const [net, bits, family] of subnets) list.addSubnet(net, bits, family);
  return ({ text, family }) => list.check(text, family === 4 ? 'ipv4' : 'ipv6');
}

const isLinkLocalMulticast = block(['224.0.0.0', 24, 'ipv4'], ['ff02::', 16, 'ipv6']);
const isMulticast = block(['224.0.0.0', 4, 'ipv4'], ['ff00::', 8, 'ipv6']);
const isLinkLocalUnicast = block(['169.254.0.0', 16, 'ipv4'], ['fe80::', 10, 'ipv6']);
const isLoopback = block(['127.0.0.0', 8, 'ipv4'], ['::1', 128, 'ipv6']);
const isUnspecified = ({ text }: IpValue): boolean => text === '0.0.0.0' || text === '::';
const isGlobalUnicast = (address: IpValue): boolean => address.text !== '255.255.255.255' && !isUnspecified(address) && !isLoopback(address) && !isMulticast(address) && !isLinkLocalUnicast(address);

function is(name: string, call: (address: IpValue) => boolean): Declaration {
  return [name, member(`ip_${name}`, [IP], BOOL, call)];
}

const inRange = (text: number) => ([a, b]: readonly Value[]): number => Math.ceil(sizeOf(a) * 2 * 0.1) + (text ? Math.ceil(sizeOf(b) * 0.1) : 0);
const rangeInRange = (text: number) => (args: readonly Value[]): number => inRange(text)(args) + Math.ceil(sizeOf(args[0]) * 0.1) + 1;

function isCanonical(text: string): boolean {
  return ip(text).text === text;
}

export const addressLibrary: readonly Declaration[] = [
  ['ip', overload('string_to_ip', [STRING], IP, ip, traversal()), member('cidr_ip', [CIDR], IP, ({ ip: address }: CidrValue) => address)],
  ['family', member('ip_family', [IP], INT, ({ family }: IpValue) => BigInt(family))],
  ['ip.isCanonical', overload('ip_is_canonical', [STRING], BOOL, isCanonical, traversal(2))],
  is('isUnspecified', isUnspecified), is('isLoopback', isLoopback), is('isLinkLocalMulticast', isLinkLocalMulticast), is('isLinkLocalUnicast', isLinkLocalUnicast), is('isGlobalUnicast', isGlobalUnicast),
  ['isIP', overload('is_ip', [STRING], BOOL, (text: string) => typeof readIp(text) !== 'string', traversal())],
  ['cidr', overload('string_to_cidr', [STRING], CIDR, cidr, traversal())],
  ['isCIDR', overload('is_cidr', [STRING], BOOL, (text: string) => typeof readCidr(text) !== 'string', traversal())],
  ['containsIP', member('cidr_contains_ip_string', [CIDR, STRING], BOOL, (range: CidrValue, text: string) => containsIp(range, ip(text)), inRange(1)), member('cidr_contains_ip_ip', [CIDR, IP], BOOL, containsIp, inRange(0))],
  ['containsCIDR', member('cidr_contains_cidr_string', [CIDR, STRING], BOOL, (range: CidrValue, text: string) => containsCidr(range, cidr(text)), rangeInRange(1)), member('cidr_contains_cidr', [CIDR, CIDR], BOOL, containsCidr, rangeInRange(0))],
  ['masked', member('cidr_masked', [CIDR], CIDR, masked)],
  ['prefixLength', member('cidr_prefix_length', [CIDR], INT, ({ bits }: CidrValue) => BigInt(bits))],
  ['string', overload('ip_to_string', [IP], STRING, ({ text }: IpValue) => text), overload('cidr_to_string', [CIDR], STRING, ({ ip: address, bits }: CidrValue) => `${address.text}/${bits}`)],
];
