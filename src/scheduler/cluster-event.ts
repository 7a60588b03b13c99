import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Node, PersistentVolumeClaim, Pod } from '../api/generated/core-v1.ts';
import type { ResourceClaim } from '../api/generated/resource-v1.ts';

type NodeEventKind = 'node-added' | 'node-removed' | 'node-allocatable' | 'node-labels' | 'node-taints' | 'node-features';
/** Of pods that have a node. */
type PodEventKind = 'pod-added' | 'pod-labels' | 'pod-removed' | 'pod-scaled-down';
/** Of what nobody looks at closely. */
type PlainEventKind = 'volume' | 'device-slice' | 'device-class' | 'namespace';

interface ChangeOf<Kind extends string, T> {
  readonly kind: Kind;
  readonly before?: DeepReadonly<T> | undefined;
  readonly after?: DeepReadonly<T> | undefined;
}

export type NodeEvent = ChangeOf<NodeEventKind, Node>;
export type PodEvent = ChangeOf<PodEventKind, Pod>;
export type ClusterEvent = NodeEvent | PodEvent | ChangeOf<'volume-claim', PersistentVolumeClaim> | ChangeOf<'device-claim', ResourceClaim> | { readonly kind: PlainEventKind };
export type EventKind = ClusterEvent['kind'];

/** As what has happened to a node has left it; undefined: it happened to something else, or the node is gone. */
export function nodeAfter(event: ClusterEvent): DeepReadonly<Node> | undefined {
  return event.kind.startsWith('node-') ? (event as NodeEvent).after : undefined;
}
