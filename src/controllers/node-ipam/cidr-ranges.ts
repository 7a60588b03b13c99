import { isIPv6 } from 'node:net';

/** A range of addresses: the first, as a number, and how many bits name the network. */
interface Range {
  readonly first: bigint;
  readonly bits: number;
  readonly width: 32 | 128;
}

/** Throws RangeError for what is no CIDR. */
export function parseCIDR(text: string): Range {
  const [address = '', bitsText = ''] = text.split('/');
  const width = isIPv6(address) ? 128 : 32;
  const bits = Number(bitsText);
  if (!/^\d+$/.test(bitsText) || bits > width) throw new RangeError(`invalid CIDR address: ${text}`);
  const value = width === 128 ? parseIPv6(address) : parseIPv4(address, text);
  const hostBits = BigInt(width - bits);
  return { first: (value >> hostBits) << hostBits, bits, width };
}

function parseIPv4(address: string, text: string): bigint {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) throw new RangeError(`invalid CIDR address: ${text}`);
  return parts.reduce((value, part) => (value << 8n) | BigInt(part), 0n);
}

function parseIPv6(address: string): bigint {
  const [head = '', tail] = address.split('::');
  const groupsOf = (text: string): string[] => (text === '' ? [] : text.split(':'));
  const front = groupsOf(head);
  const back = tail === undefined ? [] : groupsOf(tail);
  const groups = [...front, ...Array.from({ length: 8 - front.length - back.length }, () => '0'), ...back];
  return groups.reduce((value, group) => (value << 16n) | BigInt(Number.parseInt(group, 16)), 0n);
}

function format(first: bigint, bits: number, width: 32 | 128): string {
  if (width === 32) return `${[24n, 16n, 8n, 0n].map((shift) => (first >> shift) & 0xffn).join('.')}/${bits}`;
  const groups = Array.from({ length: 8 }, (_, index) => ((first >> BigInt(112 - 16 * index)) & 0xffffn).toString(16));
  return `${new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)}/${bits}`;
}

function last(range: Range): bigint {
  return range.first + (1n << BigInt(range.width - range.bits)) - 1n;
}

function overlaps(one: Range, other: Range): boolean {
  return one.width === other.width && one.first <= last(other) && other.first <= last(one);
}

/**
 * The first range of `maskBits` in `cluster` that is neither used nor overlaps one of `excluded`, of those behind the range `after`, then of all; undefined:
 * there is none left. Source: pkg/controller/nodeipam/ipam/cidrset, which goes on from where it was, too.
 */
export function nextFreeCIDR(cluster: string, maskBits: number, isUsed: (cidr: string) => boolean, excluded: readonly string[], after?: string): string | undefined {
  const whole = parseCIDR(cluster);
  const kept = excluded.map(parseCIDR);
  const size = 1n << BigInt(whole.width - maskBits);
  const end = last(whole);
  const begin = after === undefined ? whole.first : parseCIDR(after).first + size;
  const search = (from: bigint, to: bigint): string | undefined => {
    for (let first = from; first + size - 1n <= to; first += size) {
      const candidate: Range = { first, bits: maskBits, width: whole.width };
      if (kept.some((range) => overlaps(candidate, range))) continue;
      const text = format(first, maskBits, whole.width);
      if (!isUsed(text)) return text;
    }
    return undefined;
  };
  return search(begin, end) ?? search(whole.first, begin - 1n);
}

export function isIPv6CIDR(cidr: string): boolean {
  return cidr.includes(':');
}
