/** Which flow a request belongs to. Source: KEP-1040, "Request Classification"; apiserver pkg/util/flowcontrol/rule.go. */
import type { FlowSchema, NonResourcePolicyRule, PolicyRulesWithSubjects, ResourcePolicyRule, Subject } from '../../api/generated/flowcontrol-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { UserInfo } from '../authentication/authenticator.ts';
import type { RequestInfo } from '../http/request-info.ts';

export type FlowRequest = Pick<RequestInfo, 'isResourceRequest' | 'verb' | 'group' | 'resource' | 'subresource' | 'namespace' | 'path'>;

const ALL = '*';
const SERVICE_ACCOUNT = 'system:serviceaccount:';

function includes(list: readonly string[] | undefined, value: string): boolean {
  return list !== undefined && (list.includes(value) || list.includes(ALL));
}

function matchesSubject({ kind, user, group, serviceAccount }: DeepReadonly<Subject>, who: UserInfo): boolean {
  switch (kind) {
    case 'User': return user !== undefined && (user.name === ALL || user.name === who.name);
    case 'Group': return group !== undefined && (group.name === ALL || who.groups.includes(group.name));
    case 'ServiceAccount': {
      if (!serviceAccount) return false;
      const { namespace, name } = serviceAccount;
      return name === ALL ? who.name.startsWith(`${SERVICE_ACCOUNT}${namespace}:`) : who.name === `${SERVICE_ACCOUNT}${namespace}:${name}`;
    }
    default: return false;
  }
}

function matchesResource(rule: DeepReadonly<ResourcePolicyRule>, { verb, group, resource, subresource, namespace }: FlowRequest): boolean {
  if (!includes(rule.verbs, verb) || !includes(rule.apiGroups, group)) return false;
  if (!includes(rule.resources, subresource === '' ? resource : `${resource}/${subresource}`)) return false;
  return namespace === '' ? rule.clusterScope === true : includes(rule.namespaces, namespace);
}

function matchesPath(rule: DeepReadonly<NonResourcePolicyRule>, { verb, path }: FlowRequest): boolean {
  if (!includes(rule.verbs, verb)) return false;
  return rule.nonResourceURLs.some((url) => url === ALL || url === path || (url.endsWith(ALL) && path.startsWith(url.slice(0, -1))));
}

function matchesRule(rule: DeepReadonly<PolicyRulesWithSubjects>, request: FlowRequest, user: UserInfo): boolean {
  if (!rule.subjects.some((subject) => matchesSubject(subject, user))) return false;
  if (request.isResourceRequest) return rule.resourceRules?.some((one) => matchesResource(one, request)) ?? false;
  return rule.nonResourceRules?.some((one) => matchesPath(one, request)) ?? false;
}

/** The order in which schemas are asked: the smallest precedence first, then by name. */
export function inOrder(schemas: readonly DeepReadonly<FlowSchema>[]): DeepReadonly<FlowSchema>[] {
  const precedence = ({ spec }: DeepReadonly<FlowSchema>): number => spec.matchingPrecedence ?? 0;
  return [...schemas].sort((a, b) => precedence(a) - precedence(b) || (a.metadata.name < b.metadata.name ? -1 : 1));
}

/** The first of `schemas` (in order) that matches; undefined for none. */
export function schemaFor(schemas: readonly DeepReadonly<FlowSchema>[], request: FlowRequest, user: UserInfo): DeepReadonly<FlowSchema> | undefined {
  return schemas.find(({ spec }) => spec.rules?.some((rule) => matchesRule(rule, request, user)));
}

/** What tells the flows of one schema apart; empty: they are one. */
export function distinguisherOf({ spec }: DeepReadonly<FlowSchema>, request: FlowRequest, user: UserInfo): string {
  switch (spec.distinguisherMethod?.type) {
    case 'ByUser': return user.name;
    case 'ByNamespace': return request.namespace;
    default: return '';
  }
}
