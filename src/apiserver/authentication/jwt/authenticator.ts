import type { Clock } from '../../../base/clock.ts';
import { goQuote } from '../../../apimachinery/go-quote.ts';
import type { Identity, TokenAuthenticator, UserInfo } from '../authenticator.ts';
import type { Claims } from '../jwt-claims.ts';
import { booleanClaim, hasClaim, textClaim, textsClaim } from './claim-values.ts';
import { DistributedClaims } from './distributed-claims.ts';
import type { CompiledExpression } from './expressions.ts';
import type { JwtIssuer } from './issuer.ts';
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
    const claims = await explaining('verify token', this.#verifier.verify(token));
    if (!claims) return undefined;
    return { user: this.#userOf(this.#elsewhere ? await explaining('could not expand distributed claims', this.#elsewhere.expand(claims)) : claims), audiences: shared };
  }

  #userOf(claims: Claims): UserInfo {
    const { extra } = this.#issuer;
    const name = this.#name(claims);
    const groups = this.#groups(claims);
    const uid = this.#uid(claims);
    const extras = { ...credentialOf(claims), ...Object.fromEntries(extra.map(({ key, expression }): [string, string[]] => [key, extraOf(expression, claims)]).filter(([, values]) => values.length > 0)) };
    this.#checkClaims(claims);
    const user: UserInfo = { name, groups, ...(uid && { uid }), ...(Object.keys(extras).length > 0 && { extra: extras }) };
    this.#checkUser(user);
    return user;
  }

  #name(claims: Claims): string {
    const { username } = this.#issuer;
    if (!('claim' in username)) {
      const name = told('error evaluating username claim expression', () => textResult(username.expression, claims, 'username'));
      if (name === '') throw new Error('oidc: empty username via CEL expression is not allowed');
      return name;
    }
    const { claim, prefix } = username;
    const name = told(`parse username claims ${goQuote(claim)}`, () => textClaim(claims, claim));
    const isUnverified = claim === 'email' && hasClaim(claims, 'email_verified') && !told("parse 'email_verified' claim", () => booleanClaim(claims, 'email_verified'));
    if (isUnverified) throw new Error('oidc: email not verified');
    return prefix + name;
  }

  #groups(claims: Claims): string[] {
    const { groups } = this.#issuer;
    if (!groups) return [];
    if (!('claim' in groups)) return told('error evaluating group claim expression', () => textsResult(groups.expression, claims));
    if (!hasClaim(claims, groups.claim)) return [];
    return told(`parse groups claim ${goQuote(groups.claim)}`, () => textsClaim(claims, groups.claim)).map((group) => groups.prefix + group);
  }

  #uid(claims: Claims): string {
    const { uid } = this.#issuer;
    if (!uid) return '';
    if ('claim' in uid) return told(`parse uid claim ${goQuote(uid.claim)}`, () => textClaim(claims, uid.claim));
    return told('error evaluating uid claim expression', () => textResult(uid.expression, claims, 'uid'));
  }

  #checkClaims(claims: Claims): void {
    const { claimRules } = this.#issuer;
    for (const rule of claimRules) {
      if (!('claim' in rule)) continue;
      const { claim, requiredValue } = rule;
      if (!hasClaim(claims, claim)) throw new Error(`oidc: required claim ${claim} not present in ID token`);
      const value = told(`parse claim ${claim}`, () => textClaim(claims, claim));
      if (value !== requiredValue) throw new Error(`oidc: required claim ${claim} value does not match. Got = ${value}, want = ${requiredValue}`);
    }
    told('error evaluating claim validation expression', () => {
      for (const rule of claimRules) if (!('claim' in rule) && rule.expression.evaluate({ claims }) !== true) throw new Error(rule.message);
    });
  }

  #checkUser({ name, uid = '', groups, extra = {} }: UserInfo): void {
    const variables = { user: { username: name, uid, groups, extra } };
    told('error evaluating user info validation rule', () => {
      for (const { expression, message } of this.#issuer.userRules) if (expression.evaluate(variables) !== true) throw new Error(message);
    });
  }
}

function explained(what: string, error: unknown): Error {
  return new Error(`oidc: ${what}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
}

/** Rejects with errors that say at what it failed. */
async function explaining<T>(what: string, pending: Promise<T>): Promise<T> {
  try {
    return await pending;
  } catch (error) {
    throw explained(what, error);
  }
}

/** As `explaining`, at once. */
function told<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    throw explained(what, error);
  }
}

function credentialOf({ jti }: Claims): Record<string, string[]> {
  return typeof jti === 'string' && jti !== '' ? { 'authentication.kubernetes.io/credential-id': [`JTI=${jti}`] } : {};
}

function textResult(expression: CompiledExpression, claims: Claims, what: string): string {
  const value = expression.evaluate({ claims });
  if (typeof value !== 'string') throw new Error(`${what} claim expression must return a string`);
  return value;
}

function extraOf(expression: CompiledExpression, claims: Claims): string[] {
  return told(`error evaluating extra claim expression: ${expression.source}`, () => textsResult(expression, claims));
}

/** Empty texts are as those that are not there. */
function textsResult(expression: CompiledExpression, claims: Claims): string[] {
  const value = expression.evaluate({ claims });
  if (value === null) return [];
  const list: unknown[] = Array.isArray(value) ? value : [value];
  return list.map((one) => {
    if (typeof one !== 'string') throw new Error('expression must return a string or a list of strings');
    return one;
  }).filter(Boolean);
}
