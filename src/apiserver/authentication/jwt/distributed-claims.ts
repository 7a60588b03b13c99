import type { Clock } from '../../../base/clock.ts';
import { isObject } from '../../../apimachinery/patch/json.ts';
import { type Claims, decodeClaims } from '../jwt-claims.ts';
import { fetchText } from './fetch.ts';
import type { JwtIssuer } from './issuer.ts';
import { TokenVerifier } from './token-verifier.ts';

/** Verifiers of so many issuers are kept. */
const MOST_ISSUERS = 16;

/**
 * Fetches a claim that a token does not hold but tells where to get: tokens of people in too many groups. Source: OpenID Connect Core, 5.6.2; apiserver
 * plugin/pkg/authenticator/token/oidc, claimResolver.
 */
export class DistributedClaims {
  readonly #claim: string;
  readonly #issuer: JwtIssuer;
  readonly #clock: Clock;
  readonly #verifiers = new Map<string, TokenVerifier>();

  constructor(options: { claim: string; issuer: JwtIssuer; clock: Clock }) {
    this.#claim = options.claim;
    this.#issuer = options.issuer;
    this.#clock = options.clock;
  }

  /** The claims with the one that is elsewhere. Rejects when they say where it is, but it is not there, or not to be believed. */
  async expand(claims: Claims): Promise<Claims> {
    const source = Object.hasOwn(claims, this.#claim) ? undefined : this.#sourceIn(claims);
    return source ? { ...claims, [this.#claim]: await this.#fetch(source) } : claims;
  }

  #sourceIn({ _claim_names: names, _claim_sources: sources }: Claims): { readonly endpoint: string; readonly accessToken: string | undefined } | undefined {
    if (names === undefined) return undefined;
    if (!isObject(names)) throw new Error('oidc: error parsing distributed claim names');
    if (!isObject(sources)) throw new Error('oidc: error parsing distributed claim sources');
    const name = names[this.#claim];
    if (name === undefined) return undefined;
    if (typeof name !== 'string') throw new Error('oidc: error parsing distributed claim names');
    const source = sources[name];
    if (!isObject(source)) throw new Error(`oidc: id token _claim_names contained a source ${name} missing in _claims_sources`);
    const { endpoint, access_token: accessToken } = source;
    // What is signed by another issuer within the token itself (an aggregated claim) is not read, in Kubernetes either.
    return typeof endpoint === 'string' && endpoint !== '' ? { endpoint, accessToken: typeof accessToken === 'string' ? accessToken : undefined } : undefined;
  }

  async #fetch({ endpoint, accessToken }: { readonly endpoint: string; readonly accessToken: string | undefined }): Promise<unknown> {
    const token = (await fetchText(endpoint, { ca: this.#issuer.certificateAuthority, clock: this.#clock, bearer: accessToken })).trim();
    const url = decodeClaims(token.split('.')[1] ?? '')?.['iss'];
    if (typeof url !== 'string') throw new Error(`oidc: getting untrusted issuer from endpoint ${endpoint} failed for claim ${JSON.stringify(this.#claim)}`);
    const claims = await this.#verifierOf(url).verify(token);
    if (!claims || !Object.hasOwn(claims, this.#claim)) throw new Error(`oidc: jwt returned by distributed claim endpoint ${JSON.stringify(endpoint)} did not contain claim: ${this.#claim}`);
    return claims[this.#claim];
  }

  #verifierOf(url: string): TokenVerifier {
    let verifier = this.#verifiers.get(url);
    if (verifier) return verifier;
    if (this.#verifiers.size >= MOST_ISSUERS) this.#verifiers.clear();
    const { discoveryURL } = this.#issuer;
    verifier = new TokenVerifier({ ...this.#issuer, url, discoveryURL: url === this.#issuer.url ? discoveryURL : undefined }, this.#clock);
    this.#verifiers.set(url, verifier);
    return verifier;
  }
}
