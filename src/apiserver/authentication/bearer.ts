import { unauthorized } from '../../apimachinery/status.ts';
import type { Authenticator, Credentials, Identity, TokenAuthenticator } from './authenticator.ts';

const PLAIN_BEARER = /^Bearer [^ \t]+$/;
const WEBSOCKET_PREFIX = 'base64url.bearer.authorization.k8s.io.';

/** Hands the bearer token of a request to one after the other of `tokens`; a token that nobody knows is refused. */
export class BearerAuthenticator implements Authenticator {
  readonly #tokens: () => readonly TokenAuthenticator[];

  /** `tokens` may give others from one request to the next. */
  constructor(tokens: () => readonly TokenAuthenticator[]) {
    this.#tokens = tokens;
  }

  authenticate(credentials: Credentials): Identity | undefined | Promise<Identity | undefined> {
    const token = bearerOf(credentials);
    return token === undefined ? undefined : ask(this.#tokens(), token, { audiences: credentials.audiences, failure: undefined });
  }
}

/** Asks one after the other. Most answer at once: a promise is made only for those that do not. */
function ask(tokens: readonly TokenAuthenticator[], token: string, { audiences, failure }: { audiences: Credentials['audiences']; failure: unknown }): Identity | Promise<Identity> {
  let why = failure;
  for (let i = 0; i < tokens.length; i++) {
    try {
      const identity = tokens[i]?.authenticateToken(token, audiences);
      if (identity instanceof Promise) return askLater(identity, tokens.slice(i + 1), token, { audiences, failure: why });
      if (identity) return identity;
    } catch (error) {
      // Another one may know it: an issuer that cannot be reached locks nobody else out.
      why ??= error;
    }
  }
  throw why ?? unauthorized();
}

async function askLater(pending: Promise<Identity | undefined>, ...[rest, token, { audiences, failure }]: Parameters<typeof ask>): Promise<Identity> {
  let found: Identity | undefined;
  try {
    found = await pending;
  } catch (error) {
    return ask(rest, token, { audiences, failure: failure ?? error });
  }
  return found ?? ask(rest, token, { audiences, failure });
}

/** The token of the Authorization header, or of the subprotocol with which browsers send one (they cannot set headers of a WebSocket). */
function bearerOf({ headers }: Credentials): string | undefined {
  const { authorization } = headers;
  if (typeof authorization === 'string') {
    if (PLAIN_BEARER.test(authorization)) return authorization.slice('Bearer '.length);
    const [scheme = '', token = ''] = authorization.trim().split(/ +/);
    return scheme.toLowerCase() === 'bearer' && token !== '' ? token : undefined;
  }
  const protocols = headers['sec-websocket-protocol'];
  const offered = (Array.isArray(protocols) ? protocols : [protocols ?? '']).join(',').split(',').map((one: string) => one.trim());
  const encoded = offered.find((one) => one.startsWith(WEBSOCKET_PREFIX));
  if (encoded === undefined) return undefined;
  return Buffer.from(encoded.slice(WEBSOCKET_PREFIX.length), 'base64url').toString('utf8');
}
