import type { DeepReadonly, KubeObject, ResourceRef } from '../../apimachinery/meta.ts';
import { keyOf } from '../../apimachinery/meta.ts';

/** An object as the collector sees it: its metadata and where it is. */
export interface GraphNode {
  readonly ref: ResourceRef;
  readonly metadata: DeepReadonly<KubeObject['metadata']>;
}

/** A key of the work queue: which resource, which object. */
export function graphKey({ ref, metadata }: GraphNode): string {
  return `${ref.group}|${ref.resource}|${keyOf({ metadata })}`;
}

/** Who owns whom, over all resources: objects by uid, and dependents by the uid of their owners. */
export class OwnerGraph {
  readonly #byUid = new Map<string, GraphNode>();
  readonly #byKey = new Map<string, GraphNode>();
  readonly #dependents = new Map<string, Map<string, GraphNode>>();

  get(key: string): GraphNode | undefined {
    return this.#byKey.get(key);
  }

  withUid(uid: string): GraphNode | undefined {
    return this.#byUid.get(uid);
  }

  dependentsOf(uid: string): readonly GraphNode[] {
    return [...(this.#dependents.get(uid)?.values() ?? [])];
  }

  put(node: GraphNode): void {
    const key = graphKey(node);
    const known = this.#byKey.get(key);
    if (known) this.#take(key, known);
    this.#byKey.set(key, node);
    this.#byUid.set(node.metadata.uid, node);
    for (const { uid } of node.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(uid) ?? new Map<string, GraphNode>();
      this.#dependents.set(uid, dependents);
      dependents.set(node.metadata.uid, node);
    }
  }

  remove(node: GraphNode): void {
    const key = graphKey(node);
    const known = this.#byKey.get(key);
    if (known) this.#take(key, known);
  }

  #take(key: string, known: GraphNode): void {
    this.#byKey.delete(key);
    if (this.#byUid.get(known.metadata.uid) === known) this.#byUid.delete(known.metadata.uid);
    for (const { uid } of known.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(uid);
      dependents?.delete(known.metadata.uid);
      if (dependents?.size === 0) this.#dependents.delete(uid);
    }
  }
}
