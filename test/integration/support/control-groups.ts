import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

const PATIENCE_MS = 60_000;

/** Removes a tree of control groups from every hierarchy; waits for processes that are about to end in it. */
export async function removeControlGroups(name: string): Promise<void> {
  for (const hierarchy of await readdir(ROOT)) await removeGroup(join(ROOT, hierarchy, name));
  await removeGroup(join(ROOT, name));
}

async function removeGroup(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (!entries) return;
  for (const entry of entries) if (entry.isDirectory()) await removeGroup(join(folder, entry.name));
  for (const deadline = performance.now() + PATIENCE_MS; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
    try {
      return await rmdir(folder);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT') return;
      if (code !== 'EBUSY' || performance.now() > deadline) throw error;
    }
  }
}

/** The paths below `root` of what a `test` holds for. Groups of others come and go meanwhile, so that a folder may be gone before it is read. */
export async function findBelow(root: string, test: (path: string) => boolean, below = ''): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(join(root, below), { withFileTypes: true }).catch(goneMeanwhile)) {
    const path = join(below, entry.name);
    if (test(path)) found.push(path);
    if (entry.isDirectory()) found.push(...(await findBelow(root, test, path)));
  }
  return found;
}

function goneMeanwhile(error: NodeJS.ErrnoException): [] {
  if (error.code === 'ENOENT' || error.code === 'ENODEV') return [];
  throw error;
}
