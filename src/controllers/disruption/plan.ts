import type { Pod } from '../../api/generated/core-v1.ts';
import type { Condition } from '../../api/generated/meta-v1.ts';
import type { PodDisruptionBudget, PodDisruptionBudgetStatus } from '../../api/generated/policy-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { intOrPercent } from '../../component-helpers/int-or-percent.ts';
import { isPodReady } from '../../component-helpers/pod-state.ts';
import { timeOf } from '../times.ts';

/** So long an eviction that was granted may take to show as a deletion. */
export const DELETION_TIMEOUT_MS = 120_000;

export interface Expectation {
  /** How many pods there are to be. */
  readonly expected: number;
  readonly desiredHealthy: number;
}

/** Whether the budget's numbers depend on the scale of the pods' controllers, not only on the pods that there are. */
export function needsScale({ spec }: DeepReadonly<PodDisruptionBudget>): boolean {
  return spec.maxUnavailable !== undefined || typeof spec.minAvailable === 'string';
}

/** Percentages round up. A budget that says neither number lets nothing go. Source: pkg/controller/disruption, getExpectedPodCount. */
export function expectationOf({ spec }: DeepReadonly<PodDisruptionBudget>, podCount: number, scale: number): Expectation {
  if (spec.maxUnavailable !== undefined) {
    return { expected: scale, desiredHealthy: Math.max(scale - intOrPercent(spec.maxUnavailable, scale, 'up'), 0) };
  }
  if (spec.minAvailable === undefined) return { expected: 0, desiredHealthy: 0 };
  if (typeof spec.minAvailable === 'number') return { expected: podCount, desiredHealthy: spec.minAvailable };
  return { expected: scale, desiredHealthy: intOrPercent(spec.minAvailable, scale, 'up') };
}

export interface BudgetPlan {
  readonly status: PodDisruptionBudgetStatus;
  /** When an eviction that was granted is given up, in ms from now. */
  readonly recheckMs: number | undefined;
  /** Pods whose eviction was granted, and given up. */
  readonly notDeleted: readonly DeepReadonly<Pod>[];
}

export function planBudget(budget: DeepReadonly<PodDisruptionBudget>, pods: readonly DeepReadonly<Pod>[], expectation: Expectation, nowMs: number): BudgetPlan {
  const disrupted: Record<string, string> = {};
  const notDeleted: DeepReadonly<Pod>[] = [];
  let recheckMs: number | undefined;
  for (const pod of pods) {
    const { metadata } = pod;
    const since = budget.status.disruptedPods?.[metadata.name];
    if (since === undefined || metadata.deletionTimestamp !== undefined) continue;
    const leftMs = Date.parse(since) + DELETION_TIMEOUT_MS - nowMs;
    if (leftMs <= 0) {
      notDeleted.push(pod);
      continue;
    }
    disrupted[metadata.name] = since;
    recheckMs = Math.min(recheckMs ?? Infinity, leftMs);
  }
  const isHealthy = (pod: DeepReadonly<Pod>): boolean => pod.metadata.deletionTimestamp === undefined && !Object.hasOwn(disrupted, pod.metadata.name) && isPodReady(pod);
  const currentHealthy = pods.filter(isHealthy).length;
  const { expected, desiredHealthy } = expectation;
  const disruptionsAllowed = expected <= 0 ? 0 : Math.max(currentHealthy - desiredHealthy, 0);
  const [value, reason] = disruptionsAllowed > 0 ? (['True', 'SufficientPods'] as const) : (['False', 'InsufficientPods'] as const);
  const status: PodDisruptionBudgetStatus = {
    observedGeneration: budget.metadata.generation ?? 0,
    ...(Object.keys(disrupted).length > 0 && { disruptedPods: disrupted }),
    disruptionsAllowed,
    currentHealthy,
    desiredHealthy,
    expectedPods: expected,
    conditions: withCondition(budget, { status: value, reason, message: '', observedGeneration: budget.metadata.generation ?? 0 }, nowMs),
  };
  return { status, recheckMs, notDeleted };
}

/** Nothing may be disrupted while the numbers cannot be told. */
export function planFailedBudget(budget: DeepReadonly<PodDisruptionBudget>, message: string, nowMs: number): PodDisruptionBudgetStatus {
  const { conditions: _, ...status } = budget.status;
  const conditions = withCondition(budget, { status: 'False', reason: 'SyncFailed', message, observedGeneration: status.observedGeneration ?? 0 }, nowMs);
  return { ...status, disruptionsAllowed: 0, conditions } as PodDisruptionBudgetStatus;
}

function withCondition({ status }: DeepReadonly<PodDisruptionBudget>, condition: Omit<Condition, 'type' | 'lastTransitionTime'>, nowMs: number): Condition[] {
  const type = 'DisruptionAllowed';
  const known = status.conditions?.find((one) => one.type === type);
  const others = (status.conditions ?? []).filter((one) => one.type !== type);
  const lastTransitionTime = known?.status === condition.status ? known.lastTransitionTime : timeOf(nowMs);
  return [...others, { type, ...condition, lastTransitionTime }];
}
