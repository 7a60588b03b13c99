import type { IPFamily } from '../../apimachinery/validation/ip.ts';
import type { PodFacts } from './pod-facts.ts';
import type { TableSet } from './policy-table.ts';

let lastVersion = 0;

/** What pods put into one set of the kernel, kept true pod by pod: a change of one pod costs the same however many there are. */
export class TrackedSet {
  /** An element is of the family of the address that it begins with. */
  readonly #elementsOf: (pod: PodFacts) => readonly string[];
  readonly #members = new Map<string, readonly string[]>();
  readonly #snapshots = new Map<IPFamily, TableSet>();
  #version = ++lastVersion;

  constructor(elementsOf: (pod: PodFacts) => readonly string[]) {
    this.#elementsOf = elementsOf;
  }

  update(key: string, pod: PodFacts | undefined): void {
    const before = this.#members.get(key) ?? [];
    const after = pod ? this.#elementsOf(pod) : [];
    if (before.join() === after.join()) return;
    if (after.length > 0) this.#members.set(key, after);
    else this.#members.delete(key);
    this.#version = ++lastVersion;
    this.#snapshots.clear();
  }

  /** As it is now: what is given is never changed. */
  snapshot(family: IPFamily, declaration: string): TableSet {
    let snapshot = this.#snapshots.get(family);
    if (!snapshot) {
      const elements = new Map<string, string>();
      for (const own of this.#members.values()) for (const element of own) if (element.includes(':') === (family === 'IPv6')) elements.set(element, '');
      snapshot = { declaration, elements, version: this.#version };
      this.#snapshots.set(family, snapshot);
    }
    return snapshot;
  }
}
