import type { UserInfo } from '../authentication/authenticator.ts';

/** What a request wants to do: all that an authorizer may judge by. */
export interface AuthorizationAttributes {
  readonly user: UserInfo;
  /** `get list watch create update patch delete deletecollection`, special ones such as `bind`; for other paths the method in lower case. */
  readonly verb: string;
  /** False: only `path` counts, of the rest. */
  readonly isResourceRequest: boolean;
  /** Empty for objects of the cluster and for lists over all namespaces. */
  readonly namespace: string;
  readonly apiGroup: string;
  readonly apiVersion: string;
  readonly resource: string;
  readonly subresource: string;
  /** Empty for create and collections, and where the name is not in the path. */
  readonly name: string;
  readonly path: string;
  /** As the request has it; undefined without one. */
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

export type Decision = 'allow' | 'deny' | 'no opinion';

export interface Authorization {
  readonly decision: Decision;
  /** Why; shown in access reviews, and in the 403 when nobody allows. */
  readonly reason: string;
  /** What could not be looked up (a role that a binding names); shown in access reviews. */
  readonly evaluationError?: string;
}

/** Judges requests. A chain asks one after the other until one allows or denies. */
export interface Authorizer {
  authorize(attributes: AuthorizationAttributes): Authorization | Promise<Authorization>;
}

/** What a user may do in a namespace, for SelfSubjectRulesReview. */
export interface ResourceRule {
  readonly verbs: readonly string[];
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly resourceNames: readonly string[];
}

export interface NonResourceRule {
  readonly verbs: readonly string[];
  readonly nonResourceURLs: readonly string[];
}

export interface UserRules {
  readonly resourceRules: readonly ResourceRule[];
  readonly nonResourceRules: readonly NonResourceRule[];
  readonly incomplete: boolean;
  readonly evaluationError?: string;
}

/** An authorizer that can also list what it allows. */
export interface RuleResolver {
  rulesFor(user: UserInfo, namespace: string): UserRules;
}
