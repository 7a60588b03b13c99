/** Messages of D-Bus, as far as systemd and its parts need them: little endian, without file descriptors. Source: "D-Bus Specification". */

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

/** In the order of their numbers on the wire, from 1 on. */
const TYPES = ['call', 'return', 'error', 'signal'] as const;

/** What is not there is not said. */
export interface DbusMessage extends Partial<Omit<MethodCall, 'body'>> {
  readonly type: (typeof TYPES)[number];
  readonly serial: number;
  readonly sender?: string;
  /** Of which call this is the answer. */
  readonly replySerial?: number;
  readonly errorName?: string;
  /** Reading it throws RangeError for values of types that are not among those known here. */
  readonly body: readonly DbusValue[];
}

const LITTLE_ENDIAN = 0x6c;
const FIXED_HEADER_BYTES = 16;
const ALIGNMENTS: Readonly<Record<string, number>> = { y: 1, g: 1, v: 1, b: 4, u: 4, i: 4, s: 4, o: 4, a: 4, t: 8, x: 8, '(': 8, '{': 8 };
/** What the header has beside its fixed part: number and type. */
const FIELDS = {
  path: [1, 'o'], interface: [2, 's'], member: [3, 's'], errorName: [4, 's'], replySerial: [5, 'u'], destination: [6, 's'], sender: [7, 's'], signature: [8, 'g'],
} as const satisfies Partial<Record<keyof DbusMessage, readonly [number, string]>>;
const NAMES = Object.keys(FIELDS) as (keyof typeof FIELDS)[];

/** Empty for what is no text. */
export function textOf(value: DbusValue | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The first whole type of a signature: `a(sv)` of `a(sv)u`. */
function firstType(signature: string): string {
  if (signature.startsWith('a')) return `a${firstType(signature.slice(1))}`;
  if (!/^[({]/.test(signature)) return signature.slice(0, 1);
  let depth = 0;
  for (let i = 0; i < signature.length; i++) {
    if ('({'.includes(signature.charAt(i))) depth++;
    if (')}'.includes(signature.charAt(i)) && --depth === 0) return signature.slice(0, i + 1);
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
export function encodeMessage(message: Omit<DbusMessage, 'serial'>, serial: number): Buffer {
  const body = new Writer();
  typesOf(message.signature ?? '').forEach((type, i) => body.write(type, message.body[i] ?? ''));
  const header = new Writer();
  for (const byte of [LITTLE_ENDIAN, TYPES.indexOf(message.type) + 1, 0, 1]) header.number(byte, 1);
  header.number(body.bytes.length, 4);
  header.number(serial, 4);
  header.write('a(yv)', NAMES.flatMap((name): DbusValue[] => {
    const [code, signature] = FIELDS[name];
    const value = message[name];
    return value === undefined || value === '' ? [] : [[code, { signature, value }]];
  }));
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
    if (!/^[({]/.test(type)) throw new RangeError(`a message of D-Bus with a value of type ${type}`);
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

/** The message at the beginning of what came, and how many bytes it has; undefined while it is not whole. */
export function readMessage(received: Buffer): { readonly bytes: number; readonly message: DbusMessage } | undefined {
  if (received.length < FIXED_HEADER_BYTES) return undefined;
  if (received.readUInt8(0) !== LITTLE_ENDIAN) throw new RangeError('a message of D-Bus in another byte order');
  const bodyBytes = received.readUInt32LE(4);
  const bodyAt = Math.ceil((FIXED_HEADER_BYTES + received.readUInt32LE(12)) / 8) * 8;
  if (received.length < bodyAt + bodyBytes) return undefined;
  const found = new Map((new Reader(received, 12).read('a(yv)') as readonly (readonly [number, Variant])[]).map(([code, { value }]) => [code, value]));
  const fields = Object.fromEntries(NAMES.flatMap((name) => (found.has(FIELDS[name][0]) ? [[name, found.get(FIELDS[name][0])]] : []))) as Partial<DbusMessage>;
  const message: DbusMessage = {
    ...fields, type: TYPES[received.readUInt8(1) - 1] ?? 'signal', serial: received.readUInt32LE(8),
    // systemd tells of much that nobody reads.
    get body() {
      const reader = new Reader(received, bodyAt);
      return typesOf(fields.signature ?? '').map((type) => reader.read(type));
    },
  };
  return { bytes: bodyAt + bodyBytes, message };
}
