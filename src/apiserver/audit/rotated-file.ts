import { closeSync, createReadStream, createWriteStream, existsSync, fstatSync, mkdirSync, openSync, readdirSync, renameSync, rmSync, unlinkSync, writeSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import type { Clock } from '../../base/clock.ts';
import { TaskGroup } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';

export interface RotatedFileOptions {
  readonly path: string;
  /** Older files are deleted; 0: never. */
  readonly maxAgeDays: number;
  /** So many old files are kept; 0: all. */
  readonly maxBackups: number;
  /** A file that would grow beyond this is put aside. */
  readonly maxSizeMegabytes: number;
  /** Whether files that are put aside are compressed. */
  readonly compress: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

const DAY_MS = 86_400_000;
const STAMP = /^-(\d{4}-\d\d-\d\dT)(\d\d)-(\d\d)-(\d\d\.\d{3})$/;

/** A file that is put aside as `name-<time>.ext` when it is full, as lumberjack does it for kube-apiserver; with `.gz` behind that once it is compressed. */
export class RotatedFile implements AsyncDisposable {
  readonly #options: RotatedFileOptions;
  readonly #tasks = new TaskGroup();
  #file: number | undefined;
  #bytes = 0;

  /** Throws Error when the file cannot be written. */
  constructor(options: RotatedFileOptions) {
    this.#options = options;
    this.#open();
  }

  /** Throws Error when the text cannot be written. */
  append(text: string): void {
    const bytes = Buffer.byteLength(text);
    if (this.#bytes > 0 && this.#bytes + bytes > this.#options.maxSizeMegabytes * 1024 * 1024) this.#rotate();
    writeSync(this.#file ?? this.#open(), text);
    this.#bytes += bytes;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks.close();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #open(): number {
    const { path } = this.#options;
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(path, 'a', 0o600);
    this.#file = file;
    this.#bytes = fstatSync(file).size;
    return file;
  }

  #rotate(): void {
    const { path, clock, compress } = this.#options;
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    const stamp = new Date(clock.now()).toISOString().slice(0, -1).replaceAll(':', '-');
    const extension = extname(path);
    const aside = `${path.slice(0, path.length - extension.length)}-${stamp}${extension}`;
    if (existsSync(path)) renameSync(path, aside);
    this.#open();
    this.#clean();
    if (compress && existsSync(aside)) this.#tasks.run((signal) => this.#compress(aside, signal));
  }

  async #compress(path: string, signal: AbortSignal): Promise<void> {
    try {
      await gzip(path, signal);
    } catch (error) {
      if (!signal.aborted && existsSync(path)) this.#options.logger.error('a file that was put aside could not be compressed', { path, error });
    }
  }

  /** By the times in their names. */
  #clean(): void {
    const { path, maxBackups, maxAgeDays, clock } = this.#options;
    const backups = readdirSync(dirname(path)).map((name) => ({ name, putAsideMs: this.#timeOf(name) })).filter(({ putAsideMs }) => !Number.isNaN(putAsideMs)).sort((a, b) => b.putAsideMs - a.putAsideMs);
    backups.forEach(({ name, putAsideMs }, index) => {
      const isOld = maxAgeDays > 0 && putAsideMs < clock.now() - maxAgeDays * DAY_MS;
      if (isOld || (maxBackups > 0 && index >= maxBackups)) unlinkSync(join(dirname(path), name));
    });
  }

  /** NaN: it is no file that was put aside. */
  #timeOf(file: string): number {
    const extension = extname(this.#options.path);
    const name = basename(this.#options.path, extension);
    const plain = file.endsWith(`${extension}.gz`) ? file.slice(0, -'.gz'.length) : file;
    if (!plain.startsWith(name) || !plain.endsWith(extension)) return NaN;
    const stamp = STAMP.exec(plain.slice(name.length, plain.length - extension.length));
    return stamp ? Date.parse(`${stamp[1]}${stamp[2]}:${stamp[3]}:${stamp[4]}Z`) : NaN;
  }
}

/** What is interrupted stays as it was. */
async function gzip(path: string, signal: AbortSignal): Promise<void> {
  const target = `${path}.gz`;
  try {
    await pipeline(createReadStream(path), createGzip(), createWriteStream(`${target}.part`, { mode: 0o600 }), { signal });
    renameSync(`${target}.part`, target);
    unlinkSync(path);
  } finally {
    rmSync(`${target}.part`, { force: true });
  }
}
