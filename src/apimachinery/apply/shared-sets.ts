import type { FieldSet } from './field-set.ts';

/** So many sets are remembered, twice over; what is asked for again stays. */
const GENERATION = 500;
/** Longer ones, as JSON, are seldom alike. */
const MAX_CHARACTERS = 4096;

/**
 * Gives equal sets as one object. Thousands of objects are owned by the same managers in the same way, and their sets would take more memory than all else
 * that they hold. Only for sets that nobody changes any more.
 */
export class SharedSets {
  readonly #given = new WeakSet<FieldSet>();
  #young = new Map<string, FieldSet>();
  #old = new Map<string, FieldSet>();

  /** The set that was given first of those that are equal to this one, fields in the same order. */
  share(set: FieldSet): FieldSet {
    if (this.#given.has(set)) return set;
    const text = JSON.stringify(set);
    if (text.length > MAX_CHARACTERS) return set;
    const young = this.#young.get(text);
    if (young) return young;
    const shared = this.#old.get(text) ?? set;
    if (this.#young.size >= GENERATION) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, shared);
    this.#given.add(shared);
    return shared;
  }
}

/** Those of this process. */
export const sharedSets: SharedSets = new SharedSets();
