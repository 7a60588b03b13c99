/**
 * Protobuf's wire format: varints, lengths, tags. Knows no message; who does walks a table of fields and calls these.
 * 64-bit numbers are JavaScript numbers: whole up to 2^53, rounded beyond (nanoseconds since 1970 lose their last digits).
 */
export const VARINT = 0;
export const FIXED64 = 1;
export const LENGTH_DELIMITED = 2;
export const FIXED32 = 5;

const TWO_32 = 2 ** 32;
const utf8Encoder = new TextEncoder();
const utf8Decoder = new TextDecoder('utf-8');

export class ProtoWriter {
  #bytes: Uint8Array;
  #view: DataView;
  #length = 0;

  constructor(capacity = 512) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** A copy of what was written. */
  finish(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  tag(field: number, wireType: number): void {
    this.uint32(((field << 3) | wireType) >>> 0);
  }

  /** At least 0, below 2^32. */
  uint32(value: number): void {
    this.#reserve(5);
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  /** A signed or unsigned whole number; a negative one takes ten bytes, as protobuf's int32 and int64 do. */
  int64(value: number): void {
    if (value >= 0 && value < TWO_32) {
      this.uint32(value);
      return;
    }
    let big = BigInt.asUintN(64, BigInt(Math.trunc(value)));
    this.#reserve(10);
    while (big > 0x7fn) {
      this.#bytes[this.#length++] = Number(big & 0x7fn) | 0x80;
      big >>= 7n;
    }
    this.#bytes[this.#length++] = Number(big);
  }

  bool(value: boolean): void {
    this.uint32(value ? 1 : 0);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  string(value: string): void {
    this.#reserve(value.length * 3 + 5);
    const start = this.begin();
    const { written } = utf8Encoder.encodeInto(value, this.#bytes.subarray(this.#length));
    this.#length += written;
    this.end(start);
  }

  bytes(value: Uint8Array): void {
    this.uint32(value.length);
    this.raw(value);
  }

  /** Bytes as they are, without a length. */
  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#bytes.set(value, this.#length);
    this.#length += value.length;
  }

  /** Opens something preceded by its length; `end` with the returned mark writes the length before it. */
  begin(): number {
    return this.#length;
  }

  end(mark: number): void {
    const length = this.#length - mark;
    const size = varintSize(length);
    this.#reserve(size);
    this.#bytes.copyWithin(mark + size, mark, this.#length);
    this.#length = mark;
    this.uint32(length);
    this.#length = mark + size + length;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

function varintSize(value: number): number {
  if (value < 0x80) return 1;
  if (value < 0x4000) return 2;
  if (value < 0x200000) return 3;
  return value < 0x10000000 ? 4 : 5;
}

/** Reads one message. Throws RangeError when the bytes end too early or are no protobuf. */
export class ProtoReader {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly #end: number;
  #wireType = 0;

  constructor(bytes: Uint8Array, start = 0, end: number = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.#end = end;
  }

  /** The number of the next field, or 0 at the end. */
  next(): number {
    if (this.#at >= this.#end) return 0;
    const tag = this.uint32();
    this.#wireType = tag & 7;
    const field = tag >>> 3;
    if (field === 0) throw new RangeError('protobuf: a field with number 0');
    return field;
  }

  get wireType(): number {
    return this.#wireType;
  }

  get atEnd(): boolean {
    return this.#at >= this.#end;
  }

  #byte(): number {
    if (this.#at >= this.#end) throw new RangeError('protobuf: the message ends inside a field');
    return this.#bytes[this.#at++] as number;
  }

  /** The low 32 bits of a varint. */
  uint32(): number {
    let value = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
    throw new RangeError('protobuf: a varint of more than ten bytes');
  }

  int32(): number {
    return this.uint32() | 0;
  }

  int64(): number {
    const { low, high } = this.#varint64();
    return (high | 0) * TWO_32 + low;
  }

  uint64(): number {
    const { low, high } = this.#varint64();
    return high * TWO_32 + low;
  }

  #varint64(): { low: number; high: number } {
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      const byte = this.#byte();
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high |= bits >>> 4;
      } else if (shift < 64) high |= bits << (shift - 32);
      if (byte < 0x80) return { low: low >>> 0, high: high >>> 0 };
    }
    throw new RangeError('protobuf: a varint of more than ten bytes');
  }

  bool(): boolean {
    const { low, high } = this.#varint64();
    return low !== 0 || high !== 0;
  }

  double(): number {
    const start = this.#advance(8);
    return new DataView(this.#bytes.buffer, this.#bytes.byteOffset + start, 8).getFloat64(0, true);
  }

  string(): string {
    return utf8Decoder.decode(this.bytes());
  }

  /** A view of the reader's bytes, not a copy. */
  bytes(): Uint8Array {
    const length = this.uint32();
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** A reader of the nested message that comes next. */
  message(): ProtoReader {
    const length = this.uint32();
    const start = this.#advance(length);
    return new ProtoReader(this.#bytes, start, start + length);
  }

  /** Passes over the value of a field that nobody knows. */
  skip(): void {
    switch (this.#wireType) {
      case VARINT: this.uint32(); break;
      case FIXED64: this.#advance(8); break;
      case LENGTH_DELIMITED: this.#advance(this.uint32()); break;
      case FIXED32: this.#advance(4); break;
      default: throw new RangeError(`protobuf: wire type ${this.#wireType}`);
    }
  }

  /** Moves over `count` bytes and gives where they began. */
  #advance(count: number): number {
    const start = this.#at;
    if (start + count > this.#end) throw new RangeError('protobuf: the message ends inside a field');
    this.#at = start + count;
    return start;
  }
}
