import type { Container, LimitRange, LimitRangeItem, PersistentVolumeClaim, Pod, ResourceRequirements } from '../../../api/generated/core-v1.ts';
import * as refs from '../../../api/refs.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { formatQuantity } from '../../../apimachinery/quantity.ts';
import type { Clock } from '../../../base/clock.ts';
import type { CachedObjects } from '../../cacher/cached-objects.ts';
import { boundsProblems, sumOfPod, type Amounts } from '../limit-bounds.ts';
import { NamespacedRules } from '../namespaced-rules.ts';
import { aggregateText } from '../../../apimachinery/status.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../plugin.ts';
import { isFor, refusal } from '../refusal.ts';

const ANNOTATION = 'kubernetes.io/limit-ranger';

/** Gives containers the requests and limits of their namespace, and keeps pods and claims within bounds. Source: kubernetes plugin/pkg/admission/limitranger. */
export class LimitRanger implements AdmissionPlugin {
  readonly name = 'LimitRanger';
  readonly #ranges: NamespacedRules<LimitRange>;

  constructor(tools: { readonly objects: () => CachedObjects; readonly clock: Clock }) {
    this.#ranges = new NamespacedRules(tools, refs.limitRanges);
  }

  /** What is on its way out is let go. */
  handles(operation: AdmissionAttributes['operation'], attributes: AdmissionAttributes): boolean {
    if (attributes.oldObject?.metadata.deletionTimestamp !== undefined) return false;
    if (operation === 'CREATE') return isFor(attributes, '', 'pods') || isFor(attributes, '', 'persistentvolumeclaims');
    return operation === 'UPDATE' && (isFor(attributes, '', 'persistentvolumeclaims') || isFor(attributes, '', 'pods', 'resize'));
  }

  admit(attributes: AdmissionAttributes): void | Promise<void> {
    if (attributes.resource !== 'pods') return;
    const ranges = this.#ranges.of(attributes.namespace);
    if (ranges instanceof Promise) return ranges.then((later) => setAllDefaults(attributes, later));
    setAllDefaults(attributes, ranges);
  }

  validate(attributes: AdmissionAttributes): void | Promise<void> {
    const ranges = this.#ranges.of(attributes.namespace);
    if (ranges instanceof Promise) return ranges.then((later) => requireWithin(attributes, later));
    requireWithin(attributes, ranges);
  }
}

function setAllDefaults(attributes: AdmissionAttributes, ranges: readonly DeepReadonly<LimitRange>[]): void {
  for (const range of ranges) setDefaults(attributes.object as Pod, range);
}

function requireWithin(attributes: AdmissionAttributes, ranges: readonly DeepReadonly<LimitRange>[]): void {
  for (const range of ranges) {
    const problems = attributes.resource === 'pods'
      ? podProblems(attributes.object as DeepReadonly<Pod>, range)
      : claimProblems(attributes.object as DeepReadonly<PersistentVolumeClaim>, range);
    if (problems.length > 0) throw refusal(attributes, aggregateText(problems));
  }
}

function itemsOf(range: DeepReadonly<LimitRange>, type: string): DeepReadonly<LimitRangeItem>[] {
  return (range.spec?.limits ?? []).filter((one) => one.type === type);
}

function setDefaults(pod: Pod, range: DeepReadonly<LimitRange>): void {
  const items = itemsOf(range, 'Container');
  const limits = Object.assign({}, ...items.map((one) => one.default ?? {})) as Record<string, string>;
  const requests = Object.assign({}, ...items.map((one) => one.defaultRequest ?? {})) as Record<string, string>;
  const notes = [
    ...(pod.spec.containers ?? []).flatMap((one) => fillIn(one, 'container', { limits, requests })),
    ...(pod.spec.initContainers ?? []).flatMap((one) => fillIn(one, 'init container', { limits, requests })),
  ];
  if (notes.length > 0) pod.metadata.annotations = { ...pod.metadata.annotations, [ANNOTATION]: `LimitRanger plugin set: ${notes.join('; ')}` };
}

function fillIn(container: Container, what: string, defaults: { limits: Record<string, string>; requests: Record<string, string> }): string[] {
  const notes: string[] = [];
  const resources: ResourceRequirements = container.resources ?? {};
  for (const kind of ['requests', 'limits'] as const) {
    const missing = Object.keys(defaults[kind]).filter((name) => resources[kind]?.[name] === undefined).sort();
    if (missing.length === 0) continue;
    const filled = { ...resources[kind] };
    for (const name of missing) filled[name] = defaults[kind][name] as string;
    resources[kind] = filled;
    notes.push(`${missing.join(', ')} ${kind.slice(0, -1)} for ${what} ${container.name}`);
  }
  container.resources = resources;
  return notes;
}

function podProblems(pod: DeepReadonly<Pod>, range: DeepReadonly<LimitRange>): string[] {
  const problems: string[] = [];
  for (const item of range.spec?.limits ?? []) {
    if (item.type === 'Container') {
      for (const { resources } of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) {
        problems.push(...boundsProblems(item, { requests: resources?.requests ?? {}, limits: resources?.limits ?? {} }));
      }
    } else if (item.type === 'Pod') {
      problems.push(...boundsProblems(item, { requests: textsOf(sumOfPod(pod, 'requests')), limits: textsOf(sumOfPod(pod, 'limits')) }));
    }
  }
  return problems;
}

function textsOf(amounts: Amounts): Record<string, string> {
  return Object.fromEntries([...amounts].map(([name, amount]) => [name, formatQuantity(amount)]));
}

function claimProblems(claim: DeepReadonly<PersistentVolumeClaim>, range: DeepReadonly<LimitRange>): string[] {
  const requests = claim.spec.resources?.requests ?? {};
  return itemsOf(range, 'PersistentVolumeClaim').flatMap((item) => boundsProblems(item, { requests, limits: undefined }));
}
