import * as baseline from './baseline.ts';
import type { Check } from './pod-facts.ts';
import * as restricted from './restricted.ts';
import { onLinux, outsideUserNamespaces } from './restricted.ts';
import { seccompAnnotations, seccompProfile, seccompProfileRequired } from './seccomp.ts';

/** A rule as the standards have it: what is checked since which minor version of Kubernetes 1. */
interface VersionedCheck {
  readonly since: readonly (readonly [minor: number, check: Check])[];
  /** Of the baseline: not asked where the restricted one of that name is. */
  readonly replacedBy?: string;
}

const SELINUX = ['', 'container_t', 'container_init_t', 'container_kvm_t'];
const SYSCTLS = ['kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start'];
const SYSCTLS_27 = [...SYSCTLS, 'net.ipv4.ip_local_reserved_ports'];
const SYSCTLS_29 = [...SYSCTLS_27, 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes'];
const SYSCTLS_32 = [...SYSCTLS_29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem'];

/** In the order of their identifiers, as messages list them. Source: pod-security-admission/policy, check_*.go. */
const BASELINE: readonly VersionedCheck[] = [
  { since: [[0, baseline.appArmorProfile]] },
  { since: [[0, baseline.capabilities]], replacedBy: 'capabilities' },
  { since: [[0, baseline.hostNamespaces]] },
  { since: [[0, baseline.hostPathVolumes]], replacedBy: 'volumes' },
  { since: [[0, baseline.hostPorts]] },
  { since: [[34, baseline.hostProbes]] },
  { since: [[0, baseline.privileged]] },
  { since: [[0, baseline.procMount], [35, baseline.procMountOutsideUserNamespaces]], replacedBy: 'procMount' },
  { since: [[0, baseline.seLinuxOptions(new Set(SELINUX))], [31, baseline.seLinuxOptions(new Set([...SELINUX, 'container_engine_t']))]] },
  { since: [[0, seccompAnnotations], [19, seccompProfile]], replacedBy: 'seccomp' },
  { since: [[0, baseline.sysctls(new Set(SYSCTLS))], [27, baseline.sysctls(new Set(SYSCTLS_27))], [29, baseline.sysctls(new Set(SYSCTLS_29))], [32, baseline.sysctls(new Set(SYSCTLS_32))]] },
  { since: [[0, baseline.windowsHostProcess]] },
];
const RESTRICTED: readonly (VersionedCheck & { readonly name: string })[] = [
  { name: 'allowPrivilegeEscalation', since: [[8, restricted.allowPrivilegeEscalation], [25, onLinux(restricted.allowPrivilegeEscalation)]] },
  { name: 'capabilities', since: [[22, restricted.capabilities], [25, onLinux(restricted.capabilities)]] },
  { name: 'procMount', since: [[35, baseline.procMount]] },
  { name: 'volumes', since: [[0, restricted.restrictedVolumes]] },
  { name: 'runAsNonRoot', since: [[0, restricted.runAsNonRoot], [35, outsideUserNamespaces(restricted.runAsNonRoot)]] },
  { name: 'runAsUser', since: [[23, restricted.runAsUser], [35, outsideUserNamespaces(restricted.runAsUser)]] },
  { name: 'seccomp', since: [[19, seccompProfileRequired], [25, onLinux(seccompProfileRequired)]] },
];

/** What the baseline, or the restricted level, asks for in a minor version; newer ones than are known ask for the same as the newest. */
export function checksOf(level: 'baseline' | 'restricted', minor: number): readonly Check[] {
  const asOf = ({ since }: VersionedCheck): Check[] => {
    const found = since.findLast(([from]) => from <= minor);
    return found ? [found[1]] : [];
  };
  if (level === 'baseline') return BASELINE.flatMap(asOf);
  const replaced = new Set(RESTRICTED.filter((one) => asOf(one).length > 0).map(({ name }) => name));
  return [...BASELINE.filter(({ replacedBy }) => replacedBy === undefined || !replaced.has(replacedBy)), ...RESTRICTED].flatMap(asOf);
}
