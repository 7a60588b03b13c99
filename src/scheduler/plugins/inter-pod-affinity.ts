import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { labelSelectorOf } from '../../apimachinery/selectors/label-selector.ts';
import type { LabelSelector } from '../../api/generated/meta-v1.ts';
import type { Pod, PodAffinityTerm } from '../../api/generated/core-v1.ts';
import type { ClusterState } from '../cluster-state.ts';
import { MAX_NODE_SCORE, refuse, refuseFinally, type Plugin } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';

/** A term of pod (anti-)affinity, ready to be asked. */
interface Term {
  readonly topologyKey: string;
  readonly matches: (pod: DeepReadonly<Pod>) => boolean;
}

/** domain (`key=value`) -> count */
type Counts = Map<string, number>;

export interface InterPodAffinityArgs {
  /** How much the required affinity of pods that are there already draws others like them. */
  readonly hardPodAffinityWeight: number;
  /** Pods that prefer nothing themselves are drawn by nobody. */
  readonly ignorePreferredTermsOfExistingPods: boolean;
}

const compiledTerms = new WeakMap<object, Term>();

function compile(owner: DeepReadonly<Pod>, term: DeepReadonly<PodAffinityTerm>, cluster: ClusterState): Term {
  const known = compiledTerms.get(term);
  if (known) return known;
  const selector = withLabelKeys(owner, term);
  const labels = labelSelectorOf(selector);
  const names = new Set(term.namespaces ?? []);
  if (names.size === 0 && !term.namespaceSelector) names.add(owner.metadata.namespace ?? '');
  const namespaces = term.namespaceSelector && labelSelectorOf(term.namespaceSelector);
  const compiled: Term = {
    topologyKey: term.topologyKey,
    matches(pod) {
      const namespace = pod.metadata.namespace ?? '';
      return (names.has(namespace) || Boolean(namespaces?.matches(cluster.namespaceLabels(namespace)))) && labels.matches(pod.metadata.labels);
    },
  };
  compiledTerms.set(term, compiled);
  return compiled;
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

function domainOf(node: NodeInfo, topologyKey: string): string | undefined {
  const value = node.label(topologyKey);
  return value === undefined ? undefined : `${topologyKey}=${value}`;
}

function count(counts: Counts, node: NodeInfo, term: Term, by: number): void {
  const domain = domainOf(node, term.topologyKey);
  if (domain !== undefined) counts.set(domain, (counts.get(domain) ?? 0) + by);
}

/** Source: "Inter-pod affinity and anti-affinity". */
export function interPodAffinityWith(args: InterPodAffinityArgs): Plugin {
  return {
    name: 'InterPodAffinity',
    weight: 2,
    wakesOn: ['node-added', 'node-labels', 'pod-added', 'pod-removed', 'pod-labels', 'namespace'],
    begin(pod, cluster) {
      const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
      const terms = (list: readonly DeepReadonly<PodAffinityTerm>[] | undefined): Term[] => (list ?? []).map((term) => compile(pod, term, cluster));
      const wanted = terms(podAffinity?.requiredDuringSchedulingIgnoredDuringExecution);
      const unwanted = terms(podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution);
      const rules = new RequiredRules(pod, cluster, wanted, unwanted);
      const preferences = new Preferences(pod, cluster, args);
      return {
        ...(rules.isNeeded && {
          filter: (node) => rules.filter(node),
          addPod: (other, node) => rules.change(other, node, 1),
          removePod: (other, node) => rules.change(other, node, -1),
        }),
        preScore: () => preferences.collect(),
        score: (node) => preferences.score(node),
        normalize: (scores) => preferences.normalize(scores),
      };
    },
  };
}

export const interPodAffinity: Plugin = interPodAffinityWith({ hardPodAffinityWeight: 1, ignorePreferredTermsOfExistingPods: false });

class RequiredRules {
  readonly #pod: DeepReadonly<Pod>;
  readonly #cluster: ClusterState;
  readonly #wanted: readonly Term[];
  readonly #unwanted: readonly Term[];
  /** Pods that match all wanted terms, per domain of each. */
  readonly #near: Counts = new Map();
  readonly #far: Counts = new Map();
  /** Pods already there whose own anti-affinity is against this pod. */
  readonly #shunned: Counts = new Map();

  constructor(pod: DeepReadonly<Pod>, cluster: ClusterState, wanted: readonly Term[], unwanted: readonly Term[]) {
    this.#pod = pod;
    this.#cluster = cluster;
    this.#wanted = wanted;
    this.#unwanted = unwanted;
    for (const node of cluster.nodesWithRequiredAntiAffinityPods) {
      for (const info of node.podsWithAffinity) if (info.hasRequiredAntiAffinity) this.#countShunning(info.pod, node, 1);
    }
    if (wanted.length + unwanted.length === 0) return;
    for (const node of cluster.nodes) for (const info of node.pods.values()) this.#countNeighbours(info.pod, node, 1);
  }

  get isNeeded(): boolean {
    return this.#wanted.length + this.#unwanted.length + this.#shunned.size > 0;
  }

  change(other: DeepReadonly<Pod>, node: NodeInfo, by: 1 | -1): void {
    this.#countShunning(other, node, by);
    this.#countNeighbours(other, node, by);
  }

  #countShunning(other: DeepReadonly<Pod>, node: NodeInfo, by: number): void {
    for (const declared of other.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) {
      const term = compile(other, declared, this.#cluster);
      if (term.matches(this.#pod)) count(this.#shunned, node, term, by);
    }
  }

  #countNeighbours(other: DeepReadonly<Pod>, node: NodeInfo, by: number): void {
    if (this.#wanted.length > 0 && this.#wanted.every((term) => term.matches(other))) for (const term of this.#wanted) count(this.#near, node, term, by);
    for (const term of this.#unwanted) if (term.matches(other)) count(this.#far, node, term, by);
  }

  filter(node: NodeInfo): ReturnType<typeof refuse> | undefined {
    if (!this.#hasNeighbours(node)) return refuseFinally("node(s) didn't match pod affinity rules");
    const isIn = (counts: Counts, topologyKey: string): boolean => (counts.get(domainOf(node, topologyKey) ?? '') ?? 0) > 0;
    if (this.#unwanted.some((term) => isIn(this.#far, term.topologyKey))) return refuse("node(s) didn't match pod anti-affinity rules");
    if (this.#shunned.size > 0) {
      for (const [domain, shunning] of this.#shunned) {
        const equals = domain.indexOf('=');
        if (shunning > 0 && node.label(domain.slice(0, equals)) === domain.slice(equals + 1)) return refuse("node(s) didn't satisfy existing pods anti-affinity rules");
      }
    }
    return undefined;
  }

  #hasNeighbours(node: NodeInfo): boolean {
    if (this.#wanted.length === 0) return true;
    let hasAll = true;
    for (const term of this.#wanted) {
      const domain = domainOf(node, term.topologyKey);
      if (domain === undefined) return false;
      if ((this.#near.get(domain) ?? 0) <= 0) hasAll = false;
    }
    // The first of a group that wants its own kind near may go anywhere, or none of them would ever start.
    const isAlone = [...this.#near.values()].every((near) => near <= 0);
    return hasAll || (isAlone && this.#wanted.every((term) => term.matches(this.#pod)));
  }
}

class Preferences {
  readonly #pod: DeepReadonly<Pod>;
  readonly #cluster: ClusterState;
  readonly #args: InterPodAffinityArgs;
  readonly #weights: Counts = new Map();

  constructor(pod: DeepReadonly<Pod>, cluster: ClusterState, args: InterPodAffinityArgs) {
    this.#pod = pod;
    this.#args = args;
    this.#cluster = cluster;
  }

  collect(): boolean {
    const { podAffinity, podAntiAffinity } = this.#pod.spec.affinity ?? {};
    const own = [
      ...(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((one) => ({ term: compile(this.#pod, one.podAffinityTerm, this.#cluster), weight: one.weight })),
      ...(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []).map((one) => ({ term: compile(this.#pod, one.podAffinityTerm, this.#cluster), weight: -one.weight })),
    ];
    if (own.length === 0 && this.#args.ignorePreferredTermsOfExistingPods) return false;
    if (own.length > 0) {
      for (const node of this.#cluster.nodes) {
        for (const info of node.pods.values()) for (const { term, weight } of own) if (term.matches(info.pod)) count(this.#weights, node, term, weight);
      }
    }
    for (const node of this.#cluster.nodesWithAffinityPods) for (const info of node.podsWithAffinity) this.#drawnBy(info.pod, node);
    return this.#weights.size > 0;
  }

  /** What pods that are there already prefer of pods like this one. */
  #drawnBy(other: DeepReadonly<Pod>, node: NodeInfo): void {
    const { podAffinity, podAntiAffinity } = other.spec.affinity ?? {};
    const weigh = (declared: DeepReadonly<PodAffinityTerm>, weight: number): void => {
      const term = compile(other, declared, this.#cluster);
      if (term.matches(this.#pod)) count(this.#weights, node, term, weight);
    };
    const { hardPodAffinityWeight } = this.#args;
    if (hardPodAffinityWeight > 0) for (const declared of podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []) weigh(declared, hardPodAffinityWeight);
    for (const one of podAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) weigh(one.podAffinityTerm, one.weight);
    for (const one of podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution ?? []) weigh(one.podAffinityTerm, -one.weight);
  }

  score(node: NodeInfo): number {
    let score = 0;
    for (const [domain, weight] of this.#weights) {
      const equals = domain.indexOf('=');
      if (node.label(domain.slice(0, equals)) === domain.slice(equals + 1)) score += weight;
    }
    return score;
  }

  normalize(scores: Float64Array): void {
    let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const score of scores) {
      min = Math.min(min, score);
      max = Math.max(max, score);
    }
    for (let i = 0; i < scores.length; i++) scores[i] = max > min ? Math.floor((MAX_NODE_SCORE * ((scores[i] ?? 0) - min)) / (max - min)) : 0;
  }
}
