import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Node, Pod } from '../api/generated/core-v1.ts';
import { isPodTerminal } from '../component-helpers/pod-state.ts';
import { occupiedRequests, runsAsAsked } from '../component-helpers/resized-requests.ts';
import type { ClusterEvent } from './framework.ts';

/** What a change of a node means to pods that wait. */
export function nodeChanges(before: DeepReadonly<Node> | undefined, after: DeepReadonly<Node> | undefined): ClusterEvent[] {
  if (!after) return [];
  if (!before) return ['node-added'];
  const events: ClusterEvent[] = [];
  const differs = (read: (node: DeepReadonly<Node>) => unknown): boolean => JSON.stringify(read(before)) !== JSON.stringify(read(after));
  if (differs((node) => node.status.allocatable)) events.push('node-allocatable');
  if (differs((node) => node.metadata.labels)) events.push('node-labels');
  if (differs((node) => [node.spec.taints, node.spec.unschedulable])) events.push('node-taints');
  return events;
}

/** What a change of a pod means to other pods that wait. */
export function podChanges(before: DeepReadonly<Pod> | undefined, after: DeepReadonly<Pod> | undefined): ClusterEvent[] {
  // A claim was made for the pod from its template.
  if (after && (before?.status?.resourceClaimStatuses?.length ?? 0) !== (after.status?.resourceClaimStatuses?.length ?? 0)) return ['device'];
  const was = before?.spec.nodeName !== undefined && !isPodTerminal(before);
  const is = after?.spec.nodeName !== undefined && !isPodTerminal(after);
  if (was && !is) return ['pod-removed'];
  if (!was && is) return ['pod-added'];
  const events: ClusterEvent[] = [];
  if (is && before && JSON.stringify(before.metadata.labels) !== JSON.stringify(after.metadata.labels)) events.push('pod-labels');
  if (is && before && hasGivenUp(before, after)) events.push('pod-scaled-down');
  if (before && after && (before.spec.schedulingGates?.length ?? 0) > (after.spec.schedulingGates?.length ?? 0)) events.push('pod-gates');
  return events;
}

/** Whether a pod takes less of its node than before. Looked at only where resources may have changed at all. */
function hasGivenUp(before: DeepReadonly<Pod>, after: DeepReadonly<Pod>): boolean {
  if (before.metadata.generation === after.metadata.generation && runsAsAsked(before) && runsAsAsked(after)) return false;
  const [had, has] = [occupiedRequests(before), occupiedRequests(after)];
  return has.milliCpu < had.milliCpu || has.memory < had.memory;
}
