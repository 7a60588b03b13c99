import type { ContainerEvent, ContainerEventType } from '../messages.ts';
import type { ContainerRuntime } from '../runtime.ts';

/** The state of every container and sandbox by ID. */
export type RuntimeSnapshot = ReadonlyMap<string, string>;

const EVENT_OF_STATE: Readonly<Record<string, ContainerEventType>> = {
  CONTAINER_CREATED: 'CONTAINER_CREATED_EVENT',
  CONTAINER_RUNNING: 'CONTAINER_STARTED_EVENT',
  SANDBOX_READY: 'CONTAINER_STARTED_EVENT',
};

export async function takeSnapshot(lists: Pick<ContainerRuntime, 'listContainers' | 'listPodSandbox'>, signal: AbortSignal): Promise<RuntimeSnapshot> {
  const [containers, sandboxes] = await Promise.all([lists.listContainers(undefined, signal), lists.listPodSandbox(undefined, signal)]);
  return new Map([...containers, ...sandboxes].map(({ id, state }) => [id, state]));
}

export function diffSnapshots(before: RuntimeSnapshot, after: RuntimeSnapshot): ContainerEvent[] {
  const events: ContainerEvent[] = [];
  for (const [containerId, state] of after) {
    if (before.get(containerId) !== state) events.push({ containerId, type: EVENT_OF_STATE[state] ?? 'CONTAINER_STOPPED_EVENT' });
  }
  for (const containerId of before.keys()) if (!after.has(containerId)) events.push({ containerId, type: 'CONTAINER_DELETED_EVENT' });
  return events;
}
