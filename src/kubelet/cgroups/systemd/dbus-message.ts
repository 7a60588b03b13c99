/** Messages of D-Bus, as far as calls to systemd need them: little endian, without file descriptors. Source: "D-Bus Specification". */

/** A value that brings its type. */
export interface Variant {
  readonly signature: string;
  readonly value: DbusValue;
}

export type DbusValue = string | number | bigint | boolean | Variant | readonly DbusValue[];

export interface MethodCall {
  readonly destination: string;
  readonly path: string;
  readonly interface: string;
  readonly member: string;
  /** Of the whole body: `ssa(sv)`. */
  readonly signature: string;
  readonly body: readonly DbusValue[];
}

export interface Reply {
  readonly replySerial: number;
  /** Undefined: the call went well. */
  readonly errorName: string | undefined;
  readonly body: readonly DbusValue[];
}

const METHOD_CALL = 1;
const LITTLE_ENDIAN = 0x6c;
const FIXED_HEADER_BYTES = 16;
const ALIGNMENTS: Readonly<Record<string, number>> = { y: 1, g: 1, v: 1, b: 4, u: 4, i: 4, s: 4, o: 4, a: 4, t: 8, x: 8, '(': 8 };
const FIELDS = { path: 1, interface: 2, member: 3, errorName: 4, replySerial: 5, destination: 6, signature: 8 } as const;

/** Empty for what is no text. */
export function textOf(value: DbusValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The first whole type of a signature: `a(sv)` of `a(sv)u`. */
function firstType(signature: string): string {
  if (signature.startsWith('a')) return `a${firstType(signature.slice(1))}`;
  if (!signature.startsWith('(')) return signature.slice(0, 1);
  let depth = 0;
  for (let i = 0; i < signature.length; i++) {
    if (signature[i] === '(') depth++;
    if (signature[i] === ')' && --depth === 0) return signature.slice(0, i + 1);
  }
  throw new RangeError(`not a signature of D-Bus: ${signature}`);
}

function typesOf(signature: string): string[] {
  const types: string[] = [];
  for (let rest = signature; rest !== ''; rest = rest.slice(types.at(-1)?.length)) types.push(firstType(rest));
  return types;
}

class Writer {
  readonly #bytes: number[] = [];

  get bytes(): Buffer {
    return Buffer.from(this.#bytes);
  }

  align(to: number): void {
    while (this.#bytes.length % to !== 0) this.#bytes.push(0);
  }

  number(value: number, width: 1 | 4): void {
    for (let i = 0; i < width; i++) this.#bytes.push((value >>> (8 * i)) & 0xff);
  }

  write(type: string, value: DbusValue): void {
    this.align(ALIGNMENTS[type.charAt(0)] ?? 1);
    if (type === 'y') this.number(Number(value), 1);
    else if (type === 'u' || type === 'i') this.number(Number(value), 4);
    else if (type === 'b') this.number(value === true ? 1 : 0, 4);
    else if (type === 't') for (let i = 0n; i < 8n; i++) this.#bytes.push(Number((BigInt(value as bigint) >> (8n * i)) & 0xffn));
    else if (type === 's' || type === 'o' || type === 'g') this.#text(textOf(value), type === 'g' ? 1 : 4);
    else if (type === 'v') this.#variant(value as Variant);
    else if (type.startsWith('a')) this.#array(type.slice(1), value as readonly DbusValue[]);
    else typesOf(type.slice(1, -1)).forEach((member, i) => this.write(member, (value as readonly DbusValue[])[i] ?? ''));
  }

  #text(text: string, lengthWidth: 1 | 4): void {
    const bytes = Buffer.from(text, 'utf8');
    this.number(bytes.length, lengthWidth);
    this.#bytes.push(...bytes, 0);
  }

  #variant({ signature, value }: Variant): void {
    this.#text(signature, 1);
    this.write(signature, value);
  }

  /** The length counts the elements alone, without what aligns the first of them. */
  #array(type: string, values: readonly DbusValue[]): void {
    const lengthAt = this.#bytes.length;
    this.number(0, 4);
    this.align(ALIGNMENTS[type.charAt(0)] ?? 1);
    const start = this.#bytes.length;
    for (const value of values) this.write(type, value);
    const length = this.#bytes.length - start;
    for (let i = 0; i < 4; i++) this.#bytes[lengthAt + i] = (length >>> (8 * i)) & 0xff;
  }
}

