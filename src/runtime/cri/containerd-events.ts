import type { ContainerEvent, ContainerEventType } from '../messages.ts';
import { defineMessages, type MessageTable } from './message-codec.ts';

/** The messages of containerd's own events service, for releases whose CRI has no GetContainerEvents. */
export const containerdEventsMessages: MessageTable = defineMessages({}, {
  SubscribeRequest: `
    filters 1 []string`,
  Envelope: `
    namespace 2 string
    topic 3 string
    event 4 Any`,
  Any: `
    typeUrl 1 string
    value 2 bytes`,
  TaskStart: `
    containerId 1 string`,
  TaskExit: `
    containerId 1 string
    id 2 string
    exitStatus 4 uint32`,
  TaskDelete: `
    containerId 1 string
    id 5 string`,
});

const TOPICS: Readonly<Record<string, { message: string; type: ContainerEventType }>> = {
  '/tasks/start': { message: 'TaskStart', type: 'CONTAINER_STARTED_EVENT' },
  '/tasks/exit': { message: 'TaskExit', type: 'CONTAINER_STOPPED_EVENT' },
  '/tasks/delete': { message: 'TaskDelete', type: 'CONTAINER_STOPPED_EVENT' },
};

/** Undefined for what is not about a container: the end of a command that was run in one has another ID than the container. */
export function decodeContainerdEvent(envelope: Record<string, unknown>): ContainerEvent | undefined {
  const topic = TOPICS[envelope.topic as string];
  const event = envelope.event as { value: Uint8Array } | undefined;
  if (!topic || !event) return undefined;
  const { containerId, id } = containerdEventsMessages.decode(topic.message, event.value) as { containerId: string; id?: string };
  if (id && id !== containerId) return undefined;
  return { containerId, type: topic.type };
}
