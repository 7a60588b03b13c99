import type { Plugin, Refusal } from './framework.ts';
import type { NodeInfo } from './node-info.ts';

/** A refusal, and who gave it. */
export interface Refused {
  readonly plugin: Plugin;
  readonly refusal: Refusal;
}

const known = new WeakMap<Refusal, Refused>();

/** The same one for the same refusal of the same plugin. */
export function refusedBy(plugin: Plugin, refusal: Refusal): Refused {
  let refused = known.get(refusal);
  if (refused?.plugin !== plugin) known.set(refusal, (refused = { plugin, refusal }));
  return refused;
}

/** What each node said that was looked at in vain: two lists, for a pod that fits nowhere may have asked thousands. */
export class Refusals {
  readonly #nodes: NodeInfo[] = [];
  readonly #refused: Refused[] = [];

  get size(): number {
    return this.#nodes.length;
  }

  add(node: NodeInfo, refused: Refused): void {
    this.#nodes.push(node);
    this.#refused.push(refused);
  }

  of(node: NodeInfo): Refused | undefined {
    return this.#refused[this.#nodes.indexOf(node)];
  }

  *[Symbol.iterator](): Generator<[NodeInfo, Refused], void, void> {
    for (const [i, node] of this.#nodes.entries()) {
      const refused = this.#refused[i];
      if (refused) yield [node, refused];
    }
  }

  /** How many nodes gave each refusal. */
  counted(): Map<Refused, number> {
    const counts = new Map<Refused, number>();
    for (const refused of this.#refused) counts.set(refused, (counts.get(refused) ?? 0) + 1);
    return counts;
  }
}
