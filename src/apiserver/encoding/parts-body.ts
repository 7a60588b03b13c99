import type { LongBody } from '../http/long-body.ts';

const NOTHING = new Uint8Array();

/** Parts joined as the client takes them: each is made when it is its turn. */
export class PartsBody implements LongBody {
  readonly length = undefined;
  readonly #parts: Iterator<Uint8Array, void>;
  #part: Uint8Array = NOTHING;
  #at = 0;

  constructor(parts: Iterator<Uint8Array, void>) {
    this.#parts = parts;
  }

  fill(target: Buffer): number {
    let filled = 0;
    while (filled < target.length) {
      if (this.#at === this.#part.length && !this.#turn()) break;
      const end = Math.min(this.#at + target.length - filled, this.#part.length);
      target.set(this.#part.subarray(this.#at, end), filled);
      filled += end - this.#at;
      this.#at = end;
    }
    return filled;
  }

  #turn(): boolean {
    const { value, done } = this.#parts.next();
    this.#part = done === true || value === undefined ? NOTHING : value;
    this.#at = 0;
    return done !== true;
  }
}

/** JSON up to its last list, the elements of that list, and what closes both. */
export function* jsonParts(head: string, count: number, element: (index: number) => string): Generator<Uint8Array, void> {
  yield Buffer.from(head);
  for (let index = 0; index < count; index++) yield Buffer.from(index === 0 ? element(index) : `,${element(index)}`);
  yield Buffer.from(']}\n');
}
