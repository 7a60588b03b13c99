/** Arithmetic on IPv4 addresses and ranges, as numbers of 32 bits. */

export interface Range4 {
  /** The first address of the range, as a number. */
  readonly first: number;
  /** How many leading bits all its addresses share: 0 to 32. */
  readonly prefixLength: number;
}

/** The number of an address in dotted form. Throws RangeError for any other text; leading zeros are refused, as Kubernetes does. */
export function parseAddress4(text: string): number {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255)) {
    throw new RangeError(`${JSON.stringify(text)} is no IPv4 address`);
  }
  return parts.reduce((number, part) => number * 256 + Number(part), 0);
}

export function isAddress4(text: string): boolean {
  return /^\d/.test(text) && text.split('.').length === 4 && text.split('.').every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

export function formatAddress4(address: number): string {
  return [address >>> 24, (address >>> 16) & 255, (address >>> 8) & 255, address & 255].join('.');
}

/** Throws RangeError for a text that is no range in CIDR notation. Bits behind the prefix are cleared. */
export function parseRange4(text: string): Range4 {
  const [address = '', length = ''] = text.split('/');
  const prefixLength = Number(length);
  if (!/^\d{1,2}$/.test(length) || prefixLength > 32 || text.split('/').length !== 2) throw new RangeError(`${JSON.stringify(text)} is no IPv4 range such as 10.0.0.0/16`);
  const size = 2 ** (32 - prefixLength);
  return { first: Math.floor(parseAddress4(address) / size) * size, prefixLength };
}

export function formatRange4(range: Range4): string {
  return `${formatAddress4(range.first)}/${range.prefixLength}`;
}

export function rangeSize(range: Range4): number {
  return 2 ** (32 - range.prefixLength);
}

/** The address `offset` places after the first of the range. Throws RangeError outside of it. */
export function addressAt(range: Range4, offset: number): string {
  if (offset < 0 || offset >= rangeSize(range)) throw new RangeError(`${formatRange4(range)} has no address number ${offset}`);
  return formatAddress4(range.first + offset);
}

export function rangeHolds(range: Range4, address: number): boolean {
  return address >= range.first && address < range.first + rangeSize(range);
}

export function rangesOverlap(a: Range4, b: Range4): boolean {
  return a.first < b.first + rangeSize(b) && b.first < a.first + rangeSize(a);
}
