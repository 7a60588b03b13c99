import { parseDocument } from 'yaml';

/** One authorizer of the chain, by its type: `Node`, `RBAC`, `ABAC`, `AlwaysAllow`, `AlwaysDeny`, or a webhook. */
export type AuthorizerChoice = { readonly type: string } | WebhookChoice;

export interface WebhookChoice {
  readonly type: 'Webhook';
  readonly name: string;
  /** A kubeconfig; undefined: this very cluster. */
  readonly configFile: string;
  readonly version: string;
  readonly authorizedMs: number;
  readonly unauthorizedMs: number;
  readonly timeoutMs: number;
  readonly onFailure: 'Deny' | 'NoOpinion';
  readonly matchConditions: readonly string[];
}

export const MODES = ['Node', 'RBAC', 'ABAC', 'Webhook', 'AlwaysAllow', 'AlwaysDeny'] as const;
const VERSIONS = ['v1', 'v1beta1', 'v1alpha1'].map((version) => `apiserver.config.k8s.io/${version}`);
const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const LONGEST_TIMEOUT_MS = 30_000;

interface RawWebhook {
  authorizedTTL?: string;
  unauthorizedTTL?: string;
  timeout?: string;
  subjectAccessReviewVersion?: string;
  matchConditionSubjectAccessReviewVersion?: string;
  failurePolicy?: string;
  connectionInfo?: { type?: string; kubeConfigFile?: string };
  matchConditions?: { expression?: string }[];
}

/** Reads an AuthorizationConfiguration. Throws Error naming the field that is wrong. Source: "kube-apiserver Configuration (v1)". */
export function parseAuthorizationConfiguration(text: string): AuthorizerChoice[] {
  const document = parseDocument(text);
  const [mistake] = document.errors;
  if (mistake) throw new Error(`no valid YAML: ${mistake.message.split('\n')[0]}`);
  const raw = document.toJS() as { apiVersion?: string; kind?: string; authorizers?: { type?: string; name?: string; webhook?: RawWebhook }[] } | null;
  if (raw?.kind !== 'AuthorizationConfiguration' || !VERSIONS.includes(raw.apiVersion ?? '')) throw new Error('must be an AuthorizationConfiguration of apiserver.config.k8s.io/v1');
  const authorizers = raw.authorizers ?? [];
  if (authorizers.length === 0) throw new Error('authorizers: Required value: at least one authorization mode must be defined');
  const names = new Set<string>();
  return authorizers.map(({ type = '', name = '', webhook }, index) => {
    const at = `authorizers[${index}]`;
    if (!MODES.some((one) => one === type)) throw new Error(`${at}.type: Unsupported value: ${JSON.stringify(type)}: supported values: ${MODES.map((one) => JSON.stringify(one)).join(', ')}`);
    if (name === '') throw new Error(`${at}.name: Required value`);
    if (names.has(name)) throw new Error(`${at}.name: Duplicate value: ${JSON.stringify(name)}`);
    names.add(name);
    if (type !== 'Webhook' && webhook) throw new Error(`${at}.webhook: Invalid value: may only be specified when type=Webhook`);
    return type === 'Webhook' ? webhookOf(webhook, { name, at: `${at}.webhook` }) : { type };
  });
}

function webhookOf(raw: RawWebhook | undefined, { name, at }: { name: string; at: string }): WebhookChoice {
  if (!raw) throw new Error(`${at}: Required value: required when type=Webhook`);
  const { connectionInfo = {}, failurePolicy, subjectAccessReviewVersion: version, matchConditions = [] } = raw;
  if (failurePolicy !== 'Deny' && failurePolicy !== 'NoOpinion') throw new Error(`${at}.failurePolicy: must be "Deny" or "NoOpinion"`);
  if (version !== 'v1' && version !== 'v1beta1') throw new Error(`${at}.subjectAccessReviewVersion: must be "v1" or "v1beta1"`);
  if (matchConditions.length > 0 && raw.matchConditionSubjectAccessReviewVersion !== 'v1') throw new Error(`${at}.matchConditionSubjectAccessReviewVersion: must be "v1"`);
  if (connectionInfo.type !== 'KubeConfigFile' || !connectionInfo.kubeConfigFile) throw new Error(`${at}.connectionInfo: must be of type KubeConfigFile with a kubeConfigFile`);
  const timeoutMs = durationOf(raw.timeout, `${at}.timeout`);
  if (timeoutMs === 0 || timeoutMs > LONGEST_TIMEOUT_MS) throw new Error(`${at}.timeout: must be more than 0s and at most 30s`);
  return {
    type: 'Webhook', name, configFile: connectionInfo.kubeConfigFile, version, timeoutMs, onFailure: failurePolicy,
    authorizedMs: durationOf(raw.authorizedTTL ?? '5m', `${at}.authorizedTTL`), unauthorizedMs: durationOf(raw.unauthorizedTTL ?? '30s', `${at}.unauthorizedTTL`),
    matchConditions: matchConditions.map(({ expression = '' }) => expression),
  };
}

function durationOf(text: string | undefined, at: string): number {
  if (text === undefined || !/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) throw new Error(`${at}: a duration looks like 30s or 5m`);
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce((sum, [, value, unit]) => sum + Number(value) * (UNITS_MS[unit ?? ''] ?? 0), 0);
}
