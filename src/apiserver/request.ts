import type { AuditTrail } from './audit/event.ts';
import type { UserInfo } from './authentication/authenticator.ts';
import type { Exchange, IncomingHeaders } from './http/exchange.ts';
import type { RequestInfo } from './http/request-info.ts';

/** The body of a request: bytes as they came, or, in process, an object that must not be changed. */
export type RequestBody = { readonly bytes: Buffer } | { readonly object: object };

/** One request on its way through the server, however it came. */
export interface ApiRequest {
  readonly info: RequestInfo;
  readonly method: string;
  readonly query: Query;
  readonly headers: IncomingHeaders;
  readonly user: UserInfo;
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** Texts for `Warning` headers. */
  readonly warnings: string[];
  /** Annotations for the audit event. */
  readonly annotations: Map<string, string>;
  /** Undefined: nothing of it is recorded. */
  readonly audit?: AuditTrail | undefined;
  /** What the user's certificate or token proved beyond the name: audiences of a token. */
  readonly audiences?: readonly string[];
  /** Only of requests that came over HTTP. */
  readonly exchange: Exchange | undefined;
  /** A promise unless the body has come already. */
  readBody(): RequestBody | Promise<RequestBody>;
}

const MAYBE_MALFORMED = /;|%(?![0-9A-Fa-f]{2})/;

/** Go leaves out what it cannot read of a query: broken escapes, and semicolons, which once divided parameters. */
function wellFormed(text: string): string {
  return text.split('&').filter((pair) => !MAYBE_MALFORMED.test(pair)).join('&');
}

/** The parameters behind `?`, each possibly several times. */
export class Query {
  readonly #parameters: URLSearchParams | undefined;

  constructor(parameters: URLSearchParams | undefined) {
    this.#parameters = parameters;
  }

  static readonly none: Query = new Query(undefined);

  static parse(text: string): Query {
    return text === '' ? Query.none : new Query(new URLSearchParams(MAYBE_MALFORMED.test(text) ? wellFormed(text) : text));
  }

  get(name: string): string | undefined {
    return this.#parameters?.get(name) ?? undefined;
  }

  all(name: string): string[] {
    return this.#parameters?.getAll(name) ?? [];
  }

  get isEmpty(): boolean {
    return this.#parameters === undefined;
  }

  toString(): string {
    return this.#parameters?.toString() ?? '';
  }
}

export function headerOf(request: { readonly headers: IncomingHeaders }, name: string): string | undefined {
  const value = request.headers[name];
  return typeof value === 'string' || value === undefined ? value : value.join(', ');
}
