import { setOwn } from '../../schema/decode.ts';
import type { FieldSchema, FieldType, MessageSchema, ScalarType, SchemaRegistry } from '../../schema/package.ts';
import { formatMicroTime, parseTime } from '../../time.ts';
import { FIXED64, LENGTH_DELIMITED, ProtoReader, ProtoWriter, VARINT } from './wire.ts';
import { parseWhole, stringifyWhole } from '../../whole-numbers.ts';

type JsonObject = Record<string, unknown>;
type Write = (writer: ProtoWriter, field: number, value: unknown) => void;
type Read = (reader: ProtoReader, before: unknown) => unknown;

/** A message with the embedded structs, which JSON has flat, as messages of their own. */
interface CompiledMessage {
  readonly fields: CompiledField[];
  readonly byNumber: Map<number, CompiledField>;
}

interface CompiledField {
  readonly number: number;
  /** Undefined: an embedded struct, whose fields are the parent's in JSON. */
  readonly name: string | undefined;
  readonly write: Write;
  readonly read: Read;
  readonly embedded?: CompiledMessage;
}

/** Reads and writes messages of the catalogue in protobuf. What JSON says in text (times, quantities, base64) has messages of its own there. */
export class ProtobufMessageCodec {
  readonly #registry: SchemaRegistry;
  readonly #compiled = new Map<string, CompiledMessage>();

  constructor(registry: SchemaRegistry) {
    this.#registry = registry;
  }

  encode(message: string, value: object): Uint8Array {
    const writer = new ProtoWriter();
    this.#writeFields(writer, this.#message(message), value as JsonObject);
    return writer.finish();
  }

  /** The value as JSON would have it, without defaults. Throws RangeError for bytes that are no such message. */
  decode(message: string, bytes: Uint8Array): JsonObject {
    const value: JsonObject = {};
    this.#readFields(new ProtoReader(bytes), this.#message(message), value);
    return value;
  }

