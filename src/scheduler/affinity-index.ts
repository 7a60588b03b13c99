import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Affinity, Pod, PodAffinityTerm, WeightedPodAffinityTerm } from '../api/generated/core-v1.ts';
import { type AffinityTerm, affinityTermOf, type NamespaceLabels } from './affinity-term.ts';
import { DomainCounts } from './domain-counts.ts';
import type { NodeInfo, PodInfo } from './node-info.ts';

/** What placed pods say of others in their affinity. */
export type DeclaredKind = 'required-anti' | 'required' | 'preferred' | 'preferred-anti';

/** A term that placed pods declare, and where these are. */
export interface Declared {
  readonly kind: DeclaredKind;
  /** Of preferred ones; 1 of others. */
  readonly weight: number;
  readonly term: AffinityTerm;
  readonly pods: DomainCounts;
}

/**
 * What placed pods ask of others by their inter-pod affinity, kept up to date as they come and go: a cycle would else look at each of them. Pods of one template ask the same, so that
 * what is kept is by template, and domains are counted, not pods.
 */
export class AffinityIndex {
  readonly #namespaceLabels: NamespaceLabels;
  /** By kind, weight and term. */
  readonly #declared = new Map<string, Declared>();
  /** Those of them that name a namespace, by its name, and those that select namespaces by labels. */
  readonly #byNamespace = new Map<string, Set<Declared>>();
  readonly #bySelector = new Set<Declared>();

  constructor(namespaceLabels: NamespaceLabels) {
    this.#namespaceLabels = namespaceLabels;
  }

  add(info: PodInfo, node: NodeInfo): void {
    this.#change(info, node, 1);
  }

  /** The node must have the labels it had when the pod was added. */
  remove(info: PodInfo, node: NodeInfo): void {
    this.#change(info, node, -1);
  }

  /** What placed pods declare of pods like this one. */
  *declaredOf(pod: DeepReadonly<Pod>): Generator<Declared, void, void> {
    for (const some of [this.#byNamespace.get(pod.metadata.namespace ?? '') ?? [], this.#bySelector]) {
      for (const declared of some) if (declared.term.matches(pod, this.#namespaceLabels)) yield declared;
    }
  }

  #change(info: PodInfo, node: NodeInfo, by: 1 | -1): void {
    if (!info.hasAffinity) return;
    for (const { kind, weight, declared } of termsIn(info.pod.spec.affinity)) this.#changeDeclared(kind, weight, affinityTermOf(info.pod, declared), node, by);
  }

  #changeDeclared(kind: DeclaredKind, weight: number, term: AffinityTerm, node: NodeInfo, by: 1 | -1): void {
    const key = `${kind} ${weight} ${term.key}`;
    let declared = this.#declared.get(key);
    if (!declared) {
      declared = { kind, weight, term, pods: new DomainCounts(term.topologyKey) };
      this.#declared.set(key, declared);
      for (const set of this.#setsOf(term)) set.add(declared);
    }
    declared.pods.change(node, by);
    if (declared.pods.total > 0) return;
    this.#declared.delete(key);
    for (const set of this.#setsOf(term)) set.delete(declared);
    for (const namespace of term.namespaces) if (this.#byNamespace.get(namespace)?.size === 0) this.#byNamespace.delete(namespace);
  }

  *#setsOf(term: AffinityTerm): Generator<Set<Declared>, void, void> {
    if (term.selectsNamespaces) {
      yield this.#bySelector;
      return;
    }
    for (const namespace of term.namespaces) {
      const known = this.#byNamespace.get(namespace) ?? new Set<Declared>();
      this.#byNamespace.set(namespace, known);
      yield known;
    }
  }
}

interface DeclaredTerm {
  readonly kind: DeclaredKind;
  readonly weight: number;
  readonly declared: DeepReadonly<PodAffinityTerm>;
}

function* termsIn(affinity: DeepReadonly<Affinity> | undefined): Generator<DeclaredTerm, void, void> {
  const { podAffinity, podAntiAffinity } = affinity ?? {};
  for (const declared of podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) yield { kind: 'required-anti', weight: 1, declared };
  for (const declared of podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) yield { kind: 'required', weight: 1, declared };
  yield* preferred('preferred', podAffinity?.preferredDuringSchedulingIgnoredDuringExecution);
  yield* preferred('preferred-anti', podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution);
}

function* preferred(kind: DeclaredKind, list: readonly DeepReadonly<WeightedPodAffinityTerm>[] | undefined): Generator<DeclaredTerm, void, void> {
  for (const { weight, podAffinityTerm } of list ?? []) yield { kind, weight, declared: podAffinityTerm };
}
