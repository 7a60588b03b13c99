import { isIP } from 'node:net';
import { canonicalCidr, parseCidr } from '../apimachinery/validation/ip.ts';
import { InvalidArgumentError } from 'commander';
import { parseQuantity, wholeValue } from '../apimachinery/quantity.ts';

/** Parsers of flag values: they throw with what the value must be, and commander names the flag. */

export function port(text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value > 65_535) throw new InvalidArgumentError('a port is a whole number from 0 to 65535 (0: any free one).');
  return value;
}

export function count(text: string): number {
  if (!/^\d{1,5}$/.test(text)) throw new InvalidArgumentError('must be a whole number, 0 or more.');
  return Number(text);
}

/** An amount as manifests write it, such as `10Mi`. */
export function quantity(text: string): number {
  try {
    const value = wholeValue(parseQuantity(text));
    if (value > 0) return value;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
  throw new InvalidArgumentError('must be an amount above 0 such as 10Mi.');
}

export function ipAddress(text: string): string {
  if (isIP(text) === 0) throw new InvalidArgumentError('must be an IP address.');
  return text;
}

export function ipAddresses(text: string): string[] {
  return text.split(',').map((one) => ipAddress(one.trim()));
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `90s`, `1m30s`, `1h`: as Go writes durations. Gives milliseconds. */
export function duration(text: string): number {
  if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) throw new InvalidArgumentError('a duration looks like 40s, 5m or 1m30s.');
  let sum = 0;
  for (const [, value, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)) sum += Number(value) * (UNITS_MS[unit ?? ''] ?? 0);
  return sum;
}

export function url(text: string): string {
  if (!URL.canParse(text) || new URL(text).protocol !== 'https:') throw new InvalidArgumentError('must be an address such as https://10.0.0.1:6443.');
  return text;
}

const NAME = /^[a-z0-9]([-a-z0-9]{0,30}[a-z0-9])?$/;

/** The name of a cluster: it becomes part of host names, paths and contexts. */
export function clusterName(text: string): string {
  if (!NAME.test(text)) throw new InvalidArgumentError('a name has up to 32 lower-case letters, digits and dashes, and begins and ends with a letter or digit.');
  return text;
}

/** One range, or one of IPv4 and one of IPv6; in the form in which Kubernetes writes them. */
export function cidrs(text: string): string[] {
  const ranges = text.split(',').map((one) => parseCidr(one.trim()));
  const known = ranges.filter((one) => one !== undefined);
  if (known.length !== ranges.length) throw new InvalidArgumentError('a range looks like 10.96.0.0/16 or fd00:10:96::/112.');
  if (known.length > 2 || (known.length === 2 && known[0]?.family === known[1]?.family)) throw new InvalidArgumentError('give one range, or one of IPv4 and one of IPv6.');
  return known.map(canonicalCidr);
}

const MIN_SERVICE_BITS = { IPv4: 12, IPv6: 64 };

/** As `cidrs`, of a size that addresses of Services can be chosen from. */
export function serviceRanges(text: string): string[] {
  const ranges = cidrs(text);
  for (const range of ranges) {
    const { family, prefixLength } = parseCidr(range) ?? { family: 'IPv4', prefixLength: 32 };
    const least = MIN_SERVICE_BITS[family];
    const most = family === 'IPv4' ? 30 : 126;
    if (prefixLength < least || prefixLength > most) throw new InvalidArgumentError(`a range of Services has a prefix of ${least} to ${most} bits in ${family}.`);
  }
  return ranges;
}

/** `a=b,c=d` */
export function keyValues(text: string): Record<string, string> {
  return Object.fromEntries(
    text.split(',').filter(Boolean).map((pair) => {
      const equals = pair.indexOf('=');
      if (equals < 1) throw new InvalidArgumentError('pairs look like key=value,other=value.');
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
}
