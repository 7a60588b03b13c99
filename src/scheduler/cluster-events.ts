import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Node, Pod } from '../api/generated/core-v1.ts';
import { isPodTerminal } from '../component-helpers/pod-state.ts';
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
  if (before && after && (before.spec.schedulingGates?.length ?? 0) > (after.spec.schedulingGates?.length ?? 0)) events.push('pod-gates');
  return events;
}
