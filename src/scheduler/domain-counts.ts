import type { NodeInfo } from './node-info.ts';

/** How many of something there are in each domain of a topology: by the value that nodes have of one label. */
export class DomainCounts {
  readonly topologyKey: string;
  readonly #counts = new Map<string, number>();
  #total = 0;

  constructor(topologyKey: string) {
    this.topologyKey = topologyKey;
  }

  /** In all domains; what is on nodes without the label is in none. */
  get total(): number {
    return this.#total;
  }

  /** The domains that hold something. */
  domains(): Iterable<string> {
    return this.#counts.keys();
  }

  in(domain: string): number {
    return this.#counts.get(domain) ?? 0;
  }

  /** In the domain of a node; 0 when it is in none. */
  at(node: NodeInfo): number {
    const domain = node.label(this.topologyKey);
    return domain === undefined ? 0 : this.in(domain);
  }

  change(node: NodeInfo, by: number): void {
    const domain = node.label(this.topologyKey);
    if (domain === undefined) return;
    const count = this.in(domain) + by;
    if (count === 0) this.#counts.delete(domain);
    else this.#counts.set(domain, count);
    this.#total += by;
  }
}
