import type { Clock } from '../../../base/clock.ts';
import { goQuote } from '../../../apimachinery/go-quote.ts';
import { isObject } from '../../../apimachinery/patch/json.ts';
import { type Claims, decodeClaims } from '../jwt-claims.ts';
import { IssuerKeys } from './issuer-keys.ts';
import type { JwtIssuer } from './issuer.ts';
import { isSigned } from './signature.ts';

/** Clocks of issuers may be a little ahead. */
const LEEWAY_SECONDS = 60;
/** Google's tokens may name their issuer without its scheme. */
const GOOGLE = 'https://accounts.google.com';
const GOOGLE_BARE = 'accounts.google.com';
const NO_TIME = '0001-01-01 00:00:00 +0000 UTC';

/** The issuer that a token claims to be of, whoever has signed it; undefined for what is no token. */
export function claimedIssuer(token: string): string | undefined {
  const [, body = '', signature = '', more] = token.split('.');
  const claims = more === undefined && signature !== '' ? decodeClaims(body) : undefined;
  if (!claims) return undefined;
  const { iss } = claims;
  return iss === GOOGLE_BARE ? GOOGLE : typeof iss === 'string' ? iss : '';
}

/** Believes what an issuer has signed, as long as it is meant for one of some audiences and has not expired. Source: coreos/go-oidc 2, IDTokenVerifier, which asks for keys last. */
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
    if (claimedIssuer(token) !== this.#issuer.url) return undefined;
    const [head = '', body = '', signature = ''] = token.split('.');
    const claims = decodeClaims(body) ?? {};
    checkSources(claims);
    const { audiences } = this.#issuer;
    const [audience = ''] = audiences;
    const named = textsOf(claims['aud']);
    const isForUs = audiences.some((one) => named.includes(one));
    if (!isForUs && audiences.length === 1) throw new Error(`oidc: expected audience ${goQuote(audience)} got ${quotedList(named)}`);
    this.#checkTimes(claims);
    await this.#checkSignature(`${head}.${body}`, signature, decodeClaims(head) ?? {});
    if (!isForUs) throw new Error(`oidc: expected audience in ${quotedList([...audiences].sort())} got ${quotedList(named)}`);
    return claims;
  }

  async #checkSignature(text: string, signature: string, { alg, kid }: Claims): Promise<void> {
    const { algorithms } = this.#issuer;
    const algorithm = algorithms.find((one) => one === alg);
    if (!algorithm) throw new Error(`oidc: id token signed with unsupported algorithm, expected ${quotedList(algorithms)} got ${goQuote(typeof alg === 'string' ? alg : '')}`);
    const keyId = typeof kid === 'string' && kid !== '' ? kid : undefined;
    const keys = await this.#keys.forKey(keyId);
    if (!isSigned(Buffer.from(text), Buffer.from(signature, 'base64url'), { algorithm, keyId, keys })) throw new Error('failed to verify signature: failed to verify id token signature');
  }

  #checkTimes(claims: Claims): void {
    const nowMs = this.#clock.now();
    const expiry = timeOf(claims, 'exp');
    if (expiry === undefined || expiry * 1000 < nowMs) throw new Error(`oidc: token is expired (Token Expiry: ${goTime(expiry)})`);
    const notBefore = timeOf(claims, 'nbf');
    if (notBefore !== undefined && nowMs / 1000 + LEEWAY_SECONDS < notBefore) throw new Error(`oidc: current time ${goTime(nowMs / 1000)} before the nbf (not before) time: ${goTime(notBefore)}`);
  }
}

/** A token that says of some claims that they are elsewhere must say where, whether or not anybody asks for them. */
function checkSources({ _claim_names: names, _claim_sources: sources }: Claims): void {
  if (names === undefined || names === null) return;
  if (!isObject(names)) throw new Error('oidc: failed to unmarshal claims');
  for (const name of Object.values(names)) {
    if (typeof name !== 'string') throw new Error('oidc: failed to unmarshal claims');
    if (name === '') throw new Error('oidc: failed to obtain source from claim name');
    if (!isObject(sources) || !Object.hasOwn(sources, name)) throw new Error('oidc: source does not exist');
  }
}

/** Whole seconds since 1970. Throws Error for what is no number, nor a text of one. */
function timeOf(claims: Claims, name: string): number | undefined {
  const value = claims[name];
  if (value === undefined || value === null) return undefined;
  const seconds = typeof value === 'number' ? value : typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : NaN;
  if (Number.isNaN(seconds)) throw new Error('oidc: failed to unmarshal claims');
  return Math.trunc(seconds);
}

/** As Go prints a time. */
function goTime(seconds: number | undefined): string {
  const date = new Date((seconds ?? NaN) * 1000);
  return Number.isNaN(date.getTime()) ? NO_TIME : date.toISOString().replace('T', ' ').replace(/\.?0*Z$/, ' +0000 UTC');
}

function textsOf(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string');
}

/** `["a" "b"]`. */
function quotedList(items: readonly string[]): string {
  return `[${items.map(goQuote).join(' ')}]`;
}
