import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Node } from '../api/generated/core-v1.ts';
import { formatRange4, isAddress4, parseRange4 } from '../base/ipv4.ts';

/** Marks our routes, so that they are told from everybody else's. */
export const ROUTE_PROTOCOL = '107';

/** The IPv4 ranges of a node's pods, or none while it has not been given any. */
export function podCIDRsOf(node: DeepReadonly<Node> | undefined): string[] {
  const { podCIDRs, podCIDR } = node?.spec ?? {};
  return (podCIDRs ?? (podCIDR ? [podCIDR] : [])).filter((cidr) => isAddress4(cidr.split('/')[0] ?? '')).map((cidr) => formatRange4(parseRange4(cidr)));
}

/**
 * Routes by destination, as the rest of a line of `ip route`: each other node's pods by that node's address; what is left of the cluster's ranges
 * leads nowhere, so that it never follows the default route.
 */
export function desiredRoutes({ nodes, ownName, clusterCIDRs }: { nodes: readonly DeepReadonly<Node>[]; ownName: string | undefined; clusterCIDRs: readonly string[] }): Map<string, string> {
  const routes = new Map(clusterCIDRs.map((cidr) => [formatRange4(parseRange4(cidr)), 'unreachable']));
  for (const node of nodes) {
    const address = node.status?.addresses?.find(({ type, address: ip }) => type === 'InternalIP' && isAddress4(ip))?.address;
    if (node.metadata.name === ownName || address === undefined) continue;
    for (const cidr of podCIDRsOf(node)) routes.set(cidr, `via ${address}`);
  }
  return routes;
}

/** Our routes in what `ip -4 route show proto 107` prints, in the form of `desiredRoutes`. */
export function observedRoutes(text: string): Map<string, string> {
  const routes = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, nowhere, destination, via] = /^(unreachable )?(\d[\d./]*)(?: via (\S+))?/.exec(line.trim()) ?? [];
    if (destination === undefined) continue;
    routes.set(destination.includes('/') ? destination : `${destination}/32`, nowhere ? 'unreachable' : `via ${via}`);
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

/** What pods send beyond the cluster goes under the node's address: nobody out there has a route back to a pod. */
export function masqueradeTable({ table, podCIDRs, clusterCIDRs }: { table: string; podCIDRs: readonly string[]; clusterCIDRs: readonly string[] }): string {
  return `add table ip ${table}
delete table ip ${table}
table ip ${table} {
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "lo" return
    ip saddr { ${podCIDRs.join(', ')} } ip daddr != { ${[...clusterCIDRs, '224.0.0.0/4'].join(', ')} } masquerade fully-random
  }
}
`;
}
