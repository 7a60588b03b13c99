import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Node, NodeStatus } from '../../api/generated/core-v1.ts';

export interface NodeEvent {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
}

/** What is told of a condition that has become `[False, True]`. Source: pkg/kubelet/events, node event reasons. */
const REASONS: ReadonlyMap<string, readonly [string, string]> = new Map([
  ['MemoryPressure', ['NodeHasSufficientMemory', 'NodeHasInsufficientMemory']],
  ['DiskPressure', ['NodeHasNoDiskPressure', 'NodeHasDiskPressure']],
  ['PIDPressure', ['NodeHasSufficientPID', 'NodeHasInsufficientPID']],
  ['Ready', ['NodeNotReady', 'NodeReady']],
]);

/**
 * What a node tells of itself in events when its status goes from `before` (undefined: it is new) to `after`. That it is ready or not is told when that
 * changes, pressures of a new node too. Source: pkg/kubelet/nodestatus.
 */
export function nodeEvents(nodeName: string, before: DeepReadonly<NodeStatus> | undefined, after: DeepReadonly<NodeStatus>): NodeEvent[] {
  const statusOf = (status: DeepReadonly<NodeStatus> | undefined, type: string): string | undefined => status?.conditions?.find((condition) => condition.type === type)?.status;
  const changed = [...REASONS].flatMap(([type, [whenFalse, whenTrue]]) => {
    const [was, is] = [statusOf(before, type), statusOf(after, type)];
    if (is === was || (type === 'Ready' && was === undefined)) return [];
    return [statusEvent(nodeName, is === 'True' ? whenTrue : whenFalse)];
  });
  const [oldBoot, boot] = [before?.nodeInfo?.bootID, after.nodeInfo?.bootID];
  const rebooted = oldBoot && boot && oldBoot !== boot;
  return [...changed, ...(rebooted ? [{ type: 'Warning' as const, reason: 'Rebooted', message: `Node ${nodeName} has been rebooted, boot id: ${boot}` }] : [])];
}

/** Whether pods may be scheduled on it has changed. */
export function scheduleEvents(before: DeepReadonly<Node> | undefined, after: DeepReadonly<Node>): NodeEvent[] {
  if (!before || (before.spec.unschedulable ?? false) === (after.spec.unschedulable ?? false)) return [];
  return [statusEvent(after.metadata.name, after.spec.unschedulable ? 'NodeNotSchedulable' : 'NodeSchedulable')];
}

function statusEvent(nodeName: string, reason: string): NodeEvent {
  return { type: 'Normal', reason, message: `Node ${nodeName} status is now: ${reason}` };
}
