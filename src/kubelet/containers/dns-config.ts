import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { DNSConfig } from '../../runtime/index.ts';

/** Limits of resolvers. Source: "DNS for Services and Pods", "DNS search domain list limits". */
const MAX_SERVERS = 3;
const MAX_SEARCHES = 32;
const MAX_SEARCH_LETTERS = 2048;
/** Some resolvers end the whole process when a path is longer. */
const MAX_PATH_LETTERS = 253;

export interface DnsSettings {
  readonly clusterDNS: readonly string[];
  readonly clusterDomain: string;
  /** The node's own, from its resolv.conf. */
  readonly host: DNSConfig;
}

/** Reads the text of a resolv.conf. */
export function parseResolvConf(text: string): DNSConfig {
  const config: DNSConfig = { servers: [], searches: [], options: [] };
  for (const line of text.split('\n')) {
    const [word, ...rest] = line.trim().split(/\s+/);
    if (word === 'nameserver' && rest[0]) config.servers.push(rest[0]);
    if (word === 'search') config.searches = rest.map((name) => (name.endsWith('.') && name !== '.' ? name.slice(0, -1) : name));
    if (word === 'options') config.options = rest;
  }
  return config;
}

/**
 * What the pod's resolv.conf holds, by its DNS policy and its own additions; `omitted`: messages of what went beyond the limits.
 * Source: pkg/kubelet/network/dns.
 */
export function podDnsConfig(pod: DeepReadonly<Pod>, settings: DnsSettings, omitted: string[] = []): DNSConfig {
  const { servers: allServers, searches: allSearches, options } = withOwnAdditions(baseConfig(pod, settings), pod);
  const servers = allServers.slice(0, MAX_SERVERS);
  const searches = shortened(allSearches);
  if (servers.length < allServers.length) omitted.push(`Nameserver limits were exceeded, some nameservers have been omitted, the applied nameserver line is: ${servers.join(' ')}`);
  if (searches.length < allSearches.length) omitted.push(`Search Line limits were exceeded, some search paths have been omitted, the applied search line is: ${searches.join(' ')}`);
  return { servers, searches, options };
}

function baseConfig(pod: DeepReadonly<Pod>, { clusterDNS, clusterDomain, host }: DnsSettings): DNSConfig {
  const policy = pod.spec.dnsPolicy ?? 'ClusterFirst';
  if (policy === 'None') return { servers: [], searches: [], options: [] };
  const usesCluster = policy === 'ClusterFirstWithHostNet' || (policy === 'ClusterFirst' && !pod.spec.hostNetwork);
  if (!usesCluster || clusterDNS.length === 0) return host;
  const searches = clusterDomain === '' ? [] : [`${pod.metadata.namespace}.svc.${clusterDomain}`, `svc.${clusterDomain}`, clusterDomain];
  return { servers: [...clusterDNS], searches: unique([...searches, ...host.searches]), options: ['ndots:5'] };
}

function withOwnAdditions(base: DNSConfig, pod: DeepReadonly<Pod>): DNSConfig {
  const own = pod.spec.dnsConfig;
  if (!own) return base;
  const options = new Map(base.options.map((option) => [option.split(':')[0] ?? '', option]));
  for (const { name = '', value } of own.options ?? []) options.set(name, value ? `${name}:${value}` : name);
  return {
    servers: unique([...base.servers, ...(own.nameservers ?? [])]),
    searches: unique([...base.searches, ...(own.searches ?? [])]),
    options: [...options.values()],
  };
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

function shortened(searches: readonly string[]): string[] {
  const kept = searches.slice(0, MAX_SEARCHES).filter((path) => path.length <= MAX_PATH_LETTERS);
  while (kept.join(' ').length > MAX_SEARCH_LETTERS) kept.pop();
  return kept;
}
