import { constants, createPublicKey, verify, type KeyObject } from 'node:crypto';

/** Algorithms of RFC 7518 that tokens of an issuer may be signed with. */
export const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512', 'PS256', 'PS384', 'PS512'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export interface PublicKey {
  readonly id: string | undefined;
  readonly key: KeyObject;
}

/** The keys of a JWKS document that can check signatures; others are left out. */
export function keysOf(document: unknown): PublicKey[] {
  const { keys } = (typeof document === 'object' && document !== null ? document : {}) as { keys?: unknown };
  if (!Array.isArray(keys)) throw new Error('the key set has no keys');
  return keys.flatMap((jwk: { kid?: unknown; use?: unknown; kty?: unknown }) => {
    if (jwk.use === 'enc' || jwk.kty === 'oct') return [];
    return [{ id: typeof jwk.kid === 'string' ? jwk.kid : undefined, key: createPublicKey({ key: jwk as object, format: 'jwk' }) }];
  });
}

/** Whether one of `keys` has signed `bytes`. */
export function isSigned(bytes: Buffer, signature: Buffer, by: { algorithm: Algorithm; keyId: string | undefined; keys: readonly PublicKey[] }): boolean {
  const { algorithm, keyId, keys } = by;
  return keys.some(({ id, key }) => (keyId === undefined || keyId === id) && isOfType(key, algorithm) && check(bytes, signature, algorithm, key));
}

function isOfType(key: KeyObject, algorithm: Algorithm): boolean {
  return key.asymmetricKeyType === (algorithm.startsWith('E') ? 'ec' : 'rsa');
}

function check(bytes: Buffer, signature: Buffer, algorithm: Algorithm, key: KeyObject): boolean {
  const digest = `sha${algorithm.slice(2)}`;
  if (algorithm.startsWith('ES')) return verify(digest, bytes, { key, dsaEncoding: 'ieee-p1363' }, signature);
  if (algorithm.startsWith('RS')) return verify(digest, bytes, key, signature);
  return verify(digest, bytes, { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST }, signature);
}
