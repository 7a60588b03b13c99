import type { DeepReadonly } from '../apimachinery/meta.ts';
import { labelSelectorOf } from '../apimachinery/selectors/label-selector.ts';
import type { Pod, PodAffinityTerm } from '../api/generated/core-v1.ts';
import type { LabelSelector } from '../api/generated/meta-v1.ts';
import type { PodSelection } from './pod-selections.ts';

/** The labels of a namespace, by its name. */
export type NamespaceLabels = (name: string) => DeepReadonly<Record<string, string>>;

/** A term of pod (anti-)affinity, ready to be asked. */
export interface AffinityTerm {
  /** The same for terms that ask the same: those of all pods of one template. */
  readonly key: string;
  readonly topologyKey: string;
  /** The namespaces that it names. */
  readonly namespaces: ReadonlySet<string>;
  /** Others may be among its namespaces by their labels. */
  readonly selectsNamespaces: boolean;
  matches(pod: DeepReadonly<Pod>, namespaceLabels: NamespaceLabels): boolean;
}

/** The pods that match all of `terms`. */
export function matchingAll(terms: readonly AffinityTerm[], namespaceLabels: NamespaceLabels): PodSelection {
  return {
    key: `affinity ${terms.map((term) => term.key).join(' ')}`,
    readsNamespaces: terms.some((term) => term.selectsNamespaces),
    matches: (pod) => terms.every((term) => term.matches(pod, namespaceLabels)),
  };
}

const compiledTerms = new WeakMap<object, AffinityTerm>();

/** `declared`: a term of `owner`. Source: "Inter-pod affinity and anti-affinity". */
export function affinityTermOf(owner: DeepReadonly<Pod>, declared: DeepReadonly<PodAffinityTerm>): AffinityTerm {
  let term = compiledTerms.get(declared);
  if (!term) compiledTerms.set(declared, (term = compile(owner, declared)));
  return term;
}

export function affinityTermsOf(owner: DeepReadonly<Pod>, declared: readonly DeepReadonly<PodAffinityTerm>[] | undefined): AffinityTerm[] {
  return (declared ?? []).map((term) => affinityTermOf(owner, term));
}

function compile(owner: DeepReadonly<Pod>, declared: DeepReadonly<PodAffinityTerm>): AffinityTerm {
  const { topologyKey, namespaceSelector } = declared;
  const selector = withLabelKeys(owner, declared);
  const labels = labelSelectorOf(selector);
  const namespaces = new Set(declared.namespaces ?? []);
  if (namespaces.size === 0 && !namespaceSelector) namespaces.add(owner.metadata.namespace ?? '');
  const byLabels = namespaceSelector && labelSelectorOf(namespaceSelector);
  return {
    key: JSON.stringify([topologyKey, [...namespaces].sort(), namespaceSelector ?? null, selector ?? null]),
    topologyKey,
    namespaces,
    selectsNamespaces: byLabels !== undefined,
    matches(pod, namespaceLabels) {
      const namespace = pod.metadata.namespace ?? '';
      return (namespaces.has(namespace) || Boolean(byLabels?.matches(namespaceLabels(namespace)))) && labels.matches(pod.metadata.labels);
    },
  };
}

/** matchLabelKeys and mismatchLabelKeys add requirements with the owner's own values (KEP-3633). */
function withLabelKeys(owner: DeepReadonly<Pod>, term: DeepReadonly<PodAffinityTerm>): DeepReadonly<LabelSelector> | undefined {
  if (!term.labelSelector || !(term.matchLabelKeys?.length || term.mismatchLabelKeys?.length)) return term.labelSelector;
  const labels = owner.metadata.labels ?? {};
  const requirement = (operator: string) => (key: string) => ({ key, operator, values: [labels[key] ?? ''] });
  const present = (keys: readonly string[] | undefined): string[] => (keys ?? []).filter((key) => Object.hasOwn(labels, key));
  const added = [...present(term.matchLabelKeys).map(requirement('In')), ...present(term.mismatchLabelKeys).map(requirement('NotIn'))];
  return { ...term.labelSelector, matchExpressions: [...(term.labelSelector.matchExpressions ?? []), ...added] };
}