  #message(name: string): CompiledMessage {
    const known = this.#compiled.get(name);
    if (known) return known;
    const compiled: CompiledMessage = { fields: [], byNumber: new Map() };
    this.#compiled.set(name, compiled);
    const schema: MessageSchema = this.#registry.message(name);
    for (const field of schema.fields) this.#place(compiled, field, field.numbers);
    sortFields(compiled);
    return compiled;
  }

  #place(into: CompiledMessage, field: FieldSchema, numbers: readonly number[]): void {
    const [number, ...deeper] = numbers;
    if (number === undefined) return;
    if (deeper.length > 0) {
      const holder = into.byNumber.get(number)?.embedded ?? this.#embed(into, number);
      this.#place(holder, field, deeper);
      return;
    }
    this.#add(into, { number, name: field.name, write: this.#writer(field.type), read: this.#reader(field.type) });
  }

  #embed(into: CompiledMessage, number: number): CompiledMessage {
    const embedded: CompiledMessage = { fields: [], byNumber: new Map() };
    this.#add(into, {
      number, name: undefined, embedded,
      write: (writer, field, value) => this.#nested(writer, field, () => this.#writeFields(writer, embedded, value as JsonObject)),
      read: (reader, before) => {
        this.#readFields(reader.message(), embedded, before as JsonObject);
        return before;
      },
    });
    return embedded;
  }

  #add(into: CompiledMessage, field: CompiledField): void {
    into.fields.push(field);
    into.byNumber.set(field.number, field);
  }

  #nested(writer: ProtoWriter, field: number, write: () => void): void {
    writer.tag(field, LENGTH_DELIMITED);
    const mark = writer.begin();
    write();
    writer.end(mark);
  }

  #writeFields(writer: ProtoWriter, message: CompiledMessage, value: JsonObject): void {
    for (const field of message.fields) {
      const given = field.name === undefined ? value : value[field.name];
      if (given !== undefined && given !== null) field.write(writer, field.number, given);
    }
  }

  #readFields(reader: ProtoReader, message: CompiledMessage, value: JsonObject): void {
    for (let number = reader.next(); number !== 0; number = reader.next()) {
      const field = message.byNumber.get(number);
      if (!field) reader.skip();
      else if (field.name === undefined) field.read(reader, value);
      else setOwn(value, field.name, field.read(reader, value[field.name]));
    }
  }

  #writer(type: FieldType): Write {
    switch (type.kind) {
      case 'scalar': return this.#scalarWriter(type.scalar);
      case 'message': return (writer, field, value) => this.#nested(writer, field, () => this.#writeFields(writer, this.#message(type.message), value as JsonObject));
      case 'list': {
        const write = this.#writer(type.items);
        return (writer, field, value) => {
          for (const item of value as unknown[]) write(writer, field, item);
        };
      }
      case 'map': {
        const write = this.#valueWriter(type.values);
        return (writer, field, value) => {
          for (const key of Object.keys(value as JsonObject).sort()) {
            this.#nested(writer, field, () => {
              writer.tag(1, LENGTH_DELIMITED);
              writer.string(key);
              write(writer, 2, (value as JsonObject)[key]);
            });
          }
        };
      }
    }
  }

  /** A list inside a map is wrapped in a message. */
  #valueWriter(type: FieldType): Write {
    const write = this.#writer(type);
    if (type.kind !== 'list') return write;
    return (writer, field, value) => this.#nested(writer, field, () => write(writer, 1, value));
  }

  #reader(type: FieldType): Read {
    switch (type.kind) {
      case 'scalar': return this.#scalarReader(type.scalar);
      case 'message': return (reader, before) => {
        const value = (before ?? {}) as JsonObject;
        this.#readFields(reader.message(), this.#message(type.message), value);
        return value;
      };
      case 'list': {
        const read = this.#reader(type.items);
        return (reader, before) => {
          const list = (before ?? []) as unknown[];
          list.push(read(reader, undefined));
          return list;
        };
      }
      case 'map': {
        const read = this.#valueReader(type.values);
        return (reader, before) => {
          const map = (before ?? {}) as JsonObject;
          const entry = reader.message();
          let key = '';
          let value: unknown;
          for (let number = entry.next(); number !== 0; number = entry.next()) {
            if (number === 1) key = entry.string();
            else if (number === 2) value = read(entry, value);
            else entry.skip();
          }
          setOwn(map, key, value ?? null);
          return map;
        };
      }
    }
  }

  #valueReader(type: FieldType): Read {
    const read = this.#reader(type);
    if (type.kind !== 'list') return read;
    return (reader) => {
      const wrapper = reader.message();
      let list: unknown = [];
      for (let number = wrapper.next(); number !== 0; number = wrapper.next()) {
        if (number === 1) list = read(wrapper, list);
        else wrapper.skip();
      }
      return list;
    };
  }

  #scalarWriter(scalar: ScalarType): Write {
    return WRITERS[scalar] ?? this.#unionWriter(scalar);
  }

  #scalarReader(scalar: ScalarType): Read {
    return READERS[scalar] ?? this.#unionReader(scalar);
  }

  /** JSONSchemaProps or something simpler. */
  #unionWriter(scalar: ScalarType): Write {
    const props = this.#writer(PROPS);
    const strings = this.#writer({ kind: 'list', items: { kind: 'scalar', scalar: 'string' } });
    return (writer, field, value) => this.#nested(writer, field, () => {
      if (scalar === 'JSONSchemaPropsOrBool') {
        writer.tag(1, VARINT);
        writer.bool(value !== false);
        if (typeof value !== 'boolean') props(writer, 2, value);
      } else if (!Array.isArray(value)) props(writer, 1, value);
      else if (scalar === 'JSONSchemaPropsOrStringArray') strings(writer, 2, value);
      else for (const item of value) props(writer, 2, item);
    });
  }

  #unionReader(scalar: ScalarType): Read {
    const props = this.#reader(PROPS);
    return (outer) => {
      const reader = outer.message();
      let value: unknown = scalar === 'JSONSchemaPropsOrBool' ? false : undefined;
      for (let number = reader.next(); number !== 0; number = reader.next()) {
        if (scalar === 'JSONSchemaPropsOrBool') value = number === 1 ? reader.bool() : number === 2 ? props(reader, undefined) : (reader.skip(), value);
        else if (number === 1) value = props(reader, undefined);
        else if (number === 2) value = [...((value as unknown[] | undefined) ?? []), scalar === 'JSONSchemaPropsOrStringArray' ? reader.string() : props(reader, undefined)];
        else reader.skip();
      }
      return value;
    };
  }
}

const PROPS: FieldType = { kind: 'message', message: 'apiextensions.v1.JSONSchemaProps' };

function sortFields(message: CompiledMessage): void {
  message.fields.sort((a, b) => a.number - b.number);
  for (const { embedded } of message.fields) if (embedded) sortFields(embedded);
}

