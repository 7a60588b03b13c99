/** Which requests policies and bindings are about. Source: apiserver pkg/admission/plugin/policy/matching. */
import type { MatchResources, NamedRuleWithOperations } from '../../../api/generated/admissionregistration-v1.ts';
import * as refs from '../../../api/refs.ts';
import type { DeepReadonly, KubeObject } from '../../../apimachinery/meta.ts';
import { isEmptySelector, matcherOf } from '../../../component-helpers/label-selector.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import type { ResourceTable, ServedResource } from '../../registry/served-resource.ts';
import type { AdmissionAttributes } from '../plugin.ts';
import { ruleMatches, type RuleRequest } from '../webhook/rules.ts';
import { equivalents } from '../webhook/versioned-object.ts';

export interface MatchContext {
  readonly objects: CachedObjects;
  readonly resources: ResourceTable;
}

/** The resource in the version that a rule names; `served` is undefined for what no table knows. */
export interface Match {
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly served: ServedResource | undefined;
}

type Labels = Readonly<Record<string, string>> | undefined;
type Rules = DeepReadonly<NamedRuleWithOperations[]> | undefined;

function isNamespace({ group, resource }: AdmissionAttributes): boolean {
  return group === '' && resource === 'namespaces';
}

function namespaceLabels(attributes: AdmissionAttributes, objects: CachedObjects): Labels {
  const { operation, subresource, object } = attributes;
  if (isNamespace(attributes) && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE')) return object?.metadata.labels;
  return objects.get(refs.namespaces, isNamespace(attributes) ? attributes.name : attributes.namespace)?.metadata.labels;
}

function selectsObject(object: DeepReadonly<KubeObject> | undefined, matches: (labels: Labels) => boolean): boolean {
  const metadata = (object as Partial<KubeObject> | undefined)?.metadata;
  return metadata !== undefined && matches(metadata.labels);
}

function isSelected({ namespaceSelector, objectSelector }: DeepReadonly<MatchResources>, attributes: AdmissionAttributes, objects: CachedObjects): boolean {
  if (!isEmptySelector(namespaceSelector) && (isNamespace(attributes) || attributes.namespace !== '') && !matcherOf(namespaceSelector)(namespaceLabels(attributes, objects))) return false;
  if (isEmptySelector(objectSelector)) return true;
  const matches = matcherOf(objectSelector);
  return selectsObject(attributes.object, matches) || selectsObject(attributes.oldObject, matches);
}

function named({ group, version, resource }: AdmissionAttributes): Match['resource'] {
  return { group, version, resource };
}

function ruled(rules: Rules, attributes: AdmissionAttributes, matchPolicy: string | undefined, resources: ResourceTable): Match | undefined {
  if (!rules || rules.length === 0) return undefined;
  const { operation, subresource, namespace } = attributes;
  const request: RuleRequest = { ...named(attributes), operation, subresource, isNamespaced: namespace !== '' && !isNamespace(attributes) };
  const fits = (resource: Match['resource']): boolean => rules.some((rule) => (!rule.resourceNames?.length || rule.resourceNames.includes(attributes.name)) && ruleMatches(rule, { ...request, ...resource }));
  if (fits(request)) return { resource: named(attributes), served: resources.find(attributes.group, attributes.version, attributes.resource) };
  if (matchPolicy === 'Exact') return undefined;
  for (const served of equivalents(attributes, resources).others) {
    const resource = { group: served.group, version: served.version.version, resource: served.kind.resource };
    if (fits(resource)) return { resource, served };
  }
  return undefined;
}

/** undefined: it is not about this request. A binding without rules is about all that its policy is about. */
export function matchOf(match: DeepReadonly<MatchResources> | undefined, attributes: AdmissionAttributes, context: MatchContext): Match | undefined {
  const { resources, objects } = context;
  const all = { resource: named(attributes), served: resources.find(attributes.group, attributes.version, attributes.resource) };
  if (!match) return all;
  if (!isSelected(match, attributes, objects) || ruled(match.excludeResourceRules, attributes, match.matchPolicy, resources)) return undefined;
  return match.resourceRules?.length ? ruled(match.resourceRules, attributes, match.matchPolicy, resources) : all;
}
