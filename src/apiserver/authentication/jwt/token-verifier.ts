import type { Clock } from '../../../base/clock.ts';
import { type Claims, decodeClaims } from '../jwt-claims.ts';
import { IssuerKeys } from './issuer-keys.ts';
import type { JwtIssuer } from './issuer.ts';
import { ALGORITHMS, isSigned, type Algorithm } from './signature.ts';

/** Clocks of issuers may be a little ahead. */
const LEEWAY_SECONDS = 10;

/** Believes what an issuer has signed, as long as it is meant for one of some audiences and has not expired. */
export class TokenVerifier {
  readonly #issuer: Pick<JwtIssuer, 'url' | 'audiences' | 'algorithms'>;
  readonly #keys: IssuerKeys;
  readonly #clock: Clock;

  constructor(issuer: Pick<JwtIssuer, 'url' | 'discoveryURL' | 'certificateAuthority' | 'audiences' | 'algorithms'>, clock: Clock) {
    this.#issuer = issuer;
    this.#clock = clock;
    this.#keys = new IssuerKeys({ issuer: issuer.url, discoveryURL: issuer.discoveryURL, ca: issuer.certificateAuthority, clock });
  }

  /** What the token claims; undefined for what is no token of the issuer. Rejects for one that is not to be believed. */
  async verify(token: string): Promise<Claims | undefined> {
    const [head = '', body = '', signature = '', more] = token.split('.');
    const claims = decodeClaims(body);
    if (more !== undefined || signature === '' || claims?.['iss'] !== this.#issuer.url) return undefined;
    await this.#checkSignature(`${head}.${body}`, signature, decodeClaims(head) ?? {});
    this.#checkTimes(claims);
    this.#checkAudience(claims);
    return claims;
  }

  async #checkSignature(text: string, signature: string, { alg, kid }: Claims): Promise<void> {
    const algorithm = ALGORITHMS.find((one) => one === alg);
    if (!algorithm || !this.#issuer.algorithms.includes(algorithm satisfies Algorithm)) throw new Error(`oidc: verify token: signature algorithm ${JSON.stringify(alg)} is not allowed`);
    const keyId = typeof kid === 'string' ? kid : undefined;
    const keys = await this.#keys.forKey(keyId);
    if (!isSigned(Buffer.from(text), Buffer.from(signature, 'base64url'), { algorithm, keyId, keys })) throw new Error('oidc: verify token: failed to verify signature');
  }

  #checkTimes({ exp, nbf }: Claims): void {
    const now = this.#clock.now() / 1000;
    if (typeof exp !== 'number' || exp <= now) throw new Error('oidc: verify token: token is expired');
    if (typeof nbf === 'number' && nbf > now + LEEWAY_SECONDS) throw new Error('oidc: verify token: token is not valid yet');
  }

  #checkAudience({ aud }: Claims): void {
    const named: unknown[] = Array.isArray(aud) ? aud : [aud];
    if (!this.#issuer.audiences.some((one) => named.includes(one))) throw new Error('oidc: verify token: expected audience not found in the token');
  }
}
