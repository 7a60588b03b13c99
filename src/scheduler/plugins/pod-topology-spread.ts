import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { labelSelectorOf } from '../../apimachinery/selectors/label-selector.ts';
import type { LabelSelector, ObjectMeta } from '../../api/generated/meta-v1.ts';
import type { Pod, TopologySpreadConstraint } from '../../api/generated/core-v1.ts';
import { matchesNodeSelectorAndAffinity } from '../../component-helpers/node-affinity.ts';
import { untoleratedTaint } from '../../component-helpers/tolerations.ts';
import type { ClusterState } from '../cluster-state.ts';
import { defaultSelectorOf } from '../default-selector.ts';
import type { ClusterEvent, NodeEvent, PodEvent } from '../cluster-event.ts';
import { MAX_NODE_SCORE, refuse, refuseFinally, type Plugin, type PodCycle } from '../framework.ts';
import type { NodeInfo } from '../node-info.ts';
import type { PodSelection } from '../pod-selections.ts';

const HOSTNAME = 'kubernetes.io/hostname';
const ZONE = 'topology.kubernetes.io/zone';

/** What pods without constraints of their own, but with a service or a controller that selects them, are spread by: softly. */
const SYSTEM_DEFAULTS = [
  { topologyKey: HOSTNAME, maxSkew: 3, whenUnsatisfiable: 'ScheduleAnyway' },
  { topologyKey: ZONE, maxSkew: 5, whenUnsatisfiable: 'ScheduleAnyway' },
] as const;

interface Constraint {
  readonly topologyKey: string;
  readonly maxSkew: number;
  readonly minDomains: number;
  /** The pods that it counts. */
  readonly pods: PodSelection;
  /** Whether it counts a pod, though that may be on its way out. */
  readonly counts: (metadata: DeepReadonly<Pick<ObjectMeta, 'namespace' | 'labels'>>) => boolean;
  readonly countsItself: boolean;
  readonly honorsAffinity: boolean;
  readonly honorsTaints: boolean;
}

export type DefaultConstraint = Pick<TopologySpreadConstraint, 'topologyKey' | 'maxSkew' | 'whenUnsatisfiable'>;

/** `defaults`: for pods without constraints of their own; undefined: the system's. Source: "Pod Topology Spread Constraints". */
export function podTopologySpreadWith(defaults: readonly DefaultConstraint[] | undefined): Plugin {
  const isLenient = defaults === undefined;
  return {
    name: 'PodTopologySpread',
    weight: 2,
    wakesOn: ['node-added', 'node-removed', 'node-labels', 'node-taints', 'pod-added', 'pod-removed', 'pod-labels'],
    mayHelp,
    begin(pod, cluster) {
      const { topologySpreadConstraints: declared = [] } = pod.spec;
      const isDefault = declared.length === 0;
      const all = isDefault ? defaultsFor(pod, cluster, defaults ?? SYSTEM_DEFAULTS) : declared;
      const hard = all.filter(isHard).map((one) => compile(pod, one));
      const soft = all.filter((one) => !isHard(one)).map((one) => compile(pod, one));
      if (hard.length + soft.length === 0) return undefined;
      return { ...(hard.length > 0 && hardCycle(pod, cluster, hard)), ...(soft.length > 0 && softCycle(pod, cluster, soft, isDefault && isLenient)) };
    },
  };
}

export const podTopologySpread: Plugin = podTopologySpreadWith(undefined);

/** Pods that are counted came, went or changed, or nodes that are in domains. Source: pkg/scheduler/framework/plugins/podtopologyspread, its queueing hints. */
function mayHelp(pod: DeepReadonly<Pod>, event: ClusterEvent): boolean {
  const hard = (pod.spec.topologySpreadConstraints ?? []).filter(isHard);
  // By default constraints, which others say.
  if (hard.length === 0) return true;
  const { before, after } = event as NodeEvent | PodEvent;
  const changed = [before, after].filter((one) => one !== undefined);
  if (event.kind.startsWith('node-')) return changed.some(({ metadata: { labels = {} } }) => hard.every(({ topologyKey }) => Object.hasOwn(labels, topologyKey)));
  return hard.map((one) => compile(pod, one)).some(({ counts }) => changed.some(({ metadata }) => counts(metadata)));
}

function isHard({ whenUnsatisfiable }: DeepReadonly<Pick<TopologySpreadConstraint, 'whenUnsatisfiable'>>): boolean {
  return whenUnsatisfiable !== 'ScheduleAnyway';
}

