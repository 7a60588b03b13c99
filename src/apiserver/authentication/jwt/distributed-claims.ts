import type { Clock } from '../../../base/clock.ts';
import { isObject } from '../../../apimachinery/patch/json.ts';
import { goQuote } from '../../../apimachinery/go-quote.ts';
import type { Claims } from '../jwt-claims.ts';
import { fetchText } from './fetch.ts';
import type { JwtIssuer } from './issuer.ts';
import { claimedIssuer, TokenVerifier } from './token-verifier.ts';

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

  /** The verifier has seen to it that the sources of all names are there. */
  #sourceIn({ _claim_names: names, _claim_sources: sources }: Claims): { readonly endpoint: string; readonly accessToken: string | undefined } | undefined {
    const name = isObject(names) ? names[this.#claim] : undefined;
    const source = typeof name === 'string' && isObject(sources) ? sources[name] : undefined;
    if (source === undefined) return undefined;
    if (!isObject(source)) throw new Error('oidc: could not parse claim sources');
    const { endpoint, access_token: accessToken } = source;
    // What is signed by another issuer within the token itself (an aggregated claim) is not read, in Kubernetes either.
    return typeof endpoint === 'string' && endpoint !== '' ? { endpoint, accessToken: typeof accessToken === 'string' ? accessToken : undefined } : undefined;
  }

  async #fetch({ endpoint, accessToken }: { readonly endpoint: string; readonly accessToken: string | undefined }): Promise<unknown> {
    const token = await this.#get(endpoint, accessToken);
    const url = claimedIssuer(token);
    if (url === undefined) throw new Error(`getting untrusted issuer from endpoint ${endpoint} failed for claim ${goQuote(this.#claim)}: malformed token`);
    const claims = await this.#verify(url, token);
    if (!claims || !Object.hasOwn(claims, this.#claim)) throw new Error(`jwt returned by distributed claim endpoint ${goQuote(endpoint)} did not contain claim: ${this.#claim}`);
    return claims[this.#claim];
  }

  async #get(endpoint: string, bearer: string | undefined): Promise<string> {
    try {
      return (await fetchText(endpoint, { ca: this.#issuer.certificateAuthority, clock: this.#clock, bearer })).trim();
    } catch (error) {
      throw new Error(`while getting distributed claim ${goQuote(this.#claim)}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }

  async #verify(url: string, token: string): Promise<Claims | undefined> {
    try {
      return await this.#verifierOf(url).verify(token);
    } catch (error) {
      throw new Error(`verify distributed claim token: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
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
