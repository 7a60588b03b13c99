/** How objects of one version become those of another when a definition says `strategy: Webhook`. Source: apiextensions-apiserver pkg/apiserver/conversion. */
import type { DeepReadonly, KubeObject, ObjectMeta } from '../../apimachinery/meta.ts';
import { goType } from '../../apimachinery/patch/go-text.ts';
import { isObject } from '../../apimachinery/patch/json.ts';
import { failure, type StatusError } from '../../apimachinery/status.ts';
import { FieldErrors, FieldPath } from '../../apimachinery/validation/field-errors.ts';
import { validateAnnotations, validateLabels } from '../../apimachinery/validation/labels.ts';
import { randomUid, type Random } from '../../base/random.ts';
import type { CustomResourceDefinition } from '../../api/generated/apiextensions-v1.ts';
import { WebhookCallError } from '../webhooks/call-error.ts';
import type { WebhookAddress, WebhookClient } from '../webhooks/webhook-client.ts';
import { stringifyWhole } from '../../apimachinery/whole-numbers.ts';

/** Gives new objects of `apiVersion`, in the same order. Throws StatusError 500. */
export type Convert = (objects: readonly DeepReadonly<KubeObject>[], apiVersion: string) => Promise<KubeObject[]>;

const TIMEOUT_SECONDS = 30;
const REVIEW_VERSIONS = ['v1', 'v1beta1'];

/** What a converter answered is of no use. The message goes on from `conversion webhook for …`. */
class BadAnswer extends Error {
  override readonly name = 'BadAnswer';
}

/** The conversion of a definition; undefined: its versions differ by name only. */
export function conversionOf({ spec }: DeepReadonly<CustomResourceDefinition>, tools: { readonly client: Pick<WebhookClient, 'post'>; readonly random: Random; readonly signal: AbortSignal }): Convert | undefined {
  const webhook = spec.conversion?.strategy === 'Webhook' ? spec.conversion.webhook : undefined;
  if (!webhook?.clientConfig) return undefined;
  const version = webhook.conversionReviewVersions.find((one) => REVIEW_VERSIONS.includes(one)) ?? 'v1';
  return async (objects, apiVersion) => {
    const uid = randomUid(tools.random);
    const review = { kind: 'ConversionReview', apiVersion: `apiextensions.k8s.io/${version}`, request: { uid, desiredAPIVersion: apiVersion, objects } };
    try {
      const answer = await tools.client.post(webhook.clientConfig as WebhookAddress, review, { timeoutSeconds: TIMEOUT_SECONDS, signal: tools.signal });
      const converted = convertedObjects(answer, uid, version);
      if (converted.length !== objects.length) throw new BadAnswer(`returned ${converted.length} objects, expected ${objects.length}`);
      return converted.map((one, i) => checked(one, objects[i] as DeepReadonly<KubeObject>, apiVersion));
    } catch (error) {
      if (error instanceof WebhookCallError) throw failed(objects[0], `failed: ${error.message.replace(/^failed to call webhook: /, '')}`, error);
      if (error instanceof BadAnswer) throw failed(objects[0], error.message, error);
      throw error;
    }
  };
}

function failed(first: DeepReadonly<KubeObject> | undefined, what: string, cause: Error): StatusError {
  return failure(500, '', `conversion webhook for ${first?.apiVersion ?? ''}, Kind=${first?.kind ?? ''} ${what}`, undefined, { cause });
}

/** Of which review an answer is, was of no account when reviews were v1beta1, and is not yet. */
function convertedObjects(answer: unknown, uid: string, version: string): unknown[] {
  const review = isObject(answer) ? answer : {};
  const said = `${textOf(review['apiVersion'], '/')}, Kind=${textOf(review['kind'])}`;
  const expected = `apiextensions.k8s.io/${version}, Kind=ConversionReview`;
  if (version === 'v1' && said !== expected) throw new BadAnswer(`failed: expected webhook response of ${expected}, got ${said}`);
  const { response } = review;
  if (!isObject(response)) throw new BadAnswer('failed: no response provided');
  if (version === 'v1' && response['uid'] !== uid) throw new BadAnswer(`failed: expected response.uid=${JSON.stringify(uid)}, got ${stringifyWhole(response['uid'] ?? '')}`);
  const result = isObject(response['result']) ? response['result'] : {};
  if (result['status'] !== 'Success') throw new BadAnswer(`failed: ${textOf(result['message']) || `response.result.status was '${textOf(result['status'])}', not 'Success'`}`);
  return Array.isArray(response['convertedObjects']) ? response['convertedObjects'] : [];
}

function textOf(value: unknown, otherwise = ''): string {
  return typeof value === 'string' && value !== '' ? value : otherwise;
}

/** A converter changes what an object says, not which object it is: of metadata only labels and annotations are its business. */
function checked(converted: unknown, original: DeepReadonly<KubeObject>, apiVersion: string): KubeObject {
  const object = isObject(converted) ? converted : {};
  const { apiVersion: version, kind } = object;
  if (version !== apiVersion) throw new BadAnswer(`returned invalid object at index 0: invalid groupVersion (expected ${apiVersion}, received ${textOf(version)})`);
  if (kind !== original.kind) throw new BadAnswer(`returned invalid object at index 0: invalid kind (expected ${original.kind ?? ''}, received ${textOf(kind)})`);
  const metadata = isObject(object['metadata']) ? object['metadata'] : {};
  for (const [field, name] of [['name', 'name'], ['namespace', 'namespace'], ['uid', 'UID']] as const) {
    const now = textOf(metadata[field]);
    const before = original.metadata[field] ?? '';
    if (now !== before) throw new BadAnswer(`returned invalid object: must have the same ${name}: ${before} != ${now}`);
  }
  const kept = structuredClone(original.metadata) as ObjectMeta;
  for (const field of ['labels', 'annotations'] as const) {
    const entries = mapOf(metadata[field], field, original);
    if (entries) kept[field] = entries;
    else delete kept[field];
  }
  return { ...object, metadata: kept } as KubeObject;
}

/** Labels or annotations of what was converted. Those that a converter has left alone may be as they are. */
function mapOf(value: unknown, field: 'labels' | 'annotations', original: DeepReadonly<KubeObject>): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isObject(value)) throw new BadAnswer(`returned invalid metadata: invalid metadata.${field} of type ${goType(value)} in converted object`);
  for (const [key, one] of Object.entries(value)) {
    if (typeof one !== 'string') throw new BadAnswer(`returned invalid metadata: metadata.${field}[${key}] must be a string, but is ${one === null ? '<nil>' : goType(one)} in converted object`);
  }
  const entries = value as Record<string, string>;
  const before = original.metadata[field] ?? {};
  if (Object.keys(before).length === Object.keys(entries).length && Object.keys(entries).every((key) => before[key] === entries[key])) return entries;
  const errors = new FieldErrors();
  if (field === 'labels') validateLabels(entries, FieldPath.of('metadata').child('labels'), errors);
  else validateAnnotations(entries, FieldPath.of('metadata').child('annotation'), errors);
  const texts = [...new Set(errors.causes.map((cause) => `${cause.field}: ${cause.message}`))];
  if (texts.length > 0) throw new BadAnswer(`returned invalid metadata: ${texts.length === 1 ? String(texts[0]) : `[${texts.join(', ')}]`}`);
  return entries;
}
