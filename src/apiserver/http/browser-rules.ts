import { AddedHeaders } from './added-headers.ts';
import type { Exchange, OutgoingHeaders } from './exchange.ts';

/** What browsers are told besides. */
export interface BrowserOptions {
  /** Pages of these origins may read answers: `--cors-allowed-origins`. */
  readonly allowedOrigins: readonly RegExp[];
  /** `max-age=31536000`, ...: `--strict-transport-security-directives`. */
  readonly transportDirectives: readonly string[];
}

/** Source: apiserver pkg/server/filters/cors.go. */
const ALLOWED: Readonly<OutgoingHeaders> = {
  'access-control-allow-methods': 'POST, GET, OPTIONS, PUT, DELETE, PATCH',
  'access-control-allow-headers': 'Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token, Authorization, X-Requested-With, If-Modified-Since',
  'access-control-expose-headers': 'Date',
  'access-control-allow-credentials': 'true',
};

/** Tells browsers who may read answers, and that this server is spoken to by TLS only. Source: apiserver pkg/server/filters, cors.go and hsts.go. */
export class BrowserRules {
  readonly #options: BrowserOptions;

  constructor(options: BrowserOptions) {
    this.#options = options;
  }

  /** Undefined: this was a question of the browser alone, and has been answered. */
  apply(exchange: Exchange): Exchange | undefined {
    const { allowedOrigins, transportDirectives } = this.#options;
    const headers: OutgoingHeaders = {};
    if (transportDirectives.length > 0) headers['strict-transport-security'] = transportDirectives.join('; ');
    const { origin } = exchange.headers;
    if (typeof origin === 'string' && origin !== '' && allowedOrigins.some((one) => one.test(origin))) {
      Object.assign(headers, ALLOWED, { 'access-control-allow-origin': origin });
      if (exchange.method === 'OPTIONS') {
        exchange.send(204, headers);
        return undefined;
      }
    }
    return new AddedHeaders(exchange, headers);
  }
}
