/** Which part of an object was which before, by the schema that both have. Source: KEP-4008; apiserver pkg/cel/common/equality.go. */
import { isDeepStrictEqual } from 'node:util';
import { isObject } from '../../apimachinery/patch/json.ts';
import { itemsOf, propertyOf, additionalOf, type Schema } from './schema-parts.ts';

/** Version and kind of an object, at its root, have always just been made: what they were cannot be seen. */
export function isTypeMeta(field: string): boolean {
  return field === 'apiVersion' || field === 'kind';
}

/** A value and what it was. What has not changed may stay as it is, though the schema has become stricter. */
export class Correlation {
  readonly #schema: Schema;
  readonly #value: unknown;
  readonly #old: unknown;
  readonly #children = new Map<string | number, Correlation | undefined>();
  #isUnchanged: boolean | undefined;

  constructor(schema: Schema, value: unknown, old: unknown) {
    this.#schema = schema;
    this.#value = value;
    this.#old = old;
  }

  /** Undefined for a field that is new, or that no schema describes. */
  key(name: string): Correlation | undefined {
    return this.#child(name, () => {
      if (!isObject(this.#value) || !isObject(this.#old) || !Object.hasOwn(this.#value, name) || !Object.hasOwn(this.#old, name)) return undefined;
      const schema = propertyOf(this.#schema, name) ?? additionalOf(this.#schema);
      return schema && new Correlation(schema, this.#value[name], this.#old[name]);
    });
  }

  /** Elements of maps are the same by their keys; those of sets and atomic lists, which lists of no type are, are not told apart. */
  index(index: number): Correlation | undefined {
    return this.#child(index, () => {
      const schema = itemsOf(this.#schema);
      if (!schema || !Array.isArray(this.#value) || !Array.isArray(this.#old)) return undefined;
      const old = this.#elementBefore(this.#old, this.#value[index]);
      return old === undefined || old === null ? undefined : new Correlation(schema, this.#value[index], old);
    });
  }

  #child(step: string | number, make: () => Correlation | undefined): Correlation | undefined {
    if (!this.#children.has(step)) this.#children.set(step, make());
    return this.#children.get(step);
  }

  #elementBefore(old: readonly unknown[], value: unknown): unknown {
    const keys = this.#schema['x-kubernetes-list-map-keys'] ?? [];
    if (this.#schema['x-kubernetes-list-type'] !== 'map' || !isObject(value)) return undefined;
    return old.find((one) => isObject(one) && keys.every((key) => isDeepStrictEqual(one[key], value[key])));
  }

  /** Fields that no schema describes are taken for changes. */
  get isUnchanged(): boolean {
    this.#isUnchanged ??= this.#compare();
    return this.#isUnchanged;
  }

  #compare(): boolean {
    const [value, old] = [this.#value, this.#old];
    if (Array.isArray(value) && Array.isArray(old)) return value.length === old.length && this.#compareElements(value, old);
    if (isObject(value) && isObject(old)) {
      const names = Object.keys(value);
      return names.length === Object.keys(old).length && names.every((name) => this.key(name)?.isUnchanged ?? false);
    }
    return isDeepStrictEqual(value, old);
  }

  #compareElements(value: readonly unknown[], old: readonly unknown[]): boolean {
    const isMap = this.#schema['x-kubernetes-list-type'] === 'map';
    for (const i of value.keys()) {
      const child = this.index(i);
      if (!child) return !isMap && isDeepStrictEqual(value, old);
      if (!child.isUnchanged) return false;
    }
    return true;
  }
}
