import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Pod } from '../api/generated/core-v1.ts';
import { DomainCounts } from './domain-counts.ts';
import type { NodeInfo, PodInfo } from './node-info.ts';

/** Which placed pods a rule is about. */
export interface PodSelection {
  /** The same for selections of the same pods. */
  readonly key: string;
  /** Whether it asks for the labels of namespaces, which may change. */
  readonly readsNamespaces: boolean;
  matches(pod: DeepReadonly<Pod>): boolean;
}

/** Where the selected pods are. */
export class SelectedPods {
  readonly selection: PodSelection;
  readonly #byNode = new Map<NodeInfo, number>();
  readonly #byTopology = new Map<string, DomainCounts>();

  constructor(selection: PodSelection) {
    this.selection = selection;
  }

  on(node: NodeInfo): number {
    return this.#byNode.get(node) ?? 0;
  }

  /** By the domains of a topology. */
  by(topologyKey: string): DomainCounts {
    let counts = this.#byTopology.get(topologyKey);
    if (counts) return counts;
    counts = new DomainCounts(topologyKey);
    for (const [node, count] of this.#byNode) counts.change(node, count);
    this.#byTopology.set(topologyKey, counts);
    return counts;
  }

  /** A pod came (1) or went (-1); those that are not selected do not count. */
  change(pod: DeepReadonly<Pod>, node: NodeInfo, by: 1 | -1): void {
    if (!this.selection.matches(pod)) return;
    const count = this.on(node) + by;
    if (count === 0) this.#byNode.delete(node);
    else this.#byNode.set(node, count);
    for (const counts of this.#byTopology.values()) counts.change(node, by);
  }
}

/** So many selections are kept up to date: each costs a look at each pod that comes or goes. */
const MAX_SELECTIONS = 64;

/**
 * What rules of affinity and spreading ask of all placed pods, kept up to date as these come and go: each cycle would else look at all of them. Pods of one template ask the same, one after
 * another.
 */
export class PodSelections {
  readonly #nodes: () => readonly NodeInfo[];
  /** The longest unasked first. */
  readonly #known = new Map<string, SelectedPods>();

  constructor(nodes: () => readonly NodeInfo[]) {
    this.#nodes = nodes;
  }

  add(info: PodInfo, node: NodeInfo): void {
    for (const selected of this.#known.values()) selected.change(info.pod, node, 1);
  }

  /** The node must have the labels it had when the pod was added. */
  remove(info: PodInfo, node: NodeInfo): void {
    for (const selected of this.#known.values()) selected.change(info.pod, node, -1);
  }

  /** Namespaces have come, gone, or changed their labels. */
  namespacesChanged(): void {
    for (const [key, { selection }] of this.#known) if (selection.readsNamespaces) this.#known.delete(key);
  }

  /** To be read within a cycle. */
  of(selection: PodSelection): SelectedPods {
    const known = this.#known.get(selection.key);
    if (known) this.#known.delete(selection.key);
    const selected = known ?? this.#look(selection);
    this.#known.set(selection.key, selected);
    const [oldest] = this.#known.keys();
    if (this.#known.size > MAX_SELECTIONS && oldest !== undefined) this.#known.delete(oldest);
    return selected;
  }

  #look(selection: PodSelection): SelectedPods {
    const selected = new SelectedPods(selection);
    for (const node of this.#nodes()) for (const { pod } of node.pods.values()) selected.change(pod, node, 1);
    return selected;
  }
}
