import { badRequest, StatusError, type Status } from '../../../apimachinery/status.ts';

const LEAST_CODE = 400;

/** What a client is told when a webhook says no. Source: apiserver pkg/admission/plugin/webhook/errors, ToStatusErr. */
export function denied(webhook: string, given: Partial<Status> | undefined): StatusError {
  const by = `admission webhook ${JSON.stringify(webhook)} denied the request`;
  const message = given?.message ? `${by}: ${given.message}` : given?.reason ? `${by}: ${given.reason}` : `${by} without explanation`;
  const code = Math.max(given?.code ?? 0, LEAST_CODE);
  const status = given?.status && given.status !== 'Success' ? given.status : 'Failure';
  return new StatusError({ kind: 'Status', apiVersion: 'v1', metadata: {}, ...given, status, message, code } as Status);
}

export function dryRunUnsupported(webhook: string): StatusError {
  return badRequest(`admission webhook ${JSON.stringify(webhook)} does not support dry run`);
}
