import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Authenticator, TokenAuthenticator } from '../apiserver/authentication/authenticator.ts';
import { JwtAuthenticator } from '../apiserver/authentication/jwt/authenticator.ts';
import { parseAuthenticationConfiguration, type AuthenticationConfiguration } from '../apiserver/authentication/jwt/configuration.ts';
import { issuerOfFlags } from '../apiserver/authentication/jwt/issuer.ts';
import { RequestHeaderAuthenticator } from '../apiserver/authentication/request-header.ts';
import { WebhookTokenAuthenticator } from '../apiserver/authentication/webhook-tokens.ts';
import { BearerAuthenticator } from '../apiserver/authentication/bearer.ts';
import { BootstrapTokenAuthenticator } from '../apiserver/authentication/bootstrap-tokens.ts';
import { ServiceAccountAuthenticator } from '../apiserver/authentication/service-accounts/authenticator.ts';
import { ServiceAccountTokens } from '../apiserver/authentication/service-accounts/tokens.ts';
import { StaticTokenAuthenticator } from '../apiserver/authentication/static-tokens.ts';
import { X509Authenticator } from '../apiserver/authentication/x509.ts';
import type { CachedObjects } from '../apiserver/cacher/cached-objects.ts';
import { kubeconfigTransport } from '../client/kubeconfig-transport.ts';
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

/** How requests prove who makes them, as the flags say. */
export interface Authentication extends AsyncDisposable {
  /** In Kubernetes' order. */
  readonly authenticators: readonly Authenticator[];
  /** Whether a request to a path may come without credentials. */
  readonly allowAnonymous: boolean | ((path: string) => boolean);
}

interface Parts {
  readonly objects: () => CachedObjects;
  readonly clientAuthorities: readonly X509Certificate[];
  readonly frontProxyAuthorities: readonly X509Certificate[];
  readonly tokens: ServiceAccountTokens;
}

/** Throws Error naming the flag and the file for what cannot be read. */
export function authentication(options: ServerOptions, parts: Parts, tools: ClusterTools): Authentication {
  const { clock } = tools;
  const { objects, clientAuthorities, frontProxyAuthorities } = parts;
  const { apiAudiences } = parts.tokens;
  const configuration = configurationOf(options);
  const tokens: TokenAuthenticator[] = [];
  if (options.tokenAuthFile) tokens.push(new StaticTokenAuthenticator(readFlagFile('--token-auth-file', options.tokenAuthFile)));
  tokens.push(new ServiceAccountAuthenticator({ tokens: parts.tokens, objects, clock, looksUp: options.serviceAccounts.looksUp }));
  if (options.enableBootstrapTokens) tokens.push(new BootstrapTokenAuthenticator({ objects, clock }));
  for (const issuer of configuration.issuers) tokens.push(new JwtAuthenticator({ issuer, apiAudiences, clock }));
  const webhook = options.tokenWebhook && kubeconfigTransport(options.tokenWebhook.configFile, { clock, timeoutMs: WEBHOOK_TIMEOUT_MS, userAgent: 'kube-apiserver' });
  if (webhook && options.tokenWebhook) tokens.push(new WebhookTokenAuthenticator({ transport: webhook, ...options.tokenWebhook, apiAudiences, clock }));
  const { anonymous } = configuration;
  const paths = new Set(anonymous?.paths);
  return {
    authenticators: [
      new RequestHeaderAuthenticator({ ...options.requestHeader, authorities: frontProxyAuthorities, clock }),
      new X509Authenticator({ authorities: clientAuthorities, clock }),
      new BearerAuthenticator(tokens),
    ],
    allowAnonymous: !anonymous ? options.allowAnonymous : paths.size === 0 ? anonymous.enabled : (path) => paths.has(path),
    [Symbol.asyncDispose]: async () => webhook?.[Symbol.asyncDispose](),
  };
}

const WEBHOOK_TIMEOUT_MS = 30_000;

/** What `--oidc-*` or `--authentication-config` say. */
function configurationOf({ oidc, authenticationConfigFile: file }: ServerOptions): AuthenticationConfiguration {
  if (file !== undefined) {
    if (oidc) throw new Error('--authentication-config and --oidc-* flags are mutually exclusive: put the issuer into the file');
    try {
      return parseAuthenticationConfiguration(readFlagFile('--authentication-config', file));
    } catch (error) {
      throw new Error(`--authentication-config: ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
  if (!oidc) return { issuers: [], anonymous: undefined };
  const { caFile, ...flags } = oidc;
  return { issuers: [issuerOfFlags({ ...flags, certificateAuthority: caFile === undefined ? undefined : readFlagFile('--oidc-ca-file', caFile) })], anonymous: undefined };
}
