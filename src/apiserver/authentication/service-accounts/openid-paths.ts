import type { Answer } from '../../answer.ts';
import { methodNotAllowed, type PathHandler } from '../../handlers/dispatcher.ts';
import { headerOf, type ApiRequest } from '../../request.ts';
import type { ServiceAccountTokens } from './tokens.ts';

/**
 * `/.well-known/openid-configuration` and `/openid/v1/jwks`: with them others check the tokens of service accounts. Nothing is served for an issuer that is no https
 * address. Source: "Configure Service Accounts for Pods", service account issuer discovery.
 */
export class OpenIdPaths implements PathHandler {
  readonly #tokens: ServiceAccountTokens;
  readonly #externalAddress: () => string;

  /** `externalAddress`: `host:port` for clients that name no host. */
  constructor(tokens: ServiceAccountTokens, externalAddress: () => string) {
    this.#tokens = tokens;
    this.#externalAddress = externalAddress;
  }

  handle(request: ApiRequest): Answer | undefined {
    const path = request.info.path.replace(/\/$/, '');
    if (path !== '/.well-known/openid-configuration' && path !== '/openid/v1/jwks') return undefined;
    if (!this.#tokens.issuer.startsWith('https://')) return undefined;
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed();
    const isKeys = path.endsWith('jwks');
    const host = this.#externalAddress() || (headerOf(request, ':authority') ?? headerOf(request, 'host') ?? '');
    const document = isKeys ? this.#tokens.keySet : this.#tokens.discovery(`https://${host}/openid/v1/jwks`);
    return {
      status: 200, type: 'bytes', contentType: isKeys ? 'application/jwk-set+json' : 'application/json', bytes: Buffer.from(JSON.stringify(document)),
      headers: { 'cache-control': 'public, max-age=3600' },
    };
  }
}
