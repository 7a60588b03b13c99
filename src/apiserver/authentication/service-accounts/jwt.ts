import { createHash, sign, verify, type KeyObject } from 'node:crypto';
import { type Claims, decodeClaims } from '../jwt-claims.ts';

/**
 * Compact JSON Web Tokens (RFC 7519) with the asymmetric algorithms that Kubernetes accepts for service accounts, signed and checked at once: under virtual time
 * nothing may wait for a thread.
 */
export interface SigningKey {
  readonly algorithm: string;
  readonly digest: string | null;
  /** As a JWKS publishes it. */
  readonly id: string;
  readonly key: KeyObject;
}

const CURVES: Readonly<Record<string, { algorithm: string; digest: string }>> = {
  'P-256': { algorithm: 'ES256', digest: 'sha256' }, 'P-384': { algorithm: 'ES384', digest: 'sha384' }, 'P-521': { algorithm: 'ES512', digest: 'sha512' },
};

/** `publicKey` is that of `key`. Throws RangeError for a key that signs no tokens. */
export function signingKey(key: KeyObject, publicKey: KeyObject): SigningKey {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  const id = createHash('sha256').update(spki).digest('base64url');
  switch (key.asymmetricKeyType) {
    case 'rsa': return { algorithm: 'RS256', digest: 'sha256', id, key };
    case 'ed25519': return { algorithm: 'EdDSA', digest: null, id, key };
    case 'ec': {
      const curve = CURVES[publicKey.export({ format: 'jwk' }).crv ?? ''];
      if (curve) return { ...curve, id, key };
    }
  }
  throw new RangeError(`keys of type ${key.asymmetricKeyType} sign no tokens`);
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}

export function signJwt(claims: object, { algorithm, digest, id, key }: SigningKey): string {
  const text = `${encode({ alg: algorithm, kid: id })}.${encode(claims)}`;
  const signature = sign(digest, Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

/** The claims of a token without a look at its signature; undefined for what is no token. */
export function readClaims(token: string): Claims | undefined {
  const parts = token.split('.');
  return parts.length === 3 ? decodeClaims(parts[1] ?? '') : undefined;
}

/** The claims of a token that one of `keys` has signed; undefined for what is no token. Throws Error for a token that none of them has signed. */
export function verifyJwt(token: string, keys: readonly SigningKey[]): Claims | undefined {
  const [header = '', payload = '', signature = '', more] = token.split('.');
  const head = more === undefined && signature !== '' ? decodeClaims(header) : undefined;
  const claims = head && decodeClaims(payload);
  if (!claims) return undefined;
  const { alg, kid } = head;
  const named = kid === undefined || kid === '' ? keys : keys.filter(({ id }) => id === kid);
  if (named.length === 0) throw new Error('invalid signature, no keys found');
  const bytes = Buffer.from(`${header}.${payload}`);
  const isSigned = named.some((one) => one.algorithm === alg && verify(one.digest, bytes, { key: one.key, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')));
  if (!isSigned) throw new Error('go-jose/go-jose: error in cryptographic primitive');
  return claims;
}

/** The document under /openid/v1/jwks. */
export function jwks(keys: readonly SigningKey[]): { keys: object[] } {
  return { keys: keys.map(({ algorithm, id, key }) => ({ use: 'sig', kid: id, alg: algorithm, ...key.export({ format: 'jwk' }) })) };
}
