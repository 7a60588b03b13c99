/** Rules that webhooks and policies share. Source: pkg/apis/admissionregistration/validation. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { isQualifiedName, validateLabelSelector } from '../../apimachinery/validation/labels.ts';
import { pathSegmentName } from '../../apimachinery/validation/names.ts';
import type { MatchCondition, MatchResources, NamedRuleWithOperations, RuleWithOperations, WebhookClientConfig } from '../generated/admissionregistration-v1.ts';
import { BOOL } from '../../cel/checker/types.ts';
import type { CompileOptions } from '../../cel/expression.ts';
import { addInvalid } from '../path-segment.ts';
import { validateWebhookService, validateWebhookUrl } from '../webhook-target.ts';
import { validateExpression } from './expression-validation.ts';
import { ADMISSION_VARIABLES } from './expressions.ts';

const OPERATIONS = new Set(['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']);
const MUTABLE_OPERATIONS = new Set(['*', 'CONNECT', 'CREATE', 'UPDATE']);
const SCOPES = new Set(['*', 'Cluster', 'Namespaced']);
const MATCH_POLICIES = new Set(['Equivalent', 'Exact']);
const FAILURE_POLICIES = new Set(['Fail', 'Ignore']);
const MAX_MATCH_CONDITIONS = 64;

export function validateChoice(value: string | undefined, choices: ReadonlySet<string>, path: FieldPath, errors: FieldErrors): void {
  if (value !== undefined && !choices.has(value)) errors.notSupported(path, value, choices);
}

export function validateMatchPolicy(value: string | undefined, path: FieldPath, errors: FieldErrors): void {
  validateChoice(value, MATCH_POLICIES, path, errors);
}

export function validateFailurePolicy(value: string | undefined, path: FieldPath, errors: FieldErrors): void {
  validateChoice(value, FAILURE_POLICIES, path, errors);
}

function validateWildcard(values: readonly string[] | undefined, path: FieldPath, what: string, errors: FieldErrors): void {
  const list = values ?? [];
  if (list.length === 0) errors.required(path);
  if (list.length > 1 && list.includes('*')) errors.invalid(path, list, `if '*' is present, must not specify other ${what}`);
  list.forEach((value, i) => {
    if (value === '' && what !== 'API groups') errors.required(path.index(i));
  });
}

/** Names of resources and subresources: which wildcards exclude which names. */
function validateResources(resources: readonly string[], path: FieldPath, errors: FieldErrors): void {
  if (resources.length === 0) errors.required(path);
  const withAnySubresource = new Set<string>();
  const ofAnyResource = new Set<string>();
  let endsPlain = false;
  resources.forEach((resource, i) => {
    if (resource === '') {
      errors.required(path.index(i));
      return;
    }
    const slash = resource.indexOf('/');
    if (slash < 0) {
      endsPlain = resource !== '*';
      return;
    }
    const [name, subresource] = [resource.slice(0, slash), resource.slice(slash + 1)];
    if (withAnySubresource.has(name)) errors.invalid(path.index(i), resource, `if '${name}/*' is present, must not specify ${resource}`);
    if (ofAnyResource.has(subresource)) errors.invalid(path.index(i), resource, `if '*/${subresource}' is present, must not specify ${resource}`);
    if (subresource === '*') withAnySubresource.add(name);
    if (name === '*') ofAnyResource.add(subresource);
  });
  if (resources.length > 1 && resources.includes('*/*')) errors.invalid(path, resources, "if '*/*' is present, must not specify other resources");
  // Kubernetes looks at the last name without a subresource only.
  if (resources.includes('*') && endsPlain) errors.invalid(path, resources, "if '*' is present, must not specify other resources without subresources");
}

