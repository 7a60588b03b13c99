/** How far and how fast the number of replicas may go. Source: pkg/controller/podautoscaler/horizontal.go; KEP-853 (behavior). */
import type { HorizontalPodAutoscalerBehavior, HPAScalingRules } from '../../api/generated/autoscaling-v2.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';

/** What an autoscaler wanted and did of late; lost in a restart, as Kubernetes' is. */
export interface History {
  readonly recommendations: readonly { readonly replicas: number; readonly atMs: number }[];
  readonly scaleUps: readonly Change[];
  readonly scaleDowns: readonly Change[];
}

interface Change {
  /** More than 0 in both directions. */
  readonly replicas: number;
  readonly atMs: number;
}

export interface Wanted {
  readonly current: number;
  readonly desired: number;
  readonly min: number;
  readonly max: number;
}

export interface Reason {
  readonly reason: string;
  readonly message: string;
}

export interface Limited {
  readonly replicas: number;
  readonly ableToScale: Reason;
  readonly scalingLimited: Reason & { readonly isLimited: boolean };
  readonly history: History;
}

const READY: Reason = { reason: 'ReadyForNewScale', message: 'recommended size matches current size' };
const WITHIN: Reason = { reason: 'DesiredWithinRange', message: 'the desired count is within the acceptable range' };
const TOO_FAST_UP: Reason = { reason: 'ScaleUpLimit', message: 'the desired replica count is increasing faster than the maximum scale rate' };
const TOO_FAST_DOWN: Reason = { reason: 'ScaleDownLimit', message: 'the desired replica count is decreasing faster than the maximum scale rate' };
const TOO_MANY: Reason = { reason: 'TooManyReplicas', message: 'the desired replica count is more than the maximum replica count' };
const TOO_FEW: Reason = { reason: 'TooFewReplicas', message: 'the desired replica count is less than the minimum replica count' };
const STABLE_UP: Reason = { reason: 'ScaleUpStabilized', message: 'recent recommendations were lower than current one, applying the lowest recent recommendation' };
const STABLE_DOWN: Reason = { reason: 'ScaleDownStabilized', message: 'recent recommendations were higher than current one, applying the highest recent recommendation' };
/** Without `behavior`, one step at most doubles, or comes to 4. */
const UP_FACTOR = 2;
const UP_AT_LEAST = 4;

export function firstHistory(current: number, nowMs: number): History {
  return { recommendations: [{ replicas: current, atMs: nowMs }], scaleUps: [], scaleDowns: [] };
}

/** `downscaleWindowMs`: `--horizontal-pod-autoscaler-downscale-stabilization`, for what `behavior` does not say. */
export function limitReplicas(wanted: Wanted, history: History, options: { readonly behavior: DeepReadonly<HorizontalPodAutoscalerBehavior> | undefined; readonly downscaleWindowMs: number; readonly nowMs: number }): Limited {
  const { behavior, downscaleWindowMs, nowMs } = options;
  const stabilized = behavior ? stabilizedBoth(wanted, history, behavior, options) : stabilizedDown(wanted, history, options);
  const asked = { ...wanted, desired: stabilized };
  const { replicas, ...why } = behavior ? withinRates(asked, history, behavior, nowMs) : withinFactor(asked);
  const longestMs = Math.max(downscaleWindowMs, windowMs(behavior?.scaleUp, 0), windowMs(behavior?.scaleDown, downscaleWindowMs));
  return {
    replicas, ableToScale: stabilized === wanted.desired ? READY : wanted.desired >= wanted.current && behavior ? STABLE_UP : STABLE_DOWN,
    scalingLimited: { ...why, isLimited: replicas !== stabilized },
    history: { ...history, recommendations: [...history.recommendations.filter(({ atMs }) => atMs >= nowMs - longestMs), { replicas: wanted.desired, atMs: nowMs }] },
  };
}

/** Remembers a change that was carried out, as long as a policy looks back. */
export function withChange(history: History, change: { readonly from: number; readonly to: number }, behavior: DeepReadonly<HorizontalPodAutoscalerBehavior> | undefined, nowMs: number): History {
  if (!behavior) return history;
  const { from, to } = change;
  const recent = (changes: readonly Change[], rules: DeepReadonly<HPAScalingRules> | undefined): Change[] => {
    const longestMs = Math.max(0, ...(rules?.policies ?? []).map(({ periodSeconds }) => periodSeconds * 1000));
    return changes.filter(({ atMs }) => atMs >= nowMs - longestMs);
  };
  const made = { replicas: Math.abs(to - from), atMs: nowMs };
  if (to > from) return { ...history, scaleUps: [...recent(history.scaleUps, behavior.scaleUp), made] };
  return { ...history, scaleDowns: [...recent(history.scaleDowns, behavior.scaleDown), made] };
}

