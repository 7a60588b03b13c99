import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, Pod, SeccompProfile, SecurityContext } from '../../api/generated/core-v1.ts';
import type { LinuxContainerSecurityContext, LinuxSandboxSecurityContext, NamespaceOption, SecurityProfile, UserNamespace } from '../../runtime/index.ts';
import { ContainerConfigError } from './config-error.ts';

/** Hidden from containers unless `procMount` is Unmasked. Source: pkg/securitycontext, util. */
const MASKED_PATHS = [
  '/proc/asound', '/proc/acpi', '/proc/interrupts', '/proc/kcore', '/proc/keys', '/proc/latency_stats', '/proc/timer_list', '/proc/timer_stats',
  '/proc/sched_debug', '/proc/scsi', '/sys/firmware', '/sys/devices/virtual/powercap',
];
const READONLY_PATHS = ['/proc/bus', '/proc/fs', '/proc/irq', '/proc/sys', '/proc/sysrq-trigger'];

export function namespaceOptions(pod: DeepReadonly<Pod>, userNamespace?: UserNamespace): NamespaceOption {
  const { hostNetwork, hostPID, hostIPC, shareProcessNamespace } = pod.spec;
  return {
    network: hostNetwork ? 'NODE' : 'POD',
    pid: hostPID ? 'NODE' : shareProcessNamespace ? 'POD' : 'CONTAINER',
    ipc: hostIPC ? 'NODE' : 'POD',
    ...(userNamespace && { usernsOptions: userNamespace }),
  };
}

export function supplementalGroups(pod: DeepReadonly<Pod>): number[] {
  const { supplementalGroups: more = [], fsGroup } = pod.spec.securityContext ?? {};
  return [...new Set([...more, ...(fsGroup === undefined ? [] : [fsGroup])])];
}

/** `folder`: where profiles are files; those that the kernel has loaded go by their names. A profile that the machine does not have is an error of the runtime's. */
function securityProfile(profile: DeepReadonly<SeccompProfile> | undefined, folder?: string): SecurityProfile {
  if (!profile || profile.type === 'Unconfined') return { profileType: 'Unconfined' };
  if (profile.type === 'RuntimeDefault') return { profileType: 'RuntimeDefault' };
  return { profileType: 'Localhost', localhostRef: `${folder === undefined ? '' : `${folder}/`}${profile.localhostProfile ?? ''}` };
}

export function sandboxSecurityContext(pod: DeepReadonly<Pod>, seccompRoot: string, userNamespace?: UserNamespace): LinuxSandboxSecurityContext {
  const context = pod.spec.securityContext ?? {};
  const privileged = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].some((container) => container.securityContext?.privileged === true);
  return {
    namespaceOptions: namespaceOptions(pod, userNamespace),
    privileged,
    seccomp: privileged ? { profileType: 'Unconfined' } : context.seccompProfile ? securityProfile(context.seccompProfile, seccompRoot) : { profileType: 'RuntimeDefault' },
    supplementalGroups: supplementalGroups(pod),
    ...(context.runAsUser !== undefined && { runAsUser: context.runAsUser }),
    ...(context.runAsGroup !== undefined && context.runAsUser !== undefined && { runAsGroup: context.runAsGroup }),
    ...(context.seLinuxOptions && { selinuxOptions: { ...context.seLinuxOptions } }),
  };
}

/** The container's own settings before the pod's. */
export function effectiveSecurityContext(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>): DeepReadonly<SecurityContext> {
  const { runAsUser, runAsGroup, runAsNonRoot, seLinuxOptions, seccompProfile, appArmorProfile } = pod.spec.securityContext ?? {};
  const shared = { runAsUser, runAsGroup, runAsNonRoot, seLinuxOptions, seccompProfile, appArmorProfile };
  const own = Object.fromEntries(Object.entries(container.securityContext ?? {}).filter(([, value]) => value !== undefined));
  return { ...(Object.fromEntries(Object.entries(shared).filter(([, value]) => value !== undefined)) as SecurityContext), ...own };
}

/** `image`: the user that the image runs as. Throws `ContainerConfigError` where `runAsNonRoot` forbids it. */
export function containerSecurityContext(
  pod: DeepReadonly<Pod>,
  container: DeepReadonly<Container>,
  image: { readonly uid?: number; readonly username: string },
  node: { readonly seccompRoot: string; readonly targetId?: string | undefined; readonly userNamespace?: UserNamespace | undefined },
): LinuxContainerSecurityContext {
  const { seccompRoot, targetId, userNamespace } = node;
  const context = effectiveSecurityContext(pod, container);
  verifyNonRoot(pod, container, context, image);
  const privileged = context.privileged === true;
  const unmasked = privileged || context.procMount === 'Unmasked';
  const user = context.runAsUser ?? image.uid;
  const capabilities = context.capabilities;
  return {
    privileged,
    namespaceOptions: targetId === undefined ? namespaceOptions(pod, userNamespace) : { ...namespaceOptions(pod, userNamespace), pid: 'TARGET', targetId },
    readonlyRootfs: context.readOnlyRootFilesystem === true,
    supplementalGroups: supplementalGroups(pod),
    ...(pod.spec.securityContext?.supplementalGroupsPolicy === 'Strict' && { supplementalGroupsPolicy: 'Strict' as const }),
    noNewPrivs: context.allowPrivilegeEscalation === false && !privileged,
    maskedPaths: unmasked ? [] : MASKED_PATHS,
    readonlyPaths: unmasked ? [] : READONLY_PATHS,
    seccomp: privileged ? { profileType: 'Unconfined' } : securityProfile(context.seccompProfile, seccompRoot),
    ...(capabilities && { capabilities: { addCapabilities: [...(capabilities.add ?? [])], dropCapabilities: [...(capabilities.drop ?? [])] } }),
    ...(context.seLinuxOptions && { selinuxOptions: { ...context.seLinuxOptions } }),
    ...(context.appArmorProfile && { apparmor: securityProfile(context.appArmorProfile) }),
    ...(user !== undefined ? { runAsUser: user } : image.username !== '' && { runAsUsername: image.username }),
    ...(context.runAsGroup !== undefined && { runAsGroup: context.runAsGroup }),
  };
}

function verifyNonRoot(
  pod: DeepReadonly<Pod>,
  container: DeepReadonly<Container>,
  context: DeepReadonly<SecurityContext>,
  image: { readonly uid?: number; readonly username: string },
): void {
  if (context.runAsNonRoot !== true) return;
  const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`;
  if (context.runAsUser !== undefined) {
    if (context.runAsUser === 0) throw new ContainerConfigError(`container's runAsUser breaks non-root policy ${where}`);
    return;
  }
  if (image.uid === 0 || (image.uid === undefined && image.username === '')) throw new ContainerConfigError(`container has runAsNonRoot and image will run as root ${where}`);
  if (image.uid === undefined) {
    throw new ContainerConfigError(`container has runAsNonRoot and image has non-numeric user (${image.username}), cannot verify user is non-root ${where}`);
  }
}
