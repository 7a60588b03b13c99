import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { END, HASH_BYTES, MAGIC, RECORD_HEAD, type SnapshotHeader, type SnapshotRecord } from './record.ts';

const BUFFER_BYTES = 1 << 20;

/**
 * Writes a snapshot, the whole file or nothing, for its owner only; resolves with the number of keys once it is on the disk. Records that can be had at
 * once are taken within one turn of the event loop, so that they can come from one transaction.
 */
export async function writeSnapshot(path: string, header: SnapshotHeader, records: Iterable<SnapshotRecord> | AsyncIterable<SnapshotRecord>): Promise<number> {
  const temporary = `${path}.new`;
  const file = new HashedFile(temporary);
  try {
    file.write(Buffer.from(`${MAGIC}${JSON.stringify(header)}\n`));
    let count = 0;
    const write = (record: SnapshotRecord): void => {
      count++;
      for (const part of encode(record)) file.write(part);
    };
    if (Symbol.iterator in records) for (const record of records) write(record);
    else for await (const record of records) write(record);
    const end = Buffer.alloc(8);
    end.writeUInt32BE(END, 0);
    end.writeUInt32BE(count, 4);
    file.write(end);
    file.finish();
    renameSync(temporary, path);
    return count;
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  } finally {
    file.close();
  }
}

function encode({ key, value, createRevision, modRevision, expiresAt }: SnapshotRecord): Uint8Array[] {
  const keyBytes = Buffer.from(key);
  const head = Buffer.allocUnsafe(RECORD_HEAD);
  head.writeUInt32BE(keyBytes.length, 0);
  head.writeUInt32BE(value.length, 4);
  head.writeDoubleBE(createRevision, 8);
  head.writeDoubleBE(modRevision, 16);
  head.writeDoubleBE(expiresAt, 24);
  return [head, keyBytes, value];
}

class HashedFile {
  readonly #fd: number;
  readonly #hash = createHash('sha256');
  #parts: Uint8Array[] = [];
  #bytes = 0;

  constructor(path: string) {
    this.#fd = openSync(path, 'w', 0o600);
  }

  write(part: Uint8Array): void {
    this.#parts.push(part);
    this.#bytes += part.length;
    if (this.#bytes >= BUFFER_BYTES) this.#flush();
  }

  finish(): void {
    this.#flush();
    writeAll(this.#fd, this.#hash.digest().subarray(0, HASH_BYTES));
    fsyncSync(this.#fd);
  }

  close(): void {
    closeSync(this.#fd);
  }

  #flush(): void {
    const bytes = Buffer.concat(this.#parts);
    this.#hash.update(bytes);
    writeAll(this.#fd, bytes);
    this.#parts = [];
    this.#bytes = 0;
  }
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length; ) written += writeSync(fd, bytes, written);
}
