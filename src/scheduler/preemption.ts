import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Pod } from '../api/generated/core-v1.ts';
import type { PodDisruptionBudget } from '../api/generated/policy-v1.ts';
import { labelSelectorOf } from '../apimachinery/selectors/label-selector.ts';
import type { ClusterState } from './cluster-state.ts';
import { FilterError } from './framework.ts';
import { priorityOf } from './priority.ts';
import { change, filterNode, ReasonCounts, type Unschedulable } from './schedule-pod.ts';
import type { NodeInfo, PodInfo } from './node-info.ts';

export interface Preemption {
  readonly node: string;
  readonly victims: readonly DeepReadonly<Pod>[];
}

interface Candidate extends Preemption {
  readonly violations: number;
}

export interface PreemptionInput {
  readonly pod: DeepReadonly<Pod>;
  readonly outcome: Unschedulable;
  readonly budgets: readonly DeepReadonly<PodDisruptionBudget>[];
  readonly cluster: ClusterState;
}

/** What preemption comes to: a plan; or, with what the event adds, no help (a nomination is void) or a wait for victims that are on their way out. */
export type PreemptionVerdict = { readonly plan: Preemption } | { readonly message: string; readonly keepsNomination: boolean };

const NOT_HELPFUL = 'Preemption is not helpful for scheduling';
const NO_VICTIMS = 'No preemption victims found for incoming pod';

/**
 * Which pods of lower priority must go, from which node, so that `pod` fits. Prefers nodes with the fewest broken disruption budgets, the lowest highest
 * victim, the lowest sum, the fewest victims and the latest started highest victim.
 * Source: "Pod Priority and Preemption"; pkg/scheduler/framework/preemption, Preempt.
 */
export function planPreemption(input: PreemptionInput): PreemptionVerdict {
  const { pod, outcome, cluster } = input;
  if (pod.spec.preemptionPolicy === 'Never') return { message: 'not eligible due to preemptionPolicy=Never.', keepsNomination: true };
  if (isWaitingForVictims(input)) return { message: 'not eligible due to a terminating pod on the nominated node.', keepsNomination: true };
  const candidates: Candidate[] = [];
  const reasons = new ReasonCounts();
  // Nodes that were not looked at cannot be helped.
  reasons.add([NOT_HELPFUL], cluster.nodes.length - outcome.refusals.size);
  for (const [node, { refusal }] of outcome.refusals) {
    const found = refusal.isFinal ? [NOT_HELPFUL] : victimsOn(node, input);
    if (Array.isArray(found)) reasons.add(found as string[], 1);
    else candidates.push(found as Candidate);
  }
  const [plan] = candidates.sort(compareCandidates);
  return plan ? { plan } : { message: reasons.message(cluster.nodes.length), keepsNomination: false };
}

/** Victims of an earlier turn have not gone yet: no more are made. Source: PodEligibleToPreemptOthers. */
function isWaitingForVictims({ pod, outcome, cluster }: PreemptionInput): boolean {
  const name = cluster.nominated.nodeOf(pod);
  const node = name === undefined ? undefined : cluster.node(name);
  if (!node || outcome.refusals.of(node)?.refusal.isFinal) return false;
  return [...node.pods.values()].some(({ pod: other }) => priorityOf(other) < priorityOf(pod) && other.metadata.deletionTimestamp !== undefined && isPreempted(other));
}

function isPreempted({ status }: DeepReadonly<Pod>): boolean {
  return status.conditions?.some(({ type, reason, status: value }) => type === 'DisruptionTarget' && value === 'True' && reason === 'PreemptionByScheduler') ?? false;
}

