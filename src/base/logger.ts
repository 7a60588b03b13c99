import type { Clock } from './clock.ts';

export type LogFields = Readonly<Record<string, unknown>>;

/** A line of the log is a constant message and fields. Errors go in the field `error`. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warn(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
  /** A logger that adds `fields` to each line. */
  with(fields: LogFields): Logger;
}

const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LEVELS)[number];

/** Writes `2026-01-01T00:00:00.000Z info message key=value` lines through `write`. */
export class TextLogger implements Logger {
  readonly #clock: Clock;
  readonly #level: LogLevel;
  readonly #write: (line: string) => void;
  readonly #fields: LogFields;

  constructor(options: { clock: Clock; level: LogLevel; write: (line: string) => void; fields?: LogFields }) {
    this.#clock = options.clock;
    this.#level = options.level;
    this.#write = options.write;
    this.#fields = options.fields ?? {};
  }

  debug(message: string, fields?: LogFields): void {
    this.#line('debug', message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#line('info', message, fields);
  }

  warn(message: string, fields?: LogFields): void {
    this.#line('warn', message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#line('error', message, fields);
  }

  with(fields: LogFields): Logger {
    return new TextLogger({ clock: this.#clock, level: this.#level, write: this.#write, fields: { ...this.#fields, ...fields } });
  }

  #line(level: LogLevel, message: string, fields: LogFields = {}): void {
    if (LEVELS.indexOf(level) < LEVELS.indexOf(this.#level)) return;
    let line = `${new Date(this.#clock.now()).toISOString()} ${level} ${message}`;
    for (const [key, value] of Object.entries({ ...this.#fields, ...fields })) line += ` ${key}=${fieldText(value)}`;
    this.#write(line);
  }
}

function fieldText(value: unknown): string {
  if (value instanceof Error) return JSON.stringify(value.stack ?? value.message);
  if (typeof value === 'string') return /^[\w./:@-]+$/.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value) ?? 'undefined';
}

export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  with: () => silentLogger,
};
