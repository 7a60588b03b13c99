import { watch } from 'node:fs';
import { open, stat, type FileHandle } from 'node:fs/promises';
import type { Clock } from '../../base/clock.ts';
import { parseCriLogLine, type CriLogEntry } from './cri-log.ts';
import type { LogOptions } from './log-options.ts';

const CHUNK_BYTES = 64 * 1024;
/** A follower looks again after so long even when no change was seen. */
const FOLLOW_MS = 1000;
const NEWLINE = 10;

export interface LogSource {
  readonly path: string;
  readonly clock: Clock;
  /** Whether more may be written. */
  readonly isRunning: () => Promise<boolean>;
}

/** The text of a container's log, in pieces, as `options` want it. With `follow`, ends when the container has ended and all was read, or with the signal. */
export async function* readLog(source: LogSource, options: LogOptions, signal: AbortSignal): AsyncIterable<Uint8Array> {
  const file = await open(source.path, 'r');
  await using _closing = { [Symbol.asyncDispose]: () => file.close() };
  let leftBytes = options.limitBytes ?? Infinity;
  const line = new LineFormat(options);
  const start = options.tailLines === undefined ? 0 : await findTail(file, options.tailLines);
  for await (const lines of readLines(file, start, source, options.follow, signal)) {
    const text = Buffer.concat(lines.map((entry) => line.textOf(entry)));
    if (text.length === 0) continue;
    yield text.length > leftBytes ? text.subarray(0, leftBytes) : text;
    leftBytes -= text.length;
    if (leftBytes <= 0) return;
  }
}

/** Where the last `count` lines begin. An entry whose line goes on counts with the one that ends it. */
async function findTail(file: FileHandle, count: number): Promise<number> {
  const { size } = await file.stat();
  if (count === 0) return size;
  let found = 0;
  const buffer = Buffer.alloc(CHUNK_BYTES);
  for (let end = size; end > 0; ) {
    const start = Math.max(0, end - CHUNK_BYTES);
    const { bytesRead } = await file.read(buffer, 0, end - start, start);
    for (let at = bytesRead - 1; at >= 0; at--) {
      if (buffer[at] !== NEWLINE || start + at === size - 1) continue;
      if (!(await endsPartial(file, start + at)) && ++found === count) return start + at + 1;
    }
    end = start;
  }
  return 0;
}

/** Whether the entry that ends at this newline is continued in the next one. */
async function endsPartial(file: FileHandle, newlineAt: number): Promise<boolean> {
  const buffer = Buffer.alloc(Math.min(newlineAt, 20 * 1024));
  await file.read(buffer, 0, buffer.length, newlineAt - buffer.length);
  const line = buffer.subarray(buffer.lastIndexOf(NEWLINE) + 1).toString('latin1');
  return parseCriLogLine(line)?.partial === true;
}

async function* readLines(first: FileHandle, start: number, source: LogSource, follow: boolean, signal: AbortSignal): AsyncIterable<Buffer[]> {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  let rest = Buffer.alloc(0);
  let at = start;
  await using log = new FollowedFile(source.path, first);
  let mayGrow = follow;
  while (!signal.aborted) {
    const { bytesRead } = await log.file.read(buffer, 0, CHUNK_BYTES, at);
    if (bytesRead > 0) {
      at += bytesRead;
      const data = Buffer.concat([rest, buffer.subarray(0, bytesRead)]);
      const lastNewline = data.lastIndexOf(NEWLINE);
      rest = data.subarray(lastNewline + 1);
      if (lastNewline >= 0) yield splitLines(data.subarray(0, lastNewline + 1));
      continue;
    }
    if (follow && (await log.moveOn())) {
      at = 0;
      continue;
    }
    // What was written before the end was seen is read in one more round.
    if (!mayGrow) return;
    if (await log.hasNext()) continue;
    mayGrow = await source.isRunning();
    if (mayGrow) await log.change(source.clock, signal);
  }
}

/** A log that may be put aside while it is followed, with a new one begun under its name. */
class FollowedFile implements AsyncDisposable {
  readonly #path: string;
  readonly #first: FileHandle;
  #file: FileHandle;
  #next: FileHandle | undefined;
  #change: FileChange | undefined;

  constructor(path: string, first: FileHandle) {
    this.#path = path;
    this.#first = first;
    this.#file = first;
  }

  get file(): FileHandle {
    return this.#file;
  }

  /** Whether another file has the name now: the runtime writes to this one no more, and what it wrote last can be read. */
  async hasNext(): Promise<boolean> {
    const [named, own] = await Promise.all([stat(this.#path).catch(() => undefined), this.#file.stat()]);
    if (!named || named.ino === own.ino) return false;
    this.#next = await open(this.#path, 'r').catch(() => undefined);
    return this.#next !== undefined;
  }

  /** Goes on with the next file, once this one was read to its end. */
  async moveOn(): Promise<boolean> {
    if (!this.#next) return false;
    await this.#close();
    this.#file = this.#next;
    this.#next = undefined;
    return true;
  }

  async change(clock: Clock, signal: AbortSignal): Promise<void> {
    this.#change ??= new FileChange(this.#path);
    await this.#change.next(clock, signal);
  }

  /** The first one is its opener's. */
  async #close(): Promise<void> {
    this.#change?.[Symbol.dispose]();
    this.#change = undefined;
    if (this.#file !== this.#first) await this.#file.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
    await this.#next?.close();
  }
}

function splitLines(data: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let from = 0; from < data.length; ) {
    const end = data.indexOf(NEWLINE, from);
    lines.push(data.subarray(from, end));
    from = end + 1;
  }
  return lines;
}

const NOTHING = Buffer.alloc(0);

/** What is shown of one entry after the other. Log text need not be UTF-8: it goes through as bytes. */
class LineFormat {
  readonly #options: LogOptions;
  #isWithinLine = false;

  constructor(options: LogOptions) {
    this.#options = options;
  }

  textOf(line: Buffer): Buffer {
    const { stream, sinceMs, timestamps } = this.#options;
    const entry: CriLogEntry | undefined = parseCriLogLine(line.toString('latin1'));
    if (!entry) return NOTHING;
    if (stream !== 'All' && entry.stream !== stream.toLowerCase()) return NOTHING;
    if (sinceMs !== undefined && Date.parse(entry.time) < sinceMs) return NOTHING;
    const time = timestamps && !this.#isWithinLine ? `${withNineDigits(entry.time)} ` : '';
    this.#isWithinLine = entry.partial;
    return Buffer.from(`${time}${entry.text}${entry.partial ? '' : '\n'}`, 'latin1');
  }
}

/** Runtimes leave out zeros at the end of a second's fraction. */
function withNineDigits(time: string): string {
  return time.replace(/(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/, (_, digits: string | undefined, zone: string) => `.${(digits ?? '').padEnd(9, '0')}${zone}`);
}

class FileChange implements Disposable {
  readonly #watcher: ReturnType<typeof watch>;
  #changed = Promise.withResolvers<void>();

  constructor(path: string) {
    this.#watcher = watch(path, () => this.#changed.resolve());
    this.#watcher.on('error', () => this.#changed.resolve());
  }

  async next(clock: Clock, signal: AbortSignal): Promise<void> {
    using _alarm = clock.after(FOLLOW_MS, () => this.#changed.resolve());
    const onAbort = (): void => this.#changed.resolve();
    signal.addEventListener('abort', onAbort, { once: true });
    await this.#changed.promise;
    signal.removeEventListener('abort', onAbort);
    this.#changed = Promise.withResolvers<void>();
  }

  [Symbol.dispose](): void {
    this.#watcher.close();
  }
}
