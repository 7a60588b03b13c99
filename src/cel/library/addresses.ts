/** IP addresses and CIDR ranges. Source: apiserver pkg/cel/library/ip.go and cidr.go. */
import { goQuote } from '../../apimachinery/go-quote.ts';
import { BOOL, INT, opaque, STRING } from '../checker/types.ts';
import { EvaluationError, noSuchOverload } from '../runtime/errors.ts';
import { OpaqueValue, sizeOf, type Value } from '../runtime/values.ts';
import { member, overload, traversal, type Declaration } from './declare.ts';
import { addressText, bitLength, isMapped, readAddress, readPrefix, type Address } from './network-address.ts';

const IP = opaque('net.IP');
const CIDR = opaque('net.CIDR');

class IpValue extends OpaqueValue {
  readonly typeName = 'net.IP';
  readonly family: 4 | 6;
  readonly bits: bigint;

  constructor({ family, bits }: Pick<Address, 'family' | 'bits'>) {
    super();
    this.family = family;
    this.bits = bits;
  }

  get text(): string {
    return addressText(this.family, this.bits);
  }

  override get size(): number {
    return this.family === 4 ? 4 : 16;
  }

  override equals(other: Value): boolean {
    return other instanceof IpValue && other.family === this.family && other.bits === this.bits;
  }

  /** Its first `count` bits. */
  first(count: number): bigint {
    return this.bits >> BigInt(bitLength(this) - count);
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

/** The address, or why a text is none: zones and IPv4 in IPv6 are refused too. */
function readIp(text: string): IpValue | string {
  const address = readAddress(text);
  if (typeof address === 'string') return `IP Address ${goQuote(text)} parse error during conversion from string: ${address}`;
  if (address.zone !== '') return `IP address ${goQuote(text)} with zone value is not allowed`;
  return isMapped(address) ? `IPv4-mapped IPv6 address ${goQuote(text)} is not allowed` : new IpValue(address);
}

const CIDR_FAULT = 'network address parse error during conversion from string: ';

function readCidr(text: string): CidrValue | string {
  const prefix = readPrefix(text);
  if (typeof prefix === 'string') return CIDR_FAULT + prefix;
  return isMapped(prefix.address) ? `IPv4-mapped IPv6 address ${goQuote(text)} is not allowed` : new CidrValue(new IpValue(prefix.address), prefix.length);
}

function ip(text: string): IpValue {
  const found = readIp(text);
  if (typeof found === 'string') throw new EvaluationError(found);
  return found;
}

function cidr(text: string): CidrValue {
  const found = readCidr(text);
  if (typeof found === 'string') throw new EvaluationError(CIDR_FAULT + found); // said twice, as Kubernetes does
  return found;
}

function containsIp(range: CidrValue, address: IpValue): boolean {
  return range.ip.family === address.family && range.ip.first(range.bits) === address.first(range.bits);
}

/** Kubernetes does not tell what is wrong with the text. */
function containsIpText(range: CidrValue, text: string): boolean {
  const address = readIp(text);
  if (typeof address === 'string') throw noSuchOverload();
  return containsIp(range, address);
}

function containsCidr(range: CidrValue, other: CidrValue): boolean {
  return other.bits >= range.bits && containsIp(range, other.ip);
}

function masked({ ip: address, bits }: CidrValue): CidrValue {
  return new CidrValue(new IpValue({ family: address.family, bits: address.first(bits) << BigInt(bitLength(address) - bits) }), bits);
}

/** Whether an address lies in one of the ranges. */
function within(...ranges: readonly string[]): (address: IpValue) => boolean {
  const known = ranges.map(cidr);
  return (address) => known.some((range) => containsIp(range, address));
}

/** Of IPv6: whatever the flags of the group are. */
const isLinkLocalMulticast = within('224.0.0.0/24', ...Array.from({ length: 16 }, (_, flags) => `ff${flags.toString(16)}2::/16`));
const isMulticast = within('224.0.0.0/4', 'ff00::/8');
const isLinkLocalUnicast = within('169.254.0.0/16', 'fe80::/10');
const isLoopback = within('127.0.0.0/8', '::1/128');
const isUnspecified = ({ bits }: IpValue): boolean => bits === 0n;
const isBroadcast = within('255.255.255.255/32');
const isGlobalUnicast = (address: IpValue): boolean => ![isBroadcast, isUnspecified, isLoopback, isMulticast, isLinkLocalUnicast].some((is) => is(address));

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
  ['containsIP', member('cidr_contains_ip_string', [CIDR, STRING], BOOL, containsIpText, inRange(1)), member('cidr_contains_ip_ip', [CIDR, IP], BOOL, containsIp, inRange(0))],
  ['containsCIDR', member('cidr_contains_cidr_string', [CIDR, STRING], BOOL, (range: CidrValue, text: string) => containsCidr(range, cidr(text)), rangeInRange(1)), member('cidr_contains_cidr', [CIDR, CIDR], BOOL, containsCidr, rangeInRange(0))],
  ['masked', member('cidr_masked', [CIDR], CIDR, masked)],
  ['prefixLength', member('cidr_prefix_length', [CIDR], INT, ({ bits }: CidrValue) => BigInt(bits))],
  ['string', overload('ip_to_string', [IP], STRING, ({ text }: IpValue) => text), overload('cidr_to_string', [CIDR], STRING, ({ ip: address, bits }: CidrValue) => `${address.text}/${bits}`)],
];
