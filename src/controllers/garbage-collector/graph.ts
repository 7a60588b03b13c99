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
  /** By `group|resource`, then by `namespace/name`. */
  readonly #byResource = new Map<string, Map<string, GraphNode>>();
  readonly #byRef = new WeakMap<ResourceRef, Map<string, GraphNode>>();
  readonly #dependents = new Map<string, Map<string, GraphNode>>();

  get(key: string): GraphNode | undefined {
    const resource = key.indexOf('|', key.indexOf('|') + 1);
    return this.#byResource.get(key.slice(0, resource))?.get(key.slice(resource + 1));
  }

  withUid(uid: string): GraphNode | undefined {
    return this.#byUid.get(uid);
  }

  dependentsOf(uid: string): readonly GraphNode[] {
    return [...(this.#dependents.get(uid)?.values() ?? [])];
  }

  /** `key`: the object's `namespace/name`. */
  put(key: string, node: GraphNode): void {
    const nodes = this.#nodesOf(node.ref);
    const known = nodes.get(key);
    if (known) this.#take(known);
    nodes.set(key, node);
    this.#byUid.set(node.metadata.uid, node);
    for (const { uid } of node.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(uid) ?? new Map<string, GraphNode>();
      this.#dependents.set(uid, dependents);
      dependents.set(node.metadata.uid, node);
    }
  }

  remove(key: string, ref: ResourceRef): void {
    const nodes = this.#nodesOf(ref);
    const known = nodes.get(key);
    if (!known) return;
    nodes.delete(key);
    this.#take(known);
  }

  #nodesOf(ref: ResourceRef): Map<string, GraphNode> {
    let nodes = this.#byRef.get(ref);
    if (nodes) return nodes;
    const resource = `${ref.group}|${ref.resource}`;
    nodes = this.#byResource.get(resource) ?? new Map<string, GraphNode>();
    this.#byResource.set(resource, nodes);
    this.#byRef.set(ref, nodes);
    return nodes;
  }

  #take(known: GraphNode): void {
    if (this.#byUid.get(known.metadata.uid) === known) this.#byUid.delete(known.metadata.uid);
    for (const { uid } of known.metadata.ownerReferences ?? []) {
      const dependents = this.#dependents.get(uid);
      dependents?.delete(known.metadata.uid);
      if (dependents?.size === 0) this.#dependents.delete(uid);
    }
  }
}
