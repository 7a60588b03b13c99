import { open, readFile } from 'node:fs/promises';
import type { ContainerStatus } from '../../runtime/index.ts';
import { parseCriLogLine } from '../logs/cri-log.ts';
import { TERMINATION_MESSAGE_PATH, TERMINATION_MESSAGE_POLICY } from './labels.ts';

/** Source: "Customizing the termination message". */
const MAX_FILE_BYTES = 4096;
const MAX_LOG_BYTES = 2048;
const MAX_LOG_LINES = 80;

/** What an ended container left in its file or, with policy FallbackToLogsOnError, at the end of its log. Undefined: nothing. */
export async function readTerminationMessage(container: ContainerStatus): Promise<string | undefined> {
  const path = container.annotations[TERMINATION_MESSAGE_PATH];
  const file = container.mounts.find((mount) => mount.containerPath === path)?.hostPath;
  if (file) {
    const text = (await readEnd(file, MAX_FILE_BYTES))?.toString('utf8');
    if (text) return text;
  }
  if (container.annotations[TERMINATION_MESSAGE_POLICY] !== 'FallbackToLogsOnError' || (container.exitCode === 0 && container.reason !== 'OOMKilled')) return undefined;
  const log = await readEnd(container.logPath, MAX_LOG_BYTES * 8);
  const lines = (log?.toString('utf8') ?? '').split('\n').filter(Boolean).slice(-MAX_LOG_LINES);
  const text = lines.map((line) => parseCriLogLine(line)).map((entry) => (entry ? entry.text + (entry.partial ? '' : '\n') : '')).join('');
  return text === '' ? undefined : text.slice(-MAX_LOG_BYTES);
}

/** The last bytes of a file; undefined when it is not there. */
async function readEnd(path: string, bytes: number): Promise<Buffer | undefined> {
  const file = await open(path).catch(() => undefined);
  if (!file) return undefined;
  await using _closing = { [Symbol.asyncDispose]: () => file.close() };
  const { size } = await file.stat();
  if (size <= bytes) return await readFile(file);
  const buffer = Buffer.alloc(bytes);
  await file.read(buffer, 0, bytes, size - bytes);
  return buffer;
}
