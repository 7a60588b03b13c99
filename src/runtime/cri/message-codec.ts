import { LENGTH_DELIMITED, ProtoReader, ProtoWriter, VARINT } from '../../apimachinery/codec/protobuf/wire.ts';

/**
 * Messages of gRPC services, stated as text: one field a line, `<name> <number> <type>`. Types: `string bool int32 int64 uint32 uint64
 * bytes`, an enum (its names in order from 0, in TypeScript a string), `Int64Value`/`UInt64Value` (a number that may be absent), `[]T`,
 * `{}string` (a map), another message of the table.
 *
 * A decoded message has every field: absent scalars hold proto3's zero, absent lists and maps are empty, absent messages and wrapped
 * numbers are undefined. An encoder takes any part of a message.
 */
export interface MessageTable {
  encode(message: string, value: object): Uint8Array;
  decode(message: string, bytes: Uint8Array): Record<string, unknown>;
}

interface Field {
  readonly name: string;
  readonly number: number;
  readonly type: string;
  readonly shape: 'one' | 'list' | 'map';
}

interface Message {
  readonly fields: readonly Field[];
  readonly byNumber: ReadonlyMap<number, Field>;
}

type Values = Record<string, unknown>;

const SCALAR_ZEROS: Readonly<Record<string, unknown>> = { string: '', bool: false, int32: 0, int64: 0, uint32: 0, uint64: 0, bytes: new Uint8Array() };
const WRAPPERS: ReadonlySet<string> = new Set(['Int64Value', 'UInt64Value']);
const PACKABLE: ReadonlySet<string> = new Set(['bool', 'int32', 'int64', 'uint32', 'uint64']);

export function defineMessages(enums: Readonly<Record<string, string>>, messages: Readonly<Record<string, string>>): MessageTable {
  return new Table(enums, messages);
}

class Table implements MessageTable {
  readonly #enums: ReadonlyMap<string, readonly string[]>;
  readonly #texts: Readonly<Record<string, string>>;
  readonly #messages = new Map<string, Message>();

  constructor(enums: Readonly<Record<string, string>>, texts: Readonly<Record<string, string>>) {
    this.#enums = new Map(Object.entries(enums).map(([name, values]) => [name, values.split(' ')]));
    this.#texts = texts;
  }

  encode(message: string, value: object): Uint8Array {
    const writer = new ProtoWriter();
    this.#write(writer, this.#message(message), value as Values);
    return writer.finish();
  }

  decode(message: string, bytes: Uint8Array): Values {
    return this.#read(new ProtoReader(bytes), this.#message(message));
  }

