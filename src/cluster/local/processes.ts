import { readFile, readdir, readlink } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';

/** A process as a file can remember it: a pid alone may be another process by the time it is read. */
export interface ProcessRecord {
  readonly pid: number;
  /** Clock ticks from boot to the start of the process (field 22 of /proc/PID/stat). */
  readonly startTicks: string;
}

export async function recordProcess(pid: number): Promise<ProcessRecord | undefined> {
  const stat = await statOf(pid);
  return stat && stat.state !== 'Z' ? { pid, startTicks: stat.startTicks } : undefined;
}

/** Whether the very process that was recorded still runs. */
export async function isRunning(record: ProcessRecord): Promise<boolean> {
  return (await recordProcess(record.pid))?.startTicks === record.startTicks;
}

/** The process's namespace as the kernel names it, such as `net:[4026531840]`; undefined when the process is gone. */
export async function namespaceOf(pid: number, kind: 'net' | 'mnt' | 'uts'): Promise<string | undefined> {
  try {
    return await readlink(`/proc/${pid}/ns/${kind}`);
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

export async function allProcesses(): Promise<number[]> {
  return (await readdir('/proc')).filter((name) => /^\d+$/.test(name)).map(Number);
}

/**
 * The processes in the mount namespace `mnt` (as `namespaceOf` names it), provided that `mountPoint` is mounted there from `source`: the kernel
 * gives the number of a namespace that is gone to a new one, which may be anybody's.
 */
export async function processesInMountNamespace({ mnt, mountPoint, source }: { mnt: string; mountPoint: string; source: string }): Promise<number[]> {
  const found: number[] = [];
  for (const pid of await allProcesses()) if ((await namespaceOf(pid, 'mnt')) === mnt) found.push(pid);
  for (const pid of found) {
    const mounts = await mountInfo(pid);
    if (mounts) return mounts.some((mount) => mount.mountPoint === mountPoint && source.endsWith(mount.root) && mount.root !== '/') ? found : [];
  }
  return [];
}

export interface Mount {
  /** The directory within the mounted file system. */
  readonly root: string;
  readonly mountPoint: string;
}

/** What is mounted in the process's namespace; undefined when the process is gone. */
export async function mountInfo(pid: number): Promise<Mount[] | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/mountinfo`, 'utf8');
    return text.split('\n').filter((line) => line !== '').map((line) => {
      const fields = line.split(' ');
      return { root: unescapeOctal(fields[3] ?? ''), mountPoint: unescapeOctal(fields[4] ?? '') };
    });
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

function unescapeOctal(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 8)));
}

/** `NAME=value` texts as the process got them; none when it is gone. */
export async function environmentOf(pid: number): Promise<string[]> {
  try {
    return (await readFile(`/proc/${pid}/environ`, 'utf8')).split('\0');
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** Kills whatever `find` finds, again until it finds nothing: a process may start others while it is being killed. Throws after `timeoutMs`. */
export async function killAll(find: () => Promise<number[]>, { clock, timeoutMs, signal }: { clock: Clock; timeoutMs: number; signal: AbortSignal }): Promise<void> {
  const deadline = clock.monotonic() + timeoutMs;
  for (let waitMs = 2; ; waitMs = Math.min(waitMs * 2, 100)) {
    const alive: number[] = [];
    for (const pid of await find()) if (pid !== process.pid && (await recordProcess(pid))) alive.push(pid);
    if (alive.length === 0) return;
    for (const pid of alive) kill(pid);
    if (clock.monotonic() > deadline) throw new Error(`processes ${alive.join(', ')} do not end, even though they were killed ${timeoutMs / 1000} s ago`);
    await clock.sleep(waitMs, signal);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

async function statOf(pid: number): Promise<{ state: string; startTicks: string } | undefined> {
  try {
    const text = await readFile(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' '); // the name before may hold spaces and brackets
    return { state: fields[0] ?? '', startTicks: fields[19] ?? '' };
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Processes end while one looks at them. One that even root may not look at (EACCES) is not ours. */
function isGone(error: unknown): boolean {
  return error instanceof Error && 'code' in error && ['ENOENT', 'ESRCH', 'EINVAL', 'EACCES'].includes(String(error.code));
}
