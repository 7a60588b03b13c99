import type { Check, PodFacts } from './pod-facts.ts';
import { containersWith, hasUserNamespace, named, plural, quoted, setters, sorted, violation } from './pod-facts.ts';
import { goQuote } from '../../../apimachinery/go-quote.ts';

/** What the level `baseline` forbids. Source: pod-security-admission/policy; "Pod Security Standards". */

const CAPABILITIES = new Set([
  'AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT',
]);
const APPARMOR_TYPES: ReadonlySet<string | undefined> = new Set(['RuntimeDefault', 'Localhost']);
const APPARMOR_ANNOTATION = 'container.apparmor.security.beta.kubernetes.io/';

export const appArmorProfile: Check = (pod) => {
  const ofPod = pod.spec.securityContext?.appArmorProfile;
  const isPod = ofPod !== undefined && !APPARMOR_TYPES.has(ofPod.type);
  const bad = pod.containers.filter(({ securityContext: context }) => context?.appArmorProfile && !APPARMOR_TYPES.has(context.appArmorProfile.type));
  const annotations = Object.entries(pod.annotations).filter(([key, value]) => key.startsWith(APPARMOR_ANNOTATION) && value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/'));
  const who = [setters(isPod, bad.map(({ name }) => name)), annotations.length > 0 ? plural('annotation', annotations) : undefined].filter((one) => one !== undefined);
  if (who.length === 0) return undefined;
  const types = sorted([...(isPod ? [ofPod.type] : []), ...bad.map(({ securityContext }) => securityContext?.appArmorProfile?.type ?? '')]);
  const values = [...types, ...sorted(annotations.map(([key, value]) => `${key}=${goQuote(value)}`))];
  return { reason: plural('forbidden AppArmor profile', values), detail: `${who.join(' and ')} must not set AppArmor profile type to "${values.join('", "')}"` };
};

export const capabilities: Check = (pod) => {
  const extra = (names: readonly string[] | undefined): string[] => (names ?? []).filter((name) => !CAPABILITIES.has(name));
  const bad = containersWith(pod, (context) => extra(context.capabilities?.add).length > 0);
  if (bad.length === 0) return undefined;
  const added = sorted(pod.containers.flatMap((one) => extra(one.securityContext?.capabilities?.add)));
  return { reason: 'non-default capabilities', detail: `${named('container', bad)} must not include ${quoted(added)} in securityContext.capabilities.add` };
};

export const hostNamespaces: Check = ({ spec }) => violation('host namespaces', (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name]).map((name) => `${name}=true`), ', ');

export const hostPathVolumes: Check = ({ spec }) => {
  const bad = (spec.volumes ?? []).filter((one) => one.hostPath).map((one) => one.name);
  return bad.length > 0 ? { reason: 'hostPath volumes', detail: named('volume', bad) } : undefined;
};

export const hostPorts: Check = (pod) => {
  const ports = pod.containers.flatMap((one) => (one.ports ?? []).flatMap((port) => (port.hostPort ? [String(port.hostPort)] : [])));
  const bad = containersWith(pod, (_, one) => one.ports?.some((port) => port.hostPort) ?? false);
  if (bad.length === 0) return undefined;
  const all = sorted(ports);
  return { reason: 'hostPort', detail: `${named('container', bad)} ${plural('uses', bad, 'use')} ${plural('hostPort', all)} ${all.join(', ')}` };
};

export const hostProbes: Check = (pod) => {
  const hostsOf = (one: PodFacts['containers'][number]): string[] => {
    const handlers = [one.livenessProbe, one.readinessProbe, one.startupProbe, one.lifecycle?.postStart, one.lifecycle?.preStop];
    return handlers.flatMap((handler) => [handler?.httpGet?.host, handler?.tcpSocket?.host]).filter((host): host is string => Boolean(host));
  };
  const bad = sorted(containersWith(pod, (_, one) => hostsOf(one).length > 0));
  if (bad.length === 0) return undefined;
  const hosts = sorted(pod.containers.flatMap(hostsOf));
  return { reason: 'probe or lifecycle host', detail: `${named('container', bad)} ${plural('uses', bad, 'use')} probe or lifecycle ${plural('host', hosts)} ${quoted(hosts)}` };
};

export const privileged: Check = (pod) => {
  const bad = containersWith(pod, (context) => context.privileged === true);
  return bad.length > 0 ? { reason: 'privileged', detail: `${named('container', bad)} must not set securityContext.privileged=true` } : undefined;
};

export const procMount: Check = (pod) => {
  const isBad = (type: string | undefined): type is string => type !== undefined && type !== 'Default';
  const bad = containersWith(pod, (context) => isBad(context.procMount));
  if (bad.length === 0) return undefined;
  const types = sorted(pod.containers.map((one) => one.securityContext?.procMount).filter(isBad));
  return { reason: 'procMount', detail: `${named('container', bad)} must not set securityContext.procMount to ${quoted(types)}` };
};

/** Since v1.35. */
export const procMountOutsideUserNamespaces: Check = (pod) => (hasUserNamespace(pod) ? undefined : procMount(pod));

type SELinuxOptions = NonNullable<NonNullable<PodFacts['spec']['securityContext']>['seLinuxOptions']>;

export function seLinuxOptions(types: ReadonlySet<string>): Check {
  const isBad = (options: SELinuxOptions | undefined): options is SELinuxOptions => options !== undefined && Boolean(!types.has(options.type ?? '') || options.user || options.role);
  return (pod) => {
    const ofPod = pod.spec.securityContext?.seLinuxOptions;
    const who = setters(isBad(ofPod), containersWith(pod, (context) => isBad(context.seLinuxOptions)));
    if (who === undefined) return undefined;
    const bad = [ofPod, ...pod.containers.map((one) => one.securityContext?.seLinuxOptions)].filter(isBad);
    const badTypes = sorted(bad.map(({ type = '' }) => type).filter((type) => !types.has(type)));
    const what = [
      ...(badTypes.length > 0 ? [`${plural('type', badTypes)} ${quoted(badTypes)}`] : []),
      ...(bad.some(({ user }) => user) ? ['user may not be set'] : []),
      ...(bad.some(({ role }) => role) ? ['role may not be set'] : []),
    ];
    return { reason: 'seLinuxOptions', detail: `${who} set forbidden securityContext.seLinuxOptions: ${what.join('; ')}` };
  };
}

export function sysctls(allowed: ReadonlySet<string>): Check {
  return ({ spec }) => violation('forbidden sysctls', (spec.securityContext?.sysctls ?? []).map((one) => one.name).filter((name) => !allowed.has(name)), ', ');
}

export const windowsHostProcess: Check = (pod) => {
  const who = setters(pod.spec.securityContext?.windowsOptions?.hostProcess === true, containersWith(pod, ({ windowsOptions }) => windowsOptions?.hostProcess === true));
  return who === undefined ? undefined : { reason: 'hostProcess', detail: `${who} must not set securityContext.windowsOptions.hostProcess=true` };
};
