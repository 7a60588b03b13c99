/**
 * The little of DER (ITU-T X.690) that certificates and requests need. Why not a library: the common ones take 60-200 ms to load, and the
 * control plane is to be ready in 300; what is here is held against node:crypto and openssl by the tests.
 */

export const TAG = {
  boolean: 0x01, integer: 0x02, bitString: 0x03, octetString: 0x04, null: 0x05, oid: 0x06, utf8String: 0x0c, printableString: 0x13, ia5String: 0x16,
  utcTime: 0x17, generalizedTime: 0x18, sequence: 0x30, set: 0x31,
} as const;

export function encode(tag: number, ...contents: Uint8Array[]): Buffer {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([tag]), lengthBytes(content.length), content]);
}

function lengthBytes(length: number): Buffer {
  if (length < 0x80) return Buffer.from([length]);
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return Buffer.from([0x80 | bytes.length, ...bytes]);
}

export function sequence(...items: Uint8Array[]): Buffer {
  return encode(TAG.sequence, ...items);
}

export function set(...items: Uint8Array[]): Buffer {
  return encode(TAG.set, ...items);
}

/** A context-specific, constructed tag: `[number] { ... }`. */
export function tagged(number: number, ...items: Uint8Array[]): Buffer {
  return encode(0xa0 | number, ...items);
}

/** An unsigned whole number, big-endian. */
export function unsigned(bytes: Uint8Array): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const trimmed = bytes.subarray(start);
  return encode(TAG.integer, ...((trimmed[0] ?? 0) & 0x80 ? [Buffer.from([0]), trimmed] : [trimmed]));
}

export function boolean(value: boolean): Buffer {
  return encode(TAG.boolean, Buffer.from([value ? 0xff : 0]));
}

export function utf8(text: string): Buffer {
  return encode(TAG.utf8String, Buffer.from(text, 'utf8'));
}

export function octets(bytes: Uint8Array): Buffer {
  return encode(TAG.octetString, bytes);
}

export function bits(bytes: Uint8Array, unusedBits = 0): Buffer {
  return encode(TAG.bitString, Buffer.from([unusedBits]), bytes);
}

/** `1.2.840.10045.4.3.2` */
export function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes: number[] = [];
  for (const arc of [first * 40 + second, ...rest]) {
    const groups = [arc & 0x7f];
    for (let left = Math.floor(arc / 128); left > 0; left = Math.floor(left / 128)) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return encode(TAG.oid, Buffer.from(bytes));
}

/** UTCTime until 2049, GeneralizedTime after (RFC 5280, 4.1.2.5). `ms` since 1970; fractions of a second are dropped. */
export function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  const year = Number(text.slice(0, 4));
  return year < 2050 ? encode(TAG.utcTime, Buffer.from(text.slice(2))) : encode(TAG.generalizedTime, Buffer.from(text));
}

export interface Node {
  readonly tag: number;
  readonly content: Buffer;
  /** Tag, length and content. */
  readonly whole: Buffer;
}

/** The elements that stand one after another in `bytes`. Throws RangeError when they are cut short or use lengths that DER forbids. */
export function elements(bytes: Buffer): Node[] {
  const found: Node[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at] ?? 0;
    let length = bytes[at + 1];
    let start = at + 2;
    if (length === undefined || (tag & 0x1f) === 0x1f) throw new RangeError('broken DER');
    if (length & 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 4 || start + count > bytes.length) throw new RangeError('broken DER length');
      length = bytes.readUIntBE(start, count);
      start += count;
    }
    if (start + length > bytes.length) throw new RangeError('DER is cut short');
    found.push({ tag, content: bytes.subarray(start, start + length), whole: bytes.subarray(at, start + length) });
    at = start + length;
  }
  return found;
}

/** The one element that `bytes` holds, of the given tag. */
export function single(bytes: Buffer, tag: number): Node {
  const [only, ...more] = elements(bytes);
  if (!only || more.length > 0 || only.tag !== tag) throw new RangeError('DER holds something else than expected');
  return only;
}

export function readOid(content: Buffer): string {
  const arcs: number[] = [];
  let value = 0;
  for (const byte of content) {
    value = value * 128 + (byte & 0x7f);
    if (byte & 0x80) continue;
    arcs.push(value);
    value = 0;
  }
  const [head = 0, ...rest] = arcs;
  const first = Math.min(Math.floor(head / 40), 2);
  return [first, head - first * 40, ...rest].join('.');
}

export function toPem(label: string, der: Uint8Array): string {
  const lines = Buffer.from(der).toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** The first block of `label` in `pem`. Throws RangeError when there is none. */
export function fromPem(label: string, pem: string): Buffer {
  const match = new RegExp(`-----BEGIN ${label}-----([A-Za-z0-9+/=\\s]+)-----END ${label}-----`).exec(pem);
  if (!match?.[1]) throw new RangeError(`no PEM block of type ${label}`);
  return Buffer.from(match[1], 'base64');
}