/** `serial`: any number but 0 that no open call has. */
export function methodCall(call: MethodCall, serial: number): Buffer {
  const body = new Writer();
  typesOf(call.signature).forEach((type, i) => body.write(type, call.body[i] ?? ''));
  const field = (code: number, signature: string, value: string): DbusValue => [code, { signature, value }];
  const header = new Writer();
  for (const byte of [LITTLE_ENDIAN, METHOD_CALL, 0, 1]) header.number(byte, 1);
  header.number(body.bytes.length, 4);
  header.number(serial, 4);
  header.write('a(yv)', [
    field(FIELDS.path, 'o', call.path), field(FIELDS.interface, 's', call.interface), field(FIELDS.member, 's', call.member), field(FIELDS.destination, 's', call.destination),
    ...(call.signature === '' ? [] : [field(FIELDS.signature, 'g', call.signature)]),
  ]);
  header.align(8);
  return Buffer.concat([header.bytes, body.bytes]);
}

class Reader {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  align(to: number): void {
    this.at = Math.ceil(this.at / to) * to;
  }

  read(type: string): DbusValue {
    this.align(ALIGNMENTS[type.charAt(0)] ?? 1);
    if (type === 'y') return this.#bytes.readUInt8(this.at++);
    if (type === 'u' || type === 'i' || type === 'b') return this.#number();
    if (type === 't' || type === 'x') return this.#bytes.readBigUInt64LE((this.at += 8) - 8);
    if (type === 's' || type === 'o') return this.#text(this.#number());
    if (type === 'g') return this.#text(this.#bytes.readUInt8(this.at++));
    if (type === 'v') return this.#variant();
    if (type.startsWith('a')) return this.#array(type.slice(1));
    return typesOf(type.slice(1, -1)).map((member) => this.read(member));
  }

  #number(): number {
    return this.#bytes.readUInt32LE((this.at += 4) - 4);
  }

  #text(length: number): string {
    const start = this.at;
    this.at += length + 1;
    return this.#bytes.toString('utf8', start, start + length);
  }

  #variant(): Variant {
    const signature = textOf(this.read('g'));
    return { signature, value: this.read(signature) };
  }

  #array(type: string): DbusValue[] {
    const length = this.#number();
    this.align(ALIGNMENTS[type.charAt(0)] ?? 1);
    const end = this.at + length;
    const values: DbusValue[] = [];
    while (this.at < end) values.push(this.read(type));
    return values;
  }
}

/** The message at the beginning of what came, and how many bytes it has; undefined while it is not whole. `reply` undefined: it answers no call. */
export function readMessage(received: Buffer): { readonly bytes: number; readonly reply: Reply | undefined } | undefined {
  if (received.length < FIXED_HEADER_BYTES) return undefined;
  if (received.readUInt8(0) !== LITTLE_ENDIAN) throw new RangeError('a message of D-Bus in another byte order');
  const bodyBytes = received.readUInt32LE(4);
  const bodyAt = Math.ceil((FIXED_HEADER_BYTES + received.readUInt32LE(12)) / 8) * 8;
  if (received.length < bodyAt + bodyBytes) return undefined;
  const fields = new Map((new Reader(received, 12).read('a(yv)') as readonly (readonly [number, Variant])[]).map(([code, { value }]) => [code, value]));
  const replySerial = fields.get(FIELDS.replySerial);
  const reader = new Reader(received, bodyAt);
  const errorName = fields.get(FIELDS.errorName);
  const reply = replySerial === undefined ? undefined : {
    replySerial: Number(replySerial), errorName: errorName === undefined ? undefined : textOf(errorName), body: typesOf(textOf(fields.get(FIELDS.signature))).map((type) => reader.read(type)),
  };
  return { bytes: bodyAt + bodyBytes, reply };
}
