import type { Clock } from '../../base/clock.ts';
import type { ContainerEvent, ContainerEventType } from '../messages.ts';
import { isRuntimeError, type ContainerRuntime } from '../runtime.ts';
import { containerdEventsMessages, decodeContainerdEvent } from './containerd-events.ts';
import type { GrpcConnection, GrpcMethod } from './grpc-connection.ts';
import { criMessages } from './messages.schema.ts';
import { diffSnapshots, takeSnapshot } from './poll-events.ts';

const EVERYTHING_MAY_HAVE_CHANGED: ContainerEvent = { containerId: '', type: 'CONTAINER_STARTED_EVENT' };
const RECONNECT_MS = 200;
const POLL_FASTEST_MS = 250;
const POLL_SLOWEST_MS = 4000;

const GET_CONTAINER_EVENTS: GrpcMethod = {
  path: '/runtime.v1.RuntimeService/GetContainerEvents', table: criMessages, request: 'GetEventsRequest', response: 'ContainerEventResponse',
};
const CONTAINERD_SUBSCRIBE: GrpcMethod = {
  path: '/containerd.services.events.v1.Events/Subscribe', table: containerdEventsMessages, request: 'SubscribeRequest', response: 'Envelope',
};

interface EventSource {
  readonly connection: GrpcConnection;
  readonly lists: Pick<ContainerRuntime, 'listContainers' | 'listPodSandbox'>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Events from the best source that the runtime has: CRI's own, else containerd's events service (containerd 1.6), else lists compared. */
export async function* containerEventSources(source: EventSource): AsyncIterable<ContainerEvent> {
  const streams = [criEvents, containerdEvents];
  while (!source.signal.aborted) {
    const stream = streams[0];
    if (!stream) {
      yield* polledEvents(source);
      return;
    }
    try {
      yield* stream(source);
    } catch (error) {
      if (isRuntimeError(error, 'Unimplemented')) {
        streams.shift();
        continue;
      }
      if (!isRuntimeError(error)) throw error;
    }
    if (source.signal.aborted) return;
    // The stream broke: the runtime restarts. What happened meanwhile is only in the lists.
    await source.clock.sleep(RECONNECT_MS, source.signal).catch(() => undefined);
    yield EVERYTHING_MAY_HAVE_CHANGED;
  }
}

async function* criEvents({ connection, signal }: EventSource): AsyncIterable<ContainerEvent> {
  for await (const event of connection.stream(GET_CONTAINER_EVENTS, {}, signal)) {
    yield { containerId: event.containerId as string, type: event.containerEventType as ContainerEventType };
  }
}

async function* containerdEvents({ connection, signal }: EventSource): AsyncIterable<ContainerEvent> {
  const filters = ['topic~="/tasks/(start|exit|delete)"'].map((topic) => `namespace==k8s.io,${topic}`);
  for await (const envelope of connection.stream(CONTAINERD_SUBSCRIBE, { filters }, signal)) {
    const event = decodeContainerdEvent(envelope);
    if (event) yield event;
  }
}

/** Compares lists; the interval doubles while nothing happens. */
async function* polledEvents({ lists, clock, signal }: EventSource): AsyncIterable<ContainerEvent> {
  let before = await takeSnapshot(lists, signal);
  let intervalMs = POLL_FASTEST_MS;
  while (!signal.aborted) {
    await clock.sleep(intervalMs, signal).catch(() => undefined);
    if (signal.aborted) return;
    const after = await takeSnapshot(lists, signal);
    const events = diffSnapshots(before, after);
    before = after;
    intervalMs = events.length > 0 ? POLL_FASTEST_MS : Math.min(intervalMs * 2, POLL_SLOWEST_MS);
    yield* events;
  }
}
