import type { Check, PodFacts, Violation } from './pod-facts.ts';
import { containersWith, named, plural, quoted, violation } from './pod-facts.ts';

const CAPABILITIES = new Set([
  'AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT',
]);
const SYSCTLS = new Set([
  'kernel.shm_rmid_forced', 'net.ipv4.ip_local_port_range', 'net.ipv4.tcp_syncookies', 'net.ipv4.ping_group_range', 'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ip_local_reserved_ports', 'net.ipv4.tcp_keepalive_time', 'net.ipv4.tcp_fin_timeout', 'net.ipv4.tcp_keepalive_intvl', 'net.ipv4.tcp_keepalive_probes', 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem',
]);
const SELINUX_TYPES = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t']);
const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';

function unique(values: readonly string[]): string[] {
  return [...new Set(values)];
}

const appArmorProfile: Check = (pod) => {
  const details: string[] = [];
  const allowed = new Set([undefined, 'RuntimeDefault', 'Localhost']);
  const ofPod = pod.spec.securityContext?.appArmorProfile?.type;
  if (!allowed.has(ofPod)) details.push(`pod must not set AppArmor profile type to ${JSON.stringify(ofPod)}`);
  const bad = containersWith(pod, (context) => !allowed.has(context.appArmorProfile?.type));
  const types = unique(pod.containers.map((one) => one.securityContext?.appArmorProfile?.type ?? '').filter((type) => type !== '' && !allowed.has(type)));
  if (bad.length > 0) details.push(`${named('container', bad)} must not set AppArmor profile type to ${quoted(types)}`);
  const annotations = Object.entries(pod.annotations).filter(([key, value]) => key.startsWith(APPARMOR_ANNOTATION) && value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/'));
  if (annotations.length > 0) details.push(`${plural('annotation', annotations)} ${annotations.map(([key, value]) => `${JSON.stringify(key)}=${JSON.stringify(value)}`).sort().join(', ')}`);
  return violation(plural('forbidden AppArmor profile', details), details);
};

const capabilities: Check = (pod) => {
  const extra = (names: readonly string[] | undefined): string[] => (names ?? []).filter((name) => !CAPABILITIES.has(name));
  const bad = containersWith(pod, (context) => extra(context.capabilities?.add).length > 0);
  if (bad.length === 0) return undefined;
  const added = unique(pod.containers.flatMap((one) => extra(one.securityContext?.capabilities?.add))).sort();
  return { reason: 'non-default capabilities', detail: `${named('container', bad)} must not include ${quoted(added)} in securityContext.capabilities.add` };
};

const hostNamespaces: Check = ({ spec }) => violation('host namespaces', (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name]).map((name) => `${name}=true`), ', ');

/** Left to `restricted volume types` where that is asked too. */
export const hostPathVolumes: Check = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter((one) => one.hostPath).map((one) => one.name);
  return bad.length > 0 ? { reason: 'hostPath volumes', detail: named('volume', bad) } : undefined;
};

const hostPorts: Check = (pod) => {
  const ports = pod.containers.flatMap((one) => (one.ports ?? []).flatMap((port) => (port.hostPort ? [String(port.hostPort)] : [])));
  const bad = containersWith(pod, (_, one) => one.ports?.some((port) => port.hostPort) ?? false);
  if (bad.length === 0) return undefined;
  const all = unique(ports).sort();
  return { reason: 'hostPort', detail: `${named('container', bad)} ${plural('uses', bad, 'use')} ${plural('hostPort', all)} ${all.join(', ')}` };
};

const hostProbes: Check = (pod) => {
  const hostsOf = (one: PodFacts['containers'][number]): string[] => {
    const handlers = [one.livenessProbe, one.readinessProbe, one.startupProbe, one.lifecycle?.postStart, one.lifecycle?.preStop];
    return handlers.flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host]).filter((host): host is string => Boolean(host));
  };
  const bad = containersWith(pod, (_, one) => hostsOf(one).length > 0);
  if (bad.length === 0) return undefined;
  const hosts = unique(pod.containers.flatMap(hostsOf)).sort();
  return { reason: 'probe or lifecycle host', detail: `${named('container', bad)} ${plural('uses', bad, 'use')} probe or lifecycle ${plural('host', hosts)} ${quoted(hosts)}` };
};

