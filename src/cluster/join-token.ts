import { randomSuffix, type Random } from '../base/random.ts';

/**
 * What lets an agent join: a bootstrap token (`[a-z0-9]{6}.[a-z0-9]{16}`, "Authenticating with Bootstrap Tokens") and the hash of the cluster's
 * certificate authority, so that the agent knows whom it gives the token to.
 */
export interface JoinToken {
  readonly id: string;
  readonly secret: string;
  /** SHA-256 of the authority's certificate in base64url; undefined in a token that came without. */
  readonly authorityHash: string | undefined;
}

const PATTERN = /^([a-z0-9]{6})\.([a-z0-9]{16})(?:\.([A-Za-z0-9_-]{43}))?$/;

export function newJoinToken(random: Random, authorityHash: string): JoinToken {
  return { id: randomSuffix(random, 6), secret: randomSuffix(random, 16), authorityHash };
}

export function formatJoinToken(token: JoinToken): string {
  return [token.id, token.secret, ...(token.authorityHash === undefined ? [] : [token.authorityHash])].join('.');
}

/** Throws Error, saying what a token looks like, for any other text. */
export function parseJoinToken(text: string): JoinToken {
  const match = PATTERN.exec(text);
  if (!match?.[1] || !match[2]) throw new Error('not a join token: it has the form abcdef.0123456789abcdef.HASH; make one with "kubets token create"');
  return { id: match[1], secret: match[2], authorityHash: match[3] };
}

/** The bearer token with which the agent asks for its certificate. */
export function bearerOf(token: JoinToken): string {
  return `${token.id}.${token.secret}`;
}
