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
/** Of UTF-8, for each unit of UTF-16. */
const MAX_BYTES_OF_CHARACTER = 3;
export const STATE_BYTES = 24;

/** So many bytes `encodeLogRecord` takes at most. */
export function maxLogRecordBytes({ key, value }: LogRecord): number {
  return HEADER + MAX_BYTES_OF_CHARACTER * key.length + (value?.length ?? 0);
}

/** Writes a record to `target` at `start`; gives where it ends. */
export function encodeLogRecord(record: LogRecord, target: Buffer, start: number): number {
  const { key, value } = record;
  const keyBytes = target.write(key, start + HEADER);
  const end = start + HEADER + keyBytes;
  target[start] = value ? PUT : DELETE;
  target.writeDoubleBE(record.createRevision, start + 1);
  target.writeDoubleBE(record.before, start + 9);
  target.writeUInt16BE(keyBytes, start + 17);
  if (value) target.set(value, end);
  return end + (value?.length ?? 0);
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

/** Writes `STATE_BYTES` to `target` at `start`; gives where they end. */
export function encodeState(state: StateRecord, target: Buffer, start: number): number {
  target.writeDoubleBE(state.modRevision, start);
  target.writeDoubleBE(state.createRevision, start + 8);
  target.writeDoubleBE(state.expiresAt, start + 16);
  return start + STATE_BYTES;
}

export function decodeState(buffer: Buffer): StateRecord {
  return { modRevision: buffer.readDoubleBE(0), createRevision: buffer.readDoubleBE(8), expiresAt: buffer.readDoubleBE(16) };
}
