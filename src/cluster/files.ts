import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFile, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const writeAside = promisify(writeFile);

/** Writes the whole file or nothing, and returns once it is on the disk; only its owner may read it. Folders are made as needed. */
export function writeFileDurably(path: string, content: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  const file = openSync(temporary, 'w', 0o600);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}

/** As `writeFileDurably`, while this thread goes on: the disk syncs several files at once. */
export async function writeFileDurablyAside(path: string, content: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const temporary = `${path}.new`;
  await writeAside(temporary, content, { mode: 0o600, flush: true });
  renameSync(temporary, path);
}

/** undefined when there is no such file. */
export function readIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
