import type { Clock } from '../../base/clock.ts';
import type { ContainerEvent, ContainerRuntime } from '../../runtime/index.ts';
import { POD_UID } from '../containers/labels.ts';

/** A runtime may tell of an end before its lists show it. */
const SETTLE_MS = [5, 10, 20, 50, 100, 250, 500];
const RELIST_MS = 30_000;

export interface RuntimeEventsOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly onPods: (uids: Iterable<string>) => void;
  readonly onEverything: () => void;
}

/** Turns what happens in the runtime into looks at pods. Starts are the kubelet's own doing; only ends and losses are news. */
export async function followRuntime(options: RuntimeEventsOptions, run: (task: (signal: AbortSignal) => Promise<void>) => void, signal: AbortSignal): Promise<void> {
  run((inner) => relist(options, inner));
  // The end of a container is told twice: when its process ends, and when it is cleared away.
  const asking = new Set<string>();
  for await (const event of options.runtime.containerEvents(signal)) {
    if (event.containerId === '') options.onEverything();
    else if (event.type === 'CONTAINER_STOPPED_EVENT' && !asking.has(event.containerId)) {
      asking.add(event.containerId);
      run((inner) => tellOfEnd(options, event, inner).finally(() => asking.delete(event.containerId)));
    }
  }
}

async function tellOfEnd({ runtime, clock, onPods, onEverything }: RuntimeEventsOptions, { containerId }: ContainerEvent, signal: AbortSignal): Promise<void> {
  try {
    for (let attempt = 0; ; attempt++) {
      const found = (await runtime.listContainers({ id: containerId }, signal))[0] ?? (await runtime.listPodSandbox({ id: containerId }, signal))[0];
      if (!found) return; // removed already, by whoever stopped it
      const waitMs = SETTLE_MS[attempt];
      if ((found.state === 'CONTAINER_RUNNING' || found.state === 'SANDBOX_READY') && waitMs !== undefined) {
        await clock.sleep(waitMs, signal);
        continue;
      }
      const uid = found.labels[POD_UID];
      if (uid !== undefined) onPods([uid]);
      return;
    }
  } catch (error) {
    if (signal.aborted) throw error;
    onEverything(); // the runtime does not answer; the next looks will tell
  }
}

/** Finds what no event told of. */
async function relist({ runtime, clock, onPods }: RuntimeEventsOptions, signal: AbortSignal): Promise<void> {
  let before = new Map<string, string>();
  for (;;) {
    await clock.sleep(RELIST_MS, signal);
    const lists = await Promise.all([runtime.listContainers(undefined, signal), runtime.listPodSandbox(undefined, signal)]).catch((error: unknown) => {
      if (signal.aborted) throw error;
      return undefined; // the runtime is down, which the node's status tells
    });
    if (!lists) continue;
    const all = lists.flat();
    const after = new Map(all.map(({ id, state }) => [id, state as string]));
    const changed = all.filter(({ id, state }) => before.get(id) !== state && (state === 'CONTAINER_EXITED' || state === 'SANDBOX_NOTREADY'));
    before = after;
    onPods(new Set(changed.flatMap(({ labels }) => labels[POD_UID] ?? [])));
  }
}
