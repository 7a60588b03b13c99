import { DomainCounts } from './domain-counts.ts';
import type { NodeInfo } from './node-info.ts';

/** More labels than these are not asked of again and again: what is known is then forgotten and found anew. */
const MAX_KEYS = 32;

/** How many nodes there are in each domain, by the labels that rules of spreading name. */
export class NodeDomains {
  readonly #nodes: () => readonly NodeInfo[];
  readonly #known = new Map<string, DomainCounts>();

  constructor(nodes: () => readonly NodeInfo[]) {
    this.#nodes = nodes;
  }

  add(node: NodeInfo): void {
    for (const counts of this.#known.values()) counts.change(node, 1);
  }

  /** The node must have the labels it had when it was added. */
  remove(node: NodeInfo): void {
    for (const counts of this.#known.values()) counts.change(node, -1);
  }

  by(topologyKey: string): DomainCounts {
    let counts = this.#known.get(topologyKey);
    if (counts) return counts;
    if (this.#known.size >= MAX_KEYS) this.#known.clear();
    counts = new DomainCounts(topologyKey);
    for (const node of this.#nodes()) counts.change(node, 1);
    this.#known.set(topologyKey, counts);
    return counts;
  }
}
