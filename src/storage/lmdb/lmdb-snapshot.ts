import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import type { Snapshot } from '../snapshot/read.ts';
import { SnapshotError, type SnapshotRecord } from '../snapshot/record.ts';
import { writeSnapshot } from '../snapshot/write.ts';
import { DataDirLock } from './data-dir-lock.ts';
import { databasePath, Tables } from './tables.ts';

const BATCH = 500;

/** Writes the state of the store in `dataDir` to a file, whether or not a server uses it now. `more`: keys besides. Gives the number of keys and the revision. */
export async function saveLmdb(options: { dataDir: string; path: string; takenAt: string; more: (revision: number) => readonly SnapshotRecord[] }): Promise<{ keys: number; revision: number }> {
  const { dataDir, path, takenAt, more } = options;
  if (!existsSync(databasePath(dataDir))) throw new SnapshotError(`there is no store in ${dataDir}; name the --data-dir of a server`);
  const tables = await Tables.open(dataDir, { readOnly: true });
  try {
    // All within one turn: one read transaction, so one revision.
    const { revision } = tables;
    const keys = await writeSnapshot(path, { revision, takenAt }, recordsOf(tables, more(revision)));
    return { keys, revision };
  } finally {
    await tables.close();
  }
}

function* recordsOf(tables: Tables, more: readonly SnapshotRecord[]): Generator<SnapshotRecord, void, void> {
  for (const { key, modRevision, createRevision, expiresAt } of tables.states()) {
    if (createRevision === 0) continue;
    const value = tables.read(modRevision)?.value;
    if (!value) throw new SnapshotError(`the store does not hold ${key} of revision ${modRevision}`);
    yield { key, value, createRevision, modRevision, expiresAt };
  }
  yield* more;
}

/** Makes the store of a new data folder from a snapshot: the same keys at the same revisions, without history. Throws SnapshotError when the folder holds one. */
export async function restoreLmdb(snapshot: Snapshot, dataDir: string, isWanted: (record: SnapshotRecord) => boolean): Promise<void> {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 });
  if (readdirSync(dataDir).length > 0) throw new SnapshotError(`${dataDir} holds a store already; restore into a new --data-dir`);
  using _lock = new DataDirLock(dataDir);
  const tables = await Tables.open(dataDir);
  try {
    let batch: SnapshotRecord[] = [];
    const write = async (): Promise<void> => {
      await tables.write(batch.map(({ modRevision, ...record }) => ({ ...record, revision: modRevision, before: 0 })));
      batch = [];
    };
    for (const record of snapshot.records()) {
      if (!isWanted(record)) continue;
      if (batch.push(record) >= BATCH) await write();
    }
    if (batch.length > 0) await write();
    await tables.compact(snapshot.revision, [], []);
    await tables.close();
  } catch (error) {
    await tables.close();
    rmSync(dataDir, { recursive: true });
    throw error;
  }
}
