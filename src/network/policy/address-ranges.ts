import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { cidrContains, ipBits, ipOfBits, parseCidr, type Cidr, type IPFamily } from '../../apimachinery/validation/ip.ts';
import type { IPBlock } from '../../api/generated/networking-v1.ts';

interface Span {
  readonly first: bigint;
  readonly last: bigint;
}

/** The addresses of a block without its exceptions, as nftables writes ranges: `10.0.0.0-10.0.0.255`, in order. Undefined for a block of the other family. */
export function blockRanges({ cidr, except = [] }: DeepReadonly<IPBlock>, family: IPFamily): string[] | undefined {
  const whole = parseCidr(cidr);
  if (whole?.family !== family) return undefined;
  let spans: Span[] = [spanOf(whole)];
  for (const text of except) {
    const hole = parseCidr(text);
    if (hole?.family === family) spans = spans.flatMap((span) => without(span, spanOf(hole)));
  }
  return spans.map(({ first, last }) => (first === last ? ipOfBits(first, family) : `${ipOfBits(first, family)}-${ipOfBits(last, family)}`));
}

/** Whether a block holds an address; one of the other family it does not. */
export function blockHolds({ cidr, except = [] }: DeepReadonly<IPBlock>, ip: string): boolean {
  const holds = (text: string): boolean => {
    const parsed = parseCidr(text);
    return parsed !== undefined && cidrContains(parsed, ip);
  };
  return holds(cidr) && !except.some(holds);
}

function spanOf({ ip, family, prefixLength }: Cidr): Span {
  const rest = BigInt((family === 'IPv4' ? 32 : 128) - prefixLength);
  const first = (ipBits(ip) >> rest) << rest;
  return { first, last: first + (1n << rest) - 1n };
}

function without(span: Span, hole: Span): Span[] {
  if (hole.last < span.first || hole.first > span.last) return [span];
  const before = { first: span.first, last: hole.first - 1n };
  const after = { first: hole.last + 1n, last: span.last };
  return [before, after].filter(({ first, last }) => first <= last);
}
