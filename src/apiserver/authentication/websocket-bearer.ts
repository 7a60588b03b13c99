import { isUtf8 } from 'node:buffer';
import type { Authenticator, Credentials, Identity, TokenAuthenticator } from './authenticator.ts';
import { askInTurn } from './tokens-in-turn.ts';

const PREFIX = 'base64url.bearer.authorization.k8s.io.';

/** The token that browsers name as a protocol of a WebSocket, for they cannot set its headers. Source: apiserver pkg/authentication/request/websocket. */
export class WebSocketBearerAuthenticator implements Authenticator {
  readonly #tokens: () => readonly TokenAuthenticator[];

  /** `tokens` may give others from one request to the next. */
  constructor(tokens: () => readonly TokenAuthenticator[]) {
    this.#tokens = tokens;
  }

  authenticate({ headers, audiences }: Credentials): Identity | undefined | Promise<Identity | undefined> {
    if (headers['upgrade'] === undefined || !isWebSocket(headers)) return undefined;
    const token = tokenOf(headers);
    return token === undefined ? undefined : askInTurn(this.#tokens(), token, { audiences });
  }
}

function isWebSocket({ upgrade, connection }: Credentials['headers']): boolean {
  return firstOf(upgrade).toLowerCase() === 'websocket' && firstOf(connection).toLowerCase().split(',').some((one) => one.trim() === 'upgrade');
}

function firstOf(value: Credentials['headers'][string]): string {
  return typeof value === 'string' ? value : (value?.[0] ?? '');
}

/** Another protocol must be offered with it: there must be one to answer with. Throws Error. */
function tokenOf({ 'sec-websocket-protocol': offered = '' }: Credentials['headers']): string | undefined {
  const protocols = (typeof offered === 'string' ? offered : offered.join(',')).split(',').map((one) => one.trim());
  const named = protocols.filter((one) => one.startsWith(PREFIX));
  const [first] = named;
  if (first === undefined) return undefined;
  if (named.length > 1) throw new Error('multiple base64.bearer.authorization tokens specified');
  const encoded = first.slice(PREFIX.length);
  const bytes = Buffer.from(encoded, 'base64url');
  if (bytes.toString('base64url') !== encoded) throw new Error('invalid base64.bearer.authorization token encoding');
  if (!isUtf8(bytes)) throw new Error('invalid base64.bearer.authorization token');
  if (bytes.length === 0) return undefined;
  if (protocols.length === named.length) throw new Error('missing additional subprotocol');
  return bytes.toString('utf8');
}
