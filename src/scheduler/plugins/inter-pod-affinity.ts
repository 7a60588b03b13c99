import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod, WeightedPodAffinityTerm } from '../../api/generated/core-v1.ts';
import { type AffinityTerm, affinityTermOf, affinityTermsOf, matchingAll } from '../affinity-term.ts';
import type { ClusterState } from '../cluster-state.ts';
import { DomainCounts } from '../domain-counts.ts';
import type { ClusterEvent, PodEvent } from '../cluster-event.ts';
import { MAX_NODE_SCORE, refuse, refuseFinally, type Plugin, type Refusal } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';

export interface InterPodAffinityArgs {
  /** How much the required affinity of pods that are there already draws others like them. */
  readonly hardPodAffinityWeight: number;
  /** Pods that prefer nothing themselves are drawn by nobody. */
  readonly ignorePreferredTermsOfExistingPods: boolean;
}

/** Source: "Inter-pod affinity and anti-affinity". */
export function interPodAffinityWith(args: InterPodAffinityArgs): Plugin {
  return {
    name: 'InterPodAffinity',
    weight: 2,
    wakesOn: ['node-added', 'node-labels', 'pod-added', 'pod-removed', 'pod-labels', 'namespace'],
    mayHelp,
    begin(pod, cluster) {
      const rules = new RequiredRules(pod, cluster);
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

/** Pods came that this one wants near, or went that it, or they it, want away. Source: pkg/scheduler/framework/plugins/interpodaffinity, its queueing hints. */
function mayHelp(pod: DeepReadonly<Pod>, event: ClusterEvent): boolean {
  if (!event.kind.startsWith('pod-')) return true;
  const { before, after } = event as PodEvent;
  const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
  const wanted = affinityTermsOf(pod, podAffinity?.requiredDuringSchedulingIgnoredDuringExecution);
  // One that went may have been the only one of its kind: the first of a group may go anywhere.
  if (wanted.length > 0 && [before, after].some((other) => other && wanted.every((term) => term.mayMatch(other)))) return true;
  if (!before) return false;
  const unwanted = affinityTermsOf(pod, podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution);
  if (unwanted.some((term) => term.mayMatch(before))) return true;
  return affinityTermsOf(before, before.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution).some((term) => term.mayMatch(pod));
}

export const interPodAffinity: Plugin = interPodAffinityWith({ hardPodAffinityWeight: 1, ignorePreferredTermsOfExistingPods: false });

// Made once: thousands of nodes may be refused for one pod.
const NOT_NEAR = refuseFinally("node(s) didn't match pod affinity rules");
const NOT_APART = refuse("node(s) didn't match pod anti-affinity rules");
const SHUNNED = refuse("node(s) didn't satisfy existing pods anti-affinity rules");

/** Where some pods are, and what a cycle takes to be otherwise: "what if" a pod came or went. */
class Supposed {
  readonly #known: DomainCounts;
  #supposed: DomainCounts | undefined;

  constructor(known: DomainCounts) {
    this.#known = known;
  }

  get total(): number {
    return this.#known.total + (this.#supposed?.total ?? 0);
  }

  at(node: NodeInfo): number {
    return this.#known.at(node) + (this.#supposed?.at(node) ?? 0);
  }

  has(node: NodeInfo): boolean {
    return node.label(this.#known.topologyKey) !== undefined;
  }

  change(node: NodeInfo, by: 1 | -1): void {
    (this.#supposed ??= new DomainCounts(this.#known.topologyKey)).change(node, by);
  }
}

/** Where the pods are that match all of `terms`, by the topology of each. */
function placed(cluster: ClusterState, terms: readonly AffinityTerm[]): DomainCounts[] {
  if (terms.length === 0) return [];
  const pods = cluster.selections.of(matchingAll(terms, cluster.namespaceLabels));
  return terms.map((term) => pods.by(term.topologyKey));
}

class RequiredRules {
  readonly #pod: DeepReadonly<Pod>;
  readonly #cluster: ClusterState;
  readonly #wanted: readonly AffinityTerm[];
  readonly #unwanted: readonly AffinityTerm[];
  /** Pods that match all wanted terms, by each. */
  readonly #near: readonly Supposed[];
  readonly #far: readonly Supposed[];
  /** Pods already there whose own anti-affinity is against this pod, by the key of its term. */
  readonly #shunning = new Map<string, Supposed>();

  constructor(pod: DeepReadonly<Pod>, cluster: ClusterState) {
    const { podAffinity, podAntiAffinity } = pod.spec.affinity ?? {};
    this.#pod = pod;
    this.#cluster = cluster;
    this.#wanted = affinityTermsOf(pod, podAffinity?.requiredDuringSchedulingIgnoredDuringExecution);
    this.#unwanted = affinityTermsOf(pod, podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution);
    this.#near = placed(cluster, this.#wanted).map((counts) => new Supposed(counts));
    this.#far = this.#unwanted.flatMap((term) => placed(cluster, [term])).map((counts) => new Supposed(counts));
    for (const { kind, term, pods } of cluster.affinity.declaredOf(pod)) if (kind === 'required-anti') this.#shunning.set(term.key, new Supposed(pods));
  }

  get isNeeded(): boolean {
    return this.#near.length + this.#far.length + this.#shunning.size > 0;
  }

  change(other: DeepReadonly<Pod>, node: NodeInfo, by: 1 | -1): void {
    const { namespaceLabels } = this.#cluster;
    for (const term of affinityTermsOf(other, other.spec.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution)) {
      if (!term.matches(this.#pod, namespaceLabels)) continue;
      const shunning = this.#shunning.get(term.key) ?? new Supposed(new DomainCounts(term.topologyKey));
      this.#shunning.set(term.key, shunning);
      shunning.change(node, by);
    }
    if (this.#wanted.every((term) => term.matches(other, namespaceLabels))) for (const near of this.#near) near.change(node, by);
    for (const [i, term] of this.#unwanted.entries()) if (term.matches(other, namespaceLabels)) this.#far[i]?.change(node, by);
  }

  filter(node: NodeInfo): Refusal | undefined {
    if (!this.#hasNeighbours(node)) return NOT_NEAR;
    if (this.#far.some((far) => far.at(node) > 0)) return NOT_APART;
    for (const shunning of this.#shunning.values()) if (shunning.at(node) > 0) return SHUNNED;
    return undefined;
  }

  #hasNeighbours(node: NodeInfo): boolean {
    if (this.#near.every((near) => near.at(node) > 0)) return true;
    if (!this.#near.every((near) => near.has(node))) return false;
    // The first of a group that wants its own kind near may go anywhere, or none of them would ever start.
    const isAlone = this.#near.every((near) => near.total === 0);
    return isAlone && this.#wanted.every((term) => term.matches(this.#pod, this.#cluster.namespaceLabels));
  }
}

interface Preference {
  readonly pods: DomainCounts;
  readonly weight: number;
}

class Preferences {
  readonly #pod: DeepReadonly<Pod>;
  readonly #cluster: ClusterState;
  readonly #args: InterPodAffinityArgs;
  #all: readonly Preference[] = [];

  constructor(pod: DeepReadonly<Pod>, cluster: ClusterState, args: InterPodAffinityArgs) {
    this.#pod = pod;
    this.#args = args;
    this.#cluster = cluster;
  }

  collect(): boolean {
    const { podAffinity, podAntiAffinity } = this.#pod.spec.affinity ?? {};
    const own = [...this.#own(podAffinity?.preferredDuringSchedulingIgnoredDuringExecution, 1), ...this.#own(podAntiAffinity?.preferredDuringSchedulingIgnoredDuringExecution, -1)];
    if (own.length === 0 && this.#args.ignorePreferredTermsOfExistingPods) return false;
    this.#all = [...own, ...this.#drawnBy()].filter(({ pods }) => pods.total > 0);
    return this.#all.length > 0;
  }

  *#own(terms: readonly DeepReadonly<WeightedPodAffinityTerm>[] | undefined, sign: 1 | -1): Generator<Preference, void, void> {
    for (const { weight, podAffinityTerm } of terms ?? []) {
      for (const pods of placed(this.#cluster, [affinityTermOf(this.#pod, podAffinityTerm)])) yield { pods, weight: sign * weight };
    }
  }

  /** What pods that are there already prefer of pods like this one. */
  *#drawnBy(): Generator<Preference, void, void> {
    for (const { kind, weight, pods } of this.#cluster.affinity.declaredOf(this.#pod)) {
      if (kind === 'preferred') yield { pods, weight };
      else if (kind === 'preferred-anti') yield { pods, weight: -weight };
      else if (kind === 'required' && this.#args.hardPodAffinityWeight > 0) yield { pods, weight: this.#args.hardPodAffinityWeight };
    }
  }

  score(node: NodeInfo): number {
    let score = 0;
    for (const { pods, weight } of this.#all) score += weight * pods.at(node);
    return score;
  }

  normalize(scores: Float64Array): void {
    let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const score of scores) {
      min = Math.min(min, score);
      max = Math.max(max, score);
    }
    for (let i = 0; i < scores.length; i++) scores[i] = max > min ? Math.floor(MAX_NODE_SCORE * (((scores[i] ?? 0) - min) / (max - min))) : 0;
  }
}
