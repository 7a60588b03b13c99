/**
 * A body that does not fit its message, in the words of Go's decoder. It is thrown where the value is and learns its path on the way up.
 * Source: encoding/json, UnmarshalTypeError.
 */
export class DecodeError extends Error {
  override readonly name = 'DecodeError';
  readonly #what: string;
  #type: string;
  #struct = '';
  #path = '';

  /** `what`: `string`, `number 1.5`, ...; `type`: the Go type that was wanted. */
  constructor(what: string, type: string) {
    super();
    this.#what = what;
    this.#type = type;
  }

  /** The field of `struct` that held the value; `type` names the field's own Go type when the value was wrong as a whole. */
  get hasPath(): boolean {
    return this.#struct !== '';
  }

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
}

/** A value whose own reader refused it (a time, a quantity, base64): its message stands alone, without a path. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
}

/** What Go calls a value of JSON. Numbers carry their text where a number was wanted. */
export function jsonKind(value: unknown): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}