  #message(name: string): Message {
    const known = this.#messages.get(name);
    if (known) return known;
    const text = this.#texts[name];
    if (text === undefined) throw new RangeError(`no message ${name} in the table`);
    const fields = text.split('\n').map((line) => line.trim()).filter(Boolean).map(parseField);
    const message = { fields, byNumber: new Map(fields.map((field) => [field.number, field])) };
    this.#messages.set(name, message);
    return message;
  }

  #write(writer: ProtoWriter, message: Message, values: Values): void {
    for (const field of message.fields) {
      const value = values[field.name];
      if (value === undefined || value === null) continue;
      if (field.shape === 'one') this.#writeOne(writer, field, value);
      else if (field.shape === 'map') writeMap(writer, field.number, value as Record<string, string>);
      else if (PACKABLE.has(field.type)) writePacked(writer, field, value as number[]);
      else for (const item of value as unknown[]) this.#writeValue(writer, field, item);
    }
  }

  /** A zero is left out, as proto3 does. */
  #writeOne(writer: ProtoWriter, field: Field, value: unknown): void {
    if (value === SCALAR_ZEROS[field.type] || (field.type === 'bytes' && (value as Uint8Array).length === 0)) return;
    if (this.#enums.get(field.type)?.[0] === value) return;
    this.#writeValue(writer, field, value);
  }

  #writeValue(writer: ProtoWriter, field: Field, value: unknown): void {
    const { number, type } = field;
    const values = this.#enums.get(type);
    if (values) {
      const index = values.indexOf(value as string);
      if (index < 0) throw new RangeError(`${String(value)} is no ${type}`);
      writer.tag(number, VARINT);
      writer.uint32(index);
    } else if (PACKABLE.has(type)) {
      writer.tag(number, VARINT);
      writer.int64(Number(value));
    } else {
      writer.tag(number, LENGTH_DELIMITED);
      if (type === 'string') writer.string(value as string);
      else if (type === 'bytes') writer.bytes(value as Uint8Array);
      else {
        const mark = writer.begin();
        if (WRAPPERS.has(type)) writeWrapped(writer, value as number);
        else this.#write(writer, this.#message(type), value as Values);
        writer.end(mark);
      }
    }
  }

  #read(reader: ProtoReader, message: Message): Values {
    const values: Values = {};
    for (const field of message.fields) values[field.name] = this.#zero(field);
    for (let number = reader.next(); number !== 0; number = reader.next()) {
      const field = message.byNumber.get(number);
      if (!field) reader.skip();
      else if (field.shape === 'map') readMapEntry(reader.message(), values[field.name] as Record<string, string>);
      else if (field.shape === 'list') this.#readItems(reader, field, values[field.name] as unknown[]);
      else values[field.name] = this.#readValue(reader, field.type);
    }
    return values;
  }

  #zero(field: Field): unknown {
    if (field.shape === 'list') return [];
    if (field.shape === 'map') return Object.create(null);
    return this.#enums.get(field.type)?.[0] ?? SCALAR_ZEROS[field.type];
  }

  #readItems(reader: ProtoReader, field: Field, into: unknown[]): void {
    if (PACKABLE.has(field.type) && reader.wireType === LENGTH_DELIMITED) {
      const packed = reader.message();
      while (!packed.atEnd) into.push(this.#readValue(packed, field.type));
    } else into.push(this.#readValue(reader, field.type));
  }

  #readValue(reader: ProtoReader, type: string): unknown {
    switch (type) {
      case 'string': return reader.string();
      case 'bool': return reader.bool();
      case 'int32': return reader.int32();
      case 'uint32': return reader.uint32();
      case 'int64': return reader.int64();
      case 'uint64': return reader.uint64();
      case 'bytes': return reader.bytes();
      case 'Int64Value': return readWrapped(reader.message(), true);
      case 'UInt64Value': return readWrapped(reader.message(), false);
    }
    const values = this.#enums.get(type);
    if (values) return values[reader.uint32()] ?? values[0];
    return this.#read(reader.message(), this.#message(type));
  }
}

function parseField(line: string): Field {
  const [name = '', number, type = ''] = line.split(' ');
  if (type.startsWith('[]')) return { name, number: Number(number), type: type.slice(2), shape: 'list' };
  if (type === '{}string') return { name, number: Number(number), type: 'string', shape: 'map' };
  return { name, number: Number(number), type, shape: 'one' };
}

function writeMap(writer: ProtoWriter, number: number, map: Readonly<Record<string, string>>): void {
  for (const [key, value] of Object.entries(map)) {
    writer.tag(number, LENGTH_DELIMITED);
    const mark = writer.begin();
    writer.tag(1, LENGTH_DELIMITED);
    writer.string(key);
    writer.tag(2, LENGTH_DELIMITED);
    writer.string(value);
    writer.end(mark);
  }
}

function readMapEntry(entry: ProtoReader, into: Record<string, string>): void {
  let key = '';
  let value = '';
  for (let number = entry.next(); number !== 0; number = entry.next()) {
    if (number === 1) key = entry.string();
    else if (number === 2) value = entry.string();
    else entry.skip();
  }
  into[key] = value;
}

function writePacked(writer: ProtoWriter, field: Field, items: readonly number[]): void {
  if (items.length === 0) return;
  writer.tag(field.number, LENGTH_DELIMITED);
  const mark = writer.begin();
  for (const item of items) writer.int64(Number(item));
  writer.end(mark);
}

function writeWrapped(writer: ProtoWriter, value: number): void {
  if (value === 0) return;
  writer.tag(1, VARINT);
  writer.int64(value);
}

function readWrapped(reader: ProtoReader, signed: boolean): number {
  let value = 0;
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 1) value = signed ? reader.int64() : reader.uint64();
    else reader.skip();
  }
  return value;
}
