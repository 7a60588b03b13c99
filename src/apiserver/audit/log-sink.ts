import type { AuditEvent, AuditSink } from './event.ts';
import { legacyLine } from './legacy-format.ts';
import { stringifyWhole } from '../../apimachinery/whole-numbers.ts';
import { RotatedFile, type RotatedFileOptions } from './rotated-file.ts';

export interface LogSinkOptions extends RotatedFileOptions {
  /** `-`: standard output. */
  readonly path: string;
  readonly format: 'json' | 'legacy';
}

/** Events as lines of a file. */
export class LogSink implements AuditSink {
  readonly name = 'log';
  readonly #file: RotatedFile | undefined;
  readonly #line: (event: AuditEvent) => string;

  /** Throws Error when the file cannot be written. */
  constructor(options: LogSinkOptions) {
    this.#line = options.format === 'legacy' ? legacyLine : (event) => stringifyWhole(event);
    if (options.path !== '-') this.#file = new RotatedFile(options);
  }

  send(events: readonly AuditEvent[]): void {
    for (const event of events) {
      const line = `${this.#line(event)}\n`;
      if (this.#file) this.#file.append(line);
      else process.stdout.write(line);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file?.[Symbol.asyncDispose]();
  }
}
