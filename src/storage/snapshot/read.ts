import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { END, HASH_BYTES, MAGIC, RECORD_HEAD, SnapshotError, type SnapshotHeader, type SnapshotRecord } from './record.ts';

const BUFFER_BYTES = 1 << 20;
const HEADER_BYTES = 4096;

/** A snapshot whose hash is right. */
export interface Snapshot extends SnapshotHeader {
  readonly keys: number;
  /** Hexadecimal. */
  readonly sha256: string;
  /** Reads the file again; it must not change meanwhile. */
  records(): Generator<SnapshotRecord, void, void>;
}

/** Throws SnapshotError for a file that is no snapshot, is cut off, or has been changed since it was written. */
export function openSnapshot(path: string): Snapshot {
  const sha256 = verified(path);
  const { header, start } = readHeader(path);
  const keys = countOf(path);
  return { ...header, keys, sha256, records: () => readRecords(path, start, keys) };
}

function verified(path: string): string {
  using file = new OpenFile(path);
  if (file.size < MAGIC.length || file.read(0, MAGIC.length).toString() !== MAGIC) throw new SnapshotError(`${path} is no snapshot of kubets`);
  const hash = createHash('sha256');
  const end = file.size - HASH_BYTES;
  if (end <= MAGIC.length) throw new SnapshotError(`${path} is cut off: it ends after ${file.size} bytes`);
  for (let at = 0; at < end; at += BUFFER_BYTES) hash.update(file.read(at, Math.min(BUFFER_BYTES, end - at)));
  const digest = hash.digest();
  if (!digest.equals(file.read(end, HASH_BYTES))) throw new SnapshotError(`${path} is damaged or cut off: its contents do not have the SHA-256 that it tells`);
  return digest.toString('hex');
}

function readHeader(path: string): { header: SnapshotHeader; start: number } {
  using file = new OpenFile(path);
  const head = file.read(0, Math.min(HEADER_BYTES, file.size));
  const end = head.indexOf(0x0a, MAGIC.length);
  if (end < 0) throw new SnapshotError(`${path} has no header`);
  return { header: JSON.parse(head.toString('utf8', MAGIC.length, end)) as SnapshotHeader, start: end + 1 };
}

function countOf(path: string): number {
  using file = new OpenFile(path);
  return file.read(file.size - HASH_BYTES - 4, 4).readUInt32BE(0);
}

function* readRecords(path: string, start: number, keys: number): Generator<SnapshotRecord, void, void> {
  using file = new OpenFile(path);
  let at = start;
  for (let count = 0; count < keys; count++) {
    const head = file.read(at, RECORD_HEAD);
    const [keyBytes, valueBytes] = [head.readUInt32BE(0), head.readUInt32BE(4)];
    if (keyBytes === END) throw new SnapshotError(`${path} holds fewer keys than it tells`);
    const [createRevision, modRevision, expiresAt] = [head.readDoubleBE(8), head.readDoubleBE(16), head.readDoubleBE(24)];
    const body = file.read(at + RECORD_HEAD, keyBytes + valueBytes);
    yield { key: body.toString('utf8', 0, keyBytes), value: body.subarray(keyBytes), createRevision, modRevision, expiresAt };
    at += RECORD_HEAD + keyBytes + valueBytes;
  }
}

class OpenFile implements Disposable {
  readonly #fd: number;
  readonly #path: string;
  readonly size: number;

  constructor(path: string) {
    this.#path = path;
    this.#fd = openSync(path, 'r');
    this.size = fstatSync(this.#fd).size;
  }

  read(at: number, length: number): Buffer {
    const buffer = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const bytes = readSync(this.#fd, buffer, done, length - done, at + done);
      if (bytes === 0) throw new SnapshotError(`${this.#path} is cut off`);
      done += bytes;
    }
    return buffer;
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}
