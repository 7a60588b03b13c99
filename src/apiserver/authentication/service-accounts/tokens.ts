import type { KeyObject } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';
import { randomUid, type Random } from '../../../base/random.ts';
import type { Claims } from '../jwt-claims.ts';
import { jwks, signingKey, signJwt, verifyJwt, type SigningKey } from './jwt.ts';

/** What Kubernetes asks of a projected token's life; it is then let live a year, for clients that never read it again. */
const PROJECTED_SECONDS = 3607;
const EXTENDED_SECONDS = 365 * 24 * 60 * 60;
const LEGACY_ISSUER = 'kubernetes/serviceaccount';

export interface ObjectReference {
  readonly name: string;
  readonly uid: string;
}

/** Whom a token is for, and what must exist for it to hold. */
export interface TokenSubject {
  readonly namespace: string;
  readonly serviceAccount: ObjectReference;
  readonly pod?: ObjectReference;
  readonly secret?: ObjectReference;
  readonly node?: ObjectReference;
}

export interface IssuedToken {
  readonly id: string;
  readonly token: string;
  /** Milliseconds since 1970. */
  readonly expiresMs: number;
}

/** What a token that this server signed says. */
export interface VerifiedToken extends TokenSubject {
  readonly audiences: readonly string[];
  /** Of a bound token. */
  readonly id: string | undefined;
  readonly expiresMs: number | undefined;
  /** From when on whoever uses it should have read its successor. */
  readonly warnAfterMs?: number;
}

export interface ServiceAccountTokensOptions {
  /** The first one issues; tokens of all are accepted. */
  readonly issuers: readonly string[];
  /** Default: the issuer. */
  readonly apiAudiences?: readonly string[];
  readonly signing: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  /** Of keys that signed before. */
  readonly oldPublicKeys?: readonly KeyObject[];
  /** What the discovery document names; default: a path of this server. */
  readonly jwksUri?: string;
  /** Tokens live no longer than this, whatever is asked for. */
  readonly maxExpirationSeconds?: number;
  /** Default: true, as in Kubernetes. */
  readonly extendsExpiration?: boolean;
  readonly clock: Clock;
  readonly random: Random;
}

/** Issues and reads the tokens of service accounts. Whether their objects still exist is the authenticator's to check. Source: kubernetes pkg/serviceaccount. */
export class ServiceAccountTokens {
  readonly #options: ServiceAccountTokensOptions;
  readonly #signing: SigningKey;
  readonly #verifying: readonly SigningKey[];
  readonly apiAudiences: readonly string[];

  constructor(options: ServiceAccountTokensOptions) {
    this.#options = options;
    const { privateKey, publicKey } = options.signing;
    this.#signing = signingKey(privateKey, publicKey);
    this.#verifying = [publicKey, ...(options.oldPublicKeys ?? [])].map((key) => signingKey(key, key));
    this.apiAudiences = options.apiAudiences ?? options.issuers.slice(0, 1);
  }

  get issuer(): string {
    return this.#options.issuers[0] ?? '';
  }

  /** A bound token. */
  issue(subject: TokenSubject, request: { audiences: readonly string[]; expirationSeconds: number }): IssuedToken {
    const { clock, random, extendsExpiration = true, maxExpirationSeconds = Infinity } = this.#options;
    const now = Math.floor(clock.now() / 1000);
    const { namespace, serviceAccount, pod, secret, node } = subject;
    const expires = now + Math.min(request.expirationSeconds, maxExpirationSeconds);
    const isForServer = request.audiences.every((one) => this.apiAudiences.includes(one));
    const isExtended = extendsExpiration && pod !== undefined && request.expirationSeconds === PROJECTED_SECONDS && isForServer;
    const id = randomUid(random);
    const token = signJwt({
      aud: request.audiences, exp: isExtended ? Math.max(expires, now + Math.min(EXTENDED_SECONDS, maxExpirationSeconds)) : expires, iat: now, iss: this.issuer, jti: id,
      'kubernetes.io': { namespace, ...(node && { node }), ...(pod && { pod }), ...(secret && { secret }), serviceaccount: serviceAccount, ...(isExtended && { warnafter: expires }) },
      nbf: now, sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    }, this.#signing);
    return { id, token, expiresMs: expires * 1000 };
  }

  /** A token of claims that somebody else has put together: the legacy ones of Secrets, which live as long as these. */
  sign(claims: object): string {
    return signJwt(claims, this.#signing);
  }

  /** What a token says if its issuer is ours, it is signed and not expired; else undefined. */
  verify(token: string): VerifiedToken | undefined {
    const claims = verifyJwt(token, this.#verifying);
    if (!claims) return undefined;
    if (claims['iss'] === LEGACY_ISSUER) return legacyToken(claims);
    if (!this.#options.issuers.includes(String(claims['iss']))) return undefined;
    const now = this.#options.clock.now() / 1000;
    const { exp, nbf } = claims;
    if (typeof exp !== 'number' || exp <= now || (typeof nbf === 'number' && nbf > now + 60)) return undefined;
    return boundToken(claims, exp);
  }

  /** The document under /openid/v1/jwks. */
  get keySet(): object {
    return jwks(this.#verifying);
  }

  /** The document under /.well-known/openid-configuration. */
  discovery(jwksUri: string): object {
    return {
      issuer: this.issuer, jwks_uri: this.#options.jwksUri ?? jwksUri, response_types_supported: ['id_token'], subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [...new Set(this.#verifying.map((one) => one.algorithm))],
    };
  }
}

function reference(value: unknown): ObjectReference | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, uid } = value as { name?: unknown; uid?: unknown };
  return typeof name === 'string' && typeof uid === 'string' ? { name, uid } : undefined;
}

function boundToken(claims: Claims, exp: number): VerifiedToken | undefined {
  const own = claims['kubernetes.io'];
  if (typeof own !== 'object' || own === null) return undefined;
  const { namespace, serviceaccount, pod, secret, node, warnafter } = own as Record<string, unknown>;
  const serviceAccount = reference(serviceaccount);
  if (typeof namespace !== 'string' || !serviceAccount) return undefined;
  const [podRef, secretRef, nodeRef] = [reference(pod), reference(secret), reference(node)];
  const { aud, jti } = claims;
  return {
    namespace, serviceAccount, ...(podRef && { pod: podRef }), ...(secretRef && { secret: secretRef }), ...(nodeRef && { node: nodeRef }),
    audiences: (Array.isArray(aud) ? aud : [aud]).filter((one): one is string => typeof one === 'string'),
    id: typeof jti === 'string' ? jti : undefined, expiresMs: exp * 1000, ...(typeof warnafter === 'number' && warnafter > 0 && { warnAfterMs: warnafter * 1000 }),
  };
}

function legacyToken(claims: Claims): VerifiedToken | undefined {
  const text = (key: string): string => {
    const value = claims[`kubernetes.io/serviceaccount/${key}`];
    return typeof value === 'string' ? value : '';
  };
  const [namespace, name, uid, secretName] = [text('namespace'), text('service-account.name'), text('service-account.uid'), text('secret.name')];
  if (namespace === '' || name === '' || secretName === '') return undefined;
  return { namespace, serviceAccount: { name, uid }, secret: { name: secretName, uid: '' }, audiences: [], id: undefined, expiresMs: undefined };
}
