import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';

const MAX_HOSTNAME = 63;

/** `hostname`: what the pod calls itself; `domain`: where DNS finds it, empty without a subdomain. Source: "Pod's hostname and subdomain fields". */
export function podHostNames(pod: DeepReadonly<Pod>, clusterDomain: string, nodeHostname: string): { hostname: string; domain: string } {
  if (pod.spec.hostNetwork) return { hostname: nodeHostname, domain: '' };
  const { hostnameOverride, hostname: own, subdomain } = pod.spec;
  if (hostnameOverride) return { hostname: hostnameOverride, domain: '' };
  const hostname = (own || pod.metadata.name).slice(0, MAX_HOSTNAME).replace(/[-.]+$/, '');
  return { hostname, domain: subdomain ? `${subdomain}.${pod.metadata.namespace}.svc.${clusterDomain}` : '' };
}

/** What `sethostname` gets: the full name where `setHostnameAsFQDN` asks for it. Throws RangeError when that is too long for the kernel. */
export function sandboxHostname(pod: DeepReadonly<Pod>, names: { hostname: string; domain: string }): string {
  if (!pod.spec.setHostnameAsFQDN || names.domain === '') return names.hostname;
  const full = `${names.hostname}.${names.domain}`;
  if (full.length > 64) throw new RangeError(`failed to construct FQDN from pod hostname and cluster domain, FQDN ${full} is too long (64 characters is the max, ${full.length} characters requested)`);
  return full;
}

/** The text of a pod's /etc/hosts. `nodeHosts`: the node's own file, for pods on the host's network. Source: pkg/kubelet, kubelet_pods. */
export function hostsFile(pod: DeepReadonly<Pod>, podIPs: readonly string[], names: { hostname: string; domain: string }, nodeHosts: string): string {
  const aliases = (pod.spec.hostAliases ?? []).map(({ ip, hostnames = [] }) => `${ip}\t${hostnames.join('\t')}`);
  const added = aliases.length === 0 ? '' : `\n# Entries added by HostAliases.\n${aliases.join('\n')}\n`;
  if (pod.spec.hostNetwork) return `# Kubernetes-managed hosts file (host network).\n${nodeHosts}${added}`;
  const lines = [
    '# Kubernetes-managed hosts file.',
    '127.0.0.1\tlocalhost',
    '::1\tlocalhost ip6-localhost ip6-loopback',
    'fe00::\tip6-localnet',
    'fe00::\tip6-mcastprefix',
    'fe00::1\tip6-allnodes',
    'fe00::2\tip6-allrouters',
    ...podIPs.map((ip) => (names.domain === '' ? `${ip}\t${names.hostname}` : `${ip}\t${names.hostname}.${names.domain}\t${names.hostname}`)),
  ];
  return `${lines.join('\n')}\n${added}`;
}
