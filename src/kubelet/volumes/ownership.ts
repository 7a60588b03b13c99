import { chmod, lchown, lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';

/** Whether the group has all that `giveToGroup` would give it at the top, which then goes for what is below. Source: pkg/volume, requiresPermissionChange. */
export async function isOfGroup(root: string, group: number): Promise<boolean> {
  const { gid, mode } = await lstat(root);
  return gid === group && (mode & 0o2060) === 0o2060;
}

/** Gives everything under `root` to the group, which may read and write it; new files in folders get the group too. Source: pkg/volume, SetVolumeOwnership. */
export async function giveToGroup(root: string, group: number): Promise<void> {
  const stats = await lstat(root);
  await lchown(root, stats.uid, group);
  if (stats.isSymbolicLink()) return;
  await chmod(root, (stats.mode & 0o7777) | (stats.isDirectory() ? 0o2070 : 0o060));
  if (stats.isDirectory()) for (const entry of await readdir(root)) await giveToGroup(join(root, entry), group);
}
