import { join } from 'node:path';
import { readIfExists, writeFileDurably } from './files.ts';

/** Where the API server of a data folder listens, in `<data-dir>/server.json`: written by the server, read by commands on the same machine. */
export function writeServerRecord(dataDir: string, server: string): void {
  writeFileDurably(join(dataDir, 'server.json'), `${JSON.stringify({ server })}\n`);
}

/** `https://127.0.0.1:6443`. Throws when no server has run with this folder. */
export function serverOf(dataDir: string): string {
  const text = readIfExists(join(dataDir, 'server.json'));
  if (text === undefined) throw new Error(`no server has run with the data folder ${dataDir}; start one with "kubets up" or "kubets server", or name its --data-dir`);
  return (JSON.parse(text) as { server: string }).server;
}
