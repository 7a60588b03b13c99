import { goQuote } from '../go-quote.ts';
import type { StatusCause } from '../status.ts';
import { stringifyWhole } from '../whole-numbers.ts';

/** A path into an object, as messages print it: `spec.containers[0].ports[1].name`, `metadata.labels[a.b/c]`. */
export class FieldPath {
  readonly #parent: FieldPath | undefined;
  readonly #step: string | number;
  readonly #isField: boolean;

  private constructor(parent: FieldPath | undefined, step: string | number, isField: boolean) {
    this.#parent = parent;
    this.#step = step;
    this.#isField = isField;
  }

  static readonly root: FieldPath = new FieldPath(undefined, '', true);

  static of(text: string): FieldPath {
    return new FieldPath(undefined, text, true);
  }

  child(name: string, ...names: string[]): FieldPath {
    const path = new FieldPath(this, name, true);
    return names.length === 0 ? path : names.reduce((at, next) => new FieldPath(at, next, true), path);
  }

  index(index: number): FieldPath {
    return new FieldPath(this, index, false);
  }

  key(key: string): FieldPath {
    return new FieldPath(this, key, false);
  }

  /** Made when somebody asks: few of the paths that a validation goes along are ever printed. */
  toString(): string {
    const before = this.#parent?.toString() ?? '';
    if (!this.#isField) return `${before}[${this.#step}]`;
    return before === '' ? String(this.#step) : `${before}.${this.#step}`;
  }
}

/** Collects what is wrong with an object, in Kubernetes' words (apimachinery pkg/util/validation/field). */
export class FieldErrors {
  readonly causes: Required<StatusCause>[] = [];
  /** What is wrong, but was before and may stay so: the client is only told. */
  readonly warnings: string[] = [];

  add(field: FieldPath, reason: string, message: string): void {
    this.causes.push({ reason, message, field: field.toString() });
  }

  required(field: FieldPath, detail = ''): void {
    this.add(field, 'FieldValueRequired', withDetail('Required value', detail));
  }

  invalid(field: FieldPath, value: unknown, detail: string): void {
    this.add(field, 'FieldValueInvalid', withDetail(`Invalid value: ${valueText(value)}`, detail));
  }

  /** `supported` values are printed quoted: a set sorted, a list in its order, as Kubernetes has them. */
  notSupported(field: FieldPath, value: unknown, supported: readonly string[] | ReadonlySet<string>): void {
    const ordered = 'has' in supported ? [...supported].sort() : supported;
    const list = ordered.map((one) => goQuote(one)).join(', ');
    this.add(field, 'FieldValueNotSupported', withDetail(`Unsupported value: ${valueText(value)}`, list === '' ? '' : `supported values: ${list}`));
  }

  duplicate(field: FieldPath, value: unknown): void {
    this.add(field, 'FieldValueDuplicate', `Duplicate value: ${valueText(value)}`);
  }

  forbidden(field: FieldPath, detail: string): void {
    this.add(field, 'FieldValueForbidden', withDetail('Forbidden', detail));
  }

  notFound(field: FieldPath, value: unknown): void {
    this.add(field, 'FieldValueNotFound', `Not found: ${valueText(value)}`);
  }

  tooLong(field: FieldPath, maxBytes: number): void {
    this.add(field, 'FieldValueTooLong', `Too long: may not be more than ${maxBytes} bytes`);
  }

  tooMany(field: FieldPath, actual: number, max: number): void {
    this.add(field, 'FieldValueTooMany', `Too many: ${actual}: must have at most ${max} ${max === 1 ? 'item' : 'items'}`);
  }

  typeInvalid(field: FieldPath, value: unknown, detail: string): void {
    this.add(field, 'FieldValueTypeInvalid', withDetail(`Invalid value: ${valueText(value)}`, detail));
  }

  internal(field: FieldPath, detail: string): void {
    this.add(field, 'InternalError', `Internal error: ${detail}`);
  }
}

function withDetail(text: string, detail: string): string {
  return detail === '' ? text : `${text}: ${detail}`;
}

const JSON_ESCAPES: Readonly<Record<string, string>> = { '<': '\\u003c', '>': '\\u003e', '&': '\\u0026', '\u2028': '\\u2028', '\u2029': '\\u2029' };

/** Go prints the keys of maps in order. Maps of texts are told from structures by that, and by their keys: those of structures inside of Kubernetes are upper case. */
function sortMap(_key: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const entries = Object.entries(value);
  const isMap = entries.length > 1 && entries.every(([, one]) => typeof one === 'string') && !entries.every(([key]) => /^[A-Z]/.test(key));
  return isMap ? Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) : value;
}

/** Values inside messages: strings quoted, absent values as null, objects as JSON in Go's way, with `<`, `>` and `&` escaped. */
function valueText(value: unknown): string {
  if (typeof value === 'string') return goQuote(value);
  return (stringifyWhole(value, sortMap) ?? 'null').replace(/[<>&\u2028\u2029]/g, (character) => JSON_ESCAPES[character] ?? character);
}
