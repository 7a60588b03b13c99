/**
 * The Status that ends a remote command, in the shape of the API's. Spelt out here because `apimachinery` stands beside this folder; a `Status` of
 * `apimachinery/status.ts` is one of these. Source: kubelet pkg/cri/streaming/remotecommand, ServeExec.
 */
export interface CommandStatus {
  readonly metadata?: object;
  readonly status?: string;
  readonly message?: string;
  readonly reason?: string;
  readonly code?: number;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string; readonly field?: string }[] };
}

export const commandSucceeded: CommandStatus = { metadata: {}, status: 'Success' };

/** How a command that ended by itself with `code` is reported; 0 is success. */
export function commandExited(code: number): CommandStatus {
  if (code === 0) return commandSucceeded;
  return {
    metadata: {},
    status: 'Failure',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: 'NonZeroExitCode',
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

export function commandFailed(message: string): CommandStatus {
  return { metadata: {}, status: 'Failure', message: `Internal error occurred: ${message}`, reason: 'InternalError', details: { causes: [{ message }] }, code: 500 };
}

/** The exit code that a status reports: 0 for success, undefined when the command did not end by itself. */
export function exitCodeOf(status: CommandStatus): number | undefined {
  if (status.status === 'Success') return 0;
  if (status.reason !== 'NonZeroExitCode') return undefined;
  const code = Number(status.details?.causes?.find((cause) => cause.reason === 'ExitCode')?.message);
  return Number.isInteger(code) ? code : undefined;
}

/** The upgrade cannot be made. Nothing was written yet: answer the request with `code` and the message. */
export class UpgradeError extends Error {
  override readonly name = 'UpgradeError';
  readonly code: number;

  constructor(code: number, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
