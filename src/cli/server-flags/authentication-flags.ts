import type { Command } from 'commander';
import { duration } from '../flags.ts';
import { InvalidArgumentError } from 'commander';
import { ALGORITHMS, type Algorithm } from '../../apiserver/authentication/jwt/signature.ts';
import type { ServerOptions } from '../../cluster/server-options.ts';
import { UsageError } from '../errors.ts';
import { appended, isTrue, names, pairs, repeated } from './values.ts';

/** Who may speak, under kube-apiserver's names. */
export interface AuthenticationFlags {
  readonly tokenAuthFile?: string;
  readonly clientCaFile?: string;
  readonly anonymousAuth: boolean;
  readonly enableBootstrapTokenAuth: boolean;
  readonly serviceAccountIssuer: readonly string[];
  readonly serviceAccountKeyFile: readonly string[];
  readonly serviceAccountSigningKeyFile?: string;
  readonly serviceAccountPrivateKeyFile?: string;
  readonly serviceAccountJwksUri?: string;
  readonly serviceAccountMaxTokenExpiration?: number;
  readonly serviceAccountExtendTokenExpiration: boolean;
  readonly serviceAccountLookup: boolean;
  readonly apiAudiences: readonly string[];
  readonly authenticationConfig?: string;
  readonly oidcIssuerUrl?: string;
  readonly oidcClientId?: string;
  readonly oidcUsernameClaim: string;
  readonly oidcUsernamePrefix?: string;
  readonly oidcGroupsClaim?: string;
  readonly oidcGroupsPrefix: string;
  readonly oidcRequiredClaim: ReadonlyMap<string, string>;
  readonly oidcSigningAlgs: readonly Algorithm[];
  readonly oidcCaFile?: string;
  readonly requestheaderClientCaFile?: string;
  readonly requestheaderAllowedNames: readonly string[];
  readonly requestheaderUsernameHeaders: readonly string[];
  readonly requestheaderUidHeaders: readonly string[];
  readonly requestheaderGroupHeaders: readonly string[];
  readonly requestheaderExtraHeadersPrefix: readonly string[];
  readonly authenticationTokenWebhookConfigFile?: string;
  readonly authenticationTokenWebhookVersion: string;
  readonly authenticationTokenWebhookCacheTtl: number;
}

export function addAuthenticationFlags(command: Command): void {
  command
    .optionsGroup('Authentication:')
    .option('--token-auth-file <file>', 'static tokens: lines of token,user,uid,"group,group"')
    .option('--client-ca-file <file>', 'more authorities for client certificates')
    .option('--anonymous-auth [bool]', 'whether requests without credentials reach authorization', isTrue, true)
    .option('--enable-bootstrap-token-auth [bool]', 'whether nodes may join with bootstrap tokens', isTrue, true)
    .option('--service-account-issuer <url>', 'who issues the tokens of service accounts; repeated, the others are accepted too (default: "https://kubernetes.default.svc.cluster.local")', repeated, [])
    .option('--service-account-key-file <file>', 'public or private keys (PEM) whose tokens are accepted besides those of the signing key; may be repeated', repeated, [])
    .option('--service-account-signing-key-file <file>', 'the private key (PEM) that signs tokens, in place of the one in the data folder')
    .option('--service-account-private-key-file <file>', 'the same, as kube-controller-manager names it')
    .option('--service-account-jwks-uri <url>', 'where the discovery document says that the keys are')
    .option('--service-account-max-token-expiration <duration>', 'tokens live no longer, whatever is asked for', duration)
    .option('--service-account-extend-token-expiration [bool]', 'whether the tokens of pods live a year, for programs that never read them again', isTrue, true)
    .option('--service-account-lookup [bool]', 'whether a token must belong to objects that exist', isTrue, true)
    .option('--api-audiences <names>', 'audiences of this server; default: the issuer', appended, [])
    .option('--authentication-config <file>', 'an AuthenticationConfiguration: issuers of tokens, and where anonymous requests are let through')
    .option('--oidc-issuer-url <url>', 'an OpenID Connect issuer whose tokens are accepted')
    .option('--oidc-client-id <name>', 'the audience that its tokens must name')
    .option('--oidc-username-claim <claim>', 'the claim that is the name of the user', 'sub')
    .option('--oidc-username-prefix <prefix>', 'what is put before that name (default: the issuer and "#", unless the claim is email); -: nothing')
    .option('--oidc-groups-claim <claim>', 'the claim that lists the groups of the user')
    .option('--oidc-groups-prefix <prefix>', 'what is put before them', '')
    .option('--oidc-required-claim <pairs>', 'claims that tokens must have: key=value; may be repeated', pairs, new Map())
    .option('--oidc-signing-algs <names>', 'with what tokens may be signed', algorithms, ['RS256'])
    .option('--oidc-ca-file <file>', 'the authority of the issuer\'s certificate (default: those that Node trusts)')
    .option('--requestheader-client-ca-file <file>', 'the authority of proxies that say who the user is (default: that of the cluster\'s own front proxy)')
    .option('--requestheader-allowed-names <names>', 'common names of their certificates; none: any', appended, [])
    .option('--requestheader-username-headers <names>', 'where they say the name', names, ['X-Remote-User'])
    .option('--requestheader-uid-headers <names>', 'where they say the uid', names, ['X-Remote-Uid'])
    .option('--requestheader-group-headers <names>', 'where they say the groups', names, ['X-Remote-Group'])
    .option('--requestheader-extra-headers-prefix <names>', 'how headers begin where they say more', names, ['X-Remote-Extra-'])
    .option('--authentication-token-webhook-config-file <file>', 'ask the server that this kubeconfig names whose a token is')
    .option('--authentication-token-webhook-version <version>', 'of the TokenReview: v1 or v1beta1', 'v1beta1')
    .option('--authentication-token-webhook-cache-ttl <duration>', 'how long its answers are remembered', duration, 120_000);
}

