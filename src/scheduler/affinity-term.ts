import type { DeepReadonly } from '../apimachinery/meta.ts';
import { labelSelectorOf } from '../apimachinery/selectors/label-selector.ts';
import type { Pod, PodAffinityTerm } from '../api/generated/core-v1.ts';
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
  /** As far as can be told without the labels of namespaces. */
  mayMatch(pod: DeepReadonly<Pod>): boolean;
}

/** The pods that match all of `terms`. */
export function matchingAll(terms: readonly AffinityTerm[], namespaceLabels: NamespaceLabels): PodSelection {
  return {
    key: `affinity ${terms.map((term) => term.key).join(' ')}`,
    readsNamespaces: terms.some((term) => term.selectsNamespaces),
    matches: (pod) => terms.every((term) => term.matches(pod, namespaceLabels)),
  };
}

/** With the namespace of the owner: pods of several may share what declares a term. */
const compiledTerms = new WeakMap<object, { readonly namespace: string; readonly term: AffinityTerm }>();

/** `declared`: a term of `owner`, into whose selector the API server has written what `matchLabelKeys` and `mismatchLabelKeys` ask for. Source: "Inter-pod affinity and anti-affinity"; KEP-3633. */
export function affinityTermOf(owner: DeepReadonly<Pod>, declared: DeepReadonly<PodAffinityTerm>): AffinityTerm {
  const { namespace = '' } = owner.metadata;
  const known = compiledTerms.get(declared);
  if (known?.namespace === namespace) return known.term;
  const term = compile(namespace, declared);
  compiledTerms.set(declared, { namespace, term });
  return term;
}

export function affinityTermsOf(owner: DeepReadonly<Pod>, declared: readonly DeepReadonly<PodAffinityTerm>[] | undefined): AffinityTerm[] {
  return (declared ?? []).map((term) => affinityTermOf(owner, term));
}

function compile(ownNamespace: string, declared: DeepReadonly<PodAffinityTerm>): AffinityTerm {
  const { topologyKey, namespaceSelector, labelSelector } = declared;
  const labels = labelSelectorOf(labelSelector);
  const namespaces = new Set(declared.namespaces ?? []);
  if (namespaces.size === 0 && !namespaceSelector) namespaces.add(ownNamespace);
  const byLabels = namespaceSelector && labelSelectorOf(namespaceSelector);
  return {
    key: JSON.stringify([topologyKey, [...namespaces].sort(), namespaceSelector ?? null, labelSelector ?? null]),
    topologyKey,
    namespaces,
    selectsNamespaces: byLabels !== undefined,
    mayMatch: ({ metadata }) => (byLabels !== undefined || namespaces.has(metadata.namespace ?? '')) && labels.matches(metadata.labels),
    matches(pod, namespaceLabels) {
      const namespace = pod.metadata.namespace ?? '';
      return (namespaces.has(namespace) || Boolean(byLabels?.matches(namespaceLabels(namespace)))) && labels.matches(pod.metadata.labels);
    },
  };
}
