import { closeSync, existsSync, fstatSync, mkdirSync, openSync, readdirSync, renameSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { AuditBackend, AuditEvent } from './event.ts';

export interface LogBackendOptions {
  /** `-`: standard output. */
  readonly path: string;
  /** Older files are deleted; 0: never. */
  readonly maxAgeDays: number;
  /** So many old files are kept; 0: all. */
  readonly maxBackups: number;
  /** A file that would grow beyond this is put aside. */
  readonly maxSizeMegabytes: number;
  /** Whether events are written together, a moment later; else before the answer goes out. */
  readonly batch: boolean;
  readonly clock: Clock;
  readonly logger: Logger;
}

const DAY_MS = 86_400_000;
const BATCH_MS = 1000;
const BATCH_EVENTS = 100;
const STAMP = /^-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d\.\d{3}$/;

/** Events as lines of JSON in a file, which is put aside as `name-<time>.ext` when it is full. */
export class LogBackend implements AuditBackend {
  readonly #options: LogBackendOptions;
  #file: number | undefined;
  #bytes = 0;
  #lines: string[] = [];
  #timer: Disposable | undefined;

  /** Throws Error when the file cannot be written. */
  constructor(options: LogBackendOptions) {
    this.#options = options;
    if (options.path !== '-') this.#open();
  }

  write(event: AuditEvent): void {
    this.#lines.push(`${JSON.stringify(event)}\n`);
    if (!this.#options.batch || this.#lines.length >= BATCH_EVENTS) return this.#flush();
    this.#timer ??= this.#options.clock.after(BATCH_MS, () => this.#flush());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#flush();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #flush(): void {
    this.#timer?.[Symbol.dispose]();
    this.#timer = undefined;
    const lines = this.#lines;
    this.#lines = [];
    try {
      for (const line of lines) this.#append(line);
    } catch (error) {
      this.#options.logger.error('audit events could not be written', { path: this.#options.path, events: lines.length, error });
    }
  }

  #append(line: string): void {
    if (this.#options.path === '-') return void process.stdout.write(line);
    const bytes = Buffer.byteLength(line);
    if (this.#bytes > 0 && this.#bytes + bytes > this.#options.maxSizeMegabytes * 1024 * 1024) this.#rotate();
    writeSync(this.#file ?? this.#open(), line);
    this.#bytes += bytes;
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
    const { path, clock } = this.#options;
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    const stamp = new Date(clock.now()).toISOString().slice(0, -1).replaceAll(':', '-');
    const extension = extname(path);
    if (existsSync(path)) renameSync(path, `${path.slice(0, path.length - extension.length)}-${stamp}${extension}`);
    this.#open();
    this.#clean();
  }

  #clean(): void {
    const { path, maxBackups, maxAgeDays, clock } = this.#options;
    const extension = extname(path);
    const name = basename(path, extension);
    const old = readdirSync(dirname(path)).filter((one) => one.startsWith(`${name}-`) && one.endsWith(extension) && STAMP.test(one.slice(name.length, one.length - extension.length))).sort().reverse();
    old.forEach((one, index) => {
      const file = join(dirname(path), one);
      const isOld = maxAgeDays > 0 && statSync(file).mtimeMs < clock.now() - maxAgeDays * DAY_MS;
      if (isOld || (maxBackups > 0 && index >= maxBackups)) unlinkSync(file);
    });
  }
}
