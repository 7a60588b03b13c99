/** One key of a snapshot. */
export interface SnapshotRecord {
  readonly key: string;
  readonly value: Uint8Array;
  readonly createRevision: number;
  readonly modRevision: number;
  /** When the key is to be deleted, in milliseconds since 1970; 0: never. */
  readonly expiresAt: number;
}

export interface SnapshotHeader {
  /** The state is the one of this revision. */
  readonly revision: number;
  /** ISO 8601. */
  readonly takenAt: string;
}

/** The file begins with this line, then the header as a line of JSON, then the records, then how many they are and a SHA-256 of all before it. */
export const MAGIC = 'kubets snapshot 1\n';
/** Lengths of key and value, creation, last write, expiry. */
export const RECORD_HEAD = 4 + 4 + 8 + 8 + 8;
/** In place of a key's length: no record follows, but the number of them. */
export const END = 0xffff_ffff;
export const HASH_BYTES = 32;

export class SnapshotError extends Error {
  override readonly name = 'SnapshotError';
}
