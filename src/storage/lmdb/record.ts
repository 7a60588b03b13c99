/** A write as the log holds it under its revision. */
export interface LogRecord {
  readonly key: string;
  readonly revision: number;
  /** undefined: the key was deleted. */
  readonly value: Uint8Array | undefined;
  /** The revision of the creation of what was written or deleted; the write's own one when it created the key. */
  readonly createRevision: number;
  /** The revision of the write to the key before this one, a deletion too; 0 when there was none. */
  readonly before: number;
}

/** The current state of a key, without its value, which is in the log. */
export interface StateRecord {
  readonly modRevision: number;
  /** 0: the key was deleted at `modRevision`; kept as long as history reaches back to before that. */
  readonly createRevision: number;
  /** When the key is to be deleted, in milliseconds since 1970; 0: never. */
  readonly expiresAt: number;
}

const PUT = 1;
const DELETE = 2;
/** Kind (one byte), creation, write before (doubles), length of the key (two bytes). */
const HEADER = 1 + 8 + 8 + 2;

export function encodeLogRecord(record: LogRecord): Buffer {
  const { key, value } = record;
  const keyBytes = Buffer.byteLength(key);
  const buffer = Buffer.allocUnsafe(HEADER + keyBytes + (value?.length ?? 0));
  buffer[0] = value ? PUT : DELETE;
  buffer.writeDoubleBE(record.createRevision, 1);
  buffer.writeDoubleBE(record.before, 9);
  buffer.writeUInt16BE(keyBytes, 17);
  buffer.write(key, HEADER);
  if (value) buffer.set(value, HEADER + keyBytes);
  return buffer;
}

export function decodeLogRecord(revision: number, buffer: Buffer): LogRecord {
  const end = HEADER + buffer.readUInt16BE(17);
  return {
    key: buffer.toString('utf8', HEADER, end),
    revision,
    value: buffer[0] === PUT ? buffer.subarray(end) : undefined,
    createRevision: buffer.readDoubleBE(1),
    before: buffer.readDoubleBE(9),
  };
}

export function encodeState(state: StateRecord): Buffer {
  const buffer = Buffer.allocUnsafe(24);
  buffer.writeDoubleBE(state.modRevision, 0);
  buffer.writeDoubleBE(state.createRevision, 8);
  buffer.writeDoubleBE(state.expiresAt, 16);
  return buffer;
}

export function decodeState(buffer: Buffer): StateRecord {
  return { modRevision: buffer.readDoubleBE(0), createRevision: buffer.readDoubleBE(8), expiresAt: buffer.readDoubleBE(16) };
}