export function validateRule(rule: DeepReadonly<RuleWithOperations>, path: FieldPath, errors: FieldErrors): void {
  const operations = rule.operations ?? [];
  const operationsPath = path.child('operations');
  if (operations.length === 0) errors.required(operationsPath);
  if (operations.length > 1 && operations.includes('*')) errors.invalid(operationsPath, operations, "if '*' is present, must not specify other operations");
  operations.forEach((operation, i) => validateChoice(operation, OPERATIONS, operationsPath.index(i), errors));
  validateWildcard(rule.apiGroups, path.child('apiGroups'), 'API groups', errors);
  validateWildcard(rule.apiVersions, path.child('apiVersions'), 'API versions', errors);
  validateResources(rule.resources ?? [], path.child('resources'), errors);
  validateChoice(rule.scope, SCOPES, path.child('scope'), errors);
}

export function validateClientConfig({ url, service }: DeepReadonly<WebhookClientConfig>, path: FieldPath, errors: FieldErrors): void {
  if ((url === undefined) === (service === undefined)) {
    errors.required(path, 'exactly one of url or service is required');
    return;
  }
  if (url !== undefined) validateWebhookUrl(url, path.child('url'), errors);
  if (service) validateWebhookService(service, path.child('service'), errors);
}

/** `options`: what the conditions know; by default what those of webhooks do. */
export function validateMatchConditions(conditions: DeepReadonly<MatchCondition[]> | undefined, path: FieldPath, errors: FieldErrors, options: CompileOptions = { variables: ADMISSION_VARIABLES, resultTypes: [BOOL] }): void {
  const list = conditions ?? [];
  if (list.length > MAX_MATCH_CONDITIONS) errors.tooMany(path, list.length, MAX_MATCH_CONDITIONS);
  list.forEach(({ name, expression }, i) => {
    const at = path.index(i);
    if (expression.trim() === '') errors.required(at.child('expression'));
    else validateExpression(expression.trim(), options, at.child('expression'), errors);
    if (name === '') errors.required(at.child('name'));
    else {
      addInvalid(isQualifiedName(name), name, at.child('name'), errors);
      if (list.findIndex((one) => one.name === name) < i) errors.duplicate(at.child('name'), name);
    }
  });
}

function validateNamedRule(rule: DeepReadonly<NamedRuleWithOperations>, path: FieldPath, errors: FieldErrors): void {
  const names = rule.resourceNames ?? [];
  names.forEach((name, i) => {
    addInvalid(pathSegmentName(name, false), name, path.child('resourceNames').index(i), errors);
    if (names.indexOf(name) < i) errors.duplicate(path.child('resourceNames').index(i), name);
  });
  validateRule(rule, path, errors);
}

export function validateMatchResources(match: DeepReadonly<MatchResources>, path: FieldPath, errors: FieldErrors): void {
  validateMatchPolicy(match.matchPolicy, path.child('matchPolicy'), errors);
  for (const name of ['namespaceSelector', 'objectSelector'] as const) {
    if (match[name] === undefined) errors.required(path.child(name));
    else validateLabelSelector(match[name], path.child(name), errors);
  }
  match.resourceRules?.forEach((rule, i) => validateNamedRule(rule, path.child('resourceRules').index(i), errors));
  match.excludeResourceRules?.forEach((rule, i) => validateNamedRule(rule, path.child('excludeResourceRules').index(i), errors));
}

/** Of a policy, which must say what it is about; bindings only narrow it down. */
export function validateMatchConstraints(match: DeepReadonly<MatchResources> | undefined, path: FieldPath, errors: FieldErrors): void {
  if (!match) {
    errors.required(path);
    return;
  }
  validateMatchResources(match, path, errors);
  if ((match.resourceRules ?? []).length === 0) errors.required(path.child('resourceRules'));
}

/** What is deleted cannot be changed. */
export function validateMutableOperations(match: DeepReadonly<MatchResources> | undefined, path: FieldPath, errors: FieldErrors): void {
  for (const rule of match?.resourceRules ?? []) {
    for (const operation of rule.operations ?? []) validateChoice(operation, MUTABLE_OPERATIONS, path.child('resourceRules', 'operations'), errors);
  }
}
