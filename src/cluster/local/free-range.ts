import { canonicalCidr } from '../../apimachinery/validation/ip.ts';
import { formatRange4, parseRange4, rangesOverlap } from '../../base/ipv4.ts';

/** Private ranges that other software rarely takes, for the nodes of local clusters, in the order in which they are tried. */
export const NODE_RANGES: readonly string[] = Array.from({ length: 16 }, (_, index) => `172.30.${240 + index}.0/24`);

/** Ranges for pods and for services, tried in this order: Kubernetes' usual ones first. */
export const POD_RANGES: readonly string[] = ['10.244.0.0/16', '10.245.0.0/16', '10.246.0.0/16', '10.247.0.0/16'];
export const SERVICE_RANGES: readonly string[] = ['10.96.0.0/16', '10.97.0.0/16', '10.98.0.0/16', '10.99.0.0/16'];

/**
 * The first of `candidates` that overlaps nothing the machine routes to. `routes` is what `ip -4 route show table all` prints. Throws when all are
 * taken.
 */
export function chooseFreeRange(candidates: readonly string[], routes: string): string {
  const taken = routes.split('\n').flatMap((line) => {
    const destination = /(?:^|\s)(\d+\.\d+\.\d+\.\d+(?:\/\d+)?)/.exec(line.replace(/\b(?:src|via) \S+/g, ''))?.[1];
    return destination === undefined ? [] : [parseRange4(destination.includes('/') ? destination : `${destination}/32`)];
  });
  const free = candidates.find((candidate) => !taken.some((range) => rangesOverlap(range, parseRange4(candidate))));
  if (free === undefined) throw new Error(`this machine already has routes into each of ${candidates.join(', ')}: choose a range yourself`);
  return formatRange4(parseRange4(free));
}

/** The range of IPv6 (RFC 4193) that goes with a range of IPv4: two clusters of a machine that differ in the one differ in the other. */
export function ipv6Beside(range: string, prefixLength: number): string {
  const [address = ''] = range.split('/');
  const [a, b, c] = address.split('.');
  return canonicalCidr({ ip: `fd00:${a}:${b}:${c === '0' ? '' : c}::`.replace(':::', '::'), family: 'IPv6', prefixLength });
}
