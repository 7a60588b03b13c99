import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';

/** Each is of a namespace of the pod's own, and harms no other pod. Source: "Using sysctls in a Kubernetes Cluster", safe sysctls. */
const SAFE_SYSCTLS: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports', 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem',
]);

/** By how the names begin. Source: pkg/kubelet/sysctl, namespaces. */
const NAMESPACES: readonly (readonly [string, 'ipc' | 'net'])[] = [['kernel.sem', 'ipc'], ['kernel.shm', 'ipc'], ['kernel.msg', 'ipc'], ['fs.mqueue.', 'ipc'], ['net.', 'net']];

/** The namespace that a setting of the kernel belongs to; undefined for those of the whole machine. */
export function namespaceOfSysctl(name: string): 'ipc' | 'net' | undefined {
  return NAMESPACES.find(([beginning]) => name.startsWith(beginning))?.[1];
}

/** Why a setting that the pod wants is not for it; `allowed`: names beyond the safe ones, or beginnings of names that end in `*`. */
export function forbiddenSysctl({ spec }: DeepReadonly<Pod>, allowed: readonly string[]): string | undefined {
  for (const { name } of spec.securityContext?.sysctls ?? []) {
    const dotted = name.replaceAll('/', '.');
    const refuse = (why: string): string => `forbidden sysctl: ${JSON.stringify(name)} ${why}`;
    const isAllowed = SAFE_SYSCTLS.has(dotted) || allowed.some((one) => (one.endsWith('*') ? dotted.startsWith(one.slice(0, -1)) : dotted === one));
    if (!isAllowed) return refuse('not allowlisted');
    const namespace = namespaceOfSysctl(dotted) ?? 'ipc';
    if (namespace === 'net' ? spec.hostNetwork : spec.hostIPC) return refuse(`not allowed with host ${namespace} enabled`);
  }
  return undefined;
}
