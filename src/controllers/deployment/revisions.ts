import { isDeepStrictEqual } from 'node:util';
import type { Deployment, ReplicaSet } from '../../api/generated/apps-v1.ts';
import type { PodTemplateSpec } from '../../api/generated/core-v1.ts';
import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly, Draft, ResourceRef } from '../../apimachinery/meta.ts';
import { controllerReference } from '../../component-helpers/owner-reference.ts';
import { revisionHash } from '../../component-helpers/revision-hash.ts';
import { rollingUpdateBounds } from './rolling-update-bounds.ts';

export const REVISION = 'deployment.kubernetes.io/revision';
const REVISION_HISTORY = 'deployment.kubernetes.io/revision-history';
/** The revision that a Deployment is to go back to; 0: the one before. */
export const ROLLBACK_TO = 'deprecated.deployment.rollback.to';
export const DESIRED_REPLICAS = 'deployment.kubernetes.io/desired-replicas';
export const MAX_REPLICAS = 'deployment.kubernetes.io/max-replicas';
export const POD_TEMPLATE_HASH = 'pod-template-hash';
const MAX_HISTORY_CHARACTERS = 2000;

/** Annotations of a Deployment that are not its ReplicaSets'. */
const NOT_COPIED: ReadonlySet<string> = new Set([
  'kubectl.kubernetes.io/last-applied-configuration', REVISION, REVISION_HISTORY, DESIRED_REPLICAS, MAX_REPLICAS, ROLLBACK_TO,
]);

/** Whether an annotation is the template's as much as the Deployment's: it goes to the sets, and comes back from them. */
export function isCopied(key: string): boolean {
  return !NOT_COPIED.has(key);
}

type Set_ = DeepReadonly<ReplicaSet>;

/** Oldest first; of one second by name. */
export function byAge(one: Set_, other: Set_): number {
  const [a, b] = [one.metadata, other.metadata];
  if (a.creationTimestamp !== b.creationTimestamp) return a.creationTimestamp < b.creationTimestamp ? -1 : 1;
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function withoutHash(template: DeepReadonly<PodTemplateSpec>): object {
  const { [POD_TEMPLATE_HASH]: _, ...labels } = template.metadata?.labels ?? {};
  const { labels: __, creationTimestamp: ___, ...metadata } = template.metadata ?? {};
  const others = Object.entries(metadata).filter(([, value]) => value !== undefined && value !== null && Object.keys(value).length > 0);
  return { spec: template.spec, metadata: { ...Object.fromEntries(others), labels } };
}

/** Whether two templates make the same pods, but for the label that tells them apart. */
export function isSameTemplate(one: DeepReadonly<PodTemplateSpec>, other: DeepReadonly<PodTemplateSpec>): boolean {
  return isDeepStrictEqual(withoutHash(one), withoutHash(other));
}

/** The set that holds the Deployment's present template: the oldest, if several do. */
export function newSetOf(deployment: DeepReadonly<Deployment>, sets: readonly Set_[]): Set_ | undefined {
  return [...sets].sort(byAge).find((set) => isSameTemplate(set.spec.template, deployment.spec.template));
}

/** 64 bits, which a number cannot hold: whoever seeds a set's annotation sees the next one follow it exactly. Text that is no number counts as 0. */
export function revisionOf(object: { readonly metadata: { readonly annotations?: Readonly<Record<string, string>> } }): bigint {
  return revisionIn(object.metadata.annotations?.[REVISION]);
}

function revisionIn(text = ''): bigint {
  return /^[+-]?\d{1,19}$/.test(text) ? BigInt.asIntN(64, BigInt(text.replace('+', ''))) : 0n;
}

/** One more than the highest of the old sets. */
export function nextRevision(oldSets: readonly Set_[]): bigint {
  return oldSets.map(revisionOf).reduce((highest, one) => (one > highest ? one : highest), 0n) + 1n;
}

/** The annotations of a set that holds the present template: the Deployment's own, and its revision, which only grows. */
export function annotationsOfNewSet(deployment: DeepReadonly<Deployment>, set: Set_ | undefined, revision: bigint): Record<string, string> {
  const annotations: Record<string, string> = { ...set?.metadata.annotations };
  for (const [key, value] of Object.entries(deployment.metadata.annotations ?? {})) if (isCopied(key)) annotations[key] = value;
  const before = annotations[REVISION];
  if (before === undefined || revisionIn(before) < revision) {
    annotations[REVISION] = String(revision);
    if (set && before && before !== '0') addToHistory(annotations, before);
  }
  return set ? annotations : { ...annotations, ...sizeAnnotations(deployment) };
}

/** Lets go of the oldest revisions when the list becomes too long. */
function addToHistory(annotations: Record<string, string>, revision: string): void {
  const history = (annotations[REVISION_HISTORY] ?? '').split(',').filter((one) => one !== '');
  if (history.includes(revision)) return;
  history.push(revision);
  while (history.length > 1 && history.join(',').length > MAX_HISTORY_CHARACTERS) history.shift();
  annotations[REVISION_HISTORY] = history.join(',');
}

/** What a set remembers of its Deployment's size, so that a later change of it is noticed and shared out in proportion. */
export function sizeAnnotations(deployment: DeepReadonly<Deployment>): Record<string, string> {
  const desired = deployment.spec.replicas ?? 1;
  return { [DESIRED_REPLICAS]: String(desired), [MAX_REPLICAS]: String(desired + rollingUpdateBounds(deployment).surge) };
}

export function newSetDraft(deployment: DeepReadonly<Deployment>, ref: Pick<ResourceRef, 'group' | 'version' | 'kind'>, replicas: number, revision: bigint): Draft<ReplicaSet> {
  const template = copyOf(deployment.spec.template);
  const hash = revisionHash(deployment.spec.template, deployment.status.collisionCount ?? 0);
  template.metadata = { ...template.metadata, labels: { ...template.metadata?.labels, [POD_TEMPLATE_HASH]: hash } };
  const selector = copyOf(deployment.spec.selector);
  selector.matchLabels = { ...selector.matchLabels, [POD_TEMPLATE_HASH]: hash };
  const { name, namespace } = deployment.metadata;
  return {
    metadata: {
      name: `${name}-${hash}`,
      ...(namespace && { namespace }),
      labels: { ...template.metadata.labels },
      annotations: annotationsOfNewSet(deployment, undefined, revision),
      ownerReferences: [controllerReference(deployment, ref)],
    },
    spec: { replicas, minReadySeconds: deployment.spec.minReadySeconds ?? 0, selector, template },
  };
}
