import { StatusError } from '../apimachinery/status.ts';
import { TransportError } from '../client/transport.ts';

/** A flag is unknown or cannot be read. */
export class FlagError extends Error {
  override readonly name = 'FlagError';
}

/** The arguments are wrong. Followed by where to find help. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** What was asked for cannot be done. Printed after `error: ` unless `isBare`. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;
  readonly isBare: boolean;

  constructor(message: string, options: { exitCode?: number; isBare?: boolean; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? 1;
    this.isBare = options.isBare ?? false;
  }
}

/** Several failures of one command, each printed by itself. */
export class ManyErrors extends Error {
  override readonly name = 'ManyErrors';
  readonly errors: readonly unknown[];

  constructor(errors: readonly unknown[]) {
    super('several errors');
    this.errors = errors;
  }
}

/** A refusal with the file that led to it: `error when creating "web.yaml": ...`. Source: cmdutil.AddSourceToErr. */
export function withSource(error: unknown, verb: string, source: string): unknown {
  if (source === '' || !(error instanceof Error)) return error;
  const message = `error when ${verb} ${JSON.stringify(source)}: ${error.message}`;
  if (StatusError.is(error)) return new StatusError({ ...error.status, message }, { cause: error });
  return new CommandError(message, { cause: error });
}

/** What kubectl prints for an error, without the newline. Source: kubectl pkg/cmd/util, checkErr and StandardErrorMessage. */
export function errorText(error: unknown, server: string): string {
  // Of several, only those of the server say what they are: checkErr prints an aggregate without a prefix.
  if (error instanceof ManyErrors && error.errors.length > 1) return error.errors.map((one) => (one instanceof CommandError ? one.message : errorText(one, server))).join('\n');
  if (error instanceof ManyErrors) return errorText(error.errors[0], server);
  if (StatusError.is(error)) return statusText(error);
  if (error instanceof TransportError) return transportText(error, server);
  if (error instanceof CommandError && error.isBare) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return message.startsWith('error: ') ? message : `error: ${message}`;
}

function statusText(error: StatusError): string {
  const { status } = error;
  if (status.reason === 'Unauthorized') return `error: You must be logged in to the server (${error.message || 'Unauthorized'})`;
  if (status.reason === 'Invalid') {
    const { details } = status;
    if (!details) return `The request is invalid: ${status.message ?? ''}`;
    const subject = details.kind ? `The ${details.kind} ${JSON.stringify(details.name ?? '')} is invalid` : 'The request is invalid';
    const causes = [...new Set((details.causes ?? []).map((cause) => (cause.field ? `${cause.field}: ${cause.message ?? ''}` : (cause.message ?? ''))))];
    if (causes.length === 0) return details.kind ? subject : `The request is invalid: ${status.message ?? ''}`;
    return causes.length === 1 ? `${subject}: ${causes[0]}` : `${subject}: ${causes.map((cause) => `\n* ${cause}`).join('')}`;
  }
  return status.reason ? `Error from server (${status.reason}): ${error.message}` : `Error from server: ${error.message}`;
}

function transportText(error: TransportError, server: string): string {
  const cause = error.cause as NodeJS.ErrnoException | undefined;
  const host = URL.canParse(server) ? new URL(server).host : server;
  if (cause?.code === 'ECONNREFUSED') return `The connection to the server ${host} was refused - did you specify the right host or port?`;
  return `Unable to connect to the server: ${cause?.message ?? error.message}`;
}
