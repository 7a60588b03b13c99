import type { Clock } from '../../../base/clock.ts';
import type { Identity, TokenAuthenticator, UserInfo } from '../authenticator.ts';
import { type Claims, decodeClaims } from '../jwt-claims.ts';
import { IssuerKeys } from './issuer-keys.ts';
import type { JwtIssuer, Mapping } from './issuer.ts';
import { ALGORITHMS, isSigned, type Algorithm } from './signature.ts';

/** Clocks of issuers may be a little ahead. */
const LEEWAY_SECONDS = 10;

/** Tokens of OpenID Connect issuers. Source: "Authenticating", OpenID Connect Tokens; apiserver plugin/pkg/authenticator/token/oidc. */
export class JwtAuthenticator implements TokenAuthenticator {
  readonly #issuer: JwtIssuer;
  readonly #keys: IssuerKeys;
  readonly #clock: Clock;
  readonly #apiAudiences: readonly string[];

  /** `apiAudiences`: those of the server, for which a token of the issuer counts. */
  constructor(options: { issuer: JwtIssuer; apiAudiences: readonly string[]; clock: Clock }) {
    const { issuer, clock } = options;
    this.#issuer = issuer;
    this.#clock = clock;
    this.#apiAudiences = options.apiAudiences;
    this.#keys = new IssuerKeys({ issuer: issuer.url, discoveryURL: issuer.discoveryURL, ca: issuer.certificateAuthority, clock });
  }

  async authenticateToken(token: string, audiences: readonly string[] = this.#apiAudiences): Promise<Identity | undefined> {
    const [head = '', body = '', signature = '', more] = token.split('.');
    const claims = decodeClaims(body);
    if (more !== undefined || signature === '' || claims?.['iss'] !== this.#issuer.url) return undefined;
    const shared = audiences.filter((one) => this.#apiAudiences.includes(one));
    if (shared.length === 0) return undefined;
    await this.#verify(`${head}.${body}`, signature, decodeClaims(head) ?? {});
    this.#checkTimes(claims);
    this.#checkAudience(claims);
    return { user: this.#userOf(claims), audiences: shared };
  }

  async #verify(text: string, signature: string, { alg, kid }: Claims): Promise<void> {
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

  #userOf(claims: Claims): UserInfo {
    const { username, groups, uid, extra, claimRules, userRules } = this.#issuer;
    for (const rule of claimRules) {
      if ('claim' in rule) {
        if (claims[rule.claim] !== rule.requiredValue) throw new Error(`oidc: required claim ${rule.claim} value does not match`);
      } else if (rule.expression.evaluate({ claims }) !== true) throw new Error(`oidc: ${rule.message}`);
    }
    if ('claim' in username && username.claim === 'email' && 'email_verified' in claims && claims['email_verified'] !== true) throw new Error('oidc: email not verified');
    const name = textOf(username, claims, 'username');
    if (name === '') throw new Error('oidc: the username is empty');
    const extras = extra.map(({ key, expression }): [string, string[]] => [key, textsOf(expression.evaluate({ claims }), `extra ${key}`)]).filter(([, values]) => values.length > 0);
    const id = uid && textOf(uid, claims, 'uid');
    const user: UserInfo = {
      name, groups: groups ? groupsOf(groups, claims) : [], ...(id && { uid: id }),
      ...((extras.length > 0 || claims['jti'] !== undefined) && { extra: { ...Object.fromEntries(extras), ...credentialOf(claims) } }),
    };
    const variable = { username: user.name, uid: user.uid ?? '', groups: user.groups, extra: user.extra ?? {} };
    for (const { expression, message } of userRules) if (expression.evaluate({ user: variable }) !== true) throw new Error(`oidc: ${message}`);
    return user;
  }
}

function credentialOf({ jti }: Claims): Record<string, string[]> {
  return typeof jti === 'string' && jti !== '' ? { 'authentication.kubernetes.io/credential-id': [`JTI=${jti}`] } : {};
}

function textOf(mapping: Mapping, claims: Claims, what: string): string {
  const value = 'claim' in mapping ? claims[mapping.claim] : mapping.expression.evaluate({ claims });
  if (typeof value !== 'string') throw new Error(`oidc: the claim for the ${what} is no text`);
  return 'claim' in mapping && value !== '' ? mapping.prefix + value : value;
}

/** A group alone may stand for a list of one. */
function groupsOf(mapping: Mapping, claims: Claims): string[] {
  if (!('claim' in mapping)) return textsOf(mapping.expression.evaluate({ claims }), 'groups');
  return textsOf(claims[mapping.claim], 'groups').map((group) => mapping.prefix + group);
}

function textsOf(value: unknown, what: string): string[] {
  if (value === undefined || value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((one) => {
    if (typeof one !== 'string') throw new Error(`oidc: the claim for ${what} holds what is no text`);
    return one;
  }).filter(Boolean);
}
