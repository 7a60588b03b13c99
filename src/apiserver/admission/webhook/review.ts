import { isObject, type JsonObject } from '../../../apimachinery/patch/json.ts';
import type { Status } from '../../../apimachinery/status.ts';
import { parseWhole, stringifyWhole } from '../../../apimachinery/whole-numbers.ts';
import type { AdmissionAttributes } from '../plugin.ts';
import { WebhookCallError } from '../../webhooks/call-error.ts';
import type { GroupVersionKind } from './versioned-object.ts';

interface ReviewTarget {
  readonly object: { readonly kind: GroupVersionKind };
  /** The resource that the webhook's rules name. */
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
}

interface ReviewParts {
  readonly uid: string;
  readonly object: object | undefined;
  readonly oldObject: object | undefined;
}

/** The `request` of an AdmissionReview; also what match conditions know as `request`. Source: KEP-492, api/admission/v1. */
export function admissionRequest({ object: versioned, resource }: ReviewTarget, attributes: AdmissionAttributes, { uid, object, oldObject }: ReviewParts): object {
  const { user, subresource, name, operation, dryRun, options, group, version } = attributes;
  const isNamespace = group === '' && attributes.resource === 'namespaces';
  const namespace = isNamespace ? name : attributes.namespace;
  const sub = subresource === '' ? {} : { subResource: subresource, requestSubResource: subresource };
  return {
    uid, kind: versioned.kind, resource, requestKind: requestKind(versioned.kind, attributes), requestResource: { group, version, resource: attributes.resource }, ...sub,
    ...(name !== '' && { name }), ...(namespace !== '' && { namespace }), operation,
    userInfo: { username: user.name, ...(user.uid !== undefined && user.uid !== '' && { uid: user.uid }), groups: user.groups, ...(user.extra && { extra: user.extra }) },
    object: object ?? null, oldObject: oldObject ?? null, dryRun, options: options ?? null,
  };
}

function requestKind(kind: { group: string; version: string; kind: string }, attributes: AdmissionAttributes): object {
  const isOwn = attributes.subresource === '' || attributes.subresource === 'status';
  return isOwn ? { group: attributes.group, version: attributes.version, kind: attributes.kind } : kind;
}

/** What a webhook has said. */
export interface Verdict {
  readonly allowed: boolean;
  readonly status: Partial<Status> | undefined;
  /** A JSON patch. */
  readonly patch: unknown;
  readonly warnings: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

function refused(why: string, cause?: unknown): WebhookCallError {
  return new WebhookCallError(why, { cause });
}

/** Reads the answer of a webhook. Throws WebhookCallError for what is no answer. Source: apiserver pkg/admission/plugin/webhook/request, VerifyAdmissionResponse. */
export function verdictOf(answer: unknown, asked: { readonly apiVersion: string; readonly uid: string; readonly isMutating: boolean }): Verdict {
  const review = isObject(answer) ? answer : {};
  const response = review['response'];
  const { apiVersion, uid, isMutating } = asked;
  if (!isObject(response)) throw refused('received invalid webhook response: webhook response was absent');
  const isLenient = apiVersion === 'admission.k8s.io/v1beta1';
  const gvk = `${text(review['apiVersion'])}, Kind=${text(review['kind'])}`;
  if (!isLenient && gvk !== `${apiVersion}, Kind=AdmissionReview`) throw refused(`received invalid webhook response: expected webhook response of ${apiVersion}, Kind=AdmissionReview, got ${gvk}`);
  if (!isLenient && response['uid'] !== uid) throw refused(`received invalid webhook response: expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(text(response['uid']))}`);
  const patch = isMutating ? patchOf(response, isLenient) : noPatch(response, isLenient);
  return {
    allowed: response['allowed'] === true, status: isObject(response['status']) ? (response['status'] as Partial<Status>) : undefined, patch,
    warnings: Array.isArray(response['warnings']) ? response['warnings'].filter((one) => typeof one === 'string') : [],
    auditAnnotations: isObject(response['auditAnnotations']) ? (response['auditAnnotations'] as Record<string, string>) : {},
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function noPatch(response: JsonObject, isLenient: boolean): undefined {
  if (isLenient) return;
  if (text(response['patch']) !== '') throw refused('received invalid webhook response: validating webhook may not return response.patch');
  if (response['patchType'] !== undefined && response['patchType'] !== null) throw refused('received invalid webhook response: validating webhook may not return response.patchType');
}

function patchOf(response: JsonObject, isLenient: boolean): unknown {
  const patch = text(response['patch']);
  const patchType = response['patchType'] ?? undefined;
  if (patch === '' && patchType === undefined) return undefined;
  if (!isLenient && patchType === undefined) throw refused('received invalid webhook response: webhook returned response.patch but not response.patchType');
  if (patch === '') throw refused('received invalid webhook response: webhook returned response.patchType but not response.patch');
  if (patchType !== undefined && patchType !== 'JSONPatch') throw refused(`unsupported patch type ${stringifyWhole(patchType)}`);
  try {
    return parseWhole(Buffer.from(patch, 'base64').toString('utf8'));
  } catch (error) {
    throw refused('received invalid webhook response: response.patch is no JSON', error);
  }
}
