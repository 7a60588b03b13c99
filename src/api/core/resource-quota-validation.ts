/** Source: kubernetes pkg/apis/core/validation, ValidateResourceQuota. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { FieldPath, type FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { IMMUTABLE } from '../../apimachinery/validation/immutable.ts';
import { goForm } from '../go-form.ts';
import type { ResourceQuota, ResourceQuotaSpec, ScopedResourceSelectorRequirement } from '../generated/core-v1.ts';
import { isQuotaResource, validateResourceName, validateResourceQuantity } from './pod-spec/resources.ts';

const SPEC = FieldPath.of('spec');
/** These say all by being there. */
const existenceScopes: ReadonlySet<string> = new Set(['BestEffort', 'NotBestEffort', 'Terminating', 'NotTerminating', 'CrossNamespacePodAffinity']);
const scopes: ReadonlySet<string> = new Set([...existenceScopes, 'PriorityClass', 'VolumeAttributesClass']);
const computeResources: ReadonlySet<string> = new Set([
  'pods', 'cpu', 'memory', 'limits.cpu', 'limits.memory', 'requests.cpu', 'requests.memory',
]);
const CONFLICTS: readonly (readonly [string, string])[] = [['BestEffort', 'NotBestEffort'], ['Terminating', 'NotTerminating']];

export function validateResourceQuota({ spec, status }: DeepReadonly<ResourceQuota>, errors: FieldErrors): void {
  validateList(spec.hard, SPEC.child('hard'), errors);
  validateScopes(spec, errors);
  validateScopeSelector(spec, errors);
  validateList(status.hard, FieldPath.of('status.hard'), errors);
  validateList(status.used, FieldPath.of('status.used'), errors);
}

export function validateQuotaUpdate(quota: DeepReadonly<ResourceQuota>, old: DeepReadonly<ResourceQuota>, errors: FieldErrors): void {
  const sorted = ({ spec }: DeepReadonly<ResourceQuota>): string => JSON.stringify([...new Set(spec.scopes)].sort());
  if (sorted(quota) !== sorted(old)) errors.invalid(SPEC.child('scopes'), quota.spec.scopes ?? null, IMMUTABLE);
}

export function validateQuotaStatus({ status }: DeepReadonly<ResourceQuota>, _old: DeepReadonly<ResourceQuota>, errors: FieldErrors): void {
  validateList(status.hard, FieldPath.of('status.hard'), errors);
  validateList(status.used, FieldPath.of('status.used'), errors);
}

function validateList(list: Readonly<Record<string, string | number>> | undefined, path: FieldPath, errors: FieldErrors): void {
  for (const [name, value] of Object.entries(list ?? {})) {
    const at = path.key(name);
    validateResourceName(name, at, errors);
    if (!name.includes('/') && !isQuotaResource(name)) errors.invalid(at, name, 'must be a standard resource for quota');
    validateResourceQuantity(name, value, at, errors);
  }
}

function isValidFor(scope: string, resource: string): boolean {
  switch (scope) {
    case 'BestEffort': return resource === 'pods';
    case 'VolumeAttributesClass': return resource === 'persistentvolumeclaims' || resource === 'requests.storage';
    default: return !scopes.has(scope) || computeResources.has(resource);
  }
}

function foreignResources(scope: string, spec: DeepReadonly<ResourceQuotaSpec>): string[] {
  return Object.keys(spec.hard ?? {}).filter((name) => isQuotaResource(name) && !isValidFor(scope, name));
}

function validateScopes(spec: DeepReadonly<ResourceQuotaSpec>, errors: FieldErrors): void {
  const said = spec.scopes ?? [];
  const path = SPEC.child('scopes');
  for (const scope of said) {
    if (!scopes.has(scope)) errors.invalid(path, said, 'unsupported scope');
    for (const _name of foreignResources(scope, spec)) errors.invalid(path, said, 'unsupported scope applied to resource');
  }
  for (const [a, b] of CONFLICTS) if (said.includes(a) && said.includes(b)) errors.invalid(path, said, 'conflicting scopes');
}

function validateScopeSelector(spec: DeepReadonly<ResourceQuotaSpec>, errors: FieldErrors): void {
  const requirements = spec.scopeSelector?.matchExpressions ?? [];
  const path = SPEC.child('scopeSelector', 'matchExpressions');
  for (const one of requirements) {
    if (!scopes.has(one.scopeName)) errors.invalid(path.child('scopeName'), one.scopeName, 'unsupported scope');
    for (const _name of foreignResources(one.scopeName, spec)) {
      errors.invalid(path, goForm('core.v1.ScopeSelector', spec.scopeSelector), 'unsupported scope applied to resource');
    }
    validateRequirement(one, path, errors);
  }
  const said = requirements.map(({ scopeName }) => scopeName);
  for (const [a, b] of CONFLICTS) if (said.includes(a) && said.includes(b)) errors.invalid(path, spec.scopes ?? null, 'conflicting scopes');
}

function validateRequirement({ scopeName, operator, values = [] }: DeepReadonly<ScopedResourceSelectorRequirement>, path: FieldPath, errors: FieldErrors): void {
  if (existenceScopes.has(scopeName) && operator !== 'Exists') {
    errors.invalid(path.child('operator'), operator, "must be 'Exists' when scope is any of ResourceQuotaScopeTerminating, ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity");
  }
  switch (operator) {
    case 'In':
    case 'NotIn':
      if (values.length === 0) errors.required(path.child('values'), "must be at least one value when `operator` is 'In' or 'NotIn' for scope selector");
      break;
    case 'Exists':
    case 'DoesNotExist':
      if (values.length > 0) errors.invalid(path.child('values'), values, "must be no value when `operator` is 'Exist' or 'DoesNotExist' for scope selector");
      break;
    default:
      errors.invalid(path.child('operator'), operator, 'not a valid selector operator');
  }
}
