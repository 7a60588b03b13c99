import type { Node } from '../api/generated/core-v1.ts';
import * as refs from '../api/refs.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Client } from '../client/client.ts';
import type { ClusterTools } from './tools.ts';

const SHORTEST_PAUSE_MS = 50;
/** Between two looks passes so many times what one takes: a list of thousands of nodes is work that the nodes would wait for. */
const PAUSE_FACTOR = 10;

/** Whether a node can be given pods: it says that it is Ready, and the taint of its first moments is gone. */
export function isNodeInUse({ spec, status }: DeepReadonly<Node>): boolean {
  const isReady = status.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false;
  return isReady && (spec.taints ?? []).every(({ key }) => key !== 'node.kubernetes.io/not-ready');
}

/** Whether the node says that its runtime is a simulated one. */
export function isSimulated({ status }: DeepReadonly<Node>): boolean {
  return status.nodeInfo?.containerRuntimeVersion.startsWith('simulated://') ?? false;
}

export interface AwaitedSimulatedNodes {
  readonly count: number;
  readonly isWanted: (node: DeepReadonly<Node>) => boolean;
  readonly waitMs: number;
  /** Throws when waiting is in vain. */
  readonly check?: () => Promise<void>;
  /** Behind the message of what is thrown: where to look. */
  readonly hint?: string;
}

/** Resolves once so many nodes can be given pods. Throws Error, with how many cannot, after `waitMs`. */
export async function waitForSimulatedNodes(client: Client, { count, isWanted, waitMs, check, hint = '' }: AwaitedSimulatedNodes, { clock, signal }: Pick<ClusterTools, 'clock'> & { signal: AbortSignal }): Promise<void> {
  const deadline = clock.monotonic() + waitMs;
  for (;;) {
    const startedMs = clock.monotonic();
    const { items } = await client.resource(refs.nodes).list({ signal, resourceVersion: '0' });
    const usable = items.filter((node) => isWanted(node) && isNodeInUse(node)).length;
    if (usable >= count) return;
    if (clock.monotonic() > deadline) throw new Error(`${count - usable} of ${count} simulated nodes are not Ready after ${Math.round(waitMs / 1000)} s${hint}`);
    await check?.();
    await clock.sleep(Math.max(SHORTEST_PAUSE_MS, (clock.monotonic() - startedMs) * PAUSE_FACTOR), signal);
  }
}
