import { mkdir, readFile, readdir, rmdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Clock } from '../../base/clock.ts';

const MAX_TRIES = 100;

/** A mounted tree of cgroups. */
export interface CgroupHierarchy {
  readonly mountPoint: string;
  readonly version: 1 | 2;
  /** Mount options, which name the controllers of a hierarchy of version 1. */
  readonly options: readonly string[];
}

/** The hierarchies in a text of the form of /proc/self/mounts; what is mounted twice counts once. */
export function cgroupHierarchies(mounts: string): CgroupHierarchy[] {
  const byMountPoint = new Map<string, CgroupHierarchy>();
  for (const line of mounts.split('\n')) {
    const [, mountPoint = '', type, options = ''] = line.split(' ');
    if (type === 'cgroup' || type === 'cgroup2') byMountPoint.set(mountPoint, { mountPoint, version: type === 'cgroup' ? 1 : 2, options: options.split(',') });
  }
  return [...byMountPoint.values()];
}

export async function readHierarchies(): Promise<CgroupHierarchy[]> {
  return cgroupHierarchies(await readFile('/proc/self/mounts', 'utf8'));
}

/**
 * Makes the cgroup `path` (such as `/kubets-default/node-1`) in every hierarchy, ready to hold others: its CPUs and memory nodes filled in
 * (version 1 leaves them empty, and then no process can enter), the parents' controllers handed on (version 2).
 */
export async function createCgroup(path: string, hierarchies: readonly CgroupHierarchy[]): Promise<void> {
  for (const hierarchy of hierarchies) {
    for (let tries = 1; ; tries++) {
      try {
        await createIn(hierarchy, path);
        break;
      } catch (error) {
        // Somebody who removes a cgroup beside this one takes the parent with it while that is still empty.
        if (!hasCode(error, 'ENOENT') && !hasCode(error, 'ENODEV')) throw error;
        if (tries === MAX_TRIES) throw error;
      }
    }
  }
}

async function createIn({ mountPoint, version, options }: CgroupHierarchy, path: string): Promise<void> {
  for (const level of levelsOf(path)) {
    const directory = join(mountPoint, level);
    if (version === 2) await handOnControllers(dirname(directory));
    await mkdir(directory, { recursive: true });
    if (version === 1 && options.includes('cpuset')) {
      await inherit(directory, 'cpuset.cpus');
      await inherit(directory, 'cpuset.mems');
    }
  }
  if (version === 2) await handOnControllers(join(mountPoint, path));
}

/** Every process in the cgroup and below it, in all hierarchies. */
export async function processesInCgroup(path: string, hierarchies: readonly CgroupHierarchy[]): Promise<number[]> {
  const found = new Set<number>();
  for (const { mountPoint, version } of hierarchies) {
    for (const directory of await treeOf(join(mountPoint, path))) {
      if (version === 1) await thaw(directory);
      const text = await readIfThere(join(directory, 'cgroup.procs'));
      for (const pid of (text ?? '').split('\n')) if (pid !== '') found.add(Number(pid));
    }
  }
  return [...found];
}

/** Removes the cgroup, those below it, and its parents as far as they are then empty. The kernel needs a moment after the last process: asks again for half a minute, as it may be busy. */
export async function removeCgroup(path: string, hierarchies: readonly CgroupHierarchy[], clock: Clock, signal: AbortSignal): Promise<void> {
  const deadline = clock.monotonic() + 30_000;
  for (const { mountPoint } of hierarchies) {
    for (const directory of (await treeOf(join(mountPoint, path))).toReversed()) {
      while ((await removeDirectory(directory)) === 'busy') {
        if (clock.monotonic() > deadline) throw new Error(`the cgroup ${directory} stays busy: a process is left in it`);
        await clock.sleep(10, signal);
      }
    }
    for (const parent of levelsOf(path).slice(0, -1).toReversed()) await removeDirectory(join(mountPoint, parent));
  }
}

function levelsOf(path: string): string[] {
  const names = path.split('/').filter((name) => name !== '');
  return names.map((_, index) => `/${names.slice(0, index + 1).join('/')}`);
}

/** The directory and all below it, parents first; empty when it is not there. */
async function treeOf(directory: string): Promise<string[]> {
  try {
    const entries = await readdir(directory, { withFileTypes: true });
    const below = await Promise.all(entries.filter((entry) => entry.isDirectory()).map((entry) => treeOf(join(directory, entry.name))));
    return [directory, ...below.flat()];
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return [];
    throw error;
  }
}

async function removeDirectory(directory: string): Promise<'removed' | 'busy'> {
  try {
    await rmdir(directory);
    return 'removed';
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return 'removed';
    if (hasCode(error, 'EBUSY') || hasCode(error, 'ENOTEMPTY')) return 'busy';
    throw error;
  }
}

async function inherit(directory: string, file: string): Promise<void> {
  const own = await readFile(join(directory, file), 'utf8');
  if (own.trim() === '') await writeFile(join(directory, file), await readFile(join(dirname(directory), file), 'utf8'));
}

async function handOnControllers(directory: string): Promise<void> {
  const available = (await readFile(join(directory, 'cgroup.controllers'), 'utf8')).trim().split(' ');
  const given = (await readFile(join(directory, 'cgroup.subtree_control'), 'utf8')).trim().split(' ');
  const missing = available.filter((name) => name !== '' && !given.includes(name));
  if (missing.length > 0) await writeFile(join(directory, 'cgroup.subtree_control'), missing.map((name) => `+${name}`).join(' '));
}

/** A frozen process of version 1 takes no signal, not even SIGKILL. */
async function thaw(directory: string): Promise<void> {
  if ((await readIfThere(join(directory, 'freezer.state')))?.startsWith('FR')) await writeFile(join(directory, 'freezer.state'), 'THAWED');
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (hasCode(error, 'ENOENT') || hasCode(error, 'ENODEV')) return undefined; // ENODEV: the cgroup was removed while its file was open
    throw error;
  }
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
