import type { Command } from 'commander';
import { duration } from '../flags.ts';
import { appended, isTrue, repeated } from './values.ts';

/** Who may speak, under kube-apiserver's names. */
export interface AuthenticationFlags {
  readonly tokenAuthFile?: string;
  readonly clientCaFile?: string;
  readonly anonymousAuth: boolean;
  readonly enableBootstrapTokenAuth: boolean;
  readonly serviceAccountIssuer: readonly string[];
  readonly serviceAccountKeyFile: readonly string[];
  readonly serviceAccountSigningKeyFile?: string;
  readonly serviceAccountJwksUri?: string;
  readonly serviceAccountMaxTokenExpiration?: number;
  readonly serviceAccountExtendTokenExpiration: boolean;
  readonly serviceAccountLookup: boolean;
  readonly apiAudiences: readonly string[];
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
    .option('--service-account-jwks-uri <url>', 'where the discovery document says that the keys are')
    .option('--service-account-max-token-expiration <duration>', 'tokens live no longer, whatever is asked for', duration)
    .option('--service-account-extend-token-expiration [bool]', 'whether the tokens of pods live a year, for programs that never read them again', isTrue, true)
    .option('--service-account-lookup [bool]', 'whether a token must belong to objects that exist', isTrue, true)
    .option('--api-audiences <names>', 'audiences of this server; default: the issuer', appended, []);
}
