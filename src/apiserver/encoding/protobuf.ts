import { unwrap, wrap } from '../../apimachinery/codec/protobuf/envelope.ts';
import { ProtobufMessageCodec } from '../../apimachinery/codec/protobuf/message-codec.ts';
import { LENGTH_DELIMITED, ProtoWriter } from '../../apimachinery/codec/protobuf/wire.ts';
import { badRequest } from '../../apimachinery/status.ts';
import { schemas } from '../../api/schemas.ts';

const codec = new ProtobufMessageCodec(schemas);

/** An object in its envelope. `message`: its message in the catalogue. */
export function encodeProtobuf(object: object, message: string): Uint8Array {
  const { apiVersion = '', kind = '' } = object as { apiVersion?: string; kind?: string };
  return wrap({ apiVersion, kind, raw: codec.encode(message, object) });
}

/** The message of an object alone, without an envelope. */
export function protobufMessage(object: object, message: string): Uint8Array {
  return codec.encode(message, object);
}

/** A frame of a watch stream: a WatchEvent behind its length. */
export function protobufFrame(type: string, object: object, message: string): Buffer {
  const inner = encodeProtobuf(object, message);
  const writer = new ProtoWriter(inner.length + 32);
  writer.tag(1, LENGTH_DELIMITED);
  writer.string(type);
  writer.tag(2, LENGTH_DELIMITED);
  const mark = writer.begin();
  writer.tag(1, LENGTH_DELIMITED);
  writer.bytes(inner);
  writer.end(mark);
  const event = writer.finish();
  const frame = Buffer.allocUnsafe(4 + event.length);
  frame.writeUInt32BE(event.length);
  frame.set(event, 4);
  return frame;
}

/** What a body in protobuf says, as JSON would have it. `message`: what it should be. Throws StatusError 400. */
export function decodeProtobuf(bytes: Uint8Array, message: string): Record<string, unknown> {
  try {
    const { apiVersion, kind, raw } = unwrap(bytes);
    return { ...(kind !== '' && { kind }), ...(apiVersion !== '' && { apiVersion }), ...codec.decode(message, raw) };
  } catch (error) {
    if (error instanceof RangeError || error instanceof SyntaxError) throw badRequest(error.message, { cause: error });
    throw error;
  }
}
