import { randomFillSync, randomInt } from 'node:crypto';

/** Where UIDs, name suffixes, jitter and shuffles come from. Only `cluster/` chooses the implementation. */
export interface Random {
  /** At least 0, below 1. */
  next(): number;
  /** A whole number, at least 0, below `bound`. */
  below(bound: number): number;
  bytes(length: number): Uint8Array;
}

/** The generator of the system is asked for so much at once: one call costs more than the bytes. */
const POOL_BYTES = 4096;

export class SystemRandom implements Random {
  readonly #pool = Buffer.alloc(POOL_BYTES);
  #used = POOL_BYTES;

  next(): number {
    return Math.random();
  }

  below(bound: number): number {
    return randomInt(bound);
  }

  bytes(length: number): Uint8Array {
    if (length > POOL_BYTES) return randomFillSync(Buffer.alloc(length));
    if (this.#used + length > POOL_BYTES) {
      randomFillSync(this.#pool);
      this.#used = 0;
    }
    const bytes = new Uint8Array(length);
    for (let i = 0; i < length; i++) {
      bytes[i] = this.#pool[this.#used] ?? 0;
      this.#pool[this.#used++] = 0; // nobody gets them twice, not even from a heap dump
    }
    return bytes;
  }
}

/** A generator (sfc32) whose sequence follows from its seed: the same seed gives the same run of a simulation. */
export class SeededRandom implements Random {
  #a = 0x9e3779b9;
  #b = 0x243f6a88;
  #c = 0xb7e15162;
  #counter = 1;

  constructor(seed: number) {
    this.#a ^= seed >>> 0;
    this.#b ^= Math.floor(seed / 2 ** 32) >>> 0;
    for (let i = 0; i < 16; i++) this.#word();
  }

  #word(): number {
    const sum = (this.#a + this.#b + this.#counter++) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  next(): number {
    return this.#word() / 2 ** 32;
  }

  below(bound: number): number {
    return Math.floor(this.next() * bound);
  }

  bytes(length: number): Uint8Array {
    return Uint8Array.from({ length }, () => this.#word() & 0xff);
  }
}

const SUFFIX_LETTERS = 'bcdfghjklmnpqrstvwxz2456789';

/** The letters that Kubernetes appends to a `generateName`: no vowels, so that no words arise. */
export function randomSuffix(random: Random, length = 5): string {
  let suffix = '';
  for (let i = 0; i < length; i++) suffix += SUFFIX_LETTERS[random.below(SUFFIX_LETTERS.length)];
  return suffix;
}

const HEX_DIGITS = '0123456789abcdef';
const uidText = Buffer.from('-'.repeat(36), 'latin1');

/** A random UUID (version 4). */
export function randomUid(random: Random): string {
  const bytes = random.bytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  for (let i = 0, at = 0; i < 16; i++) {
    if (i === 4 || i === 6 || i === 8 || i === 10) at++; // the dashes stay
    const byte = bytes[i] ?? 0;
    uidText[at++] = HEX_DIGITS.charCodeAt(byte >> 4);
    uidText[at++] = HEX_DIGITS.charCodeAt(byte & 0x0f);
  }
  return uidText.toString('latin1');
}
