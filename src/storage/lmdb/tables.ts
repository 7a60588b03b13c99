import { chmodSync, closeSync, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { type Databases, databasesOpener } from './databases.ts';
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
/**
 * The kernel counts each page of the file that was looked at as memory of the process, and a commit looks at pages near all that it writes. After so many bytes the file is opened anew, which
 * gives them back to the kernel's cache: a millisecond, in which nothing is written or read.
 */
const VIEWED_BYTES = 16 * 2 ** 20;
/** What a transaction looks at besides its records: pages of the trees on the way to them. */
const TRANSACTION_BYTES = 16 * 2 ** 10;

/**
 * What is on the disk: `log`, the writes by revision; `state`, the revisions of the current state by key; `meta`, the format and the
 * revision up to which the log was compacted. Only in this folder is lmdb known, and it is loaded only when a folder is opened.
 */
export class Tables {
  readonly #dataDir: string;
  readonly #open: () => Databases;
  #opened: Databases | undefined;
  #isClosed = false;
  #scratch = NOTHING;
  /** Since the file was opened. */
  #viewedBytes = 0;
  #transactions = 0;
  #reopening: Promise<void> | undefined;

  private constructor(dataDir: string, open: () => Databases) {
    this.#dataDir = dataDir;
    this.#open = open;
  }

  /** The folder must exist. `readOnly`: beside the server that writes it, if there is one. Throws when it holds a format that this version cannot read. */
  static async open(dataDir: string, { readOnly = false }: { readOnly?: boolean } = {}): Promise<Tables> {
    const path = databasePath(dataDir);
    checkIsDatabase(path);
    const { open } = await import('lmdb');
    const tables = new Tables(dataDir, databasesOpener(open, path, readOnly));
    const { meta } = tables.#databases;
    if (!readOnly) for (const file of [path, `${path}-lock`]) chmodSync(file, 0o600);
    const format = meta.get('format');
    if (format === undefined ? readOnly : Number(format) !== FORMAT) {
      await tables.close();
      throw new Error(`${path} has the format ${format ?? 'of something else'}; this version reads ${FORMAT}`);
    }
    if (format === undefined) meta.putSync('format', String(FORMAT));
    return tables;
  }

  get compacted(): number {
    return Number(this.#databases.meta.get('compacted') ?? 1);
  }

  get revision(): number {
    const [last] = [...this.#databases.log.getKeys({ reverse: true, limit: 1 })];
    return Math.max(last ?? 1, this.compacted);
  }

  *states(): Generator<{ key: string } & StateRecord, void, void> {
    for (const { key, value } of this.#databases.state.getRange()) yield { key, ...decodeState(value) };
  }

  read(revision: number): LogRecord | undefined {
    const buffer = this.#databases.log.getBinary(revision);
    if (!buffer) return undefined;
    this.#viewedBytes += buffer.length;
    return decodeLogRecord(revision, buffer);
  }

  /** Records after one revision up to another, in order, `limit` at most. */
  readLog(after: number, upTo: number, limit: number): LogRecord[] {
    return [...this.#databases.log.getRange({ start: after + 1, end: upTo + 1, limit })].map(({ key, value }) => {
      this.#viewedBytes += value.length;
      return decodeLogRecord(key, value);
    });
  }

  /** Writes all or nothing; resolves once it is on the disk. */
  async write(writes: readonly TableWrite[]): Promise<void> {
    const room = writes.reduce((bytes, write) => bytes + maxLogRecordBytes(write) + STATE_BYTES, 0);
    checkRoom(this.#dataDir, room);
    const target = this.#takeScratch(room);
    await this.#transaction(({ log, state: states }) => {
      let start = 0;
      for (const write of writes) {
        const state = encodeLogRecord(write, target, start);
        void log.put(write.revision, target.subarray(start, state));
        const createRevision = write.value ? write.createRevision : 0;
        start = encodeState({ modRevision: write.revision, createRevision, expiresAt: write.expiresAt }, target, state);
        void states.put(write.key, target.subarray(state, start));
      }
    });
    if (target.length <= MAX_SCRATCH_BYTES) this.#scratch = target;
    this.#viewedBytes += room;
    const last = writes.at(-1)?.revision;
    if (last !== undefined && !this.#databases.log.doesExist(last)) throw new Error(`the revision ${last} was not written`);
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
    await this.#transaction(({ root, log, state, meta }) => {
      root.readerCheck(); // who was killed while it read (`kubets snapshot`) would keep all pages of then, and the file would grow for ever
      for (const key of keys) void state.remove(key);
      for (const revision of revisions) void log.remove(revision);
      void meta.put('compacted', String(compacted));
    });
  }

  async close(): Promise<void> {
    await this.#reopening;
    this.#isClosed = true;
    await this.#opened?.root.close();
  }

  /** Opened when it is not: a file that could not be opened again is tried by the next who needs it, and tells him what is wrong. */
  get #databases(): Databases {
    if (this.#isClosed) throw new Error('the tables are closed');
    return (this.#opened ??= this.#open());
  }

  async #transaction(action: (databases: Databases) => void): Promise<void> {
    await this.#reopening;
    this.#transactions++;
    try {
      const databases = this.#databases;
      await databases.root.batch(() => action(databases));
      databases.root.resetReadTxn();
    } catch (error) {
      // The reason comes in a promise of its own.
      const reason = error instanceof Error && 'commitError' in error ? await reasonOf(error.commitError) : error;
      throw new Error('the transaction failed', { cause: reason });
    } finally {
      this.#transactions--;
      this.#viewedBytes += TRANSACTION_BYTES;
      if (this.#viewedBytes > VIEWED_BYTES) this.#reopening ??= this.#reopen();
    }
  }

  /** Closes the file, which the next who needs it opens again, unless a transaction is under way: then the end of that one does it. */
  async #reopen(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (this.#transactions === 0 && this.#opened && !this.#isClosed) {
      const { root } = this.#opened;
      this.#opened = undefined;
      this.#viewedBytes = 0;
      await root.close();
    }
    this.#reopening = undefined;
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
