/** How objects of one version become those of another when a definition says `strategy: Webhook`. Source: apiextensions-apiserver pkg/apiserver/conversion. */
import type { DeepReadonly, KubeObject } from '../../apimachinery/meta.ts';
import { isObject } from '../../apimachinery/patch/json.ts';
import { failure, type StatusError } from '../../apimachinery/status.ts';
import { randomUid, type Random } from '../../base/random.ts';
import type { CustomResourceDefinition } from '../../api/generated/apiextensions-v1.ts';
import { WebhookCallError } from '../webhooks/call-error.ts';
import type { WebhookAddress, WebhookClient } from '../webhooks/webhook-client.ts';
import { stringifyWhole } from '../../apimachinery/whole-numbers.ts';

/** Gives new objects of `apiVersion`, in the same order. Throws StatusError 500. */
export type Convert = (objects: readonly DeepReadonly<KubeObject>[], apiVersion: string) => Promise<KubeObject[]>;

const TIMEOUT_SECONDS = 30;
const REVIEW_VERSIONS = ['v1', 'v1beta1'];

/** The conversion of a definition; undefined: its versions differ by name only. */
export function conversionOf({ spec }: DeepReadonly<CustomResourceDefinition>, tools: { readonly client: WebhookClient; readonly random: Random; readonly signal: AbortSignal }): Convert | undefined {
  const webhook = spec.conversion?.strategy === 'Webhook' ? spec.conversion.webhook : undefined;
  if (!webhook?.clientConfig) return undefined;
  const version = webhook.conversionReviewVersions.find((one) => REVIEW_VERSIONS.includes(one)) ?? 'v1';
  return async (objects, apiVersion) => {
    const uid = randomUid(tools.random);
    const review = { kind: 'ConversionReview', apiVersion: `apiextensions.k8s.io/${version}`, request: { uid, desiredAPIVersion: apiVersion, objects } };
    try {
      const answer = await tools.client.post(webhook.clientConfig as WebhookAddress, review, { timeoutSeconds: TIMEOUT_SECONDS, signal: tools.signal });
      const converted = convertedObjects(answer, uid);
      if (converted.length !== objects.length) throw new WebhookCallError(`returned ${converted.length} objects, expected ${objects.length}`);
      return converted.map((one, i) => checked(one, objects[i] as DeepReadonly<KubeObject>, { apiVersion, index: i }));
    } catch (error) {
      if (error instanceof WebhookCallError) throw failed(objects[0], error);
      throw error;
    }
  };
}

function failed(first: DeepReadonly<KubeObject> | undefined, cause: WebhookCallError): StatusError {
  const what = `conversion webhook for ${first?.apiVersion ?? ''}, Kind=${first?.kind ?? ''}`;
  const why = cause.message.replace(/^failed to call webhook: /, '');
  return failure(500, '', why.startsWith('returned ') ? `${what} ${why}` : `${what} failed: ${why}`, undefined, { cause });
}

function convertedObjects(answer: unknown, uid: string): unknown[] {
  const response = isObject(answer) ? answer['response'] : undefined;
  if (!isObject(response)) throw new WebhookCallError('no response provided');
  if (response['uid'] !== uid) throw new WebhookCallError(`expected response.uid=${JSON.stringify(uid)}, got ${stringifyWhole(response['uid'] ?? '')}`);
  const result = isObject(response['result']) ? response['result'] : {};
  if (result['status'] !== 'Success') {
    const { message } = result;
    throw new WebhookCallError(typeof message === 'string' && message !== '' ? message : `response.result.status was '${typeof result['status'] === 'string' ? result['status'] : ''}', not 'Success'`);
  }
  return Array.isArray(response['convertedObjects']) ? response['convertedObjects'] : [];
}

/** A converter changes what an object says, not which object it is: of metadata only labels and annotations are its business. */
function checked(converted: unknown, original: DeepReadonly<KubeObject>, at: { readonly apiVersion: string; readonly index: number }): KubeObject {
  const invalid = (why: string): WebhookCallError => new WebhookCallError(`returned invalid converted object at index ${at.index}: ${why}`);
  if (!isObject(converted)) throw invalid('no object');
  const object = converted as unknown as Partial<KubeObject>;
  if (object.apiVersion !== at.apiVersion) throw invalid(`invalid groupVersion (expected ${at.apiVersion}, received ${object.apiVersion ?? ''})`);
  if (object.kind !== original.kind) throw invalid(`invalid kind (expected ${original.kind ?? ''}, received ${object.kind ?? ''})`);
  const { metadata } = original;
  for (const [field, name] of [['name', 'name'], ['namespace', 'namespace'], ['uid', 'UID']] as const) {
    const now = object.metadata?.[field] ?? '';
    const before = metadata[field] ?? '';
    if (now !== before) throw invalid(`invalid metadata: must have the same ${name}: ${before} != ${now}`);
  }
  const { labels: _labels, annotations: _annotations, ...kept } = structuredClone(metadata) as KubeObject['metadata'];
  const { labels, annotations } = object.metadata ?? {};
  return { ...object, metadata: { ...kept, ...(labels && { labels }), ...(annotations && { annotations }) } } as KubeObject;
}
