import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { ContainerStateTerminated, ContainerStatus, Pod } from '../../api/generated/core-v1.ts';

/** How a container ended of which nothing was found when its pod was taken down. It never counts as a success. */
export const NOT_LOCATED: DeepReadonly<ContainerStateTerminated> = {
  exitCode: 137, reason: 'ContainerStatusUnknown', message: 'The container could not be located when the pod was terminated',
};

/** How a container ended that ran when it was last seen, and that the runtime has lost since. Source: pkg/kubelet, convertToAPIContainerStatuses. */
export const USED_TO_RUN: DeepReadonly<ContainerStateTerminated> = {
  exitCode: 137, reason: NOT_LOCATED.reason ?? '', message: 'The container could not be located when the pod was deleted.  The container used to be Running',
};

/** Whether the restart that follows such an end was counted when it was noticed. */
export function wasLost({ lastState }: DeepReadonly<Pick<ContainerStatus, 'lastState'>>): boolean {
  return lastState?.terminated?.message === USED_TO_RUN.message;
}

interface PodContainers {
  readonly initStatuses: readonly ContainerStatus[];
  readonly mainStatuses: readonly ContainerStatus[];
}

/**
 * The statuses of a pod that is down for good: whatever may have run has ended. Containers behind an init container that never came through stay
 * waiting. Source: status manager, TerminatePod.
 */
export function endedContainers(pod: DeepReadonly<Pod>, { initStatuses, mainStatuses }: PodContainers): PodContainers {
  const lastInit = initStatuses.at(-1);
  const isInitialized = (pod.spec.initContainers ?? []).length === 0 || mainStatuses.some(hasRun) || [lastInit?.state, lastInit?.lastState].some((state) => state?.terminated?.exitCode === 0);
  const begun = Math.max(initStatuses.findLastIndex(hasRun), 0);
  return {
    initStatuses: initStatuses.map((status, index) => (index <= begun ? ended(status) : status)),
    mainStatuses: isInitialized ? mainStatuses.map(ended) : mainStatuses,
  };
}

function hasRun({ state, lastState }: ContainerStatus): boolean {
  return state.waiting === undefined || lastState.terminated !== undefined;
}

function ended(status: ContainerStatus): ContainerStatus {
  return status.state.terminated ? status : { ...status, state: { terminated: { ...NOT_LOCATED } } };
}
