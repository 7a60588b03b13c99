/**
 * The `Status` objects with which the API says no, and the error that carries one. Reasons, codes and messages are Kubernetes' own.
 * Source: API conventions, "Response Status Kind"; apimachinery pkg/api/errors for the texts.
 */
export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: { continue?: string; resourceVersion?: string; remainingItemCount?: number };
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
}

export interface GroupResource {
  readonly group: string;
  readonly resource: string;
}

const BRAND = Symbol.for('kubets.StatusError');

/** A refusal that a caller of the API may meet. Branch on `reason`, never on the text. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly [BRAND] = true;
  readonly status: Status;

  constructor(status: Status, options?: ErrorOptions) {
    super(status.message ?? status.reason ?? 'unknown', options);
    this.status = status;
  }

  get code(): number {
    return this.status.code ?? 500;
  }

  get reason(): string {
    return this.status.reason ?? '';
  }

  /** Also true for an error of another copy of this module: an application may hold an ESM and a CommonJS build. */
  static is(error: unknown): error is StatusError {
    return typeof error === 'object' && error !== null && BRAND in error;
  }
}

/** Whether `error` is a Status with this reason. */
export function hasReason(error: unknown, ...reasons: string[]): error is StatusError {
  return StatusError.is(error) && reasons.includes(error.reason);
}

export function failure(code: number, reason: string, message: string, details?: StatusDetails, options?: ErrorOptions): StatusError {
  return new StatusError(
    { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, ...(reason && { reason }), ...(details && { details }), code },
    options,
  );
}

/** `pods` or `deployments.apps`, as messages name a resource. */
export function qualifiedResource(ref: GroupResource): string {
  return ref.group === '' ? ref.resource : `${ref.resource}.${ref.group}`;
}

function detailsOf(ref: GroupResource, name: string): StatusDetails {
  return { ...(name && { name }), ...(ref.group && { group: ref.group }), kind: ref.resource };
}

export function notFound(ref: GroupResource, name: string): StatusError {
  return failure(404, 'NotFound', `${qualifiedResource(ref)} ${JSON.stringify(name)} not found`, detailsOf(ref, name));
}

export function alreadyExists(ref: GroupResource, name: string): StatusError {
  return failure(409, 'AlreadyExists', `${qualifiedResource(ref)} ${JSON.stringify(name)} already exists`, detailsOf(ref, name));
}

export function conflict(ref: GroupResource, name: string, why: string): StatusError {
  const message = `Operation cannot be fulfilled on ${qualifiedResource(ref)} ${JSON.stringify(name)}: ${why}`;
  return failure(409, 'Conflict', message, detailsOf(ref, name));
}

/** 409 for a write whose resourceVersion is not the current one. */
export function staleResourceVersion(ref: GroupResource, name: string): StatusError {
  return conflict(ref, name, 'the object has been modified; please apply your changes to the latest version and try again');
}

export function forbidden(ref: GroupResource, name: string, why: string): StatusError {
  const subject = ref.resource === '' ? '' : `${qualifiedResource(ref)}${name ? ` ${JSON.stringify(name)}` : ''} is `;
  return failure(403, 'Forbidden', `${subject}forbidden: ${why}`, detailsOf(ref, name));
}

/** Several errors as one text, each told once. Source: apimachinery pkg/util/errors, aggregate. */
export function aggregateText(reasons: readonly string[]): string {
  const texts = [...new Set(reasons)];
  return texts.length === 1 ? (texts[0] as string) : `[${texts.join(', ')}]`;
}

/** 422 with one cause a mistake; the message tells each only once. `kind` is the kind, with its group: `Deployment.apps`. */
export function invalid(kind: { group: string; kind: string }, name: string, causes: readonly Required<StatusCause>[]): StatusError {
  const list = aggregateText(causes.map((cause) => `${cause.field}: ${cause.message}`));
  const qualified = kind.group === '' ? kind.kind : `${kind.kind}.${kind.group}`;
  const details = { ...(name && { name }), ...(kind.group && { group: kind.group }), ...(kind.kind && { kind: kind.kind }), causes: [...causes] };
  return failure(422, 'Invalid', `${qualified} ${JSON.stringify(name)} is invalid: ${list}`, details);
}

export function badRequest(message: string, options?: ErrorOptions): StatusError {
  return failure(400, 'BadRequest', message, undefined, options);
}

export function unauthorized(message = 'Unauthorized'): StatusError {
  return failure(401, 'Unauthorized', message);
}

/** 410: the asked revision was compacted away. */
export function expired(message: string): StatusError {
  return failure(410, 'Expired', message);
}

export function internalError(why: string, options?: ErrorOptions): StatusError {
  return failure(500, 'InternalError', `Internal error occurred: ${why}`, { causes: [{ message: why }] }, options);
}

export function serviceUnavailable(message: string): StatusError {
  return failure(503, 'ServiceUnavailable', message);
}

/** 429; a client that honours it waits `retryAfterSeconds` and tries again. */
export function tooManyRequests(message: string, retryAfterSeconds: number, causes?: StatusCause[]): StatusError {
  return failure(429, 'TooManyRequests', message, { retryAfterSeconds, ...(causes && { causes }) });
}
