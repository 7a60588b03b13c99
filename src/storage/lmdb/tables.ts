import { chmodSync, closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Database, RootDatabase } from 'lmdb';
import { checkRoom } from './disk-room.ts';
import { decodeLogRecord, decodeState, encodeLogRecord, encodeState, type LogRecord, maxLogRecordBytes, STATE_BYTES, type StateRecord } from './record.ts';

/** So much memory is kept from one transaction to the next. */
const MAX_SCRATCH_BYTES = 1 << 20;
const NOTHING: Buffer = Buffer.alloc(0);

/** A write as it goes to the disk. */
export interface TableWrite extends LogRecord {
  readonly expiresAt: number;
}

const FORMAT = 1;
/** Addresses set aside for the file, which costs nothing: without it each growth would leave an older view of the same pages behind, and memory would seem to hold them twice. */
const MAP_BYTES = 64 * 2 ** 30;

/**
 * What is on the disk: `log`, the writes by revision; `state`, the revisions of the current state by key; `meta`, the format and the
 * revision up to which the log was compacted. Only here is lmdb known, and it is loaded only when a folder is opened.
 */
export class Tables {
  readonly #dataDir: string;
  readonly #root: RootDatabase<Buffer, string>;
  readonly #log: Database<Buffer, number>;
  readonly #state: Database<Buffer, string>;
  readonly #meta: Database<string, string>;
  #scratch = NOTHING;

  private constructor(dataDir: string, root: RootDatabase<Buffer, string>) {
    this.#dataDir = dataDir;
    this.#root = root;
    this.#log = root.openDB<Buffer, number>({ name: 'log', encoding: 'binary', keyEncoding: 'ordered-binary' });
    this.#state = root.openDB<Buffer, string>({ name: 'state', encoding: 'binary', keyEncoding: 'ordered-binary' });
    this.#meta = root.openDB<string, string>({ name: 'meta', encoding: 'json', keyEncoding: 'ordered-binary' });
  }

  /** The folder must exist. `readOnly`: beside the server that writes it, if there is one. Throws when it holds a format that this version cannot read. */
  static async open(dataDir: string, { readOnly = false }: { readOnly?: boolean } = {}): Promise<Tables> {
    const path = databasePath(dataDir);
    checkIsDatabase(path);
    const { open } = await import('lmdb');
    // Without `overlappingSync` a transaction is committed once it is on the disk, and not before.
    // Batching by turns is ours: lmdb's own would leave rejections of a failed batch unhandled.
    const root = open<Buffer, string>({ path, encoding: 'binary', overlappingSync: false, eventTurnBatching: false, noMemInit: true, maxDbs: 3, pageSize: 8192, mapSize: MAP_BYTES, readOnly });
    if (!readOnly) for (const file of [path, `${path}-lock`]) chmodSync(file, 0o600);
    const tables = new Tables(dataDir, root);
    const format = tables.#meta.get('format');
    if (format === undefined ? readOnly : Number(format) !== FORMAT) {
      await tables.close();
      throw new Error(`${path} has the format ${format ?? 'of something else'}; this version reads ${FORMAT}`);
    }
    if (format === undefined) tables.#meta.putSync('format', String(FORMAT));
    return tables;
  }

  get compacted(): number {
    return Number(this.#meta.get('compacted') ?? 1);
  }

  get revision(): number {
    const [last] = [...this.#log.getKeys({ reverse: true, limit: 1 })];
    return Math.max(last ?? 1, this.compacted);
  }

  *states(): Generator<{ key: string } & StateRecord, void, void> {
    for (const { key, value } of this.#state.getRange()) yield { key, ...decodeState(value) };
  }

  read(revision: number): LogRecord | undefined {
    const buffer = this.#log.getBinary(revision);
    return buffer && decodeLogRecord(revision, buffer);
  }

  /** Records after one revision up to another, in order, `limit` at most. */
  readLog(after: number, upTo: number, limit: number): LogRecord[] {
    return [...this.#log.getRange({ start: after + 1, end: upTo + 1, limit })].map(({ key, value }) => decodeLogRecord(key, value));
  }

  /** Writes all or nothing; resolves once it is on the disk. */
  async write(writes: readonly TableWrite[]): Promise<void> {
    const room = writes.reduce((bytes, write) => bytes + maxLogRecordBytes(write) + STATE_BYTES, 0);
    checkRoom(this.#dataDir, room);
    const target = this.#takeScratch(room);
    await this.#transaction(() => {
      let start = 0;
      for (const write of writes) {
        const state = encodeLogRecord(write, target, start);
        void this.#log.put(write.revision, target.subarray(start, state));
        const createRevision = write.value ? write.createRevision : 0;
        start = encodeState({ modRevision: write.revision, createRevision, expiresAt: write.expiresAt }, target, state);
        void this.#state.put(write.key, target.subarray(state, start));
      }
    });
    if (target.length <= MAX_SCRATCH_BYTES) this.#scratch = target;
    const last = writes.at(-1)?.revision;
    if (last !== undefined && !this.#log.doesExist(last)) throw new Error(`the revision ${last} was not written`);
  }

  /** Memory for the records of a transaction, which lmdb reads until that has ended: nobody else gets it before it is given back. */
  #takeScratch(bytes: number): Buffer {
    const scratch = this.#scratch;
    this.#scratch = NOTHING;
    return scratch.length >= bytes ? scratch : Buffer.allocUnsafeSlow(bytes > MAX_SCRATCH_BYTES ? bytes : Math.min(2 * bytes, MAX_SCRATCH_BYTES));
  }

  /** Forgets `revisions` and deleted `keys`, and that there was anything up to `compacted`. */
  async compact(compacted: number, revisions: readonly number[], keys: readonly string[]): Promise<void> {
    checkRoom(this.#dataDir, 0);
    await this.#transaction(() => {
      for (const key of keys) void this.#state.remove(key);
      for (const revision of revisions) void this.#log.remove(revision);
      void this.#meta.put('compacted', String(compacted));
    });
  }

  async close(): Promise<void> {
    await this.#root.close();
  }

  async #transaction(action: () => void): Promise<void> {
    try {
      await this.#root.batch(action);
    } catch (error) {
      // The reason comes in a promise of its own.
      const reason = error instanceof Error && 'commitError' in error ? await reasonOf(error.commitError) : error;
      throw new Error('the transaction failed', { cause: reason });
    }
    this.#root.resetReadTxn();
  }
}

export function databasePath(dataDir: string): string {
  return join(dataDir, 'store.mdb');
}

/** LMDB's own mark, behind the head of the first page (mdb.c, MDB_MAGIC). */
const MAGIC = 0xbeefc0de;
const MAGIC_SEARCHED_BYTES = 64;

/** Throws Error for a file that LMDB did not write: it would break the process, not refuse it. A new or empty one is fine. */
function checkIsDatabase(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r');
  try {
    const head = Buffer.alloc(MAGIC_SEARCHED_BYTES);
    const bytes = readSync(file, head);
    const mark = Buffer.alloc(4);
    mark.writeUInt32LE(MAGIC);
    if (bytes > 0 && !head.includes(mark)) throw new Error(`${path} is damaged, or no store of kubets; move it away and restore a snapshot`);
  } finally {
    closeSync(file);
  }
}

async function reasonOf(promise: unknown): Promise<unknown> {
  try {
    return await promise;
  } catch (error) {
    return error;
  }
}