/** The victims on a node, or why there are none that would help. */
function victimsOn(node: NodeInfo, { pod, outcome: { cycles }, budgets, cluster }: PreemptionInput): Candidate | readonly string[] {
  const priority = priorityOf(pod);
  const lower: PodInfo[] = [];
  for (const info of node.pods.values()) if (priorityOf(info.pod) < priority) lower.push(info);
  if (lower.length === 0) return [NO_VICTIMS];
  for (const info of lower) change(cycles, node, info, 'remove');
  try {
    const refused = filterNode(cycles, node, pod, cluster.nominated);
    if (refused) return refused.refusal.reasons;
    const { violating, others } = splitByBudgets(lower.sort(moreImportantFirst), budgets);
    const victims: DeepReadonly<Pod>[] = [];
    let violations = 0;
    // The most important ones are spared first, those under a budget before the rest.
    for (const info of [...violating, ...others]) {
      change(cycles, node, info, 'add');
      if (!filterNode(cycles, node, pod, cluster.nominated)) continue;
      change(cycles, node, info, 'remove');
      victims.push(info.pod);
      if (violating.includes(info)) violations++;
    }
    return { node: node.name, victims, violations };
  } catch (error) {
    if (error instanceof FilterError) return [error.message];
    throw error;
  } finally {
    for (const info of lower) if (!node.pods.has(info.key)) change(cycles, node, info, 'add');
  }
}

function moreImportantFirst(one: PodInfo, other: PodInfo): number {
  return priorityOf(other.pod) - priorityOf(one.pod) || startedAt(one.pod) - startedAt(other.pod);
}

function startedAt(pod: DeepReadonly<Pod>): number {
  return pod.status.startTime ? Date.parse(pod.status.startTime) : Number.MAX_SAFE_INTEGER;
}

/** Here, other than for evictions, an empty selector protects no pod. Source: filterPodsWithPDBViolation. */
function budgetSelector({ spec }: DeepReadonly<PodDisruptionBudget>): { matches(labels: DeepReadonly<Pod>['metadata']['labels']): boolean } {
  const selector = labelSelectorOf(spec?.selector);
  return selector.isEverything ? labelSelectorOf(undefined) : selector;
}

function splitByBudgets(pods: readonly PodInfo[], budgets: readonly DeepReadonly<PodDisruptionBudget>[]): { violating: PodInfo[]; others: PodInfo[] } {
  const rules = budgets.map((budget) => ({
    namespace: budget.metadata.namespace,
    selector: budgetSelector(budget),
    disrupted: new Set(Object.keys(budget.status?.disruptedPods ?? {})),
    left: budget.status?.disruptionsAllowed ?? 0,
  }));
  const split: { violating: PodInfo[]; others: PodInfo[] } = { violating: [], others: [] };
  for (const info of pods) {
    const { metadata } = info.pod;
    let isViolating = false;
    for (const rule of rules) {
      // A pod without labels is under no budget, whatever the selector.
      if (rule.namespace !== metadata.namespace || Object.keys(metadata.labels ?? {}).length === 0 || !rule.selector.matches(metadata.labels) || rule.disrupted.has(metadata.name)) continue;
      if (rule.left-- <= 0) isViolating = true;
    }
    (isViolating ? split.violating : split.others).push(info);
  }
  return split;
}

function compareCandidates(one: Candidate, other: Candidate): number {
  const highest = (candidate: Candidate): number => candidate.victims.reduce((max, pod) => Math.max(max, priorityOf(pod)), Number.MIN_SAFE_INTEGER);
  const sum = (candidate: Candidate): number => candidate.victims.reduce((total, pod) => total + priorityOf(pod) + 2 ** 31, 0);
  const earliest = (candidate: Candidate): number =>
    candidate.victims.reduce((min, pod) => (priorityOf(pod) === highest(candidate) ? Math.min(min, startedAt(pod)) : min), Number.MAX_SAFE_INTEGER);
  return (
    one.violations - other.violations ||
    highest(one) - highest(other) ||
    sum(one) - sum(other) ||
    one.victims.length - other.victims.length ||
    earliest(other) - earliest(one)
  );
}
