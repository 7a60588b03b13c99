import { join } from 'node:path';
import { readIfExists, writeFileDurably } from './files.ts';
import type { ProcessRecord } from './local/processes.ts';

/** What `kubets up` remembers of a cluster, in `<data-dir>/cluster.json`. */
export interface ClusterRecord {
  readonly version: 1;
  readonly name: string;
  readonly server: string;
  readonly runtime: 'containerd' | 'simulated';
  readonly processes: readonly ClusterProcess[];
}

export interface ClusterProcess extends ProcessRecord {
  /** `server`, the name of a node, or `simulated-nodes`. */
  readonly role: string;
  /** What it was started with, where that may be another one the next time. */
  readonly command?: readonly string[];
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'cluster.json');
}

/** undefined when the folder holds no cluster. Throws when the file is damaged, naming it. */
export function readClusterRecord(dataDir: string): ClusterRecord | undefined {
  const text = readIfExists(fileOf(dataDir));
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text) as ClusterRecord;
  } catch (error) {
    throw new Error(`${fileOf(dataDir)} is damaged; move it away and run "kubets up" again`, { cause: error });
  }
}

export function writeClusterRecord(dataDir: string, record: ClusterRecord): void {
  writeFileDurably(fileOf(dataDir), `${JSON.stringify(record, undefined, 2)}\n`);
}
