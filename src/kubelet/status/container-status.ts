import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { formatTime } from '../../apimachinery/time.ts';
import type { Container, ContainerState, ContainerStateTerminated, ContainerStatus, Pod, ResourceRequirements } from '../../api/generated/core-v1.ts';
import { NOT_LOCATED, USED_TO_RUN } from './ended-containers.ts';
import { isSidecar } from '../pods/plan.ts';
import { containersNamed, restartCountOf, type PodRuntime, type RuntimeContainer } from '../pods/pod-runtime.ts';
import { TAKEN_AWAY } from '../pods/restart-all.ts';

export interface ContainerStatusInput {
  readonly pod: DeepReadonly<Pod>;
  readonly runtime: PodRuntime;
  /** `containerd`: the scheme of container IDs. */
  readonly runtimeName: string;
  /** Why containers wait, from the last attempt to start them. */
  readonly waiting: ReadonlyMap<string, { readonly reason: string; readonly message: string }>;
  probe(containerName: string, containerId: string): { readonly started: boolean; readonly ready: boolean };
  /** What a container left behind that ended. */
  terminationMessage(containerId: string): string | undefined;
  /** What a container runs with. */
  readonly actuated: (containerName: string) => DeepReadonly<Pick<ResourceRequirements, 'requests' | 'limits'>> | undefined;
  /** The pod is being deleted or has ended, and its containers will not come back. */
  readonly terminating: boolean;
  /** All containers of the pod are being taken away to start anew. */
  readonly restartingAll?: boolean;
}

/** One status for each of `containers`, in their order. */
export function containerStatuses(input: ContainerStatusInput, containers: readonly DeepReadonly<Container>[], before: readonly DeepReadonly<ContainerStatus>[] | undefined): ContainerStatus[] {
  return containers.map((container) => statusOf(input, container, before?.find(({ name }) => name === container.name)));
}

function statusOf(input: ContainerStatusInput, container: DeepReadonly<Container>, before: DeepReadonly<ContainerStatus> | undefined): ContainerStatus {
  const [newest, older] = containersNamed(input.runtime, container.name);
  const waiting = input.waiting.get(container.name);
  if (!newest) return missingStatus(input, container, before);
  const running = newest.state === 'CONTAINER_RUNNING';
  const { started, ready } = running ? input.probe(container.name, newest.id) : { started: false, ready: false };
  const state = stateOf(input, newest);
  const status: ContainerStatus = {
    name: container.name,
    state,
    lastState: older?.state === 'CONTAINER_EXITED' ? { terminated: terminated(input, older) } : restoredLastState(before, newest, input),
    ready: running ? ready : state.terminated?.exitCode === 0 && isFinishedInit(input.pod, container),
    restartCount: restartCountOf(newest),
    image: container.image || newest.image.image,
    imageID: newest.imageRef || newest.imageId,
    containerID: `${input.runtimeName}://${newest.id}`,
    started: running && started,
    ...allocated(container, input.actuated(container.name)),
    ...(newest.user?.linux && { user: { linux: { uid: newest.user.linux.uid, gid: newest.user.linux.gid, supplementalGroups: newest.user.linux.supplementalGroups } } }),
    ...mountStatuses(container, newest),
  };
  if (waiting && !running && !input.terminating) {
    if (status.state.terminated) status.lastState = { terminated: status.state.terminated };
    status.state = { waiting: { reason: waiting.reason, ...(waiting.message && { message: waiting.message }) } };
  }
  return status;
}

/** One that is to end; a sidecar that has ended is not ready. */
function isFinishedInit(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>): boolean {
  return !isSidecar(container) && (pod.spec.initContainers?.some(({ name }) => name === container.name) ?? false);
}

function allocated(
  container: DeepReadonly<Container>,
  actuated: DeepReadonly<Pick<ResourceRequirements, 'requests' | 'limits'>> = container.resources ?? {},
): Pick<ContainerStatus, 'allocatedResources' | 'resources'> {
  const { requests } = container.resources ?? {};
  return {
    ...(requests && Object.keys(requests).length > 0 && { allocatedResources: { ...requests } }),
    resources: { ...(actuated.limits && { limits: { ...actuated.limits } }), ...(actuated.requests && { requests: { ...actuated.requests } }) },
  };
}

