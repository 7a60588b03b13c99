/** Affinity to nodes and pods. Source: kubernetes pkg/apis/core/validation, validateAffinity. */
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import type { FieldErrors, FieldPath } from '../../../apimachinery/validation/field-errors.ts';
import { validateLabelName, validateLabelSelector } from '../../../apimachinery/validation/labels.ts';
import { isDns1123Label } from '../../../apimachinery/validation/names.ts';
import { addInvalid } from '../../../apimachinery/validation/values.ts';
import type { Affinity, NodeAffinity, PodAffinity, PodAffinityTerm } from '../../generated/core-v1.ts';
import { validateNodeSelector, validateNodeSelectorTerm } from '../node-selector.ts';

const REQUIRED = 'requiredDuringSchedulingIgnoredDuringExecution';
const PREFERRED = 'preferredDuringSchedulingIgnoredDuringExecution';

export function validateAffinity(affinity: DeepReadonly<Affinity> | undefined, path: FieldPath, errors: FieldErrors): void {
  if (!affinity) return;
  const { nodeAffinity, podAffinity, podAntiAffinity } = affinity;
  if (nodeAffinity) validateNodeAffinity(nodeAffinity, path.child('nodeAffinity'), errors);
  if (podAffinity) validatePodAffinity(podAffinity, path.child('podAffinity'), errors);
  if (podAntiAffinity) validatePodAffinity(podAntiAffinity, path.child('podAntiAffinity'), errors);
}

function validateWeight(weight: number, path: FieldPath, errors: FieldErrors): void {
  if (weight <= 0 || weight > 100) errors.invalid(path.child('weight'), weight, 'must be in the range 1-100');
}

function validateNodeAffinity(affinity: DeepReadonly<NodeAffinity>, path: FieldPath, errors: FieldErrors): void {
  const required = affinity.requiredDuringSchedulingIgnoredDuringExecution;
  if (required) validateNodeSelector(required, path.child(REQUIRED), errors);
  affinity.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ weight, preference }, i) => {
    const at = path.child(PREFERRED).index(i);
    validateWeight(weight, at, errors);
    // A node that does not match is no fault here, so neither is a value that none can have.
    validateNodeSelectorTerm(preference, at.child('preference'), errors, { allowInvalidLabelValue: true });
  });
}

function validatePodAffinity(affinity: DeepReadonly<PodAffinity>, path: FieldPath, errors: FieldErrors): void {
  affinity.requiredDuringSchedulingIgnoredDuringExecution?.forEach((term, i) => {
    validatePodAffinityTerm(term, path.child(REQUIRED).index(i), errors);
  });
  affinity.preferredDuringSchedulingIgnoredDuringExecution?.forEach(({ weight, podAffinityTerm }, i) => {
    const at = path.child(PREFERRED).index(i);
    validateWeight(weight, at, errors);
    validatePodAffinityTerm(podAffinityTerm, at.child('podAffinityTerm'), errors);
  });
}

function validatePodAffinityTerm(term: DeepReadonly<PodAffinityTerm>, path: FieldPath, errors: FieldErrors): void {
  const { labelSelector, namespaceSelector, namespaces, topologyKey } = term;
  validateLabelSelector(labelSelector, path.child('labelSelector'), errors);
  validateLabelSelector(namespaceSelector, path.child('namespaceSelector'), errors);
  for (const name of namespaces ?? []) addInvalid(errors, path.child('namespace'), name, isDns1123Label(name));
  validateMatchLabelKeys(term, path, errors);
  if (!topologyKey) errors.required(path.child('topologyKey'), 'can not be empty');
  validateLabelName(topologyKey, path.child('topologyKey'), errors);
}

/** Keys whose values a pod's own labels tell; by then they stand in the selector as requirements, so that one found twice was also written there. */
export function validateMatchLabelKeys(
  { matchLabelKeys = [], mismatchLabelKeys = [], labelSelector }: DeepReadonly<Pick<PodAffinityTerm, 'matchLabelKeys' | 'mismatchLabelKeys' | 'labelSelector'>>,
  path: FieldPath, errors: FieldErrors,
): void {
  validateLabelKeys(matchLabelKeys, labelSelector, path.child('matchLabelKeys'), errors);
  validateLabelKeys(mismatchLabelKeys, labelSelector, path.child('mismatchLabelKeys'), errors);
  const seen = new Set(Object.keys(labelSelector?.matchLabels ?? {}));
  for (const { key } of labelSelector?.matchExpressions ?? []) {
    const i = matchLabelKeys.lastIndexOf(key);
    if (i >= 0 && seen.has(key)) errors.invalid(path.index(i), key, 'exists in both matchLabelKeys and labelSelector');
    seen.add(key);
  }
  matchLabelKeys.forEach((key, i) => {
    if (mismatchLabelKeys.includes(key)) errors.invalid(path.child('matchLabelKeys').index(i), key, 'exists in both matchLabelKeys and mismatchLabelKeys');
  });
}

function validateLabelKeys(keys: readonly string[], selector: object | undefined, path: FieldPath, errors: FieldErrors): void {
  if (keys.length === 0) return;
  if (!selector) return errors.forbidden(path, 'must not be specified when labelSelector is not set');
  keys.forEach((key, i) => {
    validateLabelName(key, path.index(i), errors);
  });
}
