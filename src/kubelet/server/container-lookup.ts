import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { badRequest, notFound } from '../../apimachinery/status.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { ContainerRuntime, ContainerStatus } from '../../runtime/index.ts';
import { POD_UID } from '../containers/labels.ts';
import { containersNamed, loadPodRuntime } from '../pods/pod-runtime.ts';

const PODS = { group: '', resource: 'pods' };

/** What of a path `/<verb>/<namespace>/<pod>[/<uid>][/<container>]` is meant. */
export interface Target {
  readonly namespace: string;
  readonly podName: string;
  readonly containerName: string;
}

export function parseTarget(path: string, hasContainer: boolean): Target | undefined {
  const [, , namespace = '', podName = '', ...rest] = path.split('/').map(decodeURIComponent);
  if (namespace === '' || podName === '') return undefined;
  return { namespace, podName, containerName: hasContainer ? (rest.at(-1) ?? '') : '' };
}

/** Throws `NotFound`. */
export function podOf(target: Target, find: (namespace: string, name: string) => DeepReadonly<Pod> | undefined): DeepReadonly<Pod> {
  const pod = find(target.namespace, target.podName);
  if (!pod) throw notFound(PODS, target.podName);
  return pod;
}

/** The running container, for a command in it. Throws `BadRequest` when it does not run. */
export async function runningContainer(runtime: ContainerRuntime, pod: DeepReadonly<Pod>, name: string, signal: AbortSignal): Promise<ContainerStatus> {
  const found = containersNamed(await loadPodRuntime(runtime, pod.metadata.uid, signal), name).find(({ state }) => state === 'CONTAINER_RUNNING');
  if (!found) throw badRequest(`container not found (${JSON.stringify(name)})`);
  return found;
}

/** As much of each pod that has running containers as the runtime knows: the answer of `/runningpods/`. */
export async function runningPods(runtime: ContainerRuntime, signal: AbortSignal): Promise<object[]> {
  const containers = await runtime.listContainers({ state: { state: 'CONTAINER_RUNNING' } }, signal);
  const byPod = Map.groupBy(containers, ({ labels }) => labels[POD_UID] ?? '');
  return [...byPod].map(([uid, of]) => {
    const labels = of[0]?.labels ?? {};
    return {
      metadata: { name: labels['io.kubernetes.pod.name'], namespace: labels['io.kubernetes.pod.namespace'], uid },
      spec: { containers: of.map(({ metadata, imageRef }) => ({ name: metadata.name, image: imageRef, resources: {} })) }, status: {},
    };
  });
}

/** The container whose log is wanted. Throws `BadRequest` when there is none yet. */
export async function loggedContainer(runtime: ContainerRuntime, pod: DeepReadonly<Pod>, name: string, previous: boolean, signal: AbortSignal): Promise<ContainerStatus> {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  const podName = pod.metadata.name;
  if (![...containers, ...initContainers, ...ephemeralContainers].some((container) => container.name === name)) {
    throw badRequest(`container ${JSON.stringify(name)} in pod ${JSON.stringify(podName)} is not available`);
  }
  const [newest, older] = containersNamed(await loadPodRuntime(runtime, pod.metadata.uid, signal), name).filter(({ state }) => state !== 'CONTAINER_CREATED');
  const statuses = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
  const waiting = statuses.find((status) => status.name === name)?.state?.waiting;
  // A container that waits for its restart has its last run as the previous one.
  const previousRun = newest?.state === 'CONTAINER_EXITED' && waiting ? newest : older;
  if (previous && !previousRun) throw badRequest(`previous terminated container ${JSON.stringify(name)} in pod ${JSON.stringify(podName)} not found`);
  const found = previous ? previousRun : newest;
  if (!found) throw badRequest(`container ${JSON.stringify(name)} in pod ${JSON.stringify(podName)} is waiting to start: ${waiting?.reason ?? 'ContainerCreating'}`);
  return found;
}
