import { keyOf, type DeepReadonly } from '../apimachinery/meta.ts';
import type { Pod } from '../api/generated/core-v1.ts';
import { podInfoOf, type PodInfo } from './node-info.ts';
import { priorityOf } from './priority.ts';

const NOBODY: readonly PodInfo[] = [];

/**
 * Pods that wait for the room which preemption makes for them on a node: whoever is less important must not take it, or the victims' successors would
 * be there first, again and again. Source: pkg/scheduler/backend/queue/nominator.go.
 */
export class Nominator {
  readonly #nodes = new Map<string, Map<string, PodInfo>>();
  readonly #nodeOf = new Map<string, string>();

  nodeOf(pod: DeepReadonly<Pod>): string | undefined {
    return this.#nodeOf.size === 0 ? undefined : this.#nodeOf.get(keyOf(pod));
  }

  set(pod: DeepReadonly<Pod>, node: string): void {
    const key = keyOf(pod);
    this.delete(key);
    this.#nodeOf.set(key, node);
    const there = this.#nodes.get(node) ?? new Map<string, PodInfo>();
    there.set(key, podInfoOf(pod));
    this.#nodes.set(node, there);
  }

  delete(key: string): void {
    const node = this.#nodeOf.get(key);
    if (node === undefined) return;
    this.#nodeOf.delete(key);
    const there = this.#nodes.get(node);
    there?.delete(key);
    if (there?.size === 0) this.#nodes.delete(node);
  }

  /** Those nominated to the node that are at least as important as `pod`, itself left out. */
  before(node: string, pod: DeepReadonly<Pod>): readonly PodInfo[] {
    // Asked of every node that a pod is tried on: nearly always nobody is promised anything.
    const there = this.#nodes.size === 0 ? undefined : this.#nodes.get(node);
    if (!there) return NOBODY;
    const key = keyOf(pod);
    return [...there.values()].filter((info) => info.key !== key && priorityOf(info.pod) >= priorityOf(pod));
  }

  /** Those nominated to the node that `pod` is more important than. */
  after(node: string, pod: DeepReadonly<Pod>): readonly PodInfo[] {
    return [...(this.#nodes.get(node)?.values() ?? [])].filter((info) => priorityOf(info.pod) < priorityOf(pod));
  }
}
