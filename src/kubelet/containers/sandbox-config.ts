import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { DNSConfig, PodSandboxConfig, PortMapping, Protocol, UserNamespace } from '../../runtime/index.ts';
import { CONFIG_SEEN, CONFIG_SOURCE, podLabels } from './labels.ts';
import { sandboxResources } from './resources.ts';
import { sandboxSecurityContext } from './security-context.ts';

export interface SandboxSettings {
  readonly attempt: number;
  readonly hostname: string;
  readonly logDirectory: string;
  readonly cgroupParent: string;
  readonly dnsConfig: DNSConfig;
  readonly seccompRoot: string;
  /** For a pod that has users of its own. */
  readonly userNamespace: UserNamespace | undefined;
}

export function sandboxConfig(pod: DeepReadonly<Pod>, settings: SandboxSettings): PodSandboxConfig {
  const { name, namespace = '', uid, annotations } = pod.metadata;
  const sysctls = Object.fromEntries((pod.spec.securityContext?.sysctls ?? []).map(({ name: sysctl, value }) => [sysctl.replaceAll('/', '.'), value]));
  return {
    metadata: { name, namespace, uid, attempt: settings.attempt },
    hostname: pod.spec.hostNetwork ? '' : settings.hostname,
    logDirectory: settings.logDirectory,
    dnsConfig: settings.dnsConfig,
    portMappings: portMappings(pod),
    labels: podLabels(pod),
    annotations: { [CONFIG_SOURCE]: 'api', ...annotations, ...(annotations?.[CONFIG_SEEN] && { [CONFIG_SEEN]: annotations[CONFIG_SEEN] }) },
    linux: { cgroupParent: settings.cgroupParent, securityContext: sandboxSecurityContext(pod, settings.seccompRoot, settings.userNamespace), sysctls, ...sandboxResources(pod) },
  };
}

/** The host ports of a pod that has its own network; on the host's network a container binds them itself. */
function portMappings(pod: DeepReadonly<Pod>): PortMapping[] {
  if (pod.spec.hostNetwork) return [];
  const sidecars = (pod.spec.initContainers ?? []).filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...pod.spec.containers, ...sidecars].flatMap(({ ports = [] }) =>
    ports.map(({ protocol, containerPort, hostPort, hostIP }) => (
      { protocol: (protocol ?? 'TCP') as Protocol, containerPort, hostPort: hostPort ?? 0, ...(hostIP && { hostIp: hostIP }) })));
}

/** Where the logs of a pod's containers lie, under `root` (`/var/log/pods`). */
export function podLogDirectory(root: string, pod: DeepReadonly<Pick<Pod, 'metadata'>>): string {
  const { namespace, name, uid } = pod.metadata;
  return `${root}/${namespace}_${name}_${uid}`;
}

/** Relative to the pod's directory. */
export function containerLogPath(containerName: string, restartCount: number): string {
  return `${containerName}/${restartCount}.log`;
}
