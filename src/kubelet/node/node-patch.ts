import { isDeepStrictEqual } from 'node:util';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { NodeCondition, NodeStatus } from '../../api/generated/core-v1.ts';

/** Whether anything but the times of heartbeats differs. */
export function nodeStatusChanged(before: DeepReadonly<NodeStatus>, after: DeepReadonly<NodeStatus>): boolean {
  const own = Object.keys(after) as (keyof NodeStatus)[];
  return own.some((name) => {
    if (name !== 'conditions') return !isDeepStrictEqual(before[name], after[name]);
    return (after.conditions ?? []).some((condition) => !isDeepStrictEqual(withoutHeartbeat(condition), withoutHeartbeat(before.conditions?.find(({ type }) => type === condition.type))));
  });
}

function withoutHeartbeat(condition: DeepReadonly<NodeCondition> | undefined): object | undefined {
  if (!condition) return undefined;
  const { lastHeartbeatTime: _, ...rest } = condition;
  return rest;
}

/** Keys of `before` that `after` has no longer are taken away. */
function withNulls(before: Readonly<Record<string, unknown>> = {}, after: Readonly<Record<string, unknown>> = {}): object {
  return { ...Object.fromEntries(Object.keys(before).map((key) => [key, null])), ...after };
}

/** The strategic merge patch of a node's status: changed fields, all of the kubelet's conditions; fields and conditions of others stay. */
export function nodeStatusPatch(before: DeepReadonly<NodeStatus>, after: DeepReadonly<NodeStatus>): object {
  const changes: Record<string, unknown> = { conditions: after.conditions ?? [] };
  for (const name of Object.keys(after) as (keyof NodeStatus)[]) {
    if (name === 'conditions' || isDeepStrictEqual(before[name], after[name])) continue;
    // Addresses would be merged by type, of which there may be several.
    if (name === 'addresses') changes[name] = [...(after.addresses ?? []), { $patch: 'replace' }];
    else if (name === 'allocatable') changes[name] = withNulls(before.allocatable, after.allocatable);
    else changes[name] = after[name];
  }
  return { status: changes };
}
