import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Pod } from '../api/generated/core-v1.ts';
import type { ClusterEvent, EventKind } from './cluster-event.ts';
import type { ClusterState } from './cluster-state.ts';
import type { NodeInfo } from './node-info.ts';

/**
 * The extension points of scheduling, named as in the scheduling framework (KEP-624, "Scheduling Framework"). A cycle is synchronous: plugins
 * read the cluster state, which does not change under them, and keep nothing between cycles. What a plugin works out once a pod it returns from
 * `begin`; the rest of the cycle asks that.
 */
export interface Plugin {
  /** As in KubeSchedulerConfiguration: `NodeResourcesFit`. */
  readonly name: string;
  /** The factor of its scores, which run from 0 to 100. */
  readonly weight: number;
  /** What happened in the cluster that may let a pod, which this plugin turned away, be scheduled. */
  readonly wakesOn: readonly EventKind[];
  /** Whether one event of those may help this pod; absent: each may. It looks at what has changed only, and lets through what it cannot tell. Source: KEP-4247, queueing hints. */
  readonly mayHelp?: (pod: DeepReadonly<Pod>, event: ClusterEvent) => boolean;
  /** Whether the pod is not to be tried at all yet. Nobody is told, and it waits for `wakesOn`, or for a change of the pod itself. */
  readonly holdsBack?: (pod: DeepReadonly<Pod>, cluster: ClusterState) => boolean;
  /** undefined: the plugin has nothing to say of this pod. */
  begin(pod: DeepReadonly<Pod>, cluster: ClusterState): PodCycle | undefined;
}

export interface PodCycle {
  /** Turns the pod away from every node, without looking at them; the text tells why. */
  readonly refusal?: string;
  /** Only these nodes can do: the others are not looked at. */
  readonly onlyNodes?: ReadonlySet<string>;
  /** Throws FilterError. */
  filter?(node: NodeInfo): Refusal | undefined;
  /** Makes `score` ready, knowing the nodes that are left. Returns false when there is nothing to score. */
  preScore?(nodes: readonly NodeInfo[]): boolean;
  score?(node: NodeInfo): number;
  /** Brings raw scores to 0..100, in place. */
  normalize?(scores: Float64Array, nodes: readonly NodeInfo[]): void;
  /** Takes pods away from, or back to, what `filter` counts on: preemption asks "what if". Absent: filter reads the node only. */
  removePod?(pod: DeepReadonly<Pod>, node: NodeInfo): void;
  addPod?(pod: DeepReadonly<Pod>, node: NodeInfo): void;
}

/** A plugin cannot tell whether a node can take the pod, of no node: the pod is tried again later. */
export class FilterError extends Error {
  override readonly name = 'FilterError';

  constructor(plugin: string, cause: Error) {
    super(`running ${JSON.stringify(plugin)} filter plugin: ${cause.message}`, { cause });
  }
}

export interface Refusal {
  /** As events tell it: `Insufficient cpu`. Counted over the nodes. */
  readonly reasons: readonly string[];
  /** Taking pods away from the node cannot help. */
  readonly isFinal: boolean;
}

export const MAX_NODE_SCORE = 100;

/** More than these are made anew: reasons name resources and the like, and are few. */
const MAX_KNOWN_REFUSALS = 1000;
const known: Readonly<Record<'final' | 'other', Map<string, Refusal>>> = { final: new Map(), other: new Map() };

export function refuse(reason: string): Refusal {
  return knownRefusal(reason, undefined, false);
}

export function refuseFinally(reason: string): Refusal {
  return knownRefusal(reason, undefined, true);
}

/** The same one for the same reasons: thousands of nodes may give the same, to each of thousands of pods. */
export function refusal(reasons: readonly string[], isFinal: boolean): Refusal {
  const [first] = reasons;
  return reasons.length === 1 && first !== undefined ? knownRefusal(first, undefined, isFinal) : knownRefusal(reasons.join('\n'), reasons, isFinal);
}

/** `key`: the one reason, unless `reasons` has several. */
function knownRefusal(key: string, reasons: readonly string[] | undefined, isFinal: boolean): Refusal {
  const some = known[isFinal ? 'final' : 'other'];
  let refusal = some.get(key);
  if (refusal) return refusal;
  if (some.size >= MAX_KNOWN_REFUSALS) some.clear();
  some.set(key, (refusal = { reasons: reasons ?? [key], isFinal }));
  return refusal;
}

/** Stretches scores so that the best has 100; `reverse` turns them round, so that the lowest is the best. */
export function normalizeByMax(scores: Float64Array, reverse: boolean): void {
  let max = 0;
  for (const score of scores) max = Math.max(max, score);
  for (let i = 0; i < scores.length; i++) {
    const scaled = max === 0 ? 0 : Math.floor((MAX_NODE_SCORE * (scores[i] ?? 0)) / max);
    scores[i] = reverse ? MAX_NODE_SCORE - scaled : scaled;
  }
}
