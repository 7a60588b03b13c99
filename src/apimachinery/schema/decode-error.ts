import { isWritten } from './written-numbers.ts';

/**
 * A body that does not fit its message, in the words of Go's decoder. It is thrown where the value is and learns its path on the way up.
 * Source: encoding/json, UnmarshalTypeError.
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly #what: string;
  readonly #baseType: string;
  #type: string;
  #struct = '';
  #path = '';

  /** `what`: `string`, `number 1.5`, ...; `type`: the Go type that was wanted. */
  constructor(what: string, type: string) {
    super();
    this.#what = what;
    this.#baseType = type;
    this.#type = type;
  }

  /** Whether the innermost field is known already. */
  get hasPath(): boolean {
    return this.#struct !== '';
  }

  /** The field of `struct` that held the value; `namedType` is the field's own Go type when the value was wrong as a whole. */
  enter(struct: string, field: string, namedType?: string): void {
    if (this.#struct === '') {
      this.#struct = struct;
      if (namedType !== undefined) this.#type = namedType;
    }
    this.#path = this.#path === '' ? field : `${field}.${this.#path}`;
  }

  override get message(): string {
    const where = this.#struct === '' ? `Go value of type ${this.#type}` : `Go struct field ${this.#struct}.${this.#path} of type ${this.#type}`;
    return `json: cannot unmarshal ${this.#what} into ${where}`;
  }

  /** The same mistake when the value did not come from a text but from a patched object. Source: apimachinery pkg/runtime, DefaultUnstructuredConverter. */
  get restoreMessage(): string {
    const kind = GO_KINDS[this.#what] ?? 'float64';
    if (this.#baseType.startsWith('[]')) return `cannot restore slice from ${kind}`;
    if (this.#baseType.startsWith('map[')) return `cannot restore map from ${kind}`;
    return this.#baseType.includes('.') ? `cannot restore struct from: ${kind}` : `unrecognized type: ${this.#baseType}`;
  }
}

const GO_KINDS: Readonly<Record<string, string>> = { object: 'map', array: 'slice', string: 'string', bool: 'bool', number: 'int64' };

/** A value whose own reader refused it (a time, a quantity, base64): its message stands alone, without a path. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}

/** What Go calls a value of JSON. Numbers carry their text where a number was wanted. */
export function jsonKind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : isWritten(value) ? 'number' : typeof value;
}
