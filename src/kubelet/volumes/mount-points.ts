import { readFile } from 'node:fs/promises';

/** The mount points at or under `root`, the deepest first. */
export async function mountPointsUnder(root: string): Promise<string[]> {
  const paths = (await readFile('/proc/self/mounts', 'utf8')).split('\n').map((line) => (line.split(' ')[1] ?? '').replaceAll('\\040', ' '));
  return paths.filter((path) => path === root || path.startsWith(`${root}/`)).sort().reverse();
}

export async function isMountPoint(path: string): Promise<boolean> {
  return (await mountPointsUnder(path)).includes(path);
}
