import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Node, Pod } from '../api/generated/core-v1.ts';
import { isPodTerminal } from '../component-helpers/pod-state.ts';
import { occupiedRequests, runsAsAsked } from '../component-helpers/resized-requests.ts';
import type { ClusterEvent, NodeEvent } from './cluster-event.ts';

/** What a change of a node means to pods that wait. */
export function nodeChanges(before: DeepReadonly<Node> | undefined, after: DeepReadonly<Node> | undefined): ClusterEvent[] {
  if (!after) return [{ kind: 'node-removed', before }];
  if (!before) return [{ kind: 'node-added', after }];
  const events: ClusterEvent[] = [];
  const tell = (kind: NodeEvent['kind']): unknown => events.push({ kind, before, after });
  const differs = (read: (node: DeepReadonly<Node>) => unknown): boolean => JSON.stringify(read(before)) !== JSON.stringify(read(after));
  if (differs((node) => node.status.allocatable)) tell('node-allocatable');
  if (differs((node) => node.metadata.labels)) tell('node-labels');
  if (differs((node) => [node.spec.taints, node.spec.unschedulable])) tell('node-taints');
  if (differs((node) => node.status.declaredFeatures)) tell('node-features');
  return events;
}

/** What a change of a pod that has a node means to other pods that wait. */
export function podChanges(before: DeepReadonly<Pod> | undefined, after: DeepReadonly<Pod> | undefined): ClusterEvent[] {
  const was = before?.spec.nodeName !== undefined && !isPodTerminal(before);
  const is = after?.spec.nodeName !== undefined && !isPodTerminal(after);
  if (was && !is) return [{ kind: 'pod-removed', before }];
  if (!was && is) return [{ kind: 'pod-added', after }];
  if (!is || !before) return [];
  const events: ClusterEvent[] = [];
  if (JSON.stringify(before.metadata.labels) !== JSON.stringify(after.metadata.labels)) events.push({ kind: 'pod-labels', before, after });
  if (hasGivenUp(before, after)) events.push({ kind: 'pod-scaled-down', before, after });
  return events;
}

/** Whether a pod takes less of its node than before. Looked at only where resources may have changed at all. */
function hasGivenUp(before: DeepReadonly<Pod>, after: DeepReadonly<Pod>): boolean {
  if (before.metadata.generation === after.metadata.generation && runsAsAsked(before) && runsAsAsked(after)) return false;
  const [had, has] = [occupiedRequests(before), occupiedRequests(after)];
  return has.milliCpu < had.milliCpu || has.memory < had.memory;
}
