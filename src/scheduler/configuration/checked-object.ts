import { isObject } from '../../apimachinery/patch/json.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';

/** What is wrong with a configuration: one line, with the path of the field. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

export function refuse(path: FieldPath, why: string): never {
  const at = path.toString();
  throw new ConfigurationError(at === '' ? why : `${at}: ${why}`);
}

/** In the words of field errors. */
export function refuseValue(path: FieldPath, value: unknown, detail: string): never {
  const errors = new FieldErrors();
  errors.invalid(path, value, detail);
  return refuse(path, errors.causes[0]?.message ?? '');
}

/** An object of a configuration, read field by field. What nobody has asked for is unknown. Throws ConfigurationError. */
export class CheckedObject {
  readonly path: FieldPath;
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #asked = new Set<string>();

  constructor(value: unknown, path: FieldPath) {
    if (!isObject(value)) refuseValue(path, value, 'must be an object');
    this.#value = value;
    this.path = path;
  }

  /** Null is the same as absent. */
  #get(name: string): unknown {
    this.#asked.add(name);
    return this.#value[name] ?? undefined;
  }

  /** As it stands there. */
  value(name: string): unknown {
    return this.#get(name);
  }

  text(name: string): string | undefined {
    const value = this.#get(name);
    if (value !== undefined && typeof value !== 'string') refuseValue(this.path.child(name), value, 'must be a text');
    return value;
  }

  /** `detail`: what is said of a number outside of the range. */
  integer(name: string, { min, max = Number.MAX_SAFE_INTEGER, detail }: { readonly min: number; readonly max?: number; readonly detail: string }): number | undefined {
    const value = this.#get(name);
    if (value === undefined) return undefined;
    if (typeof value !== 'number' || !Number.isInteger(value)) return refuseValue(this.path.child(name), value, 'must be a whole number');
    if (value < min || value > max) refuseValue(this.path.child(name), value, detail);
    return value;
  }

  flag(name: string): boolean | undefined {
    const value = this.#get(name);
    if (value !== undefined && typeof value !== 'boolean') refuseValue(this.path.child(name), value, 'must be true or false');
    return value;
  }

  object(name: string): CheckedObject | undefined {
    const value = this.#get(name);
    return value === undefined ? undefined : new CheckedObject(value, this.path.child(name));
  }

  objects(name: string): CheckedObject[] {
    return this.#list(name).map((value, i) => new CheckedObject(value, this.path.child(name).index(i)));
  }

  texts(name: string): string[] {
    return this.#list(name).map((value, i) => (typeof value === 'string' ? value : refuseValue(this.path.child(name).index(i), value, 'must be a text')));
  }

  #list(name: string): readonly unknown[] {
    const value = this.#get(name) ?? [];
    return Array.isArray(value) ? value : refuseValue(this.path.child(name), value, 'must be a list');
  }

  /** Fields that have nothing to change here. */
  ignore(...names: readonly string[]): void {
    for (const name of names) this.#asked.add(name);
  }

  /** Fields of which kubets has nothing. */
  lacks(name: string, why: string): void {
    const value = this.#get(name);
    if (value !== undefined && !(Array.isArray(value) && value.length === 0)) refuse(this.path.child(name), why);
  }

  /** All has been read. */
  end(): void {
    const unknown = Object.keys(this.#value).find((name) => !this.#asked.has(name));
    if (unknown !== undefined) refuse(FieldPath.root, `strict decoding error: unknown field ${JSON.stringify(this.path.child(unknown).toString())}`);
  }
}
