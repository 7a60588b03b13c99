import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Node } from '../api/generated/core-v1.ts';
import { canonicalCidr, canonicalIP, ipFamilyOf, parseCidr, type IPFamily } from '../apimachinery/validation/ip.ts';

/** Marks our routes, so that they are told from everybody else's. */
export const ROUTE_PROTOCOL = '107';

/** The ranges of a node's pods, one of each family at most, or none while it has not been given any. */
export function podCIDRsOf(node: DeepReadonly<Node> | undefined): string[] {
  const { podCIDRs, podCIDR } = node?.spec ?? {};
  return (podCIDRs ?? (podCIDR ? [podCIDR] : [])).map(parseCidr).filter((cidr) => cidr !== undefined).map(canonicalCidr);
}

/**
 * Routes by destination, as the rest of a line of `ip route`: each other node's pods by that node's address of their family; what is left of the
 * cluster's ranges leads nowhere, so that it never follows the default route. Nodes within one machine (simulated ones have addresses of loopback) are not routed to.
 */
export function desiredRoutes({ nodes, ownName, clusterCIDRs }: { nodes: readonly DeepReadonly<Node>[]; ownName: string | undefined; clusterCIDRs: readonly string[] }): Map<string, string> {
  const routes = new Map(clusterCIDRs.map(parseCidr).filter((cidr) => cidr !== undefined).map((cidr) => [canonicalCidr(cidr), 'unreachable']));
  for (const node of nodes) {
    if (node.metadata.name === ownName) continue;
    for (const cidr of podCIDRsOf(node)) {
      const family = parseCidr(cidr)?.family;
      const address = node.status?.addresses?.find(({ type, address: ip }) => type === 'InternalIP' && ipFamilyOf(ip) === family)?.address;
      if (address !== undefined && !isLoopback(address)) routes.set(cidr, `via ${canonicalIP(address)}`);
    }
  }
  return routes;
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** Our routes in what `ip -4 route show proto 107` and `ip -6 ...` print, in the form of `desiredRoutes`. */
export function observedRoutes(text: string): Map<string, string> {
  const routes = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, nowhere, destination, via] = /^(unreachable )?([\da-f][\da-f.:/]*)(?: via (?:inet6 )?(\S+))?/.exec(line.trim()) ?? [];
    if (destination === undefined) continue;
    const whole = destination.includes('/') ? destination : `${destination}/${destination.includes(':') ? 128 : 32}`;
    routes.set(whole, nowhere ? 'unreachable' : `via ${via}`);
  }
  return routes;
}

/** Lines of `ip -batch` that lead from what is there to what is wanted. */
export function routeChanges(observed: ReadonlyMap<string, string>, desired: ReadonlyMap<string, string>): string[] {
  const removed = [...observed].filter(([cidr, way]) => desired.get(cidr) !== way).map(([cidr, way]) => `route del ${line(cidr, way)}`);
  const added = [...desired].filter(([cidr, way]) => observed.get(cidr) !== way).map(([cidr, way]) => `route replace ${line(cidr, way)}`);
  return [...removed, ...added];
}

function line(cidr: string, way: string): string {
  return way === 'unreachable' ? `unreachable ${cidr} proto ${ROUTE_PROTOCOL}` : `${cidr} ${way} proto ${ROUTE_PROTOCOL}`;
}

interface Masquerading {
  readonly table: string;
  readonly podCIDRs: readonly string[];
  readonly clusterCIDRs: readonly string[];
}

/** To these nobody answers, whatever the source. */
const MULTICAST = { IPv4: '224.0.0.0/4', IPv6: 'ff00::/8' };

/** What pods send beyond the cluster goes under the node's address: nobody out there has a route back to a pod. A table for each family of the pods. */
export function masqueradeTables({ table, podCIDRs, clusterCIDRs }: Masquerading): string {
  return (['IPv4', 'IPv6'] as const).map((family) => {
    const of = (cidrs: readonly string[]): string[] => cidrs.filter((cidr) => parseCidr(cidr)?.family === family);
    return of(podCIDRs).length === 0 ? '' : masqueradeTable(family, { table, podCIDRs: of(podCIDRs), clusterCIDRs: [...of(clusterCIDRs), MULTICAST[family]] });
  }).join('');
}

function masqueradeTable(family: IPFamily, { table, podCIDRs, clusterCIDRs }: Masquerading): string {
  const nft = family === 'IPv4' ? 'ip' : 'ip6';
  return `add table ${nft} ${table}
delete table ${nft} ${table}
table ${nft} ${table} {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "lo" return
    ${nft} saddr { ${podCIDRs.join(', ')} } ${nft} daddr != { ${clusterCIDRs.join(', ')} } masquerade fully-random
  }
}
`;
}
