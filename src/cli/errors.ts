import { CommanderError } from 'commander';
import { StatusError } from '../apimachinery/status.ts';

/** What was asked for cannot be done as asked: the message says what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Prints one clear line for an error and gives the exit code. `KUBETS_DEBUG=1` adds where it came from. */
export function reportError(error: unknown): number {
  // Commander has printed its own message, or help, already.
  if (error instanceof CommanderError) return error.exitCode;
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${StatusError.is(error) ? `Error from server (${error.reason}): ` : 'error: '}${text}\n`);
  if (process.env.KUBETS_DEBUG && error instanceof Error) process.stderr.write(`${error.stack ?? ''}\n${error.cause instanceof Error ? (error.cause.stack ?? '') : ''}\n`);
  return 1;
}
