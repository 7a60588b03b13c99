import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

export interface KeyPair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** A new key of the curve P-256, what kubeadm's ECDSA setting and the kubelet use. About 0.1 ms. */
export function newKeyPair(): KeyPair {
  return generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
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
