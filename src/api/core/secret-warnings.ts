/** A certificate and a key that do not go together, as Go's `tls.X509KeyPair` says it. Source: kubernetes pkg/registry/core/secret/strategy.go. */
import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Secret } from '../generated/core-v1.ts';

interface PemBlock {
  readonly type: string;
  readonly text: string;
}

function pemBlocks(encoded: string | undefined): PemBlock[] {
  const text = Buffer.from(encoded ?? '', 'base64').toString('latin1');
  return [...text.matchAll(/^-----BEGIN ([^\r\n]*?)-----\s[\s\S]*?^-----END \1-----/gm)].map((match) => ({ type: match[1] ?? '', text: match[0] }));
}

const typesText = (blocks: readonly PemBlock[]): string => `[${blocks.map(({ type }) => type).join(' ')}]`;
const isKeyType = (type: string): boolean => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY');

export function secretWarnings({ type, data = {} }: DeepReadonly<Secret>): string[] {
  if (type !== 'kubernetes.io/tls') return [];
  const fault = pairFault(pemBlocks(data['tls.crt']), pemBlocks(data['tls.key']));
  return fault === undefined ? [] : [fault];
}

function pairFault(certificates: readonly PemBlock[], keys: readonly PemBlock[]): string | undefined {
  const certificate = certificates.find((block) => block.type === 'CERTIFICATE');
  if (!certificate) {
    if (certificates.length === 0) return 'tls: failed to find any PEM data in certificate input';
    if (certificates.length === 1 && certificates[0]?.type.endsWith('PRIVATE KEY')) {
      return 'tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched';
    }
    return `tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: ${typesText(certificates)}`;
  }
  const key = keys.find((block) => isKeyType(block.type));
  if (!key) {
    if (keys.length === 0) return 'tls: failed to find any PEM data in key input';
    if (keys.length === 1 && keys[0]?.type === 'CERTIFICATE') return 'tls: found a certificate rather than a key in the PEM for the private key';
    return `tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: ${typesText(keys)}`;
  }
  const leaf = parsed(() => new X509Certificate(certificate.text));
  if (!leaf) return 'x509: malformed certificate';
  const secret = parsed<KeyObject>(() => createPrivateKey(key.text));
  if (!secret) return 'tls: failed to parse private key';
  if (leaf.publicKey.asymmetricKeyType !== secret.asymmetricKeyType) return 'tls: private key type does not match public key type';
  return leaf.checkPrivateKey(secret) ? undefined : 'tls: private key does not match public key';
}

function parsed<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    return undefined;
  }
}