function delimited(writer: ProtoWriter, field: number, write: () => void): void {
  writer.tag(field, LENGTH_DELIMITED);
  const mark = writer.begin();
  write();
  writer.end(mark);
}

const writeTime: Write = (writer, field, value) => {
  const text = String(value);
  const ms = parseTime(text);
  const fraction = /[.,](\d+)/.exec(text)?.[1];
  delimited(writer, field, () => {
    writer.tag(1, VARINT);
    writer.int64(Math.floor(ms / 1000));
    writer.tag(2, VARINT);
    writer.int64(fraction === undefined ? 0 : Number(fraction.slice(0, 9).padEnd(9, '0')));
  });
};

const writeRaw: Write = (writer, field, value) => delimited(writer, field, () => {
  writer.tag(1, LENGTH_DELIMITED);
  writer.bytes(Buffer.from(stringifyWhole(value)));
});

const WRITERS: Partial<Record<ScalarType, Write>> = {
  string: (writer, field, value) => {
    writer.tag(field, LENGTH_DELIMITED);
    writer.string(value as string);
  },
  bool: (writer, field, value) => {
    writer.tag(field, VARINT);
    writer.bool(value as boolean);
  },
  int32: (writer, field, value) => {
    writer.tag(field, VARINT);
    writer.int64(value as number);
  },
  int64: (writer, field, value) => {
    writer.tag(field, VARINT);
    writer.int64(value as number);
  },
  double: (writer, field, value) => {
    writer.tag(field, FIXED64);
    writer.double(value as number);
  },
  bytes: (writer, field, value) => {
    writer.tag(field, LENGTH_DELIMITED);
    writer.bytes(Buffer.from(value as string, 'base64'));
  },
  Quantity: (writer, field, value) => delimited(writer, field, () => {
    writer.tag(1, LENGTH_DELIMITED);
    writer.string(String(value));
  }),
  IntOrString: (writer, field, value) => delimited(writer, field, () => {
    writer.tag(1, VARINT);
    writer.int64(typeof value === 'number' ? 0 : 1);
    writer.tag(2, VARINT);
    writer.int64(typeof value === 'number' ? value : 0);
    writer.tag(3, LENGTH_DELIMITED);
    writer.string(typeof value === 'string' ? value : '');
  }),
  Time: writeTime,
  MicroTime: writeTime,
  RawExtension: writeRaw,
  FieldsV1: writeRaw,
  JSON: writeRaw,
};

/** An empty message is Go's zero time: null in JSON. */
function readTime(withMicros: boolean): Read {
  return (outer) => {
    const reader = outer.message();
    let seconds: number | undefined;
    let nanos = 0;
    for (let number = reader.next(); number !== 0; number = reader.next()) {
      if (number === 1) seconds = reader.int64();
      else if (number === 2) nanos = reader.int32();
      else reader.skip();
    }
    if (seconds === undefined) return null;
    const text = formatMicroTime(seconds * 1000, Math.floor(nanos / 1000));
    return withMicros ? text : `${text.slice(0, text.indexOf('.'))}Z`;
  };
}

const readRaw: Read = (outer) => {
  const reader = outer.message();
  let value: unknown = null;
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 1) value = parseWhole(Buffer.from(reader.bytes()).toString('utf8'));
    else reader.skip();
  }
  return value;
};

const readQuantity: Read = (outer) => {
  const reader = outer.message();
  let text = '0';
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 1) text = reader.string();
    else reader.skip();
  }
  return text;
};

const readIntOrString: Read = (outer) => {
  const reader = outer.message();
  let isText = false;
  let whole = 0;
  let text = '';
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 1) isText = reader.int64() === 1;
    else if (number === 2) whole = reader.int32();
    else if (number === 3) text = reader.string();
    else reader.skip();
  }
  return isText ? text : whole;
};

const READERS: Partial<Record<ScalarType, Read>> = {
  string: (reader) => reader.string(),
  bool: (reader) => reader.bool(),
  int32: (reader) => reader.int32(),
  int64: (reader) => reader.int64(),
  double: (reader) => reader.double(),
  bytes: (reader) => Buffer.from(reader.bytes()).toString('base64'),
  Quantity: readQuantity,
  IntOrString: readIntOrString,
  Time: readTime(false),
  MicroTime: readTime(true),
  RawExtension: readRaw,
  FieldsV1: readRaw,
  JSON: readRaw,
};
