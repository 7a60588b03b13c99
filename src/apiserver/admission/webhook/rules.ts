import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { RuleWithOperations } from '../../../api/generated/admissionregistration-v1.ts';

/** A request as rules see it. */
export interface RuleRequest {
  readonly operation: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  /** Whether the object is in a namespace; a Namespace itself is not. */
  readonly isNamespaced: boolean;
}

function has(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes('*') || list.includes(value));
}

/** Source: apiserver pkg/admission/plugin/webhook/predicates/rules. */
export function ruleMatches(rule: DeepReadonly<RuleWithOperations>, request: RuleRequest): boolean {
  const { scope } = rule;
  if ((scope === 'Namespaced' && !request.isNamespaced) || (scope === 'Cluster' && request.isNamespaced)) return false;
  return has(rule.operations, request.operation) && has(rule.apiGroups, request.group) && has(rule.apiVersions, request.version) && resourceMatches(rule.resources, request);
}

function resourceMatches(resources: readonly string[] | undefined, request: RuleRequest): boolean {
  for (const text of resources ?? []) {
    const [resource = '', subresource = ''] = text.split('/');
    if ((resource === '*' || resource === request.resource) && (subresource === '*' || subresource === request.subresource)) return true;
  }
  return false;
}

const EXEMPT: ReadonlySet<string> = new Set([
  'mutatingwebhookconfigurations', 'validatingwebhookconfigurations', 'validatingadmissionpolicies', 'validatingadmissionpolicybindings', 'mutatingadmissionpolicies', 'mutatingadmissionpolicybindings',
]);

/** What configures admission is never judged by it, or nobody could repair a mistake. */
export function isAdmissionConfiguration({ group, resource }: { readonly group: string; readonly resource: string }): boolean {
  return group === 'admissionregistration.k8s.io' && EXEMPT.has(resource);
}

/** Policies leave alone what the cluster's parts ask to know who somebody is and what he may do. Source: kubernetes pkg/kubeapiserver/admission/exclusion. */
export function isExemptFromPolicies(request: { readonly group: string; readonly resource: string }): boolean {
  return request.group === 'authentication.k8s.io' || request.group === 'authorization.k8s.io' || isAdmissionConfiguration(request);
}
