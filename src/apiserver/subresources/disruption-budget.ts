import { copyOf } from '../../apimachinery/deep-copy.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { forbidden, tooManyRequests } from '../../apimachinery/status.ts';
import { formatTime } from '../../apimachinery/time.ts';
import type { PodDisruptionBudget } from '../../api/generated/policy-v1.ts';

/** In the singular, as Kubernetes says it here. */
const BUDGET = { group: 'policy', resource: 'poddisruptionbudget' };
/** More pods than this may not be on their way out under one budget. */
const MAX_DISRUPTED = 2000;
const VIOLATES = "Cannot evict pod as it would violate the pod's disruption budget.";

/** The budget with one disruption less, which the pod of that name has got. Throws 429 when none is left, or when nobody has counted yet. Source: pkg/registry/core/pod/storage/eviction.go, checkAndDecrement. */
export function withoutOneDisruption(old: DeepReadonly<PodDisruptionBudget>, podName: string, nowMs: number): PodDisruptionBudget {
  const { name, generation = 0 } = old.metadata;
  const { observedGeneration = 0, disruptionsAllowed = 0, disruptedPods = {} } = old.status;
  const cause = (message: string): { reason: string; message: string }[] => [{ reason: 'DisruptionBudget', message }];
  if (observedGeneration < generation) throw tooManyRequests(VIOLATES, 10, cause(`The disruption budget ${name} is still being processed by the server.`));
  if (disruptionsAllowed < 0) throw forbidden(BUDGET, name, 'pdb disruptions allowed is negative');
  if (Object.keys(disruptedPods).length > MAX_DISRUPTED) throw forbidden(BUDGET, name, 'DisruptedPods map too big - too many evictions not confirmed by PDB controller');
  if (disruptionsAllowed === 0) {
    const { desiredHealthy = 0, currentHealthy = 0 } = old.status;
    throw tooManyRequests(VIOLATES, 0, cause(`The disruption budget ${name} needs ${desiredHealthy} healthy pods and has ${currentHealthy} currently`));
  }
  const budget = copyOf<PodDisruptionBudget>(old as PodDisruptionBudget);
  budget.status.disruptionsAllowed = disruptionsAllowed - 1;
  budget.status.disruptedPods = { ...budget.status.disruptedPods, [podName]: formatTime(nowMs) };
  if (disruptionsAllowed === 1) sayNoMore(budget, nowMs);
  return budget;
}

/** The budget's own controller would say the same, later. Source: component-helpers/apps/poddisruptionbudget. */
function sayNoMore({ status }: PodDisruptionBudget, nowMs: number): void {
  const type = 'DisruptionAllowed';
  const conditions = status.conditions ?? [];
  const at = conditions.findIndex((one) => one.type === type);
  const known = conditions[at];
  const lastTransitionTime = known?.status === 'False' ? known.lastTransitionTime : formatTime(nowMs);
  const condition = { type, status: 'False', observedGeneration: status.observedGeneration ?? 0, lastTransitionTime, reason: 'InsufficientPods', message: '' };
  status.conditions = at < 0 ? [...conditions, condition] : conditions.with(at, condition);
}
