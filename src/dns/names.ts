import { canonicalIP } from '../apimachinery/validation/ip.ts';

/** What a name within the cluster's zone means. Source: the Kubernetes DNS-based service discovery specification, 1.1.0. */
export type ClusterName =
  /** The zone itself, or `svc` or `pod` beneath it: names exist below, nothing is at it. */
  | { readonly kind: 'apex' | 'branch' }
  | { readonly kind: 'version' }
  | { readonly kind: 'nameserver' }
  | { readonly kind: 'namespace'; readonly namespace: string }
  | { readonly kind: 'service'; readonly namespace: string; readonly service: string }
  | { readonly kind: 'endpoint'; readonly namespace: string; readonly service: string; readonly hostname: string }
  | { readonly kind: 'port'; readonly namespace: string; readonly service: string; readonly port: string; readonly protocol: string }
  | { readonly kind: 'pod'; readonly namespace: string; readonly ip: string }
  | { readonly kind: 'nothing' };

/** The meaning of `name` (lower case, without a final dot); undefined when it is not in `zone`. */
export function readClusterName(name: string, zone: string): ClusterName | undefined {
  if (name === zone) return { kind: 'apex' };
  if (!name.endsWith(`.${zone}`)) return undefined;
  const labels = name.slice(0, -zone.length - 1).split('.').toReversed();
  const [top, namespace, third, fourth, fifth, ...more] = labels;
  if (more.length > 0) return { kind: 'nothing' };
  if (top === 'dns-version' && namespace === undefined) return { kind: 'version' };
  if (top === 'dns') return namespace === undefined ? { kind: 'branch' } : namespace === 'ns' && third === undefined ? { kind: 'nameserver' } : { kind: 'nothing' };
  if (top !== 'svc' && top !== 'pod') return { kind: 'nothing' };
  if (namespace === undefined) return { kind: 'branch' };
  if (third === undefined) return { kind: 'namespace', namespace };
  if (top === 'pod') return fourth === undefined ? podName(namespace, third) : { kind: 'nothing' };
  if (fourth === undefined) return { kind: 'service', namespace, service: third };
  if (fifth === undefined) return { kind: 'endpoint', namespace, service: third, hostname: fourth };
  if (fourth.startsWith('_') && fifth.startsWith('_')) return { kind: 'port', namespace, service: third, protocol: fourth.slice(1), port: fifth.slice(1) };
  return { kind: 'nothing' };
}

/** `10-244-1-2` is the pod at 10.244.1.2; whether there is one is not asked, as with CoreDNS' `pods insecure`. */
function podName(namespace: string, label: string): ClusterName {
  const ip = /^\d{1,3}(-\d{1,3}){3}$/.test(label) ? label.replaceAll('-', '.') : label.replaceAll('-', ':');
  const isAddress = /^[\d.]+$/.test(ip) ? ip.split('.').every((part) => Number(part) <= 255) : /^[0-9a-f:]+$/.test(ip) && ip.includes(':');
  return isAddress ? { kind: 'pod', namespace, ip } : { kind: 'nothing' };
}

/** The address that a name such as `2.1.244.10.in-addr.arpa` asks about, in canonical form; undefined for other names. */
export function readReverseName(name: string): string | undefined {
  if (name.endsWith('.in-addr.arpa')) {
    const labels = name.slice(0, -'.in-addr.arpa'.length).split('.');
    return labels.length === 4 && labels.every((label) => /^\d{1,3}$/.test(label)) ? labels.toReversed().join('.') : undefined;
  }
  if (!name.endsWith('.ip6.arpa')) return undefined;
  const digits = name.slice(0, -'.ip6.arpa'.length).split('.').toReversed();
  if (digits.length !== 32 || !digits.every((digit) => /^[0-9a-f]$/.test(digit))) return undefined;
  return canonicalIP((digits.join('').match(/.{4}/g) ?? []).join(':'));
}

/** The label by which an endpoint without a host name is found: its address with dashes. */
export function addressLabel(ip: string): string {
  return ip.replaceAll(/[.:]/g, '-');
}
