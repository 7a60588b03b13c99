import { createReadStream, createWriteStream } from 'node:fs';
import { readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { isRuntimeError, type Container, type ContainerRuntime } from '../../runtime/index.ts';
import { CONTAINER_NAME, POD_NAME, POD_NAMESPACE, POD_UID, RESTART_COUNT } from '../containers/labels.ts';
import { containerLogPath } from '../containers/sandbox-config.ts';

const CHECK_MS = 10_000;

export interface LogRotationOptions {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly podLogsDir: string;
  /** Above so many bytes a log is put aside. `containerLogMaxSize` of a kubelet: 10Mi. */
  readonly maxBytes: number;
  /** With the one that is written. `containerLogMaxFiles` of a kubelet: 5. */
  readonly maxFiles: number;
}

/** Keeps the logs of running containers from filling the disk. Source: pkg/kubelet/logs, container_log_manager. */
export async function rotateLogs(options: LogRotationOptions, signal: AbortSignal): Promise<void> {
  const { clock, logger } = options;
  for (;;) {
    await clock.sleep(CHECK_MS, signal);
    try {
      await rotateLargeLogs(options, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      if (!isRuntimeError(error) && (error as NodeJS.ErrnoException).code === undefined) throw error;
      logger.warn('a log was not rotated', { error });
    }
  }
}

export async function rotateLargeLogs(options: LogRotationOptions, signal: AbortSignal): Promise<void> {
  const running = await options.runtime.listContainers({ state: { state: 'CONTAINER_RUNNING' } }, signal);
  for (const container of running) await rotateIfLarge(options, container, signal);
}

async function rotateIfLarge(options: LogRotationOptions, container: Container, signal: AbortSignal): Promise<void> {
  const path = logPathOf(options.podLogsDir, container);
  const size = path === undefined ? 0 : await stat(path).then((found) => found.size, () => 0);
  if (path !== undefined && size >= options.maxBytes) await rotateLog(options, { id: container.id, path }, signal);
}

function logPathOf(root: string, { labels, annotations }: Container): string | undefined {
  const [namespace, pod, uid, name] = [POD_NAMESPACE, POD_NAME, POD_UID, CONTAINER_NAME].map((key) => labels[key]);
  if (uid === undefined || name === undefined) return undefined;
  return join(root, `${namespace}_${pod}_${uid}`, containerLogPath(name, Number(annotations[RESTART_COUNT] ?? 0)));
}

/** Puts the log aside under its name with the time, and has the runtime begin a new one. The newest that was put aside stays as it is, for readers; older ones are compressed. */
export async function rotateLog(options: LogRotationOptions, log: { readonly id: string; readonly path: string }, signal: AbortSignal): Promise<void> {
  const { runtime, clock, maxFiles } = options;
  const older = await rotatedLogs(log.path);
  const kept = older.slice(Math.max(older.length - Math.max(maxFiles - 2, 0), 0));
  for (const file of older) if (!kept.includes(file)) await rm(file, { force: true });
  for (const file of kept) if (!file.endsWith('.gz')) await compress(file);
  const aside = `${log.path}.${timeName(clock.now())}`;
  await rename(log.path, aside);
  try {
    await runtime.reopenContainerLog(log.id, signal);
  } catch (error) {
    await rename(aside, log.path);
    throw error;
  }
}

/** The files that were put aside of a log, the oldest first. */
export async function rotatedLogs(path: string): Promise<string[]> {
  const prefix = `${basename(path)}.`;
  const names = await readdir(dirname(path)).catch(() => []);
  return names.filter((name) => name.startsWith(prefix) && !name.endsWith('.tmp')).sort().map((name) => join(dirname(path), name));
}

async function compress(file: string): Promise<void> {
  await pipeline(createReadStream(file), createGzip(), createWriteStream(`${file}.tmp`));
  await rename(`${file}.tmp`, `${file}.gz`);
  await rm(file);
}

/** `20260102-150405` */
function timeName(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '-');
}
