import type { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { CommandStatus } from './status.ts';

export interface TerminalSize {
  readonly width: number;
  readonly height: number;
}

/** Which streams a command has; with `tty` the terminal carries stderr too. */
export interface RemoteCommandOptions {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** The side where the command runs, whatever the framing: what the client sends is read here, what the command says is written here. */
export interface RemoteCommandStreams {
  readonly stdin: Readable | undefined;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  /** Sizes of the client's terminal; ends with the connection. */
  readonly resize: AsyncIterable<TerminalSize>;
  /** Settles when the connection is gone: the client went away, or `finish` closed it. */
  readonly closed: Promise<void>;
  /** Ends the outputs, tells the client how the command ended and closes the connection. */
  finish(status: CommandStatus): Promise<void>;
}

/** The side of the user. */
export interface RemoteCommandClient {
  readonly stdin: Writable | undefined;
  readonly stdout: Readable | undefined;
  readonly stderr: Readable | undefined;
  resize(size: TerminalSize): void;
  /** How the command ended. Rejects when the connection broke before that was known. Read the outputs to their ends too. */
  readonly status: Promise<CommandStatus>;
  /** Gives up: closes the connection at once. */
  close(): void;
}

/** Options as they stand in the query of `/exec` and `/attach`: `stdin=1`, `stdin=true`; kubelets' older `input`, `output`, `error` too. */
export function remoteCommandOptions(query: URLSearchParams): RemoteCommandOptions {
  const isOn = (...names: string[]): boolean => names.some((name) => ['1', 'true'].includes(query.get(name) ?? ''));
  const tty = isOn('tty');
  return { stdin: isOn('stdin', 'input'), stdout: isOn('stdout', 'output'), stderr: isOn('stderr', 'error') && !tty, tty };
}

/**
 * Joins a client that we serve to a server of which we are the client: how a kubelet hands an exec on to the container runtime. Ends when the
 * command has ended and its output has been passed on, or when either side is gone.
 */
export async function relayRemoteCommand(client: RemoteCommandStreams, command: RemoteCommandClient): Promise<void> {
  void client.closed.then(() => command.close());
  if (client.stdin && command.stdin) void quietly(pipeline(client.stdin, command.stdin));
  void (async () => {
    for await (const size of client.resize) command.resize(size);
  })();
  const outputs = [copy(command.stdout, client.stdout), copy(command.stderr, client.stderr)];
  let status: CommandStatus;
  try {
    status = await command.status;
  } catch (error) {
    status = { metadata: {}, status: 'Failure', reason: 'InternalError', message: `Internal error occurred: ${(error as Error).message}`, code: 500 };
  }
  await Promise.race([Promise.all(outputs), client.closed]);
  await client.finish(status);
}

async function copy(from: Readable | undefined, to: Writable | undefined): Promise<void> {
  if (!from) return;
  if (!to) {
    from.resume();
    return;
  }
  await quietly(pipeline(from, to, { end: false }));
}

/** A side that goes away breaks its pipes; that it is gone is told by `closed` and `status`. */
async function quietly(piping: Promise<void>): Promise<void> {
  try {
    await piping;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
}
