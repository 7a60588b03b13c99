import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Authenticator, TokenAuthenticator } from '../apiserver/authentication/authenticator.ts';
import { BearerAuthenticator } from '../apiserver/authentication/bearer.ts';
import { BootstrapTokenAuthenticator } from '../apiserver/authentication/bootstrap-tokens.ts';
import { ServiceAccountAuthenticator } from '../apiserver/authentication/service-accounts/authenticator.ts';
import { ServiceAccountTokens } from '../apiserver/authentication/service-accounts/tokens.ts';
import { StaticTokenAuthenticator } from '../apiserver/authentication/static-tokens.ts';
import { X509Authenticator } from '../apiserver/authentication/x509.ts';
import type { CachedObjects } from '../apiserver/cacher/cached-objects.ts';
import { readKeyPair, type KeyPair } from '../pki/index.ts';
import type { ServerOptions } from './server-options.ts';
import type { ClusterTools } from './tools.ts';

/** Reads a file that a flag names. Throws Error naming both. */
export function readFlagFile(flag: string, path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`${flag}: ${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** The certificates of a bundle. Throws Error naming the flag for a text without any. */
export function certificatesOf(flag: string, pem: string): X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new Error(`${flag}: the file holds no certificate (PEM)`);
  return blocks.map((block) => new X509Certificate(block));
}

function publicKeysOf(path: string): KeyObject[] {
  const blocks = readFlagFile('--service-account-key-file', path).match(/-----BEGIN ([A-Z ]+)-----[\s\S]+?-----END \1-----/g) ?? [];
  if (blocks.length === 0) throw new Error(`--service-account-key-file: ${path} holds no key (PEM)`);
  return blocks.map((block) => createPublicKey(block));
}

/** What issues and reads the tokens of service accounts, as the flags say. `own`: the key of the data folder. */
export function serviceAccountTokens(options: ServerOptions['serviceAccounts'], own: KeyPair, tools: ClusterTools): ServiceAccountTokens {
  const { issuers, apiAudiences, keyFiles, signingKeyFile, jwksUri, maxExpirationSeconds, extendsExpiration } = options;
  const signing = signingKeyFile === undefined ? own : readKeyPair(readFlagFile('--service-account-signing-key-file', signingKeyFile));
  return new ServiceAccountTokens({
    issuers, signing, extendsExpiration, oldPublicKeys: keyFiles.flatMap(publicKeysOf), ...tools,
    ...(apiAudiences.length > 0 && { apiAudiences }), ...(jwksUri !== undefined && { jwksUri }), ...(maxExpirationSeconds !== undefined && { maxExpirationSeconds }),
  });
}

/** The ways to prove who one is that the flags turn on, in Kubernetes' order. */
export function authenticators(options: ServerOptions, parts: { objects: () => CachedObjects; clientAuthorities: readonly X509Certificate[]; tokens: ServiceAccountTokens }, tools: ClusterTools): Authenticator[] {
  const { objects, clientAuthorities } = parts;
  const { clock } = tools;
  const tokens: TokenAuthenticator[] = [];
  if (options.tokenAuthFile) tokens.push(new StaticTokenAuthenticator(readFlagFile('--token-auth-file', options.tokenAuthFile)));
  tokens.push(new ServiceAccountAuthenticator({ tokens: parts.tokens, objects, clock, looksUp: options.serviceAccounts.looksUp }));
  if (options.enableBootstrapTokens) tokens.push(new BootstrapTokenAuthenticator({ objects, clock }));
  return [new X509Authenticator({ authorities: clientAuthorities, clock }), new BearerAuthenticator(tokens)];
}
