import type { Clock } from '../../../base/clock.ts';
import { fetchJson } from './fetch.ts';
import { keysOf, type PublicKey } from './signature.ts';

/** Not asked more often than this, whatever unknown keys tokens name. */
const REFRESH_MS = 10_000;
/** Keys that have been withdrawn stop to count after this. */
const STALE_MS = 3_600_000;

/** The keys of an issuer: found by OpenID Connect discovery, kept, and asked for again when a token names one that is not known. */
export class IssuerKeys {
  readonly #options: { readonly issuer: string; readonly discoveryURL: string | undefined; readonly ca: string | undefined; readonly clock: Clock };
  #keys: readonly PublicKey[] = [];
  #fetchedAt = -Infinity;
  #pending: Promise<void> | undefined;

  constructor(options: { issuer: string; discoveryURL: string | undefined; ca: string | undefined; clock: Clock }) {
    this.#options = options;
  }

  /** Keys for a token that names `keyId`. Rejects when the issuer cannot be reached and nothing is known of it. */
  async forKey(keyId: string | undefined): Promise<readonly PublicKey[]> {
    const age = this.#options.clock.monotonic() - this.#fetchedAt;
    const isKnown = this.#keys.length > 0 && (keyId === undefined || this.#keys.some(({ id }) => id === keyId));
    if ((!isKnown && age > REFRESH_MS) || age > STALE_MS) await this.#refresh();
    return this.#keys;
  }

  #refresh(): Promise<void> {
    return (this.#pending ??= this.#fetch().finally(() => (this.#pending = undefined)));
  }

  async #fetch(): Promise<void> {
    const { issuer, discoveryURL, clock } = this.#options;
    const url = discoveryURL ?? `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const found = (await fetchJson(url, this.#options)) as { issuer?: unknown; jwks_uri?: unknown } | null;
    if (found?.issuer !== issuer) throw new Error(`oidc: issuer did not match the issuer returned by provider, expected ${JSON.stringify(issuer)} got ${JSON.stringify(found?.issuer)}`);
    if (typeof found.jwks_uri !== 'string') throw new Error(`${url}: no jwks_uri`);
    this.#keys = keysOf(await fetchJson(found.jwks_uri, this.#options));
    this.#fetchedAt = clock.monotonic();
  }
}
