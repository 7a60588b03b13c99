import { isIP } from 'node:net';
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

/** Several failures as one; a lone one is itself. */
export function oneOf(errors: readonly unknown[]): unknown {
  return errors.length === 1 ? errors[0] : new ManyErrors(errors.flatMap((error) => (error instanceof ManyErrors ? error.errors : [error])));
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
  return `Unable to connect to the server: ${cause ? causeText(cause) : error.message}`;
}

const UNKNOWN_AUTHORITY = ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'SELF_SIGNED_CERT_IN_CHAIN', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_GET_ISSUER_CERT', 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY'];

/** In the words of Go's network and TLS packages, which people look for. */
function causeText(cause: NodeJS.ErrnoException & { readonly host?: string; readonly hostname?: string; readonly cert?: { readonly subjectaltname?: string } }): string {
  const { code = '' } = cause;
  if (UNKNOWN_AUTHORITY.includes(code)) return 'tls: failed to verify certificate: x509: certificate signed by unknown authority';
  if (code === 'CERT_HAS_EXPIRED' || code === 'CERT_NOT_YET_VALID') return 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid';
  if (code === 'ENOTFOUND') return `dial tcp: lookup ${cause.hostname ?? ''}: no such host`;
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const host = cause.host?.replace(/\.$/, '') ?? '';
    const names = (cause.cert?.subjectaltname ?? '').split(', ').filter((name) => name.startsWith(isIP(host) === 0 ? 'DNS:' : 'IP Address:')).map((name) => name.slice(name.indexOf(':') + 1));
    return `tls: failed to verify certificate: x509: certificate is ${names.length === 0 ? 'not valid for any names, but wanted to match' : `valid for ${names.join(', ')}, not`} ${host}`;
  }
  return cause.message;
}
