import type { ContainerRuntime, ContainerStatus, PodSandboxStatus } from '../../runtime/index.ts';
import { isRuntimeError } from '../../runtime/index.ts';
import { CONTAINER_NAME, POD_UID, RESTART_COUNT } from '../containers/labels.ts';

export interface RuntimeContainer extends ContainerStatus {
  readonly podSandboxId: string;
}

/** What the runtime has of one pod, the newest first. */
export interface PodRuntime {
  readonly sandboxes: readonly PodSandboxStatus[];
  readonly containers: readonly RuntimeContainer[];
}

export const EMPTY_POD_RUNTIME: PodRuntime = { sandboxes: [], containers: [] };

/** Asks the runtime. What goes away between two questions is left out. */
export async function loadPodRuntime(runtime: ContainerRuntime, uid: string, signal: AbortSignal): Promise<PodRuntime> {
  const labelSelector = { [POD_UID]: uid };
  const [sandboxes, containers] = await Promise.all([runtime.listPodSandbox({ labelSelector }, signal), runtime.listContainers({ labelSelector }, signal)]);
  const [sandboxStatuses, containerStatuses] = await Promise.all([
    Promise.all(sandboxes.map(({ id }) => unlessGone(runtime.podSandboxStatus(id, signal)))),
    Promise.all(containers.map(async ({ id, podSandboxId }) => {
      const status = await unlessGone(runtime.containerStatus(id, signal));
      return status && { ...status, podSandboxId };
    })),
  ]);
  return {
    sandboxes: sandboxStatuses.filter((status) => status !== undefined).sort((a, b) => b.metadata.attempt - a.metadata.attempt || b.createdAt - a.createdAt),
    containers: containerStatuses.filter((status) => status !== undefined).sort((a, b) => b.createdAt - a.createdAt || restartCountOf(b) - restartCountOf(a)),
  };
}

async function unlessGone<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (isRuntimeError(error, 'NotFound')) return undefined;
    throw error;
  }
}

export function containerNameOf(container: RuntimeContainer): string {
  return container.labels[CONTAINER_NAME] ?? container.metadata.name;
}

export function restartCountOf(container: RuntimeContainer): number {
  return Number(container.annotations[RESTART_COUNT] ?? container.metadata.attempt) || 0;
}

/** All of one name, the newest first. */
export function containersNamed(runtime: PodRuntime, name: string): RuntimeContainer[] {
  return runtime.containers.filter((container) => containerNameOf(container) === name);
}

/** The sandbox that the pod lives in, or undefined while there is none that is ready. */
export function readySandbox(runtime: PodRuntime): PodSandboxStatus | undefined {
  const newest = runtime.sandboxes[0];
  return newest?.state === 'SANDBOX_READY' ? newest : undefined;
}

export function sandboxIPs(sandbox: PodSandboxStatus | undefined): string[] {
  if (!sandbox?.network?.ip) return [];
  return [sandbox.network.ip, ...sandbox.network.additionalIps.map(({ ip }) => ip)];
}
