import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, Pod } from '../../api/generated/core-v1.ts';
import { isRuntimeError, runtimeErrorText, type Image, type Mount, type PodSandboxConfig, type UserNamespace } from '../../runtime/index.ts';
import { ContainerConfigError } from '../containers/config-error.ts';
import { containerConfig } from '../containers/container-config.ts';
import { containerDevices } from '../containers/mounts.ts';
import { containerEnvironment } from '../containers/environment.ts';
import type { NodeFields } from '../containers/field-values.ts';
import { CdiError, cdiEdits } from '../dra/cdi.ts';
import { runHook } from '../lifecycle/hooks.ts';
import { tellOfHttpFallback } from '../lifecycle/http-fallback.ts';
import type { PodVolumes } from '../disk/pod-disk.ts';
import type { NodeEnvironment } from './node-environment.ts';
import type { StartAction } from './plan.ts';
import { podReference } from './pod-reference.ts';

/** A start is waited for also when its pod has been deleted meanwhile: of one that is given up half-way, containerd leaves a shim that nobody can end. */
const NEVER = new AbortController().signal;

/** A container did not start; `reason` and `message` are those of its waiting state. */
export class StartError extends Error {
  override readonly name = 'StartError';
  readonly reason: string;

  constructor(reason: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

export interface StartContext {
  readonly pod: DeepReadonly<Pod>;
  readonly sandboxId: string;
  readonly sandboxConfig: PodSandboxConfig;
  readonly runtimeHandler: string;
  readonly podIPs: readonly string[];
  readonly volumes: PodVolumes;
  readonly targetId?: string;
}

/** Creates and starts one container whose image is there. Gives its ID. Throws `StartError`. */
export async function startContainer(node: NodeEnvironment, context: StartContext, action: StartAction, image: Image, signal: AbortSignal): Promise<string> {
  const { pod, sandboxId, sandboxConfig } = context;
  const { container } = action;
  const about = podReference(pod, container.name);
  const config = await failingAs('CreateContainerConfigError', 'Failed', node, context, container, async () => {
    const environment = await containerEnvironment(pod, container, {
      node: nodeFields(node, context.podIPs), services: node.services(),
      configMap: (name) => node.objects.configMap(pod.metadata.uid, pod.metadata.namespace ?? '', name),
      secret: (name) => node.objects.secret(pod.metadata.uid, pod.metadata.namespace ?? '', name),
      volumeFolder: (name) => context.volumes.get(name)?.hostPath,
    });
    const mounts = await node.disk.containerMounts(pod, container, {
      volumes: context.volumes, environment, podIPs: context.podIPs, canBeRecursive: node.mountsReadOnlyRecursively(context.runtimeHandler),
    });
    const userNamespace = node.userNamespaces?.of(pod.metadata.uid);
    const cdiDevices = node.devices?.devicesOf(pod, container) ?? [];
    const edits = await cdiEdits(node.knowsCdi ? [] : cdiDevices);
    for (const { key, value } of edits.envs) environment.set(key, value);
    return containerConfig(pod, container, {
      restartCount: action.restartCount, image, environment, mounts: [...mounts, ...edits.mounts].map((mount) => withMappings(mount, userNamespace)), userNamespace,
      devices: [...containerDevices(container, context.volumes), ...edits.devices], cdiDevices: node.knowsCdi ? cdiDevices : [], machine: node.machine, seccompRoot: node.seccompRoot,
      ...(context.targetId !== undefined && { targetId: context.targetId }),
    });
  });
  node.metrics.startedContainers.add(`container_type="${containerType(pod, container.name)}"`);
  const id = await failingAs('CreateContainerError', 'Failed', node, context, container, () => node.runtime.createContainer(sandboxId, config, sandboxConfig, signal));
  node.events.normal(about, 'Created', `Container created`);
  await failingAs('RunContainerError', 'Failed', node, context, container, () => node.runtime.startContainer(id, NEVER));
  await node.disk.linkLog(pod, container.name, action.restartCount, id);
  node.events.normal(about, 'Started', `Container started`);
  if (container.lifecycle?.postStart) await postStart(node, context, container, id, signal);
  return id;
}

/** Files of volumes belong to whom they belong to inside the pod. */
function withMappings(mount: Mount, userNamespace: UserNamespace | undefined): Mount {
  return userNamespace && !mount.image ? { ...mount, uidMappings: userNamespace.uids, gidMappings: userNamespace.gids } : mount;
}

export function nodeFields(node: NodeEnvironment, podIPs: readonly string[]): NodeFields {
  return { nodeName: node.nodeName, hostIPs: node.hostIPs(), podIPs, allocatable: node.allocatable() };
}

async function failingAs<T>(reason: string, event: string, node: NodeEnvironment, context: StartContext, container: DeepReadonly<Container>, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isExpected = error instanceof ContainerConfigError || error instanceof CdiError || isRuntimeError(error) || (error as NodeJS.ErrnoException).code !== undefined;
    if (!isExpected) throw error;
    // A runtime's refusal to create or start is told without the prefix that other calls have.
    const message = isRuntimeError(error) ? error.message : runtimeErrorText(error);
    node.metrics.startedContainerErrors.add(`code="${reason}",container_type="${containerType(context.pod, container.name)}"`);
    node.events.warning(podReference(context.pod, container.name), event, `Error: ${message}`);
    throw new StartError(error instanceof ContainerConfigError ? error.reason : reason, message, { cause: error });
  }
}

function containerType({ spec }: DeepReadonly<Pod>, containerName: string): string {
  if (spec.containers.some(({ name }) => name === containerName)) return 'container';
  return spec.initContainers?.some(({ name }) => name === containerName) ? 'init_container' : 'ephemeral_container';
}

async function postStart(node: NodeEnvironment, context: StartContext, container: DeepReadonly<Container>, containerId: string, signal: AbortSignal): Promise<void> {
  const handler = container.lifecycle?.postStart;
  if (!handler) return;
  const { runtime, clock } = node;
  try {
    await runHook({ handler, pod: context.pod, container, containerId, podIP: context.podIPs[0] ?? '', runtime, clock, onHttpFallback: tellOfHttpFallback(node, context.pod), signal });
  } catch (error) {
    if (signal.aborted) throw error;
    const about = podReference(context.pod, container.name);
    node.events.warning(about, 'FailedPostStartHook', 'PostStartHook failed');
    node.events.normal(about, 'Killing', 'FailedPostStartHook');
    await runtime.stopContainer(containerId, context.pod.spec.terminationGracePeriodSeconds ?? 30, signal);
    throw new StartError('PostStartHookError', (error as Error).message, { cause: error });
  }
}
