import { schemas } from '../../src/api/schemas.ts';
import type { FieldSchema, FieldType } from '../../src/apimachinery/schema/package.ts';

/** Whatever JSON holds. */
type Json = ReturnType<typeof JSON.parse>;

const EMPTY = Buffer.alloc(0);

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Buffer.from([...bytes, Number(rest)]);
}

const number = (field: number, value: number): Buffer => Buffer.concat([varint(field * 8), varint(value)]);
const bytes = (field: number, value: Buffer | string): Buffer => {
  const content = Buffer.from(value as string);
  return Buffer.concat([varint(field * 8 + 2), varint(content.length), content]);
};
const json = (field: number, value: Json): Buffer => bytes(field, bytes(1, JSON.stringify(value)));
const schemaOf = (field: number, value: Json): Buffer => bytes(field, goMessage('apiextensions.v1.JSONSchemaProps', value));

const time = (field: number, value: Json): Buffer => {
  if (value === null) return bytes(field, EMPTY);
  const ms = Date.parse(value as string);
  return bytes(field, Buffer.concat([number(1, Math.floor(ms / 1000)), number(2, (ms % 1000) * 1e6)]));
};

const SCALARS: Readonly<Record<string, (field: number, value: Json) => Buffer>> = {
  string: bytes, bool: (field, value) => number(field, value ? 1 : 0), int32: number, int64: number,
  bytes: (field, value) => bytes(field, Buffer.from(value as string, 'base64')),
  Quantity: (field, value) => bytes(field, bytes(1, String(value))),
  IntOrString: (field, value) => bytes(field, typeof value === 'number' ? Buffer.concat([number(1, 0), number(2, value), bytes(3, '')]) : Buffer.concat([number(1, 1), number(2, 0), bytes(3, value)])),
  Time: time, MicroTime: time, RawExtension: json, FieldsV1: json, JSON: json,
  JSONSchemaPropsOrArray: (field, value) => bytes(field, schemaOf(1, value)),
  JSONSchemaPropsOrBool: (field, value) => bytes(field, typeof value === 'boolean' ? number(1, value ? 1 : 0) : Buffer.concat([number(1, 1), schemaOf(2, value)])),
};

const ZEROS: Readonly<Record<string, Json>> = { string: '', bool: false, int32: 0, int64: 0, Time: null, MicroTime: null, IntOrString: 0, Quantity: '0' };

/** What a Go client sends of a field that nobody set: values that are no pointers have their zeros, structs theirs. */
function zeroOf({ type, omitZero, required, nullWhenAbsent, openapiDefault }: FieldSchema): Json {
  if (type.kind === 'scalar') return omitZero || required || nullWhenAbsent ? ZEROS[type.scalar] : undefined;
  return type.kind === 'message' && JSON.stringify(openapiDefault) === '{}' ? {} : undefined;
}

function valueOf(field: number, type: FieldType, value: Json): Buffer {
  if (type.kind === 'scalar') {
    const write = SCALARS[type.scalar];
    if (!write) throw new Error(`not written here: ${type.scalar}`);
    return write(field, value);
  }
  if (type.kind === 'message') return bytes(field, goMessage(type.message, value));
  if (type.kind === 'list') return Buffer.concat((value as Json[]).map((item) => valueOf(field, type.items, item)));
  return Buffer.concat(Object.entries(value as object).map(([key, item]) => bytes(field, Buffer.concat([bytes(1, key), valueOf(2, type.values, item)]))));
}

function goMessage(name: string, value: Json): Buffer {
  /** The fields of embedded structs, by the path of numbers to them. */
  const parts = new Map<string, { path: readonly number[]; content: Buffer[] }>();
  for (const field of schemas.message(name).fields) {
    const given = value[field.name] ?? zeroOf(field);
    const last = field.numbers.at(-1);
    if (given === undefined || last === undefined) continue;
    const path = field.numbers.slice(0, -1);
    const part = parts.get(path.join()) ?? { path, content: [] };
    parts.set(path.join(), part);
    part.content.push(valueOf(last, field.type, given));
  }
  return Buffer.concat([...parts.values()].map(({ path, content }) => path.toReversed().reduce<Buffer>((inner, step) => bytes(step, inner), Buffer.concat(content))));
}

/** An object as Go's typed clients send it in protobuf: with the zero of everything that was not set. `message`: `core.v1.Pod`. */
export function goProtobuf(message: string, object: { readonly apiVersion: string; readonly kind: string }): Buffer {
  const type = Buffer.concat([bytes(1, object.apiVersion), bytes(2, object.kind)]);
  return Buffer.concat([Buffer.from('k8s\0'), bytes(1, type), bytes(2, goMessage(message, object)), bytes(3, ''), bytes(4, '')]);
}
