import type { ResourceQuota, ScopedResourceSelectorRequirement } from '../../api/generated/core-v1.ts';
import { isObject } from '../../apimachinery/patch/json.ts';
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { subtractQuantities, zeroQuantity } from '../../apimachinery/quantity.ts';
import { failure } from '../../apimachinery/status.ts';
import { isInScope } from '../../component-helpers/quota-scopes.ts';
import type { Usage } from '../../component-helpers/quota-usage.ts';
import { configurationOf, type PluginConfiguration } from './plugin-configuration.ts';
import type { AdmissionAttributes } from './plugin.ts';
import { refusal } from './refusal.ts';

/** What nobody gets without a quota that says how much. Source: "Resource Quotas", Limit Priority Class consumption by default. */
export interface LimitedResource {
  readonly group: string;
  readonly resource: string;
  /** Parts of the names of what is counted. */
  readonly matchContains: readonly string[];
  readonly matchScopes: readonly ScopedResourceSelectorRequirement[];
}

const API_VERSIONS = ['apiserver.config.k8s.io/v1', 'resourcequota.admission.k8s.io/v1beta1', 'resourcequota.admission.k8s.io/v1alpha1'];

/** Throws RangeError for a configuration that makes no sense. */
export function limitedResources(configuration: PluginConfiguration | undefined): readonly LimitedResource[] {
  if (!configuration) return [];
  const kind = isObject(configuration.value) && configuration.value['kind'] === 'Configuration' ? 'Configuration' : 'ResourceQuotaConfiguration';
  const { limitedResources: list = [] } = configurationOf(configuration, { kind, apiVersions: API_VERSIONS, fields: ['limitedResources'] });
  if (!Array.isArray(list)) throw new RangeError('limitedResources must be a list');
  return list.map((one: unknown) => {
    const { apiGroup = '', resource, matchContains = [], matchScopes = [] } = isObject(one) ? one : {};
    if (typeof resource !== 'string' || typeof apiGroup !== 'string') throw new RangeError('limitedResources: each needs a resource');
    if (!Array.isArray(matchContains) || !Array.isArray(matchScopes)) throw new RangeError(`limitedResources: matchContains and matchScopes of ${resource} must be lists`);
    return { group: apiGroup, resource, matchContains: matchContains as string[], matchScopes: matchScopes as ScopedResourceSelectorRequirement[] };
  });
}

export interface Counted {
  readonly quotas: readonly DeepReadonly<ResourceQuota>[];
  readonly before: Usage;
  readonly after: Usage;
}

/** Throws a refusal, or the plain 500 that Kubernetes has for scopes, when the request asks for something limited that no quota of its namespace speaks of. Source: apiserver pkg/admission/plugin/resourcequota/controller.go. */
export function requireQuotas(limited: readonly LimitedResource[], attributes: AdmissionAttributes, { quotas, before, after }: Counted): void {
  const object = attributes.object as DeepReadonly<KubeObject>;
  const concerned = limited.filter(({ group, resource }) => group === attributes.group && resource === attributes.resource);
  if (concerned.length === 0) return;
  const more = [...after].filter(([name, amount]) => subtractQuantities(amount, before.get(name) ?? zeroQuantity).nanos > 0n).map(([name]) => name);
  if (more.length === 0) return;
  const wanted = more.filter((name) => concerned.some(({ matchContains }) => matchContains.some((part) => name.includes(part))));
  const covered = new Set(quotas.filter((quota) => isInScope(quota, attributes, object)).flatMap((quota) => Object.keys(quota.status?.hard ?? {})));
  const missing = wanted.filter((name) => !covered.has(name)).sort();
  if (missing.length > 0) throw refusal(attributes, `insufficient quota to consume: ${missing.join(',')}`);
  const scopes = concerned.flatMap(({ matchScopes }) => matchScopes).filter((scope) => isInScope(scopedQuota(scope), attributes, object));
  const spokenOf = new Set(quotas.flatMap(scopesOf).filter((scope) => isInScope(scopedQuota(scope), attributes, object)).map(({ scopeName }) => scopeName));
  const uncovered = scopes.filter(({ scopeName }) => !spokenOf.has(scopeName));
  if (uncovered.length > 0) throw failure(500, '', `insufficient quota to match these scopes: [${uncovered.map(scopeText).join(' ')}]`);
}

function scopedQuota(scope: DeepReadonly<ScopedResourceSelectorRequirement>): DeepReadonly<ResourceQuota> {
  return { metadata: { name: '' }, spec: { scopeSelector: { matchExpressions: [scope] } } } as unknown as ResourceQuota;
}

function scopesOf({ spec }: DeepReadonly<ResourceQuota>): DeepReadonly<ScopedResourceSelectorRequirement>[] {
  return [...(spec.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' })), ...(spec.scopeSelector?.matchExpressions ?? [])];
}

function scopeText({ scopeName, operator, values = [] }: ScopedResourceSelectorRequirement): string {
  return `{${scopeName} ${operator} [${values.join(' ')}]}`;
}
