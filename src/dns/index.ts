/** Cluster DNS: a server of names on each node, fed by the same caches as its service proxy. */
export { ClusterDns, type ClusterDnsOptions } from './dns.ts';
export { readUpstreams, type Upstream } from './upstream.ts';
