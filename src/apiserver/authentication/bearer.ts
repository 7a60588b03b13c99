import type { Authenticator, Credentials, Identity, TokenAuthenticator } from './authenticator.ts';
import { askInTurn } from './tokens-in-turn.ts';

const PLAIN_BEARER = /^Bearer [^ \t]+$/;
const EXTRA_SPACE = 'the provided Authorization header contains extra space before the bearer token, and is ignored';

/** Hands the bearer token of the Authorization header to one after the other of `tokens`. Source: apiserver pkg/authentication/request/bearertoken. */
export class BearerAuthenticator implements Authenticator {
  readonly #tokens: () => readonly TokenAuthenticator[];

  /** `tokens` may give others from one request to the next. */
  constructor(tokens: () => readonly TokenAuthenticator[]) {
    this.#tokens = tokens;
  }

  authenticate({ headers, audiences }: Credentials): Identity | undefined | Promise<Identity | undefined> {
    const authorization = authorizationOf(headers);
    const token = PLAIN_BEARER.test(authorization) ? authorization.slice('Bearer '.length) : (bearerParts(authorization)?.[0] ?? '');
    return token === '' ? undefined : askInTurn(this.#tokens(), token, { audiences });
  }
}

/** A text for a `Warning` header: the header names a token that is not looked at, for it stands after two spaces. */
export function bearerWarning(headers: Credentials['headers']): string | undefined {
  const parts = bearerParts(authorizationOf(headers));
  return parts?.[0] === '' && parts.length > 1 ? EXTRA_SPACE : undefined;
}

function authorizationOf({ authorization = '' }: Credentials['headers']): string {
  return typeof authorization === 'string' ? authorization : (authorization[0] ?? '');
}

/** What follows the scheme, by its spaces. Undefined for another scheme. */
function bearerParts(authorization: string): string[] | undefined {
  const [scheme = '', ...parts] = authorization.trim().split(' ');
  return scheme.toLowerCase() === 'bearer' ? parts : undefined;
}
