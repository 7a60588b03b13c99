import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Clock } from '../base/clock.ts';
import { isRunning, recordProcess, type ProcessRecord } from './local/processes.ts';

/** Starts a process that outlives this one, its output appended to `logFile`. Resolves once it runs. */
export async function startDetached(command: readonly string[], options: { logFile: string; env: NodeJS.ProcessEnv }): Promise<ProcessRecord> {
  const [file = '', ...args] = command;
  mkdirSync(dirname(options.logFile), { recursive: true, mode: 0o700 });
  const log = openSync(options.logFile, 'a', 0o600);
  try {
    const child = spawn(file, args, { detached: true, stdio: ['ignore', log, log], env: options.env });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    child.once('spawn', resolve);
    child.once('error', reject);
    await promise;
    child.unref();
    const record = child.pid === undefined ? undefined : await recordProcess(child.pid);
    if (!record) throw new Error(`${file} ended as soon as it began; see ${options.logFile}`);
    return record;
  } finally {
    closeSync(log);
  }
}

const POLL_MS = 20;

/** Asks the process to end, and kills it when it has not after `graceMs`. Fine when it is gone already, or another process has its pid. */
export async function stopProcess(record: ProcessRecord, options: { clock: Clock; graceMs: number; signal: AbortSignal }): Promise<void> {
  const { clock, graceMs, signal } = options;
  const deadline = clock.monotonic() + graceMs;
  let wanted: 'SIGTERM' | 'SIGKILL' | undefined = 'SIGTERM';
  while (await isRunning(record)) {
    if (wanted === undefined && clock.monotonic() > deadline) wanted = 'SIGKILL';
    if (wanted) sendSignal(record.pid, wanted);
    wanted = undefined;
    await clock.sleep(POLL_MS, signal);
  }
}

function sendSignal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
