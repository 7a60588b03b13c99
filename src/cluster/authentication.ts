import type { Secret } from '../api/generated/core-v1.ts';
import type { Metric } from '../base/metrics.ts';
import type { DeepReadonly } from '../apimachinery/meta.ts';
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
import { WebSocketBearerAuthenticator } from '../apiserver/authentication/websocket-bearer.ts';
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
function certificatesOf(flag: string, pem: string): X509Certificate[] {
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

/** Whose certificates are believed: the text of the bundles, in PEM, and what it holds. */
interface Bundle {
  readonly pem: string;
  readonly certificates: readonly X509Certificate[];
}

/** How requests prove who makes them, as the flags say. */
export interface Authentication extends AsyncDisposable {
  /** In Kubernetes' order. */
  readonly authenticators: readonly Authenticator[];
  /** Whether a request to a path may come without credentials. */
  readonly allowAnonymous: (path: string) => boolean;
  /** The bundles in PEM. */
  readonly authorities: { readonly client: string; readonly frontProxy: string };
  /** Read the files of the flags again. Throw Error, having changed nothing, for what cannot be read or says something wrong. */
  /** Of the tokens of service accounts. */
  readonly metrics: Metric;
  reloadAuthorities(): void;
  reloadConfiguration(): void;
}

interface Parts {
  readonly objects: () => CachedObjects;
  /** Those of the cluster, in PEM. */
  readonly ownAuthority: string;
  readonly ownFrontProxyAuthority: string;
  readonly tokens: ServiceAccountTokens;
  readonly onLegacyUse: (secret: DeepReadonly<Secret>) => void;
}

/** Throws Error naming the flag and the file for what cannot be read. */
export function authentication(options: ServerOptions, parts: Parts, tools: ClusterTools): Authentication {
  const { clock } = tools;
  const { objects } = parts;
  const { apiAudiences } = parts.tokens;
  let configured = configuredTokens(options, apiAudiences, tools);
  let authorities = authoritiesOf(options, parts);
  const tokens: TokenAuthenticator[] = [];
  if (options.tokenAuthFile) tokens.push(new StaticTokenAuthenticator(readFlagFile('--token-auth-file', options.tokenAuthFile)));
  const accounts = new ServiceAccountAuthenticator({ tokens: parts.tokens, objects, clock, looksUp: options.serviceAccounts.looksUp, onLegacyUse: parts.onLegacyUse });
  tokens.push(accounts);
  if (options.enableBootstrapTokens) tokens.push(new BootstrapTokenAuthenticator({ objects, clock }));
  const last: TokenAuthenticator[] = [];
  const webhook = options.tokenWebhook && kubeconfigTransport(options.tokenWebhook.configFile, { clock, timeoutMs: WEBHOOK_TIMEOUT_MS, userAgent: 'kube-apiserver' });
  if (webhook && options.tokenWebhook) last.push(new WebhookTokenAuthenticator({ transport: webhook, ...options.tokenWebhook, apiAudiences, clock }));
  let all = [...tokens, ...configured.tokens, ...last];
  return {
    authenticators: [
      new RequestHeaderAuthenticator({ ...options.requestHeader, authorities: () => authorities.frontProxy.certificates, clock }),
      new X509Authenticator({ authorities: () => authorities.client.certificates, clock, readsUid: options.featureGates('AllowParsingUserUIDFromCertAuth') }),
      new BearerAuthenticator(() => all),
      new WebSocketBearerAuthenticator(() => all),
    ],
    metrics: accounts.metrics,
    allowAnonymous: (path) => configured.allowAnonymous(path),
    get authorities() {
      return { client: authorities.client.pem, frontProxy: authorities.frontProxy.pem };
    },
    reloadAuthorities: () => {
      authorities = authoritiesOf(options, parts);
    },
    reloadConfiguration: () => {
      configured = configuredTokens(options, apiAudiences, tools);
      all = [...tokens, ...configured.tokens, ...last];
    },
    [Symbol.asyncDispose]: async () => webhook?.[Symbol.asyncDispose](),
  };
}

function authoritiesOf(options: ServerOptions, { ownAuthority, ownFrontProxyAuthority }: Parts): { readonly client: Bundle; readonly frontProxy: Bundle } {
  const client = [ownAuthority, ...(options.clientCaFile ? [readFlagFile('--client-ca-file', options.clientCaFile)] : [])].join('\n');
  const frontProxy = options.requestHeader.clientCaFile === undefined ? ownFrontProxyAuthority : readFlagFile('--requestheader-client-ca-file', options.requestHeader.clientCaFile);
  return {
    client: { pem: client, certificates: certificatesOf('--client-ca-file', client) },
    frontProxy: { pem: frontProxy, certificates: certificatesOf('--requestheader-client-ca-file', frontProxy) },
  };
}

/** What an AuthenticationConfiguration, or the flags in its place, add. */
function configuredTokens(options: ServerOptions, apiAudiences: readonly string[], { clock }: ClusterTools): { readonly tokens: readonly TokenAuthenticator[]; readonly allowAnonymous: (path: string) => boolean } {
  const { issuers, anonymous } = configurationOf(options);
  const paths = new Set(anonymous?.paths);
  const isAnonymousAllowed = anonymous ? anonymous.enabled : options.allowAnonymous;
  return {
    tokens: issuers.map((issuer) => new JwtAuthenticator({ issuer, apiAudiences, clock })),
    allowAnonymous: (path) => (paths.size === 0 ? isAnonymousAllowed : paths.has(path)),
  };
}

const WEBHOOK_TIMEOUT_MS = 30_000;

/** What `--oidc-*` or `--authentication-config` say. */
function configurationOf({ oidc, authenticationConfigFile: file, serviceAccounts }: ServerOptions): AuthenticationConfiguration {
  if (file !== undefined) {
    if (oidc) throw new Error('--authentication-config and --oidc-* flags are mutually exclusive: put the issuer into the file');
    try {
      return parseAuthenticationConfiguration(readFlagFile('--authentication-config', file), serviceAccounts.issuers);
    } catch (error) {
      throw new Error(`--authentication-config: ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
    }
  }
  if (!oidc) return { issuers: [], anonymous: undefined };
  const { caFile, ...flags } = oidc;
  return { issuers: [issuerOfFlags({ ...flags, certificateAuthority: caFile === undefined ? undefined : readFlagFile('--oidc-ca-file', caFile) })], anonymous: undefined };
}
