import { spawn } from 'node:child_process';

/** A program of the machine ended with an error, or could not be started. `message` holds the command line and what it wrote to stderr. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly argv: readonly string[];
  /** Undefined when the program was ended by a signal or never ran. */
  readonly exitCode: number | undefined;
  readonly stderr: string;

  constructor(argv: readonly string[], exitCode: number | undefined, stderr: string, cause?: unknown) {
    const outcome = exitCode === undefined ? 'did not run to its end' : `failed (exit code ${exitCode})`;
    super(`${argv.join(' ')}: ${outcome}${stderr === '' ? '' : `: ${stderr}`}`, { cause });
    this.argv = argv;
    this.exitCode = exitCode;
    this.stderr = stderr;
  }
}

export interface RunOptions {
  /** Written to the program's stdin. */
  readonly input?: string;
  readonly signal?: AbortSignal;
}

/** What `Commands` puts before each command line, so that it runs elsewhere: `['nsenter', '--net=/proc/7/ns/net', '--']`. */
export type CommandPrefix = readonly string[];

/**
 * Runs the machine's own tools (`ip`, `nft`, `mount`, ...), many changes in one process each time: a process costs more than the change.
 * Every method rejects with `CommandError`.
 */
export class Commands {
  readonly #prefix: CommandPrefix;

  constructor(prefix: CommandPrefix = []) {
    this.#prefix = prefix;
  }

  /** Resolves with what the program wrote to stdout. */
  run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
    return runProgram([...this.#prefix, ...argv], options);
  }

  /** Lines of `ip -batch`, such as `link set eth0 up`. With `force`, the rest is still done after a line that fails, and the call still rejects. */
  async ip(lines: readonly string[], options: { readonly force?: boolean; readonly signal?: AbortSignal } = {}): Promise<void> {
    if (lines.length === 0) return;
    const { force = false, ...rest } = options;
    try {
      await this.run(['ip', ...(force ? ['-force'] : []), '-batch', '-'], { ...rest, input: `${lines.join('\n')}\n` });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new CommandError(error.argv, error.exitCode, withFailingLines(error.stderr, /(?:Command failed|Error: .*) -:(\d+)/g, lines));
    }
  }

  /** One transaction of nftables: all of `script` takes effect, or nothing. */
  async nft(script: string, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (script === '') return;
    try {
      await this.run(['nft', '-f', '-'], { ...options, input: script.endsWith('\n') ? script : `${script}\n` });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      throw new CommandError(error.argv, error.exitCode, withFailingLines(error.stderr, /\/dev\/stdin:(\d+):/g, script.split('\n')));
    }
  }

  /** Runs command lines one after another in one shell, up to the first that fails. Nothing in them is interpreted by the shell. */
  async batch(commandLines: readonly (readonly string[])[], options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    if (commandLines.length === 0) return;
    const script = commandLines.map((argv, index) => `${argv.map(shellQuote).join(' ')} || { echo "in line ${index + 1}: "${shellQuote(shellLine(argv))} >&2; exit 1; }`);
    await this.run(['sh'], { ...options, input: `${script.join('\n')}\n` });
  }
}

/** `text` as one word of a POSIX shell. */
export function shellQuote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

export function shellLine(argv: readonly string[]): string {
  return argv.map(shellQuote).join(' ');
}

function withFailingLines(stderr: string, pattern: RegExp, lines: readonly string[]): string {
  const numbers = new Set([...stderr.matchAll(pattern)].map((match) => Number(match[1])));
  const shown = [...numbers].slice(0, 3).map((number) => lines[number - 1]?.trim() ?? '');
  return shown.length === 0 ? stderr : `${stderr} (in: ${shown.join(' | ')})`;
}

function runProgram(argv: readonly string[], { input, signal }: RunOptions): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const [file = '', ...args] = argv;
  const child = spawn(file, args, { stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'], signal });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk));
  child.on('error', (error) => {
    if (signal?.aborted) reject(signal.reason as Error);
    else reject(new CommandError(argv, undefined, isMissing(error) ? `there is no program ${file} on this machine` : error.message, error));
  });
  child.on('close', (code, signalName) => {
    const stderr = Buffer.concat(err).toString().trim();
    if (code === 0) resolve(Buffer.concat(out).toString());
    else reject(new CommandError(argv, code ?? undefined, signalName ? `ended by ${signalName}. ${stderr}`.trim() : stderr));
  });
  // A program that ends without reading its input breaks the pipe: its exit code tells more than EPIPE.
  child.stdin?.on('error', (error) => err.push(Buffer.from(isBrokenPipe(error) ? '' : error.message)));
  child.stdin?.end(input);
  return promise;
}

function isMissing(error: Error): boolean {
  return 'code' in error && error.code === 'ENOENT';
}

function isBrokenPipe(error: Error): boolean {
  return 'code' in error && error.code === 'EPIPE';
}
