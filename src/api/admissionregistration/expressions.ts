/** What expressions of admission policies and match conditions may refer to. Source: apiserver pkg/admission/plugin/cel/compile.go. */
import { BOOL, DYN, INT, listOf, mapOf, STRING, type CelType } from '../../cel/checker/types.ts';
import type { CompileOptions } from '../../cel/expression.ts';
import { AUTHORIZER, RESOURCE_CHECK } from '../../cel/library/authorizers.ts';

function object(name: string, fields: Readonly<Record<string, CelType>>): CelType {
  return { kind: 'object', name, fields: { field: (key) => (Object.hasOwn(fields, key) ? fields[key] : undefined), names: () => Object.keys(fields) } };
}

const GROUP_VERSION_KIND = object('kubernetes.GroupVersionKind', { group: STRING, version: STRING, kind: STRING });
const GROUP_VERSION_RESOURCE = object('kubernetes.GroupVersionResource', { group: STRING, version: STRING, resource: STRING });
const USER_INFO = object('kubernetes.UserInfo', { username: STRING, uid: STRING, groups: listOf(STRING), extra: mapOf(STRING, listOf(STRING)) });

export const REQUEST: CelType = object('kubernetes.AdmissionRequest', {
  kind: GROUP_VERSION_KIND, resource: GROUP_VERSION_RESOURCE, subResource: STRING, requestKind: GROUP_VERSION_KIND, requestResource: GROUP_VERSION_RESOURCE, requestSubResource: STRING,
  name: STRING, namespace: STRING, operation: STRING, userInfo: USER_INFO, dryRun: BOOL, options: DYN,
});

const NAMESPACE_METADATA = object('kubernetes.NamespaceMetadata', {
  name: STRING, generateName: STRING, namespace: STRING, labels: mapOf(STRING, STRING), annotations: mapOf(STRING, STRING), UID: STRING, creationTimestamp: { kind: 'timestamp' }, deletionGracePeriodSeconds: INT,
  deletionTimestamp: { kind: 'timestamp' }, generation: INT, resourceVersion: STRING, finalizers: listOf(STRING),
});
const NAMESPACE = object('kubernetes.Namespace', {
  metadata: NAMESPACE_METADATA, spec: object('kubernetes.NamespaceSpec', { finalizers: listOf(STRING) }), status: object('kubernetes.NamespaceStatus', { phase: STRING }),
});

/** Those of match conditions. */
export const ADMISSION_VARIABLES: Readonly<Record<string, CelType>> = {
  object: DYN, oldObject: DYN, request: REQUEST, authorizer: AUTHORIZER, 'authorizer.requestResource': RESOURCE_CHECK,
};

/** The variables that a policy defines, as far as they are known: each knows those before it. */
export class PolicyVariables {
  readonly #types = new Map<string, CelType>();
  readonly type: CelType = { kind: 'object', name: 'kubernetes.variables', fields: { field: (name) => this.#types.get(name), names: () => this.#types.keys() } };

  add(name: string, type: CelType): void {
    this.#types.set(name, type);
  }
}

export interface PolicyScope {
  readonly hasParams: boolean;
  readonly hasAuthorizer: boolean;
  readonly variables: PolicyVariables | undefined;
  /** The type of `object` and `oldObject`, where it is known; else dyn. */
  readonly objectType?: CelType;
  readonly paramsType?: CelType;
}

/** What an expression of a policy knows. */
export function policyOptions(scope: PolicyScope): CompileOptions {
  const { hasParams, hasAuthorizer, variables, objectType = DYN, paramsType = DYN } = scope;
  return {
    variables: {
      object: objectType, oldObject: objectType, request: REQUEST, namespaceObject: NAMESPACE, ...(hasParams && { params: paramsType }), ...(variables && { variables: variables.type }),
      ...(hasAuthorizer && { authorizer: AUTHORIZER, 'authorizer.requestResource': RESOURCE_CHECK }),
    },
  };
}

