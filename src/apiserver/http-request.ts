import type { AuditTrail } from './audit/event.ts';
import type { Identity, UserInfo } from './authentication/authenticator.ts';
import type { Exchange, IncomingHeaders } from './http/exchange.ts';
import type { RequestInfo } from './http/request-info.ts';
import { MAX_BODY_BYTES } from './registry/body.ts';
import type { ApiRequest, Query, RequestBody } from './request.ts';

interface Parts {
  readonly info: RequestInfo;
  readonly query: Query;
  readonly identity: Identity;
  readonly warnings: string[];
  readonly annotations: Map<string, string>;
  readonly audit: AuditTrail | undefined;
}

/** A request that came over HTTP. */
export class HttpRequest implements ApiRequest {
  readonly exchange: Exchange;
  readonly info: RequestInfo;
  readonly method: string;
  readonly query: Query;
  readonly headers: IncomingHeaders;
  readonly user: UserInfo;
  readonly warnings: string[];
  readonly annotations: Map<string, string>;
  readonly audit: AuditTrail | undefined;
  readonly audiences?: readonly string[];

  constructor(exchange: Exchange, parts: Parts) {
    this.exchange = exchange;
    this.info = parts.info;
    this.method = exchange.method;
    this.query = parts.query;
    this.headers = exchange.headers;
    this.user = parts.identity.user;
    this.warnings = parts.warnings;
    this.annotations = parts.annotations;
    this.audit = parts.audit;
    if (parts.identity.audiences) this.audiences = parts.identity.audiences;
  }

  get signal(): AbortSignal {
    return this.exchange.signal;
  }

  readBody(): RequestBody | Promise<RequestBody> {
    const bytes = this.exchange.readBody(MAX_BODY_BYTES);
    return bytes instanceof Promise ? bytes.then((later) => ({ bytes: later })) : { bytes };
  }
}
