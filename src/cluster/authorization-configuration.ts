import { statSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { parseDocument } from 'yaml';
import { parseGoDuration } from '../apimachinery/go-duration.ts';
import { unknownFields, type Shape } from '../apimachinery/strict-fields.ts';
import { FieldErrors, FieldPath } from '../apimachinery/validation/field-errors.ts';
import { isDns1123Subdomain } from '../apimachinery/validation/names.ts';
import { matchCondition, type MatchCondition } from '../apiserver/authorization/match-conditions.ts';

/** One authorizer of the chain, by its type: `Node`, `RBAC`, `ABAC`, `AlwaysAllow`, `AlwaysDeny`, or a webhook. */
export type AuthorizerChoice = { readonly type: string } | WebhookChoice;

export interface WebhookChoice {
  readonly type: 'Webhook';
  readonly name: string;
  /** A kubeconfig. */
  readonly configFile: string;
  readonly version: string;
  /** 0: consent is not remembered. */
  readonly authorizedMs: number;
  /** 0: refusals are not. */
  readonly unauthorizedMs: number;
  readonly timeoutMs: number;
  readonly onFailure: 'Deny' | 'NoOpinion';
  readonly matchConditions: readonly MatchCondition[];
}

export const MODES = ['Node', 'RBAC', 'ABAC', 'Webhook', 'AlwaysAllow', 'AlwaysDeny'] as const;
const VERSIONS = ['v1', 'v1beta1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`);
const LONGEST_TIMEOUT_MS = 30_000;
const MOST_CONDITIONS = 64;

interface RawWebhook {
  readonly authorizedTTL?: string;
  readonly unauthorizedTTL?: string;
  readonly cacheAuthorizedRequests?: boolean;
  readonly cacheUnauthorizedRequests?: boolean;
  readonly timeout?: string;
  readonly subjectAccessReviewVersion?: string;
  readonly matchConditionSubjectAccessReviewVersion?: string;
  readonly failurePolicy?: string;
  readonly connectionInfo?: { readonly type?: string; readonly kubeConfigFile?: string };
  readonly matchConditions?: readonly { readonly expression?: string }[];
}

interface RawAuthorizer {
  readonly type?: string;
  readonly name?: string;
  readonly webhook?: RawWebhook;
}

const SHAPE: Shape = {
  apiVersion: true, kind: true,
  authorizers: [{
    type: true, name: true,
    webhook: {
      authorizedTTL: true, unauthorizedTTL: true, cacheAuthorizedRequests: true, cacheUnauthorizedRequests: true, timeout: true, subjectAccessReviewVersion: true, matchConditionSubjectAccessReviewVersion: true, failurePolicy: true,
      connectionInfo: { type: true, kubeConfigFile: true }, matchConditions: [{ expression: true }],
    },
  }],
};

/** Reads an AuthorizationConfiguration. Throws Error with all that is wrong, by field. Source: apiserver pkg/apis/apiserver/validation, ValidateAuthorizationConfiguration. */
export function parseAuthorizationConfiguration(text: string): AuthorizerChoice[] {
  const document = parseDocument(text);
  const [mistake] = document.errors;
  if (mistake) throw new Error(`no valid YAML: ${mistake.message.split('\n')[0]}`);
  const raw = document.toJS() as { apiVersion?: string; kind?: string; authorizers?: readonly RawAuthorizer[] } | null;
  if (raw?.kind !== 'AuthorizationConfiguration' || !VERSIONS.includes(raw.apiVersion ?? '')) throw new Error('must be an AuthorizationConfiguration of apiserver.config.k8s.io/v1');
  const unknown = unknownFields(raw, SHAPE);
  if (unknown.length > 0) throw new Error(`strict decoding error: ${unknown.map((field) => `unknown field ${JSON.stringify(field)}`).join(', ')}`);
  const errors = new FieldErrors();
  const { authorizers = [] } = raw;
  if (authorizers.length === 0) errors.required(FieldPath.of('authorizers'), 'at least one authorization mode must be defined');
  const choices = authorizers.flatMap((one, index) => authorizerOf(one, authorizers.slice(0, index), FieldPath.of('authorizers').index(index), errors) ?? []);
  const problems = errors.causes.map(({ field, message }) => `${field}: ${message}`);
  if (problems.length > 0) throw new Error(problems.length === 1 ? problems[0] : `[${problems.join(', ')}]`);
  return choices;
}

function authorizerOf({ type = '', name = '', webhook }: RawAuthorizer, before: readonly RawAuthorizer[], path: FieldPath, errors: FieldErrors): AuthorizerChoice | undefined {
  const at = path.child('type');
  if (type === '') errors.required(at);
  else if (!MODES.some((one) => one === type)) errors.notSupported(at, type, new Set(MODES));
  else if (type !== 'Webhook' && before.some((other) => other.type === type)) errors.duplicate(at, type);
  else {
    validateName(name, before, path.child('name'), errors);
    if (type !== 'Webhook') {
      if (webhook) errors.invalid(path.child('webhook'), 'non-null', 'may only be specified when type=Webhook');
      return { type };
    }
    if (webhook) return webhookOf(webhook, name, path, errors);
    errors.required(path.child('webhook'), 'required when type=Webhook');
  }
  return undefined;
}

function validateName(name: string, before: readonly RawAuthorizer[], path: FieldPath, errors: FieldErrors): void {
  const problems = isDns1123Subdomain(name);
  if (name === '') errors.required(path);
  else if (before.some((other) => other.name === name)) errors.duplicate(path, name);
  else if (problems.length > 0) errors.invalid(path, name, `authorizer name is invalid: ${problems.join(', ')}`);
}

/** Fields of the webhook stand at the path of their authorizer, as Kubernetes tells of them. */
function webhookOf(raw: RawWebhook, name: string, path: FieldPath, errors: FieldErrors): WebhookChoice {
  const { failurePolicy = '', subjectAccessReviewVersion: version = '', matchConditionSubjectAccessReviewVersion: conditionVersion = '', matchConditions = [] } = raw;
  const timeoutMs = duration(raw.timeout, path.child('timeout'), errors, LONGEST_TIMEOUT_MS);
  const authorizedMs = duration(orDefault(raw.authorizedTTL, '5m'), path.child('authorizedTTL'), errors);
  const unauthorizedMs = duration(orDefault(raw.unauthorizedTTL, '30s'), path.child('unauthorizedTTL'), errors);
  const { cacheAuthorizedRequests = true, cacheUnauthorizedRequests = true } = raw;
  oneOf(version, ['v1', 'v1beta1'], path.child('subjectAccessReviewVersion'), errors);
  if (conditionVersion !== '') oneOf(conditionVersion, ['v1'], path.child('matchConditionSubjectAccessReviewVersion'), errors);
  else if (matchConditions.length > 0) errors.required(path.child('matchConditionSubjectAccessReviewVersion'), 'required if match conditions are specified');
  oneOf(failurePolicy, ['NoOpinion', 'Deny'], path.child('failurePolicy'), errors);
  const configFile = connectionOf(raw.connectionInfo ?? {}, path.child('connectionInfo'), errors);
  return {
    type: 'Webhook', name, configFile, version, timeoutMs, onFailure: failurePolicy as WebhookChoice['onFailure'], authorizedMs: cacheAuthorizedRequests ? authorizedMs : 0, unauthorizedMs: cacheUnauthorizedRequests ? unauthorizedMs : 0,
    matchConditions: conditionsOf(matchConditions, path.child('matchConditions'), errors),
  };
}

/** A time of no length is one that was not said, as Kubernetes reads it. */
function orDefault(text: string | undefined, otherwise: string): string {
  return text === undefined || /^0(?:ns|us|µs|ms|s|m|h)?$/.test(text) ? otherwise : text;
}

function oneOf(value: string, supported: readonly string[], path: FieldPath, errors: FieldErrors): void {
  if (value === '') errors.required(path);
  else if (!supported.includes(value)) errors.notSupported(path, value, supported);
}

/** `mostMs`: none is longer. */
function duration(text: string | undefined, path: FieldPath, errors: FieldErrors, mostMs = Infinity): number {
  let ms = 0;
  try {
    ms = text === undefined ? 0 : parseGoDuration(text);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    errors.invalid(path, text, error.message);
    return 0;
  }
  if (ms === 0) errors.required(path);
  else if (ms < 0 || ms > mostMs) errors.invalid(path, text, mostMs === Infinity ? 'must be > 0s' : 'must be > 0s and <= 30s');
  return ms;
}

function connectionOf({ type = '', kubeConfigFile: file = '' }: NonNullable<RawWebhook['connectionInfo']>, path: FieldPath, errors: FieldErrors): string {
  const at = path.child('kubeConfigFile');
  if (type === '') errors.required(path.child('type'));
  else if (type === 'InClusterConfig') errors.invalid(path.child('type'), type, 'this server runs in no pod: use KubeConfigFile');
  else if (type !== 'KubeConfigFile') errors.notSupported(path.child('type'), type, ['InClusterConfig', 'KubeConfigFile']);
  else if (file === '') errors.required(at);
  else if (!isAbsolute(file)) errors.invalid(at, file, 'must be an absolute path');
  else {
    const found = statSync(file, { throwIfNoEntry: false });
    if (!found) errors.invalid(at, file, `error loading file: stat ${file}: no such file or directory`);
    else if (!found.isFile()) errors.invalid(at, file, 'must be a regular file');
  }
  return file;
}

function conditionsOf(conditions: NonNullable<RawWebhook['matchConditions']>, path: FieldPath, errors: FieldErrors): MatchCondition[] {
  if (conditions.length > MOST_CONDITIONS) {
    errors.tooMany(path, conditions.length, MOST_CONDITIONS);
    return [];
  }
  return conditions.flatMap(({ expression = '' }, index) => {
    const at = path.index(index).child('expression');
    if (expression.trim() === '') errors.required(at);
    else if (conditions.findIndex((other) => other.expression === expression) < index) errors.duplicate(at, expression);
    else {
      const condition = matchCondition(expression);
      if (typeof condition !== 'string') return [condition];
      errors.invalid(at, expression, condition);
    }
    return [];
  });
}
