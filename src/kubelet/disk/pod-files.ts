import { existsSync } from 'node:fs';
import type { Commands } from '../../base/commands.ts';
import type { PodFiles } from '../eviction/pod-usage.ts';

/** Where a pod's files lie. */
export interface PodFolders {
  readonly uid: string;
  /** A folder for each container. */
  readonly logs: string;
  /** A folder for each emptyDir. */
  readonly emptyDirs: string;
}

const KIBI = 1024;

/** How much the folders of pods hold on their own file system, asked of `du` once for all of them. What vanishes meanwhile counts nothing. */
export async function podFiles(pods: readonly PodFolders[], commands: Commands, signal: AbortSignal): Promise<Map<string, PodFiles>> {
  const found = pods.flatMap(({ logs, emptyDirs }) => [logs, emptyDirs]).filter(existsSync);
  const listing = found.length === 0 ? '' : await commands.run(['sh', '-c', 'du -kx -d 1 -- "$@" 2> /dev/null || true', 'sh', ...found], { signal });
  const sizes = new Map(listing.split('\n').flatMap((line): [string, number][] => {
    const tab = line.indexOf('\t');
    return tab < 0 ? [] : [[line.slice(tab + 1), Number(line.slice(0, tab)) * KIBI]];
  }));
  return new Map(pods.map(({ uid, logs, emptyDirs }) => [uid, { logs: within(sizes, logs), emptyDirs: within(sizes, emptyDirs) }]));
}

function within(sizes: ReadonlyMap<string, number>, folder: string): Map<string, number> {
  const prefix = `${folder}/`;
  return new Map([...sizes].filter(([path]) => path.startsWith(prefix)).map(([path, bytes]) => [path.slice(prefix.length), bytes]));
}
