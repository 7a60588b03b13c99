import { LENGTH_DELIMITED, ProtoReader, ProtoWriter } from './wire.ts';

/** What stands before every object in Kubernetes' protobuf encoding; then comes a runtime.Unknown. */
const MAGIC = Buffer.from('k8s\0', 'latin1');

export interface Envelope {
  readonly apiVersion: string;
  readonly kind: string;
  /** The object's own message. */
  readonly raw: Uint8Array;
}

export function wrap(envelope: Envelope): Uint8Array {
  const writer = new ProtoWriter(envelope.raw.length + 64);
  writeHead(writer, { ...envelope, rawBytes: envelope.raw.length });
  writer.raw(envelope.raw);
  writer.raw(ENVELOPE_TAIL);
  return writer.finish();
}

/** What stands before a message of so many bytes; `ENVELOPE_TAIL` stands behind it. */
export function envelopeHead(envelope: Omit<Envelope, 'raw'> & { readonly rawBytes: number }): Uint8Array {
  const writer = new ProtoWriter();
  writeHead(writer, envelope);
  return writer.finish();
}

/** No encoding and no type of the content are told. */
export const ENVELOPE_TAIL: Uint8Array = Uint8Array.from([(3 << 3) | LENGTH_DELIMITED, 0, (4 << 3) | LENGTH_DELIMITED, 0]);

function writeHead(writer: ProtoWriter, envelope: Omit<Envelope, 'raw'> & { readonly rawBytes: number }): void {
  writer.raw(MAGIC);
  writer.tag(1, LENGTH_DELIMITED);
  const mark = writer.begin();
  writer.tag(1, LENGTH_DELIMITED);
  writer.string(envelope.apiVersion);
  writer.tag(2, LENGTH_DELIMITED);
  writer.string(envelope.kind);
  writer.end(mark);
  writer.tag(2, LENGTH_DELIMITED);
  writer.uint32(envelope.rawBytes);
}

/** Throws RangeError for bytes that are no such envelope. */
export function unwrap(bytes: Uint8Array): Envelope {
  if (Buffer.compare(bytes.subarray(0, 4), MAGIC) !== 0) throw new RangeError('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]');
  if (bytes.length === MAGIC.length) throw new RangeError('empty body');
  const reader = new ProtoReader(bytes, 4);
  let apiVersion = '';
  let kind = '';
  let raw: Uint8Array = new Uint8Array();
  for (let number = reader.next(); number !== 0; number = reader.next()) {
    if (number === 2) raw = reader.bytes();
    else if (number !== 1) reader.skip();
    else {
      const type = reader.message();
      for (let field = type.next(); field !== 0; field = type.next()) {
        if (field === 1) apiVersion = type.string();
        else if (field === 2) kind = type.string();
        else type.skip();
      }
    }
  }
  return { apiVersion, kind, raw };
}
