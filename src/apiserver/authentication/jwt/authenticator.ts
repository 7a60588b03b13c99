import type { Clock } from '../../../base/clock.ts';
import type { Identity, TokenAuthenticator, UserInfo } from '../authenticator.ts';
import type { Claims } from '../jwt-claims.ts';
import { DistributedClaims } from './distributed-claims.ts';
import type { JwtIssuer, Mapping } from './issuer.ts';
import { TokenVerifier } from './token-verifier.ts';

/** Tokens of OpenID Connect issuers. Source: "Authenticating", OpenID Connect Tokens; apiserver plugin/pkg/authenticator/token/oidc. */
export class JwtAuthenticator implements TokenAuthenticator {
  readonly #issuer: JwtIssuer;
  readonly #verifier: TokenVerifier;
  readonly #elsewhere: DistributedClaims | undefined;
  readonly #apiAudiences: readonly string[];

  /** `apiAudiences`: those of the server, for which a token of the issuer counts. */
  constructor(options: { issuer: JwtIssuer; apiAudiences: readonly string[]; clock: Clock }) {
    const { issuer, clock } = options;
    this.#issuer = issuer;
    this.#apiAudiences = options.apiAudiences;
    this.#verifier = new TokenVerifier(issuer, clock);
    const { groups } = issuer;
    this.#elsewhere = groups && 'claim' in groups ? new DistributedClaims({ claim: groups.claim, issuer, clock }) : undefined;
  }

  async authenticateToken(token: string, audiences: readonly string[] = this.#apiAudiences): Promise<Identity | undefined> {
    const shared = audiences.filter((one) => this.#apiAudiences.includes(one));
    if (shared.length === 0) return undefined;
    const claims = await this.#verifier.verify(token);
    if (!claims) return undefined;
    return { user: this.#userOf(this.#elsewhere ? await this.#elsewhere.expand(claims) : claims), audiences: shared };
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
