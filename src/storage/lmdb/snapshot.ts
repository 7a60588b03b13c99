import { chmod, copyFile, mkdir, readdir } from 'node:fs/promises';
import { databasePath, Tables } from './tables.ts';

/** Makes a data folder from a copy that `LmdbStore.createSnapshot` wrote. Throws when the folder is not empty or the file is no such copy. */
export async function restoreSnapshot(path: string, dataDir: string): Promise<void> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  if ((await readdir(dataDir)).length > 0) throw new Error(`the data folder ${dataDir} is not empty`);
  await copyFile(path, databasePath(dataDir));
  await chmod(databasePath(dataDir), 0o600);
  const tables = await Tables.open(dataDir, { mustHold: true });
  await tables.close();
}