function defaultsFor(pod: DeepReadonly<Pod>, cluster: ClusterState, defaults: readonly DefaultConstraint[]): DeepReadonly<TopologySpreadConstraint>[] {
  const labelSelector = defaults.length > 0 ? defaultSelectorOf(pod, cluster.workloads) : undefined;
  return labelSelector ? defaults.map((one) => ({ ...one, labelSelector })) : [];
}

function compile(pod: DeepReadonly<Pod>, declared: DeepReadonly<TopologySpreadConstraint>): Constraint {
  const labels = pod.metadata.labels ?? {};
  const extra: Record<string, string> = {};
  for (const key of declared.matchLabelKeys ?? []) if (Object.hasOwn(labels, key)) extra[key] = labels[key] ?? '';
  const selector: DeepReadonly<LabelSelector> | undefined = declared.labelSelector && { ...declared.labelSelector, matchLabels: { ...declared.labelSelector.matchLabels, ...extra } };
  const compiled = labelSelectorOf(selector);
  const { namespace } = pod.metadata;
  const counts: Constraint['counts'] = (metadata) => metadata.namespace === namespace && compiled.matches(metadata.labels);
  return {
    topologyKey: declared.topologyKey,
    maxSkew: declared.maxSkew,
    minDomains: declared.minDomains ?? 1,
    pods: {
      key: `spread ${JSON.stringify([namespace, selector ?? null])}`,
      readsNamespaces: false,
      matches: ({ metadata }) => metadata.deletionTimestamp === undefined && counts(metadata),
    },
    counts,
    countsItself: compiled.matches(labels),
    honorsAffinity: (declared.nodeAffinityPolicy ?? 'Honor') === 'Honor',
    honorsTaints: declared.nodeTaintsPolicy === 'Honor',
  };
}

/** Whether the node's pods count for the constraint: it could take the pod as far as the policies look. */
function isEligible(pod: DeepReadonly<Pod>, node: NodeInfo, constraint: Constraint): boolean {
  if (constraint.honorsAffinity && !matchesNodeSelectorAndAffinity(pod, node.node)) return false;
  return !constraint.honorsTaints || !untoleratedTaint(pod.spec.tolerations, node.node.spec.taints, ['NoSchedule', 'NoExecute']);
}

/** Whether every node's pods count for the constraint, whatever the node is. */
function isEachEligible(pod: DeepReadonly<Pod>, constraint: Constraint): boolean {
  const isChoosy = pod.spec.nodeSelector !== undefined || pod.spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution !== undefined;
  return !constraint.honorsTaints && !(constraint.honorsAffinity && isChoosy);
}

/** The pods of the constraints by domain, domains without any too; nodes without all labels that are named are in none. */
function hardCounts(pod: DeepReadonly<Pod>, cluster: ClusterState, constraints: readonly Constraint[]): Map<string, number>[] {
  const pods = constraints.map((constraint) => cluster.selections.of(constraint.pods));
  const domains = constraints.map((constraint) => cluster.domains.by(constraint.topologyKey));
  const isEachCounted = constraints.every((constraint, index) => isEachEligible(pod, constraint) && domains[index]?.total === cluster.nodes.length);
  if (isEachCounted) return constraints.map(({ topologyKey }, index) => new Map([...(domains[index]?.domains() ?? [])].map((domain) => [domain, pods[index]?.by(topologyKey).in(domain) ?? 0])));
  const counts = constraints.map(() => new Map<string, number>());
  for (const node of cluster.nodes) {
    if (constraints.some((constraint) => node.label(constraint.topologyKey) === undefined)) continue;
    for (const [index, constraint] of constraints.entries()) {
      if (!isEligible(pod, node, constraint)) continue;
      const domain = node.label(constraint.topologyKey) ?? '';
      const count = counts[index];
      count?.set(domain, (count.get(domain) ?? 0) + (pods[index]?.on(node) ?? 0));
    }
  }
  return counts;
}

