import { unauthorized } from '../../apimachinery/status.ts';
import type { Authenticator, Credentials, Identity, TokenAuthenticator } from './authenticator.ts';

const WEBSOCKET_PREFIX = 'base64url.bearer.authorization.k8s.io.';

/** Hands the bearer token of a request to one after the other of `tokens`; a token that nobody knows is refused. */
export class BearerAuthenticator implements Authenticator {
  readonly #tokens: () => readonly TokenAuthenticator[];

  /** `tokens` may give others from one request to the next. */
  constructor(tokens: () => readonly TokenAuthenticator[]) {
    this.#tokens = tokens;
  }

  async authenticate(credentials: Credentials): Promise<Identity | undefined> {
    const token = bearerOf(credentials);
    if (token === undefined) return undefined;
    let failure: unknown;
    for (const one of this.#tokens()) {
      try {
        const identity = await one.authenticateToken(token, credentials.audiences);
        if (identity) return identity;
      } catch (error) {
        // Another one may know it: an issuer that cannot be reached locks nobody else out.
        failure ??= error;
      }
    }
    throw failure ?? unauthorized();
  }
}

/** The token of the Authorization header, or of the subprotocol with which browsers send one (they cannot set headers of a WebSocket). */
function bearerOf({ headers }: Credentials): string | undefined {
  const { authorization } = headers;
  if (typeof authorization === 'string') {
    const [scheme = '', token = ''] = authorization.trim().split(/ +/);
    return scheme.toLowerCase() === 'bearer' && token !== '' ? token : undefined;
  }
  const protocols = headers['sec-websocket-protocol'];
  const offered = (Array.isArray(protocols) ? protocols : [protocols ?? '']).join(',').split(',').map((one: string) => one.trim());
  const encoded = offered.find((one) => one.startsWith(WEBSOCKET_PREFIX));
  if (encoded === undefined) return undefined;
  return Buffer.from(encoded.slice(WEBSOCKET_PREFIX.length), 'base64url').toString('utf8');
}