/** Whether a read-only mount is so with all that is mounted in it is as the runtime has made it, not as it was wished. */
function mountStatuses(container: DeepReadonly<Container>, made?: RuntimeContainer): Pick<ContainerStatus, 'volumeMounts'> {
  if (!container.volumeMounts?.length) return {};
  const isRecursive = (path: string): boolean => made?.mounts.some(({ containerPath, recursiveReadOnly }) => containerPath === path && recursiveReadOnly === true) ?? false;
  return {
    volumeMounts: container.volumeMounts.map(({ name, mountPath, readOnly }) => ({ name, mountPath, ...(readOnly && { readOnly, recursiveReadOnly: isRecursive(mountPath) ? 'Enabled' : 'Disabled' }) })),
  };
}

function stateOf(input: ContainerStatusInput, container: RuntimeContainer): ContainerState {
  switch (container.state) {
    case 'CONTAINER_RUNNING': return { running: { startedAt: timeOf(container.startedAt) } };
    case 'CONTAINER_EXITED': return { terminated: terminated(input, container) };
    default: return { waiting: { reason: 'ContainerCreating' } };
  }
}

/** Nanoseconds since 1970 as the API writes times. */
function timeOf(nanoseconds: number): string {
  return formatTime(nanoseconds / 1e6);
}

function terminated(input: ContainerStatusInput, container: RuntimeContainer): ContainerStateTerminated {
  const message = withinShare(input.pod, [container.message, input.terminationMessage(container.id)].filter(Boolean).join(': '));
  return {
    exitCode: container.exitCode,
    reason: container.reason || (container.exitCode === 0 ? 'Completed' : 'Error'),
    ...(message && { message }),
    startedAt: timeOf(container.startedAt),
    // A very quick end is noted before the start.
    finishedAt: timeOf(Math.max(container.finishedAt, container.startedAt)),
    containerID: `${input.runtimeName}://${container.id}`,
  };
}

/** Last words of all containers of a pod together, in bytes. Source: "Customizing the termination message". */
const MAX_POD_MESSAGE_BYTES = 12 * 1024;

function withinShare({ spec }: DeepReadonly<Pod>, message: string): string {
  const share = Math.floor(MAX_POD_MESSAGE_BYTES / (spec.containers.length + (spec.initContainers?.length ?? 0)));
  return message.length * 3 > share && Buffer.byteLength(message) > share ? Buffer.from(message).subarray(0, share).toString('utf8') : message;
}

/** The runtime has forgotten the container before: the API still knows its end. */
function restoredLastState(before: DeepReadonly<ContainerStatus> | undefined, newest: RuntimeContainer, input: ContainerStatusInput): ContainerState {
  const own = `${input.runtimeName}://${newest.id}`;
  // While one that ended waits, its end is the last state: not of what came before it.
  if (before?.lastState?.terminated?.containerID === own) return {};
  if (before?.containerID === own) return (before.lastState ?? {}) as ContainerState;
  const ended = before?.state?.terminated ?? before?.lastState?.terminated;
  return ended ? { terminated: { ...ended } as ContainerStateTerminated } : {};
}

function missingStatus(input: ContainerStatusInput, container: DeepReadonly<Container>, before: DeepReadonly<ContainerStatus> | undefined): ContainerStatus {
  const base = { name: container.name, ready: false, started: false, image: container.image ?? '', imageID: '', ...allocated(container), ...mountStatuses(container) };
  const waiting = input.waiting.get(container.name);
  if (input.restartingAll && before && !before.state?.waiting) {
    const { reason, message } = TAKEN_AWAY;
    return { ...base, state: { waiting: { ...(reason && { reason }), ...(message && { message }) } }, lastState: { terminated: { ...TAKEN_AWAY } }, restartCount: before.restartCount + 1 };
  }
  // A container that the API knows as ended stays so when the runtime has cleaned up behind it.
  if (before?.state?.terminated && (input.terminating || !waiting)) return structuredClone(before) as ContainerStatus;
  const isLost = before?.state?.running !== undefined;
  const restartCount = before?.restartCount ?? 0;
  if (input.terminating && isLost) return { ...base, state: { terminated: { ...NOT_LOCATED, ...(before.containerID && { containerID: before.containerID }) } }, lastState: {}, restartCount, containerID: before.containerID ?? '' };
  const state = { waiting: waiting ? { reason: waiting.reason, ...(waiting.message && { message: waiting.message }) } : { reason: input.pod.spec.initContainers?.length ? 'PodInitializing' : 'ContainerCreating' } };
  if (!isLost || before.lastState?.terminated) return { ...base, state, lastState: (before?.lastState ?? {}) as ContainerState, restartCount };
  // It has ended somehow, and starts anew unless its pod goes: that is counted here.
  return { ...base, state, lastState: { terminated: { ...USED_TO_RUN } }, restartCount: input.pod.metadata.deletionTimestamp === undefined ? restartCount + 1 : restartCount };
}