function hardCycle(pod: DeepReadonly<Pod>, cluster: ClusterState, constraints: readonly Constraint[]): PodCycle {
  const counts = hardCounts(pod, cluster, constraints);
  const change = (other: DeepReadonly<Pod>, node: NodeInfo, by: 1 | -1): void => {
    constraints.forEach((constraint, index) => {
      const domain = node.label(constraint.topologyKey);
      const count = counts[index];
      if (domain === undefined || !count?.has(domain) || !constraint.pods.matches(other) || !isEligible(pod, node, constraint)) return;
      count.set(domain, (count.get(domain) ?? 0) + by);
      minimums[index] = undefined;
    });
  };
  const minimums: (number | undefined)[] = constraints.map(() => undefined);
  const minimum = (index: number, constraint: Constraint): number => {
    const count = counts[index] ?? new Map<string, number>();
    if (count.size < constraint.minDomains) return 0;
    return (minimums[index] ??= Math.min(...count.values()));
  };
  return {
    filter(node) {
      for (const [index, constraint] of constraints.entries()) {
        const domain = node.label(constraint.topologyKey);
        if (domain === undefined) return refuseFinally("node(s) didn't match pod topology spread constraints (missing required label)");
        const matching = (counts[index]?.get(domain) ?? 0) + (constraint.countsItself ? 1 : 0);
        if (matching - minimum(index, constraint) > constraint.maxSkew) return refuse("node(s) didn't match pod topology spread constraints");
      }
      return undefined;
    },
    addPod: (other, node) => change(other, node, 1),
    removePod: (other, node) => change(other, node, -1),
  };
}

function softCycle(pod: DeepReadonly<Pod>, cluster: ClusterState, constraints: readonly Constraint[], isDefault: boolean): Pick<PodCycle, 'preScore' | 'score' | 'normalize'> {
  const counts = constraints.map(() => new Map<string, number>());
  const pods = constraints.map((constraint) => cluster.selections.of(constraint.pods));
  let weights: number[] = [];
  const ignored = new Set<NodeInfo>();
  // The system's defaults bear with nodes that lack a label; declared constraints give such nodes the lowest score, and do not count their pods.
  const isUnlabelled = (node: NodeInfo): boolean => !isDefault && constraints.some((constraint) => node.label(constraint.topologyKey) === undefined);
  const isEachLabelled = isDefault || constraints.length === 1 || constraints.every(({ topologyKey }) => cluster.domains.by(topologyKey).total === cluster.nodes.length);
  /** The pods in the domains of the nodes that are left, on other nodes too. */
  const fill = (constraint: Constraint, index: number): void => {
    const [count, selected] = [counts[index], pods[index]];
    if (constraint.topologyKey === HOSTNAME || !count || !selected) return;
    if (isEachLabelled && isEachEligible(pod, constraint)) {
      const known = selected.by(constraint.topologyKey);
      for (const domain of count.keys()) count.set(domain, known.in(domain));
      return;
    }
    for (const node of cluster.nodes) {
      const domain = node.label(constraint.topologyKey);
      if (domain === undefined || !count.has(domain) || isUnlabelled(node) || !isEligible(pod, node, constraint)) continue;
      count.set(domain, (count.get(domain) ?? 0) + selected.on(node));
    }
  };
  return {
    preScore(nodes) {
      for (const node of nodes) {
        if (isUnlabelled(node)) ignored.add(node);
        else for (const [index, { topologyKey }] of constraints.entries()) if (topologyKey !== HOSTNAME) counts[index]?.set(node.label(topologyKey) ?? '', 0);
      }
      const seen = nodes.length - ignored.size;
      weights = constraints.map((constraint, index) => Math.log((constraint.topologyKey === HOSTNAME ? seen : (counts[index]?.size ?? 0)) + 2));
      for (const [index, constraint] of constraints.entries()) fill(constraint, index);
      return seen > 0;
    },
    score(node) {
      if (ignored.has(node)) return 0;
      let score = 0;
      for (const [index, constraint] of constraints.entries()) {
        const domain = node.label(constraint.topologyKey);
        if (domain === undefined) continue;
        const matching = (constraint.topologyKey === HOSTNAME ? pods[index]?.on(node) : counts[index]?.get(domain)) ?? 0;
        score += matching * (weights[index] ?? 0) + (constraint.maxSkew - 1);
      }
      return Math.round(score);
    },
    normalize(scores, nodes) {
      let [min, max] = [Number.POSITIVE_INFINITY, 0];
      nodes.forEach((node, index) => {
        if (ignored.has(node)) return;
        min = Math.min(min, scores[index] ?? 0);
        max = Math.max(max, scores[index] ?? 0);
      });
      nodes.forEach((node, index) => {
        if (ignored.has(node)) scores[index] = 0;
        else scores[index] = max === 0 ? MAX_NODE_SCORE : Math.floor((MAX_NODE_SCORE * (max + min - (scores[index] ?? 0))) / max);
      });
    },
  };
}
