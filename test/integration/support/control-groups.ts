import { readdir, rmdir } from 'node:fs/promises';
import { join } from 'node:path';

const ROOT = '/sys/fs/cgroup';

/** Removes a tree of control groups that no process is in, from every hierarchy. */
export async function removeControlGroups(name: string): Promise<void> {
  for (const hierarchy of await readdir(ROOT)) await removeGroup(join(ROOT, hierarchy, name));
  await removeGroup(join(ROOT, name));
}

async function removeGroup(folder: string): Promise<void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  if (!entries) return;
  for (const entry of entries) if (entry.isDirectory()) await removeGroup(join(folder, entry.name));
  await rmdir(folder);
}
