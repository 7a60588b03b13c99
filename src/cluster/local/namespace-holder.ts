import { spawn } from 'node:child_process';
import { shellLine } from '../../base/commands.ts';
import { allProcesses, environmentOf, isRunning, namespaceOf, recordProcess } from './processes.ts';
import type { NamespaceRecord } from './record.ts';

/** The variable of a holder's environment that says what it holds. */
const LABEL = 'KUBETS_HOLDER';

/** Which namespaces the holder has of its own. */
export type Namespaces = readonly ('net' | 'mount' | 'uts')[];

/**
 * Starts a process that does nothing but keep new namespaces open; it outlives this process. `setUp` are command lines run inside them first.
 * New mounts of the machine stay visible inside (slave), mounts made inside stay inside. Rejects with what a command wrote when one fails.
 */
export async function startHolder({ namespaces, setUp, label }: { namespaces: Namespaces; setUp: readonly (readonly string[])[]; label: string }): Promise<Required<NamespaceRecord>> {
  const script = [...setUp.map((argv) => shellLine(argv)), 'echo ready', 'exec sleep infinity </dev/null >/dev/null 2>&1'].join('\n');
  const flags = [...namespaces.map((name) => `--${name}`), ...(namespaces.includes('mount') ? ['--propagation', 'slave'] : [])];
  const child = spawn('unshare', [...flags, '--', 'sh', '-euc', script], {
    detached: true,
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH: process.env.PATH, [LABEL]: label },
  });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
  // The streams end when the script fails, or when it becomes the sleep that holds neither of them.
  const ended = [child.stdout, child.stderr].map((stream) => new Promise<void>((resolve) => stream.on('close', resolve)));
  const failed = new Promise<never>((_, reject) => child.on('error', reject));
  await Promise.race([Promise.all(ended), failed]);
  const record = child.pid === undefined || !out.endsWith('ready\n') ? undefined : await recordProcess(child.pid);
  if (!record) throw new Error(`the namespaces of ${label} could not be set up: ${err.trim()}`);
  child.unref();
  const mnt = await namespaceOf(record.pid, 'mnt');
  if (mnt === undefined) throw new Error(`the process that holds the namespaces of ${label} has ended: ${err.trim()}`);
  return { holder: record, mnt };
}

/** Holders by their labels: also those that were never recorded, because their maker was killed. */
export async function findHolders(isWanted: (label: string) => boolean): Promise<number[]> {
  const found: number[] = [];
  for (const pid of await allProcesses()) {
    const entry = (await environmentOf(pid)).find((one) => one.startsWith(`${LABEL}=`));
    if (entry !== undefined && isWanted(entry.slice(LABEL.length + 1))) found.push(pid);
  }
  return found;
}

/** Says whose namespaces a holder keeps; distinct over all clusters of the machine. `dataDir` is absolute. */
export function holderLabel(dataDir: string, name: string): string {
  return `${dataDir}//${name}`;
}

export async function holderRuns(record: NamespaceRecord): Promise<boolean> {
  return record.holder !== undefined && (await isRunning(record.holder));
}

/** What goes before a command line so that it runs inside the namespaces of process `pid`. */
export function inNamespaces(pid: number, namespaces: Namespaces): string[] {
  return ['nsenter', '--target', String(pid), ...namespaces.map((name) => `--${name}`), '--'];
}
