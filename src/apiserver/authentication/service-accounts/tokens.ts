import type { KeyObject } from 'node:crypto';
import type { Clock } from '../../../base/clock.ts';
import { randomUid, type Random } from '../../../base/random.ts';
import type { Claims } from '../jwt-claims.ts';
import { jwks, readClaims, signingKey, signJwt, verifyJwt, type SigningKey } from './jwt.ts';

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
  /** Kept in a Secret, and good for as long as that is. */
  readonly isLegacy: boolean;
  /** `sub`, as it stands there. */
  readonly subject: string;
  readonly audiences: readonly string[];
  readonly id: string | undefined;
  readonly expiresMs: number | undefined;
  readonly notBeforeMs: number | undefined;
  readonly issuedMs: number | undefined;
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

  /** How long a token lives for which so many seconds are asked. */
  grantedSeconds(asked: number): number {
    return Math.min(asked, this.#options.maxExpirationSeconds ?? Infinity);
  }

  /** A bound token. */
  issue(subject: TokenSubject, request: { audiences: readonly string[]; expirationSeconds: number }): IssuedToken {
    const { clock, random, extendsExpiration = true } = this.#options;
    const now = Math.floor(clock.now() / 1000);
    const { namespace, serviceAccount, pod, secret, node } = subject;
    const seconds = this.grantedSeconds(request.expirationSeconds);
    const expires = now + seconds;
    const isForServer = request.audiences.every((one) => this.apiAudiences.includes(one));
    const isExtended = extendsExpiration && pod !== undefined && seconds === PROJECTED_SECONDS && isForServer;
    const id = randomUid(random);
    const token = signJwt({
      aud: request.audiences, exp: isExtended ? now + EXTENDED_SECONDS : expires, iat: now, iss: this.issuer, jti: id,
      'kubernetes.io': { namespace, ...(node && { node: { name: node.name, ...(node.uid && { uid: node.uid }) } }), ...(pod && { pod }), ...(secret && { secret }), serviceaccount: serviceAccount, ...(isExtended && { warnafter: expires }) },
      nbf: now, sub: `system:serviceaccount:${namespace}:${serviceAccount.name}`,
    }, this.#signing);
    return { id, token, expiresMs: expires * 1000 };
  }

  /** A token of claims that somebody else has put together: the legacy ones of Secrets, which live as long as these. */
  sign(claims: object): string {
    return signJwt(claims, this.#signing);
  }

  /** What a token says if its issuer is ours; undefined if not. Whether it holds now is the authenticator's to check. Throws Error for one of ours that is not signed. */
  verify(token: string): VerifiedToken | undefined {
    const issuer = readClaims(token)?.['iss'];
    if (issuer !== LEGACY_ISSUER && !this.#options.issuers.includes(String(issuer))) return undefined;
    const claims = verifyJwt(token, this.#verifying);
    return claims && (issuer === LEGACY_ISSUER ? legacyToken(claims) : boundToken(claims));
  }

  /** The document under /openid/v1/jwks. */
  get keySet(): object {
    return jwks(this.#verifying);
  }

  /** The document under /.well-known/openid-configuration. */
  discovery(jwksUri: string): object {
    return {
      issuer: this.issuer, jwks_uri: this.#options.jwksUri ?? jwksUri, response_types_supported: ['id_token'], subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [...new Set(this.#verifying.map((one) => one.algorithm))].sort(),
    };
  }
}

function reference(value: unknown): ObjectReference | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { name, uid } = value as { name?: unknown; uid?: unknown };
  return typeof name === 'string' ? { name, uid: textOf(uid) } : undefined;
}

function boundToken(claims: Claims): VerifiedToken {
  const own = claims['kubernetes.io'];
  const { namespace, serviceaccount, pod, secret, node, warnafter } = (typeof own === 'object' && own !== null ? own : {}) as Record<string, unknown>;
  const [podRef, secretRef, nodeRef] = [reference(pod), reference(secret), reference(node)];
  const { aud, jti } = claims;
  const warnAfterMs = timeOf(warnafter);
  return {
    isLegacy: false, subject: textOf(claims['sub']), namespace: textOf(namespace), serviceAccount: reference(serviceaccount) ?? { name: '', uid: '' },
    ...(podRef && { pod: podRef }), ...(secretRef && { secret: secretRef }), ...(nodeRef && { node: nodeRef }),
    audiences: (Array.isArray(aud) ? aud : [aud]).filter((one): one is string => typeof one === 'string'),
    id: typeof jti === 'string' && jti !== '' ? jti : undefined, ...timesOf(claims), ...(warnAfterMs !== undefined && warnAfterMs > 0 && { warnAfterMs }),
  };
}

function legacyToken(claims: Claims): VerifiedToken {
  const own = (key: string): string => textOf(claims[`kubernetes.io/serviceaccount/${key}`]);
  return {
    isLegacy: true, subject: textOf(claims['sub']), namespace: own('namespace'), serviceAccount: { name: own('service-account.name'), uid: own('service-account.uid') },
    secret: { name: own('secret.name'), uid: '' }, audiences: [], id: undefined, ...timesOf(claims),
  };
}

function timesOf({ exp, nbf, iat }: Claims): Pick<VerifiedToken, 'expiresMs' | 'notBeforeMs' | 'issuedMs'> {
  return { expiresMs: timeOf(exp), notBeforeMs: timeOf(nbf), issuedMs: timeOf(iat) };
}

function timeOf(seconds: unknown): number | undefined {
  return typeof seconds === 'number' ? seconds * 1000 : undefined;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