function windowMs(rules: DeepReadonly<HPAScalingRules> | undefined, byDefaultMs: number): number {
  return rules?.stabilizationWindowSeconds === undefined ? byDefaultMs : rules.stabilizationWindowSeconds * 1000;
}

function stabilizedDown({ desired }: Wanted, { recommendations }: History, { downscaleWindowMs, nowMs }: { downscaleWindowMs: number; nowMs: number }): number {
  return Math.max(desired, ...recommendations.filter(({ atMs }) => atMs >= nowMs - downscaleWindowMs).map(({ replicas }) => replicas));
}

/** Stays between the lowest that was wanted while the window of growing lasts and the highest of the window of shrinking. */
function stabilizedBoth({ current, desired }: Wanted, { recommendations }: History, { scaleUp, scaleDown }: DeepReadonly<HorizontalPodAutoscalerBehavior>, { downscaleWindowMs, nowMs }: { downscaleWindowMs: number; nowMs: number }): number {
  const since = (ms: number): number[] => recommendations.filter(({ atMs }) => atMs > nowMs - ms).map(({ replicas }) => replicas);
  const lowest = Math.min(desired, ...since(windowMs(scaleUp, 0)));
  const highest = Math.max(desired, ...since(windowMs(scaleDown, downscaleWindowMs)));
  return Math.min(Math.max(current, lowest), highest);
}

function withinFactor({ current, desired, min, max }: Wanted): { replicas: number } & Reason {
  const fastest = Math.max(UP_FACTOR * current, UP_AT_LEAST);
  if (desired < min) return { replicas: min, ...TOO_FEW };
  if (desired > Math.min(max, fastest)) return { replicas: Math.min(max, fastest), ...(max > fastest ? TOO_FAST_UP : TOO_MANY) };
  return { replicas: desired, ...WITHIN };
}

function withinRates({ current, desired, min, max }: Wanted, history: History, { scaleUp, scaleDown }: DeepReadonly<HorizontalPodAutoscalerBehavior>, nowMs: number): { replicas: number } & Reason {
  if (desired > current) {
    const fastest = Math.max(current, upLimit(current, history, scaleUp ?? {}, nowMs));
    if (desired > Math.min(max, fastest)) return { replicas: Math.min(max, fastest), ...(max > fastest ? TOO_FAST_UP : TOO_MANY) };
  }
  if (desired < current) {
    const fastest = Math.min(current, downLimit(current, history, scaleDown ?? {}, nowMs));
    if (desired < Math.max(min, fastest)) return { replicas: Math.max(min, fastest), ...(min < fastest ? TOO_FAST_DOWN : TOO_FEW) };
  }
  return { replicas: desired, ...WITHIN };
}

/** How many replicas there were when the period of a policy began. */
function atStartOf(periodSeconds: number, current: number, { scaleUps, scaleDowns }: History, nowMs: number): number {
  const changed = (changes: readonly Change[]): number => changes.filter(({ atMs }) => atMs > nowMs - periodSeconds * 1000).reduce((sum, { replicas }) => sum + replicas, 0);
  return current - changed(scaleUps) + changed(scaleDowns);
}

function upLimit(current: number, history: History, { selectPolicy, policies = [] }: DeepReadonly<HPAScalingRules>, nowMs: number): number {
  if (selectPolicy === 'Disabled') return current;
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const start = atStartOf(periodSeconds, current, history, nowMs);
    return type === 'Pods' ? start + value : Math.ceil(start * (1 + value / 100));
  });
  return selectPolicy === 'Min' ? Math.min(...limits) : Math.max(0, ...limits);
}

function downLimit(current: number, history: History, { selectPolicy, policies = [] }: DeepReadonly<HPAScalingRules>, nowMs: number): number {
  if (selectPolicy === 'Disabled') return current;
  const limits = policies.map(({ type, value, periodSeconds }) => {
    const start = atStartOf(periodSeconds, current, history, nowMs);
    return type === 'Pods' ? start - value : Math.trunc(start * (1 - value / 100));
  });
  return selectPolicy === 'Min' ? Math.max(...limits) : Math.min(...limits);
}
