import type { CompiledExpression } from './expressions.ts';
import type { Algorithm } from './signature.ts';

/** A claim as it is, after a prefix, or what an expression over `claims` gives. */
export type Mapping = { readonly claim: string; readonly prefix: string } | { readonly expression: CompiledExpression };

/** An issuer of JSON Web Tokens, as `--oidc-*` or an AuthenticationConfiguration tell it. Source: "Authenticating", structured authentication configuration. */
export interface JwtIssuer {
  readonly url: string;
  readonly discoveryURL: string | undefined;
  /** PEM. */
  readonly certificateAuthority: string | undefined;
  /** A token must name one of them. */
  readonly audiences: readonly string[];
  readonly algorithms: readonly Algorithm[];
  readonly claimRules: readonly ({ readonly claim: string; readonly requiredValue: string } | { readonly expression: CompiledExpression; readonly message: string })[];
  readonly username: Mapping;
  readonly groups: Mapping | undefined;
  readonly uid: Mapping | undefined;
  readonly extra: readonly { readonly key: string; readonly expression: CompiledExpression }[];
  readonly userRules: readonly { readonly expression: CompiledExpression; readonly message: string }[];
}

/** `--oidc-*`. */
export interface OidcFlags {
  readonly issuerURL: string;
  readonly clientID: string;
  readonly usernameClaim: string;
  /** undefined: the issuer and `#`, unless the claim is `email`; `-`: none. */
  readonly usernamePrefix: string | undefined;
  readonly groupsClaim: string | undefined;
  readonly groupsPrefix: string;
  readonly requiredClaims: ReadonlyMap<string, string>;
  readonly signingAlgorithms: readonly Algorithm[];
  readonly certificateAuthority: string | undefined;
}

export function issuerOfFlags(flags: OidcFlags): JwtIssuer {
  const { issuerURL: url, usernameClaim, usernamePrefix, groupsClaim } = flags;
  const prefix = usernamePrefix === '-' ? '' : (usernamePrefix ?? (usernameClaim === 'email' ? '' : `${url}#`));
  return {
    url, discoveryURL: undefined, certificateAuthority: flags.certificateAuthority, audiences: [flags.clientID], algorithms: flags.signingAlgorithms,
    claimRules: [...flags.requiredClaims].map(([claim, requiredValue]) => ({ claim, requiredValue })),
    username: { claim: usernameClaim, prefix }, groups: groupsClaim === undefined ? undefined : { claim: groupsClaim, prefix: flags.groupsPrefix },
    uid: undefined, extra: [], userRules: [],
  };
}
