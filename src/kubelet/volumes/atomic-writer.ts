import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rename, rm, symlink, writeFile, chmod, chown, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';

export interface ProjectedFile {
  readonly content: Uint8Array;
  readonly mode: number;
  /** The owner, where it is not root. */
  readonly uid?: number;
}

/** By path, relative, without `..`. */
export type Payload = ReadonlyMap<string, ProjectedFile>;

const DATA = '..data';

/**
 * Makes `folder` hold `payload` in one step for every reader: files are written to a new directory, and the link `..data` is swung to it. What
 * a reader sees by name are links through `..data`. Gives whether anything changed. Source: pkg/volume/util, AtomicWriter.
 */
export async function writeAtomically(folder: string, payload: Payload, fsGroup?: number): Promise<boolean> {
  for (const path of payload.keys()) assertSafe(path);
  await mkdir(folder, { recursive: true, mode: 0o755 });
  const before = await readlink(join(folder, DATA)).catch(() => undefined);
  if (before !== undefined && (await holds(join(folder, before), payload))) {
    await linkNames(folder, payload); // whoever was killed after the swing has not made them all
    return false;
  }
  // `join` would take the two dots for the parent.
  const next = await mkdtemp(`${folder}/..`);
  await chmod(next, 0o755);
  for (const [path, file] of payload) await writeOne(next, path, file, fsGroup);
  const name = next.slice(folder.length + 1);
  const temporary = join(folder, '..data_tmp');
  await rm(temporary, { force: true });
  await symlink(name, temporary);
  await rename(temporary, join(folder, DATA));
  await linkNames(folder, payload);
  if (before !== undefined) await rm(join(folder, before), { recursive: true, force: true });
  return true;
}

function assertSafe(path: string): void {
  const parts = path.split('/');
  if (path === '' || path.startsWith('/') || parts.includes('..') || parts[0]?.startsWith('..')) throw new RangeError(`invalid path of a file in a volume: ${path}`);
}

async function writeOne(root: string, path: string, file: ProjectedFile, fsGroup: number | undefined): Promise<void> {
  const target = join(root, path);
  if (path.includes('/')) await mkdir(dirname(target), { recursive: true, mode: 0o755 });
  await writeFile(target, file.content);
  // With a group the group may read what the owner may.
  await chmod(target, fsGroup === undefined ? file.mode : file.mode | 0o440);
  if (file.uid !== undefined || fsGroup !== undefined) await chown(target, file.uid ?? 0, fsGroup ?? 0);
}

async function holds(root: string, payload: Payload): Promise<boolean> {
  const present = await readdir(root, { recursive: true, withFileTypes: true }).catch(() => []);
  if (present.filter((entry) => !entry.isDirectory()).length !== payload.size) return false;
  for (const [path, { content }] of payload) {
    const there = await readFile(join(root, path)).catch(() => undefined);
    if (!there || !there.equals(content)) return false;
  }
  return true;
}

/** A link for the first part of each path; links of parts that are gone are taken away. */
async function linkNames(folder: string, payload: Payload): Promise<void> {
  const wanted = new Set([...payload.keys()].map((path) => path.split('/')[0] ?? ''));
  for (const entry of await readdir(folder)) if (!entry.startsWith('..') && !wanted.has(entry)) await unlink(join(folder, entry));
  for (const name of wanted) {
    const link = join(folder, name);
    if (!(await lstat(link).catch(() => undefined))) await symlink(join(DATA, name), link);
  }
}
