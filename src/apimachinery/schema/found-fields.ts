import type { Decode } from './scalars.ts';

type JsonObject = Record<string, unknown>;

/** A field as the decoder has compiled it. */
export interface CompiledField {
  readonly name: string;
  /** Where it stands in its type. */
  readonly index: number;
  readonly struct: string;
  /** Named in messages when the value as a whole is of the wrong type. */
  readonly goType: string;
  readonly decode: Decode;
  /** What an absent field is written as; undefined: nothing. */
  readonly absent: (() => unknown) | undefined;
  /** The value that is dropped although it is present: Go's zero of an omitempty field. */
  readonly dropped: unknown;
  /** Empty lists and maps of omitempty fields are dropped. */
  readonly dropsEmpty: boolean;
}

const DROPPED = Symbol('dropped');

/**
 * The fields of the objects that are being decoded, an object's above those of the one that holds it: one stack for all, for an object of its own for each of them would be garbage
 * at once. Looking at the fields that are there, not at all that there could be, is what makes it quick: a pod has a tenth of them.
 */
export class FoundFields {
  readonly #fields: CompiledField[] = [];
  readonly #values: unknown[] = [];
  top = 0;
  /** The outermost object's fields that have just these values need not be looked at: they were decoded before. */
  known: JsonObject | undefined;

  push(field: CompiledField, value: unknown): void {
    this.#fields[this.top] = field;
    this.#values[this.top++] = value;
  }

  /** Puts the fields from `start` on in the order of their type; tells whether they were. */
  sort(start: number): boolean {
    const fields = this.#fields;
    const values = this.#values;
    let isSorted = true;
    for (let i = start + 1; i < this.top; i++) {
      const field = fields[i] as CompiledField;
      if ((fields[i - 1] as CompiledField).index < field.index) continue;
      isSorted = false;
      const value = values[i];
      let to = i;
      for (; to > start && (fields[to - 1] as CompiledField).index > field.index; to--) {
        fields[to] = fields[to - 1] as CompiledField;
        values[to] = values[to - 1];
      }
      fields[to] = field;
      values[to] = value;
    }
    return isSorted;
  }

  /** Decodes the values from `start` on; tells whether all stayed the same. Throws what a decoder throws. */
  decode(start: number): boolean {
    const end = this.top;
    const values = this.#values;
    const known = start === 0 ? this.known : undefined;
    let isSame = true;
    for (let i = start; i < end; i++) {
      const field = this.#fields[i] as CompiledField;
      const given = values[i];
      if (known && known[field.name] === given) continue;
      let decoded: unknown;
      if (given === null) decoded = field.absent === undefined ? DROPPED : field.absent();
      else {
        decoded = field.decode(given);
        if (decoded === field.dropped || (field.dropsEmpty && isEmpty(decoded))) decoded = DROPPED;
      }
      if (decoded === given) continue;
      values[i] = decoded;
      isSame = false;
    }
    return isSame;
  }

  /** Whether all of `always` are among the fields from `start` to `end`. */
  hasAll(always: readonly CompiledField[], start: number, end: number): boolean {
    let known = 0;
    for (let i = start; i < end && known < always.length; i++) if (this.#fields[i] === always[known]) known++;
    return known === always.length;
  }

  /** Writes the fields from `start` to `end` to `output`, and between them what those of `always` are that are not among them. */
  write(output: JsonObject, always: readonly CompiledField[], start: number, end: number): JsonObject {
    let known = 0;
    for (let i = start; i < end; i++) {
      const field = this.#fields[i] as CompiledField;
      known = writeAbsent(output, always, known, field.index);
      if (always[known] === field) known++;
      const value = this.#values[i];
      if (value !== DROPPED) output[field.name] = value;
    }
    writeAbsent(output, always, known, Infinity);
    return output;
  }

  /** Begins anew, without what was read before. */
  clear(known: JsonObject | undefined): void {
    this.top = 0;
    this.known = known;
    this.#values.length = 0;
  }
}

/** Those of `always` from the `at`-th on that come before `index`; gives which comes next. */
function writeAbsent(output: JsonObject, always: readonly CompiledField[], at: number, index: number): number {
  let next = at;
  for (let field = always[next]; field && field.index < index; field = always[++next]) output[field.name] = field.absent?.();
  return next;
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  if (value === '') return true;
  for (const _ in value as object) return false;
  return true;
}
