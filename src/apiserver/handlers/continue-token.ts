import { badRequest } from '../../apimachinery/status.ts';

/** Where a list goes on: the revision of its first page, and the last key that was given. Upstream's own form (pkg/storage/continue.go), so that its clients' tests hold. */
export interface ContinueToken {
  /** Undefined: of an expired token, to go on with the newest state. */
  readonly revision: number | undefined;
  /** Relative to the prefix. */
  readonly after: string;
}

export function encodeContinue(token: ContinueToken): string {
  const text = JSON.stringify({ v: 'meta.k8s.io/v1', rv: token.revision ?? -1, start: `${token.after}\u0000` });
  return Buffer.from(text).toString('base64url');
}

/** Throws StatusError 400. */
export function decodeContinue(text: string): ContinueToken {
  let value: { v?: unknown; rv?: unknown; start?: unknown } | null;
  try {
    value = JSON.parse(Buffer.from(text, 'base64url').toString('utf8')) as typeof value;
  } catch (error) {
    throw badRequest('continue key is not valid: illegal base64 data at input byte 0', { cause: error });
  }
  if (typeof value !== 'object' || value === null) throw badRequest('continue key is not valid: json: cannot unmarshal');
  if (value.v !== 'meta.k8s.io/v1') throw badRequest(`continue key is not valid: server does not recognize this encoded version ${JSON.stringify(value.v ?? '')}`);
  if (typeof value.rv !== 'number' || value.rv === 0) throw badRequest('continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)');
  if (typeof value.start !== 'string' || value.start === '') throw badRequest('continue key is not valid: encoded start key empty (version meta.k8s.io/v1)');
  const after = value.start.endsWith('\u0000') ? value.start.slice(0, -1) : value.start;
  if (after.startsWith('/') || after.split('/').some((part) => part === '..' || part === '.')) {
    throw badRequest(`continue key is not valid: encoded key is not valid: ${JSON.stringify(after)}`);
  }
  return { revision: value.rv < 0 ? undefined : value.rv, after };
}
