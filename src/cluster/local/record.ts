import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProcessRecord } from './processes.ts';

/**
 * What a local cluster has put on the machine, in `<dataDir>/local-network.json`. Written before each thing is made, so that whatever a crash
 * leaves behind is listed.
 */
export interface LocalRecord {
  readonly version: 1;
  /** From /proc/sys/kernel/random/boot_id: after a restart of the machine, only files and directories are left. */
  readonly bootID: string;
  readonly cluster: string;
  /** The host's end of the link to the nodes. */
  readonly link: string;
  /** The nodes' range in CIDR notation; the host has its first address. */
  readonly range: string;
  readonly network: NamespaceRecord;
  readonly machines: readonly MachineRecord[];
  /** Arguments for `ip route del`, of routes that do not vanish with the link. */
  readonly routes: readonly string[];
  /** Settings of the machine that were changed, with what they were. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** Empty directories made to mount on, parents first. */
  readonly directories: readonly string[];
}

/** Namespaces that a process holds open which does nothing else. */
export interface NamespaceRecord {
  readonly holder?: ProcessRecord;
  /** The mount namespace's name as in /proc/PID/ns, by which processes are found that outlive the holder. */
  readonly mnt?: string;
}

export interface MachineRecord extends NamespaceRecord {
  readonly name: string;
  readonly index: number;
  readonly ip: string;
  readonly cgroup: string;
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'local-network.json');
}

/** Undefined when there is none. Throws when the file is damaged, naming it. */
export async function readRecord(dataDir: string): Promise<LocalRecord | undefined> {
  let text: string;
  try {
    text = await readFile(fileOf(dataDir), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as LocalRecord;
  } catch (error) {
    throw new Error(`${fileOf(dataDir)} is damaged; what it lists cannot be removed by itself any more`, { cause: error });
  }
}

export async function writeRecord(dataDir: string, record: LocalRecord): Promise<void> {
  await mkdir(dataDir, { recursive: true });
  const file = fileOf(dataDir);
  await writeFile(`${file}.new`, `${JSON.stringify(record, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
}

export async function deleteRecord(dataDir: string): Promise<void> {
  await rm(fileOf(dataDir), { force: true });
  await rm(`${fileOf(dataDir)}.new`, { force: true });
}

export async function currentBootID(): Promise<string> {
  return (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
}
