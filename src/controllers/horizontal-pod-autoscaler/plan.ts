import type { HorizontalPodAutoscaler, HorizontalPodAutoscalerCondition, HorizontalPodAutoscalerStatus, MetricStatus } from '../../api/generated/autoscaling-v2.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { milliValue, parseQuantity } from '../../apimachinery/quantity.ts';
import { timeOf } from '../times.ts';
import { type History, limitReplicas } from './limits.ts';
import { type Failure, isFailure, type Proposal } from './proposal.ts';
import type { Tolerances } from './replicas.ts';

type Autoscaler = DeepReadonly<HorizontalPodAutoscaler>;
type Conditions = readonly DeepReadonly<HorizontalPodAutoscalerCondition>[];
type ConditionType = 'AbleToScale' | 'ScalingActive' | 'ScalingLimited';

/** What to do with the target, and what to say of it. */
export interface AutoscalerPlan {
  /** The new size; undefined: it stays. */
  readonly resizeTo: number | undefined;
  /** Why the size is another. */
  readonly rescaleReason: string;
  readonly status: HorizontalPodAutoscalerStatus;
  /** Events of type Warning. */
  readonly warnings: readonly { readonly reason: string; readonly message: string }[];
  readonly history: History;
}

/** Whether metrics matter: a target of the wrong size, or one that is switched off, is dealt with without. */
export function needsMetrics({ spec }: Autoscaler, current: number): boolean {
  const min = spec.minReplicas ?? 1;
  return current >= min && current <= spec.maxReplicas;
}

export function tolerancesOf({ spec }: Autoscaler, byDefault: number): Tolerances {
  const of = (tolerance: string | number | undefined): number => (tolerance === undefined ? byDefault : milliValue(parseQuantity(tolerance)) / 1000);
  return { scaleUp: of(spec.behavior?.scaleUp?.tolerance), scaleDown: of(spec.behavior?.scaleDown?.tolerance) };
}

/** The condition of a type gets a new time only when its status turns. */
export function withCondition(conditions: Conditions, type: ConditionType, value: boolean, why: { readonly reason: string; readonly message: string }, nowMs: number): Conditions {
  const status = value ? 'True' : 'False';
  const known = conditions.find((one) => one.type === type);
  const { reason, message } = why;
  const lastTransitionTime = known?.status === status && known.lastTransitionTime !== undefined ? known.lastTransitionTime : timeOf(nowMs);
  const next = { type, status, lastTransitionTime, reason, message };
  return known ? conditions.map((one) => (one === known ? next : one)) : [...conditions, next];
}

export function statusOf(autoscaler: Autoscaler, conditions: Conditions, seen: { readonly current: number; readonly desired: number; readonly metrics: readonly MetricStatus[]; readonly scaledAtMs?: number }): HorizontalPodAutoscalerStatus {
  const { observedGeneration, lastScaleTime } = autoscaler.status;
  const scaleTime = seen.scaledAtMs === undefined ? lastScaleTime : timeOf(seen.scaledAtMs);
  return {
    ...(observedGeneration !== undefined && { observedGeneration }), ...(scaleTime !== undefined && { lastScaleTime: scaleTime }),
    currentReplicas: seen.current, desiredReplicas: seen.desired, ...(seen.metrics.length > 0 && { currentMetrics: [...seen.metrics] }), conditions: conditions.map((one) => ({ ...one })),
  };
}

const GOT_SCALE = { reason: 'SucceededGetScale', message: "the HPA controller was able to get the target's current scale" };
const DISABLED = { reason: 'ScalingDisabled', message: 'scaling is disabled since the replica count of the target is zero' };

export interface PlanOptions {
  readonly downscaleWindowMs: number;
  readonly nowMs: number;
}

/** `outcomes`: one for each metric, in order; none where metrics do not matter. Source: pkg/controller/podautoscaler/horizontal.go, reconcileAutoscaler. */
export function planAutoscaler(autoscaler: Autoscaler, current: number, outcomes: readonly (Proposal | Failure)[], history: History, options: PlanOptions): AutoscalerPlan {
  const { nowMs } = options;
  const { spec } = autoscaler;
  const min = spec.minReplicas ?? 1;
  const conditions = withCondition(autoscaler.status.conditions ?? [], 'AbleToScale', true, GOT_SCALE, nowMs);
  if (!needsMetrics(autoscaler, current)) {
    const isOff = current === 0 && min !== 0;
    const to = isOff ? undefined : current > spec.maxReplicas ? spec.maxReplicas : min;
    const rescaleReason = isOff ? '' : current > spec.maxReplicas ? 'Current number of replicas above Spec.MaxReplicas' : 'Current number of replicas below Spec.MinReplicas';
    const all = isOff ? withCondition(conditions, 'ScalingActive', false, DISABLED, nowMs) : conditions;
    return { resizeTo: to, rescaleReason, status: statusOf(autoscaler, all, { current, desired: to ?? 0, metrics: [] }), warnings: [], history };
  }
  return planByMetrics(autoscaler, current, outcomes, history, options, conditions);
}

function planByMetrics(autoscaler: Autoscaler, current: number, outcomes: readonly (Proposal | Failure)[], history: History, options: PlanOptions, before: Conditions): AutoscalerPlan {
  const { spec, status } = autoscaler;
  const { nowMs, downscaleWindowMs } = options;
  const failures = outcomes.filter(isFailure);
  const metrics = outcomes.map((one): MetricStatus => (isFailure(one) ? { type: '' } : one.status));
  const best = outcomes.reduce<Proposal | undefined>((highest, one) => (isFailure(one) || (highest && highest.replicas > 0 && one.replicas <= highest.replicas) ? highest : one), undefined);
  const warnings = failures.map(({ reason, message }) => ({ reason, message }));
  const [first] = failures;
  // A metric that cannot be read might be the one that needs the replicas that there are.
  if (first && (!best || best.replicas < current)) {
    const message = `invalid metrics (${failures.length} invalid out of ${outcomes.length}), first error is: ${first.summary}`;
    const conditions = withCondition(before, 'ScalingActive', false, { reason: first.reason, message: `the HPA was unable to compute the replica count: ${first.message}` }, nowMs);
    return {
      resizeTo: undefined, rescaleReason: '', status: statusOf(autoscaler, conditions, { current, desired: status.desiredReplicas, metrics }),
      warnings: [...warnings, { reason: 'FailedComputeMetricsReplicas', message }], history,
    };
  }
  const desired = best?.replicas ?? 0;
  let conditions = withCondition(before, 'ScalingActive', true, { reason: 'ValidMetricFound', message: `the HPA was able to successfully calculate a replica count from ${best?.metric ?? ''}` }, nowMs);
  const limited = limitReplicas({ current, desired, min: spec.minReplicas ?? 1, max: spec.maxReplicas }, history, { behavior: spec.behavior, downscaleWindowMs, nowMs });
  conditions = withCondition(conditions, 'AbleToScale', true, limited.ableToScale, nowMs);
  conditions = withCondition(conditions, 'ScalingLimited', limited.scalingLimited.isLimited, limited.scalingLimited, nowMs);
  return {
    resizeTo: limited.replicas === current ? undefined : limited.replicas,
    rescaleReason: desired > current ? `${best?.metric ?? ''} above target` : desired < current ? 'All metrics below target' : '',
    status: statusOf(autoscaler, conditions, { current, desired: limited.replicas, metrics }), warnings, history: limited.history,
  };
}
