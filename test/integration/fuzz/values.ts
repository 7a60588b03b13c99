import type { Random } from '../../../src/base/random.ts';

/** Picks and makes what requests are fuzzed with; everything follows from the seed. */
export class Chance {
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  below(bound: number): number {
    return this.#random.below(bound);
  }

  /** True once in `times`. */
  once(times: number): boolean {
    return this.#random.below(times) === 0;
  }

  pick<T>(list: readonly T[]): T {
    return list[this.#random.below(list.length)] as T;
  }

  bytes(length: number): Buffer {
    return Buffer.from(this.#random.bytes(length));
  }

  /** Some text: words of the API, odd keys, control characters, long ones. */
  text(): string {
    const kind = this.below(10);
    if (kind < 6) return this.pick(WORDS);
    if (kind < 8) return Array.from({ length: this.below(6) }, () => this.pick(WORDS)).join(this.pick(['', '.', '/', ',', '-', ' ', '=']));
    if (kind === 8) return this.bytes(this.below(20)).toString('utf8');
    return this.pick(WORDS).repeat(1 + this.below(300));
  }

  /** Any JSON, as text, so that keys can stand twice and be `__proto__`. */
  json(depth = 0): string {
    const kind = this.below(depth > 4 ? 6 : 9);
    if (kind < 2) return JSON.stringify(this.text());
    if (kind === 2) return this.pick(NUMBERS);
    if (kind === 3) return this.pick(['null', 'true', 'false']);
    if (kind < 6) return this.pick(['{}', '[]', '""', '0', 'null']);
    if (kind === 6) return `[${Array.from({ length: this.below(4) }, () => this.json(depth + 1)).join(',')}]`;
    if (this.once(40)) return `${'['.repeat(3000)}${']'.repeat(3000)}`;
    return `{${Array.from({ length: this.below(4) }, () => `${JSON.stringify(this.text())}:${this.json(depth + 1)}`).join(',')}}`;
  }

  /** The text with a part of it replaced, doubled, or cut. */
  mutated(text: string): string {
    const at = this.below(text.length + 1);
    switch (this.below(6)) {
      case 0:
        return text.slice(0, at);
      case 1:
        return text.slice(0, at) + this.pick(TOKENS) + text.slice(at);
      case 2:
        return text.slice(0, at) + text.slice(at + 1 + this.below(5));
      case 3:
        return text.slice(0, at) + text.slice(Math.max(0, at - this.below(40)));
      case 4:
        return text.replace(this.pick(['"a"', 'default', 'v1', '80', '{', '[', ':', '"']), this.json(3));
      default:
        return this.replacedValue(text);
    }
  }

  /** One of the values in JSON text, replaced by any other. */
  replacedValue(text: string): string {
    const values = [...text.matchAll(/:("[^"]*"|\d+|true|false|null|\{\}|\[\])/g)];
    const one = values.length > 0 ? this.pick(values) : undefined;
    return one ? `${text.slice(0, one.index + 1)}${this.json(2)}${text.slice(one.index + one[0].length)}` : text;
  }
}

export const WORDS = [
  'a', 'b', 'default', 'kube-system', 'web', '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'length', 'metadata', 'spec', 'status', 'labels', 'app', 'name', '', '.', '..', '-', 'x'.repeat(64),
  'x'.repeat(254), 'A', 'ü', '\u0000', '\u2028', '🦀', '\ud800', '%', '*', '~0', '~1', 'true', 'null', '1', '-1', '1e400', '0.5', '100m', '1Gi', '10.96.0.1', 'kubernetes.io/x', 'example.com/a', '$patch', 'replace', 'delete', 'containers',
  '2026-01-01T00:00:00Z', 'Always', 'Pod', 'v1', 'apps/v1',
];
const NUMBERS = ['0', '1', '-1', '1.5', '1e10', '9007199254740993', '9223372036854775807', '9223372036854775808', '-9223372036854775809', '1e308', '2147483648', '65536', '-0'];
const TOKENS = ['{', '}', '[', ']', ',', ':', '"', '\\', '"__proto__":', '"a":1,', 'null', '- ', '\n', '\t', '&a ', '*a', '!!js ', '---\n', '%', '\u0000'];
