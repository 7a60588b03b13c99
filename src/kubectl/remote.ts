import { pipeline } from 'node:stream/promises';
import { connectRemoteCommandSpdy, connectRemoteCommandWebSocket, exitCodeOf, type RemoteCommandClient, type RemoteCommandOptions, UpgradeRefused } from '../streaming/index.ts';
import { failure, type Status, StatusError } from '../apimachinery/status.ts';
import type { CommandContext } from './command.ts';
import { CommandError } from './errors.ts';

/** Opens exec or attach: over WebSocket, or over SPDY where a server does not take that. Refusals become StatusErrors. */
export async function connectRemote(context: CommandContext, path: string, query: URLSearchParams, options: RemoteCommandOptions): Promise<RemoteCommandClient> {
  const target = context.connection.streamTarget(path, query);
  try {
    return await connectRemoteCommandWebSocket(target, options);
  } catch (error) {
    if (!(error instanceof UpgradeRefused)) throw error;
    if (![400, 403, 404, 405, 501].includes(error.code) || error.body.includes('"kind":"Status"')) throw refusalOf(error);
  }
  try {
    return await connectRemoteCommandSpdy(target, options);
  } catch (error) {
    throw error instanceof UpgradeRefused ? refusalOf(error) : error;
  }
}

export function refusalOf(error: UpgradeRefused): StatusError {
  try {
    const status = JSON.parse(error.body) as Status;
    if (status.kind === 'Status') return new StatusError(status, { cause: error });
  } catch (notJson) {
    if (!(notJson instanceof SyntaxError)) throw notJson;
  }
  return failure(error.code, '', error.message);
}

/**
 * Runs a remote command between the streams of this program and resolves with its exit code. `redraws`: the command runs already, and is to draw its screen again:
 * it does so for a size that is not the one it had.
 */
export async function runRemote(context: CommandContext, path: string, query: URLSearchParams, options: RemoteCommandOptions & { readonly redraws?: boolean }): Promise<number> {
  const { redraws = false } = options;
  const { io } = context;
  const client = await connectRemote(context, path, query, options);
  const abort = (): void => client.close();
  io.signal.addEventListener('abort', abort, { once: true });
  const isRaw = options.tty && io.stdin.isTTY === true;
  const tellSize = (more = 0): void => client.resize({ width: (io.stdout.columns ?? 80) + more, height: (io.stdout.rows ?? 24) + more });
  const onResize = (): void => tellSize();
  if (isRaw) io.stdin.setRawMode?.(true);
  if (options.tty && io.stdout.isTTY) {
    if (redraws) tellSize(1);
    tellSize();
    io.stdout.on('resize', onResize);
  }
  try {
    if (client.stdin) pipeline(io.stdin, client.stdin).catch(() => undefined); // broken by the end of the command
    const outputs = [client.stdout && pipeline(client.stdout, io.stdout, { end: false }), client.stderr && pipeline(client.stderr, io.stderr, { end: false })];
    const status = await client.status;
    await Promise.all(outputs.map((output) => Promise.resolve(output)));
    const code = exitCodeOf(status);
    if (code === undefined) throw new CommandError(`error: Internal error occurred: ${(status.message ?? '').replace(/^Internal error occurred: /, '')}`, { isBare: true });
    if (code !== 0) context.err(`command terminated with exit code ${code}\n`);
    return code;
  } finally {
    io.signal.removeEventListener('abort', abort);
    io.stdout.off('resize', onResize);
    if (isRaw) io.stdin.setRawMode?.(false);
    io.stdin.pause();
    client.close();
  }
}
