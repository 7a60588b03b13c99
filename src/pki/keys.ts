import { createPrivateKey, createPublicKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';
import type { Random } from '../base/random.ts';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Where new keys and the numbers of certificates come from. */
export interface KeySource {
  newKeyPair(): KeyPair;
  /** 16 bytes. */
  serial(): Uint8Array;
}

/** A new key of the curve P-256, what kubeadm's ECDSA setting and the kubelet use. About 0.1 ms. */
export function newKeyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
}

/** The generator of the system: nobody can foresee its keys. */
export const systemKeys: KeySource = { newKeyPair, serial: () => randomBytes(16) };

/** An Ed25519 key in PKCS #8 (RFC 8410) is these bytes and its 32. */
const ED25519_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const ED25519_BYTES = 32;

/**
 * Keys that follow from a seed, for simulations that are to run the same again: Ed25519, whose signatures need no randomness (RFC 8032). They protect
 * nothing from those who know the seed.
 */
export function seededKeys(random: Random): KeySource {
  return {
    newKeyPair() {
      const privateKey = createPrivateKey({ key: Buffer.concat([ED25519_PREFIX, random.bytes(ED25519_BYTES)]), format: 'der', type: 'pkcs8' });
      return { privateKey, publicKey: createPublicKey(privateKey) };
    },
    serial: () => random.bytes(16),
  };
}

export function privateKeyPem(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

export function publicKeyPem(key: KeyObject): string {
  return key.export({ type: 'spki', format: 'pem' }).toString();
}

/** Reads a private key in PEM (PKCS#8, PKCS#1 or SEC 1). Throws for anything else. */
export function readKeyPair(privatePem: string): KeyPair {
  const privateKey = createPrivateKey(privatePem);
  return { privateKey, publicKey: createPublicKey(privateKey) };
}

const OID_ECDSA_SHA256 = '1.2.840.10045.4.3.2';
const OID_RSA_SHA256 = '1.2.840.113549.1.1.11';
const OID_ED25519 = '1.3.101.112';

export interface SignatureAlgorithm {
  readonly oid: string;
  /** RSA's identifier carries an explicit NULL (RFC 4055). */
  readonly hasNullParameters: boolean;
  readonly digest: 'sha256' | undefined;
}

/** With what `key` signs certificates and requests. Throws RangeError for keys that are neither EC, RSA nor Ed25519. */
export function signatureAlgorithm(key: KeyObject): SignatureAlgorithm {
  switch (key.asymmetricKeyType) {
    case 'ec': return { oid: OID_ECDSA_SHA256, hasNullParameters: false, digest: 'sha256' };
    case 'rsa': return { oid: OID_RSA_SHA256, hasNullParameters: true, digest: 'sha256' };
    case 'ed25519': return { oid: OID_ED25519, hasNullParameters: false, digest: undefined };
    default: throw new RangeError(`keys of type ${key.asymmetricKeyType} cannot sign certificates here`);
  }
}

export function signBytes(bytes: Uint8Array, key: KeyObject): Buffer {
  return sign(signatureAlgorithm(key).digest, bytes, key);
}