function containersMust(reason: string, bad: readonly string[], must: string): Violation | undefined {
  return bad.length > 0 ? { reason, detail: `${named('container', bad)} ${must}` } : undefined;
}

const privileged: Check = (pod) => containersMust('privileged', containersWith(pod, (context) => context.privileged === true), 'must not set securityContext.privileged=true');

const procMount: Check = (pod) => {
  if (pod.spec.hostUsers === false) return undefined;
  const bad = containersWith(pod, ({ procMount: type }) => type !== undefined && type !== 'Default');
  const types = unique(pod.containers.map((one) => one.securityContext?.procMount ?? 'Default').filter((type) => type !== 'Default'));
  return containersMust('procMount', bad, `must not set securityContext.procMount to ${quoted(types)}`);
};

const seLinuxOptions: Check = (pod) => {
  const all = [{ name: undefined, options: pod.spec.securityContext?.seLinuxOptions }, ...pod.containers.map((one) => ({ name: one.name as string | undefined, options: one.securityContext?.seLinuxOptions }))];
  const bad = all.filter(({ options }) => options && (!SELINUX_TYPES.has(options.type ?? '') || options.user || options.role));
  if (bad.length === 0) return undefined;
  const names = bad.flatMap(({ name }) => (name === undefined ? [] : [name]));
  const setters = [...(names.length < bad.length ? ['pod'] : []), ...(names.length > 0 ? [named('container', names)] : [])];
  const types = unique(bad.map(({ options }) => options?.type ?? '').filter((type) => !SELINUX_TYPES.has(type)));
  const what = [
    ...(types.length > 0 ? [`${plural('type', types)} ${quoted(types)}`] : []),
    ...(bad.some(({ options }) => options?.user) ? ['user may not be set'] : []),
    ...(bad.some(({ options }) => options?.role) ? ['role may not be set'] : []),
  ];
  return { reason: 'seLinuxOptions', detail: `${setters.join(' and ')} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}` };
};

/** Left to the stricter check of the same name where that is asked too. */
export const seccompProfile: Check = (pod) => violation('seccompProfile', [
  ...(pod.spec.securityContext?.seccompProfile?.type === 'Unconfined' ? ['pod must not set securityContext.seccompProfile.type to "Unconfined"'] : []),
  ...unconfined(pod),
]);

export function unconfined(pod: PodFacts): string[] {
  const bad = containersWith(pod, ({ seccompProfile: profile }) => profile?.type === 'Unconfined');
  return bad.length > 0 ? [`${named('container', bad)} must not set securityContext.seccompProfile.type to "Unconfined"`] : [];
}

const sysctls: Check = ({ spec }) => violation('forbidden sysctls', (spec.securityContext?.sysctls ?? []).map((one) => one.name).filter((name) => !SYSCTLS.has(name)), ', ');

const windowsHostProcess: Check = (pod) => violation('hostProcess', [
  ...(pod.spec.securityContext?.windowsOptions?.hostProcess ? ['pod must not set securityContext.windowsOptions.hostProcess=true'] : []),
  ...containersWith(pod, ({ windowsOptions }) => windowsOptions?.hostProcess === true).map((name) => `container ${JSON.stringify(name)} must not set securityContext.windowsOptions.hostProcess=true`),
]);

/** In the order of their identifiers, as messages list them. Source: pod-security-admission/policy; "Pod Security Standards". */
export const BASELINE: readonly Check[] = [
  appArmorProfile, capabilities, hostNamespaces, hostPathVolumes, hostPorts, hostProbes, privileged, procMount, seLinuxOptions, seccompProfile, sysctls, windowsHostProcess,
];
/** What the restricted level checks more strictly by itself. */
export const OVERRIDDEN: ReadonlySet<Check> = new Set([capabilities, hostPathVolumes, seccompProfile]);
