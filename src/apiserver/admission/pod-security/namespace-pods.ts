import type { Pod } from '../../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../../apimachinery/meta.ts';
import { nameOf, reasonsOf, type Policy } from './evaluate.ts';
import { podFacts } from './pod-facts.ts';

type ReadonlyPod = DeepReadonly<Pod>;

const MOST_PODS = 3000;

/**
 * Warnings of pods that are in a namespace already and would be refused from now on; those that break it in the same way are told together. Of the pods of one controller, others are looked
 * at first. Source: pod-security-admission/admission, EvaluatePodsInNamespace.
 */
export function warningsOfPods(namespace: string, pods: readonly ReadonlyPod[], enforce: Policy): string[] {
  const looked = othersFirst(pods).slice(0, MOST_PODS);
  const found = new Map<string, string[]>();
  for (const { metadata, spec } of looked) {
    const reasons = reasonsOf(enforce, podFacts(spec, metadata.annotations));
    if (reasons === undefined) continue;
    const names = found.get(reasons);
    if (names) names.push(metadata.name);
    else found.set(reasons, [metadata.name]);
  }
  return [
    ...(looked.length < pods.length ? [`new PodSecurity enforce level only checked against the first ${looked.length} of ${pods.length} existing pods`] : []),
    ...(found.size > 0 ? [`existing pods in namespace ${JSON.stringify(namespace)} violate the new PodSecurity enforce level ${JSON.stringify(nameOf(enforce))}`] : []),
    ...[...found].map(([reasons, names]) => `${told(names)}: ${reasons}`).sort(),
  ];
}

function told(names: readonly string[]): string {
  const [first = ''] = [...names].sort();
  if (names.length === 1) return first;
  return names.length === 2 ? `${first} (and 1 other pod)` : `${first} (and ${names.length - 1} other pods)`;
}

function othersFirst(pods: readonly ReadonlyPod[]): ReadonlyPod[] {
  const seen = new Set<string>();
  const isAgain = ({ metadata }: ReadonlyPod): boolean => {
    const uid = metadata.ownerReferences?.find(({ controller }) => controller)?.uid;
    if (uid === undefined) return false;
    const again = seen.has(uid);
    seen.add(uid);
    return again;
  };
  const { first = [], again = [] } = Object.groupBy(pods, (pod) => (isAgain(pod) ? 'again' : 'first'));
  return [...first, ...again];
}
