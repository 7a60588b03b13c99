import { readFile } from 'node:fs/promises';

/** Where the control groups of this machine are. */
export interface CgroupHierarchies {
  readonly version: 1 | 2;
  /** Version 1: by controller (`cpu`, `memory`, `pids`, ...). Version 2: the one under `unified`. */
  readonly mountPoints: ReadonlyMap<string, string>;
}

const CONTROLLERS = ['cpu', 'cpuacct', 'cpuset', 'memory', 'pids', 'devices', 'freezer', 'blkio', 'hugetlb', 'net_cls', 'net_prio', 'perf_event'];

/** Reads the text of `/proc/self/mounts`. */
export function parseHierarchies(mounts: string): CgroupHierarchies {
  const mountPoints = new Map<string, string>();
  let unified: string | undefined;
  for (const line of mounts.split('\n')) {
    const [, path = '', type, options = ''] = line.split(' ');
    if (type === 'cgroup2') unified ??= path;
    if (type !== 'cgroup') continue;
    for (const controller of options.split(',')) if (CONTROLLERS.includes(controller) && !mountPoints.has(controller)) mountPoints.set(controller, path);
  }
  if (mountPoints.size === 0 && unified !== undefined) return { version: 2, mountPoints: new Map([['unified', unified]]) };
  return { version: 1, mountPoints };
}

export async function readHierarchies(): Promise<CgroupHierarchies> {
  return parseHierarchies(await readFile('/proc/self/mounts', 'utf8'));
}
