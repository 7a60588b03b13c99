/** Rules that webhooks and policies share. Source: pkg/apis/admissionregistration/validation. */
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { isQualifiedName, validateLabelSelector } from '../../apimachinery/validation/labels.ts';
import { isDns1123Subdomain } from '../../apimachinery/validation/names.ts';
import type { MatchCondition, MatchResources, RuleWithOperations, WebhookClientConfig } from '../generated/admissionregistration-v1.ts';
import { BOOL } from '../../cel/checker/types.ts';
import type { CompileOptions } from '../../cel/expression.ts';
import { addInvalid } from '../path-segment.ts';
import { validateExpression } from './expression-validation.ts';
import { ADMISSION_VARIABLES } from './expressions.ts';

const OPERATIONS = new Set(['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE']);
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
  if (resources.length > 1 && resources.includes('*/*')) {
    errors.invalid(path, resources, "if '*/*' is present, must not specify other resources");
    return;
  }
  const hasAll = resources.includes('*');
  resources.forEach((resource, i) => {
    const at = path.index(i);
    if (resource === '') errors.required(at);
    else if (hasAll && resource !== '*' && !resource.includes('/')) errors.invalid(at, resource, "if '*' is present, must not specify other resources without subresources");
    else if (resource.split('/').length > 2) errors.invalid(at, resource, 'may only have one subresource');
  });
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

function validateUrl(text: string, path: FieldPath, errors: FieldErrors): void {
  const form = "; desired format: https://host[/path]";
  if (!URL.canParse(text)) {
    errors.required(path, `url must be a valid URL: parse ${JSON.stringify(text)}: invalid URI for request${form}`);
    return;
  }
  const url = new URL(text);
  if (url.protocol !== 'https:') errors.invalid(path, url.protocol.slice(0, -1), `'https' is the only allowed URL scheme${form}`);
  if (url.hostname === '') errors.invalid(path, '', `host must be specified${form}`);
  if (url.username !== '') errors.invalid(path, url.username, 'user information is not permitted in the URL');
  if (url.hash !== '') errors.invalid(path, url.hash.slice(1), 'fragments are not permitted in the URL');
  if (url.search !== '') errors.invalid(path, url.search.slice(1), 'query parameters are not permitted in the URL');
}

function validateServicePath(path: string, at: FieldPath, errors: FieldErrors): void {
  if (path === '/' || path === '') return;
  if (path === '//') {
    errors.invalid(at, path, 'segment[0] may not be empty');
    return;
  }
  if (!path.startsWith('/')) errors.invalid(at, path, "must start with a '/'");
  const segments = path.slice(1).split('/');
  if (segments.at(-1) === '' && segments.length > 1) segments.pop();
  segments.forEach((segment, i) => {
    if (segment === '') errors.invalid(at, path, `segment[${i}] may not be empty`);
    else addInvalid(isDns1123Subdomain(segment).map((text) => `segment[${i}]: ${text}`), path, at, errors);
  });
}

export function validateClientConfig({ url, service }: DeepReadonly<WebhookClientConfig>, path: FieldPath, errors: FieldErrors): void {
  if ((url === undefined) === (service === undefined)) {
    errors.required(path, 'exactly one of url or service is required');
    return;
  }
  if (url !== undefined) validateUrl(url, path.child('url'), errors);
  if (!service) return;
  const at = path.child('service');
  if (service.name === '') errors.required(at.child('name'));
  if (service.namespace === '') errors.required(at.child('namespace'));
  const port = service.port ?? 0;
  if (port < 1 || port > 65535) errors.invalid(at.child('port'), port, 'port is not valid: must be between 1 and 65535, inclusive');
  if (service.path !== undefined) validateServicePath(service.path, at.child('path'), errors);
}

/** `options`: what the conditions know; by default what those of webhooks do. */
export function validateMatchConditions(conditions: DeepReadonly<MatchCondition[]> | undefined, path: FieldPath, errors: FieldErrors, options: CompileOptions = { variables: ADMISSION_VARIABLES, resultTypes: [BOOL] }): void {
  const list = conditions ?? [];
  if (list.length > MAX_MATCH_CONDITIONS) errors.tooMany(path, list.length, MAX_MATCH_CONDITIONS);
  list.forEach(({ name, expression }, i) => {
    const at = path.index(i);
    if (expression.trim() === '') errors.required(at.child('expression'));
    else validateExpression(expression, options, at.child('expression'), errors);
    if (name === '') errors.required(at.child('name'));
    else {
      addInvalid(isQualifiedName(name), name, at.child('name'), errors);
      if (list.findIndex((one) => one.name === name) < i) errors.duplicate(at.child('name'), name);
    }
  });
}

/** `needsRules`: of a policy, which must say what it is about; bindings only narrow it down. */
export function validateMatchResources(match: DeepReadonly<MatchResources>, path: FieldPath, needsRules: boolean, errors: FieldErrors): void {
  if (match.namespaceSelector === undefined) errors.required(path.child('namespaceSelector'));
  else validateLabelSelector(match.namespaceSelector, path.child('namespaceSelector'), errors);
  if (match.objectSelector === undefined) errors.required(path.child('labelSelector'));
  else validateLabelSelector(match.objectSelector, path.child('labelSelector'), errors);
  validateMatchPolicy(match.matchPolicy, path.child('matchPolicy'), errors);
  if (needsRules && (match.resourceRules ?? []).length === 0) errors.required(path.child('resourceRules'));
  match.resourceRules?.forEach((rule, i) => validateRule(rule, path.child('resourceRules').index(i), errors));
  match.excludeResourceRules?.forEach((rule, i) => validateRule(rule, path.child('excludeResourceRules').index(i), errors));
}
