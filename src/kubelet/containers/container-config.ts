import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, Pod } from '../../api/generated/core-v1.ts';
import type { ContainerConfig, Image, Mount, UserNamespace } from '../../runtime/index.ts';
import { expandVariables } from './expansion.ts';
import { containerAnnotations, containerLabels } from './labels.ts';
import { containerResources, type MachineMemory } from './resources.ts';
import { containerSecurityContext } from './security-context.ts';
import { containerLogPath } from './sandbox-config.ts';

export interface ContainerSettings {
  readonly restartCount: number;
  readonly image: Image;
  readonly environment: ReadonlyMap<string, string>;
  readonly mounts: readonly Mount[];
  readonly devices?: ContainerConfig['devices'];
  /** By their CDI names. */
  readonly cdiDevices?: readonly string[];
  readonly machine: MachineMemory;
  readonly seccompRoot: string;
  /** The container whose processes an ephemeral container sees. */
  readonly targetId?: string;
  /** For a pod that has users of its own. */
  readonly userNamespace?: UserNamespace | undefined;
}

export function containerConfig(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>, settings: ContainerSettings): ContainerConfig {
  const { restartCount, image, environment } = settings;
  const expand = (text: string): string => expandVariables(text, (name) => environment.get(name));
  const { stopSignal } = container.lifecycle ?? {};
  return {
    metadata: { name: container.name, attempt: restartCount },
    image: { image: image.id, userSpecifiedImage: container.image ?? '' },
    command: (container.command ?? []).map(expand),
    args: (container.args ?? []).map(expand),
    workingDir: container.workingDir ?? '',
    envs: [...environment].map(([key, value]) => ({ key, value })),
    mounts: [...settings.mounts],
    devices: settings.devices ?? [],
    ...(settings.cdiDevices?.length && { cdiDevices: settings.cdiDevices.map((name) => ({ name })) }),
    labels: containerLabels(pod, container.name),
    annotations: containerAnnotations(pod, container, restartCount),
    logPath: containerLogPath(container.name, restartCount),
    stdin: container.stdin === true,
    stdinOnce: container.stdinOnce === true,
    tty: container.tty === true,
    linux: {
      resources: containerResources(pod, container, settings.machine),
      securityContext: containerSecurityContext(pod, container, image, settings),
    },
    ...(stopSignal && { stopSignal }),
  };
}