function algorithms(text: string): readonly Algorithm[] {
  return names(text).map((name) => {
    const known = ALGORITHMS.find((one) => one === name);
    if (!known) throw new InvalidArgumentError(`algorithms are ${ALGORITHMS.join(', ')}.`);
    return known;
  });
}

type AuthenticationOptions = Pick<ServerOptions, 'oidc' | 'authenticationConfigFile' | 'requestHeader' | 'tokenWebhook'>;

/** Throws UsageError for flags that lack each other. */
export function authenticationOptions(flags: AuthenticationFlags): AuthenticationOptions {
  const { authenticationTokenWebhookConfigFile: configFile, authenticationTokenWebhookVersion: version } = flags;
  if (!['v1', 'v1beta1'].includes(version)) throw new UsageError('--authentication-token-webhook-version must be v1 or v1beta1');
  return {
    oidc: oidcOptions(flags), authenticationConfigFile: flags.authenticationConfig,
    requestHeader: {
      clientCaFile: flags.requestheaderClientCaFile, allowedNames: flags.requestheaderAllowedNames, usernameHeaders: flags.requestheaderUsernameHeaders,
      uidHeaders: flags.requestheaderUidHeaders, groupHeaders: flags.requestheaderGroupHeaders, extraHeaderPrefixes: flags.requestheaderExtraHeadersPrefix,
    },
    tokenWebhook: configFile === undefined ? undefined : { configFile, version, cacheMs: flags.authenticationTokenWebhookCacheTtl },
  };
}

function oidcOptions(flags: AuthenticationFlags): AuthenticationOptions['oidc'] {
  const { oidcIssuerUrl: issuerURL, oidcClientId: clientID } = flags;
  if (issuerURL === undefined && clientID === undefined) return undefined;
  if (issuerURL === undefined || clientID === undefined) throw new UsageError('--oidc-issuer-url and --oidc-client-id must be specified together');
  if (!URL.canParse(issuerURL) || new URL(issuerURL).protocol !== 'https:') throw new UsageError(`--oidc-issuer-url: ${JSON.stringify(issuerURL)} must be an https address`);
  return {
    issuerURL, clientID, usernameClaim: flags.oidcUsernameClaim, usernamePrefix: flags.oidcUsernamePrefix, groupsClaim: flags.oidcGroupsClaim, groupsPrefix: flags.oidcGroupsPrefix,
    requiredClaims: flags.oidcRequiredClaim, signingAlgorithms: flags.oidcSigningAlgs, caFile: flags.oidcCaFile,
  };
}
