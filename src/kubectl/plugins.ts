import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { getSystemErrorMessage } from 'node:util';

type Env = Readonly<Record<string, string | undefined>>;

/** Programs `kubectl-...` of the path, in its order; `onUnreadable` is told of folders that cannot be read, and why. */
export function pluginPaths(env: Env, onUnreadable: (folder: string, why: string) => void): string[] {
  return pathFolders(env).flatMap((folder) => namesIn(folder, onUnreadable).filter((name) => name.startsWith('kubectl-')).map((name) => join(folder, name)));
}

export function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/**
 * Runs the plugin whose name is the longest run of the leading words: `kubectl a b c` runs `kubectl-a-b` with `c`. Resolves with its exit code;
 * undefined when there is none. Source: kubernetes.io, "Extend kubectl with plugins".
 */
export async function runPlugin(argv: readonly string[], env: Env): Promise<number | undefined> {
  const firstFlag = argv.findIndex((word) => word.startsWith('-'));
  const words = firstFlag < 0 ? argv : argv.slice(0, firstFlag);
  for (let count = words.length; count > 0; count--) {
    const name = `kubectl-${words.slice(0, count).map((word) => word.replaceAll('-', '_')).join('-')}`;
    const path = pathFolders(env).map((folder) => join(folder, name)).find(isExecutable);
    if (path === undefined) continue;
    const child = spawn(path, argv.slice(count), { stdio: 'inherit', env });
    const [code] = (await once(child, 'close')) as [number | null];
    return code ?? 1;
  }
  return undefined;
}

/** The folders of the path, each once. */
export function pathFolders(env: Env): string[] {
  return [...new Set((env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''))];
}

function namesIn(folder: string, onUnreadable: (folder: string, why: string) => void): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const { errno } = error as NodeJS.ErrnoException;
    if (errno === undefined) throw error;
    onUnreadable(folder, getSystemErrorMessage(errno));
    return [];
  }
}
