import { statSync } from 'node:fs';
import type { Database, open as openLmdb, RootDatabase } from 'lmdb';

/** Addresses set aside for the file, which costs nothing: without it each growth would leave an older view of the same pages behind, and memory would seem to hold them twice. */
const MAP_BYTES = 64 * 2 ** 30;

/** The file as LMDB has it open: `root` for transactions, and the three databases in it. */
export interface Databases {
  readonly root: RootDatabase<Buffer, string>;
  readonly log: Database<Buffer, number>;
  readonly state: Database<Buffer, string>;
  readonly meta: Database<string, string>;
}

/**
 * Gives a function that opens the file, and opens it again after it was closed; that throws Error when the file is another one by then: a new one would be made in its place.
 * `open`: of the package lmdb, which is loaded only when a folder is opened.
 */
export function databasesOpener(open: typeof openLmdb, path: string, readOnly: boolean): () => Databases {
  let known: number | undefined;
  return () => {
    if (known !== undefined && statSync(path, { throwIfNoEntry: false })?.ino !== known) throw new Error(`${path} was moved or replaced while it was in use`);
    const databases = openDatabases(open, path, readOnly);
    known ??= statSync(path).ino;
    return databases;
  };
}

function openDatabases(open: typeof openLmdb, path: string, readOnly: boolean): Databases {
  // Without `overlappingSync` a transaction is committed once it is on the disk, and not before.
  // Batching by turns is ours: lmdb's own would leave rejections of a failed batch unhandled.
  const root = open<Buffer, string>({ path, encoding: 'binary', overlappingSync: false, eventTurnBatching: false, noMemInit: true, maxDbs: 3, pageSize: 8192, mapSize: MAP_BYTES, readOnly });
  return {
    root,
    log: root.openDB<Buffer, number>({ name: 'log', encoding: 'binary', keyEncoding: 'ordered-binary' }),
    state: root.openDB<Buffer, string>({ name: 'state', encoding: 'binary', keyEncoding: 'ordered-binary' }),
    meta: root.openDB<string, string>({ name: 'meta', encoding: 'json', keyEncoding: 'ordered-binary' }),
  };
}
