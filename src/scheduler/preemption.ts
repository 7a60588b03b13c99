import type { DeepReadonly } from '../apimachinery/meta.ts';
import type { Pod } from '../api/generated/core-v1.ts';
import type { PodDisruptionBudget } from '../api/generated/policy-v1.ts';
import { labelSelectorOf } from '../apimachinery/selectors/label-selector.ts';
import { filterNode, type ActiveCycle, type Outcome } from './schedule-pod.ts';
import type { NodeInfo, PodInfo } from './node-info.ts';

export interface Preemption {
  readonly node: string;
  readonly victims: readonly DeepReadonly<Pod>[];
}

interface Candidate extends Preemption {
  readonly violations: number;
}

export function priorityOf(pod: DeepReadonly<Pod>): number {
  return pod.spec.priority ?? 0;
}

/**
 * Which pods of lower priority must go, from which node, so that `pod` fits; undefined when that cannot help. Prefers nodes with the fewest broken
 * disruption budgets, the lowest highest victim, the lowest sum, the fewest victims and the latest started highest victim.
 * Source: "Pod Priority and Preemption".
 */
export function planPreemption(
  pod: DeepReadonly<Pod>,
  outcome: Exclude<Outcome, { node: string }>,
  budgets: readonly DeepReadonly<PodDisruptionBudget>[],
): Preemption | undefined {
  if (pod.spec.preemptionPolicy === 'Never' || outcome.refusal !== undefined) return undefined;
  const candidates: Candidate[] = [];
  for (const [node, { refusal }] of outcome.refusals) {
    if (refusal.isFinal) continue;
    const candidate = victimsOn(node, pod, outcome.cycles, budgets);
    if (candidate) candidates.push(candidate);
  }
  return candidates.sort(compareCandidates)[0];
}

function victimsOn(node: NodeInfo, pod: DeepReadonly<Pod>, cycles: readonly ActiveCycle[], budgets: readonly DeepReadonly<PodDisruptionBudget>[]): Candidate | undefined {
  const lower = [...node.pods.values()].filter((info) => priorityOf(info.pod) < priorityOf(pod));
  if (lower.length === 0) return undefined;
  const remove = (info: PodInfo): void => {
    node.remove(info.key);
    for (const { cycle } of cycles) cycle.removePod?.(info.pod, node);
  };
  const putBack = (info: PodInfo): void => {
    node.add(info);
    for (const { cycle } of cycles) cycle.addPod?.(info.pod, node);
  };
  for (const info of lower) remove(info);
  try {
    if (filterNode(cycles, node)) return undefined;
    const { violating, others } = splitByBudgets(lower.sort(moreImportantFirst), budgets);
    const victims: DeepReadonly<Pod>[] = [];
    let violations = 0;
    // The most important ones are spared first, those under a budget before the rest.
    for (const info of [...violating, ...others]) {
      putBack(info);
      if (!filterNode(cycles, node)) continue;
      remove(info);
      victims.push(info.pod);
      if (violating.includes(info)) violations++;
    }
    return { node: node.name, victims, violations };
  } finally {
    for (const info of lower) if (!node.pods.has(info.key)) putBack(info);
  }
}

function moreImportantFirst(one: PodInfo, other: PodInfo): number {
  return priorityOf(other.pod) - priorityOf(one.pod) || startedAt(one.pod) - startedAt(other.pod);
}

function startedAt(pod: DeepReadonly<Pod>): number {
  return pod.status.startTime ? Date.parse(pod.status.startTime) : Number.MAX_SAFE_INTEGER;
}

function splitByBudgets(pods: readonly PodInfo[], budgets: readonly DeepReadonly<PodDisruptionBudget>[]): { violating: PodInfo[]; others: PodInfo[] } {
  const rules = budgets.map((budget) => ({
    namespace: budget.metadata.namespace,
    selector: labelSelectorOf(budget.spec?.selector),
    disrupted: new Set(Object.keys(budget.status?.disruptedPods ?? {})),
    left: budget.status?.disruptionsAllowed ?? 0,
  }));
  const split: { violating: PodInfo[]; others: PodInfo[] } = { violating: [], others: [] };
  for (const info of pods) {
    const { metadata } = info.pod;
    let isViolating = false;
    for (const rule of rules) {
      if (rule.namespace !== metadata.namespace || !rule.selector.matches(metadata.labels) || rule.disrupted.has(metadata.name)) continue;
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
