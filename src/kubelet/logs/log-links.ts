import { mkdir, readdir, readlink, rm, symlink } from 'node:fs/promises';
import { join } from 'node:path';

/** `/var/log/containers/<pod>_<namespace>_<container>-<id>.log`: where collectors of logs look. Source: kuberuntime, legacyLogSymlink. */
export async function linkLog(folder: string, log: { readonly pod: string; readonly namespace: string; readonly container: string; readonly id: string; readonly path: string }): Promise<void> {
  await mkdir(folder, { recursive: true });
  const link = join(folder, `${log.pod}_${log.namespace}_${log.container}-${log.id}.log`);
  await rm(link, { force: true });
  await symlink(log.path, link);
}

/** Removes the links that lead to `path` or into it. */
export async function unlinkLogs(folder: string, path: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const link = join(folder, name);
    const target = await readlink(link).catch(() => undefined);
    if (target === path || target?.startsWith(`${path}/`)) await rm(link, { force: true });
  }
}
