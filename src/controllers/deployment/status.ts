import type { Deployment, DeploymentCondition, DeploymentStatus, ReplicaSet } from '../../api/generated/apps-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { timeOf } from '../times.ts';
import { rollingUpdateBounds } from './rolling-update-bounds.ts';

type Set_ = DeepReadonly<ReplicaSet>;
type Conditions = readonly DeepReadonly<DeploymentCondition>[];

const sum = (sets: readonly Set_[], of: (set: Set_) => number | undefined): number => sets.reduce((total, set) => total + (of(set) ?? 0), 0);

export function conditionOf(conditions: Conditions | undefined, type: string): DeepReadonly<DeploymentCondition> | undefined {
  return conditions?.find((condition) => condition.type === type);
}

/** Sets a condition. One with the same status and reason stays as it is; the time of transition changes with the status only. */
export function withCondition(conditions: Conditions | undefined, condition: Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>, nowMs: number): DeploymentCondition[] {
  const known = conditionOf(conditions, condition.type);
  const all = [...(conditions ?? [])];
  if (known?.status === condition.status && known.reason === condition.reason) return all;
  const now = timeOf(nowMs);
  const lastTransitionTime = known?.status === condition.status ? (known.lastTransitionTime ?? now) : now;
  return [...all.filter(({ type }) => type !== condition.type), { ...condition, lastUpdateTime: now, lastTransitionTime }];
}

/** Source: deployment util, DeploymentComplete. */
export function isComplete(deployment: DeepReadonly<Deployment>, status: DeepReadonly<DeploymentStatus>): boolean {
  const desired = deployment.spec.replicas ?? 1;
  const counts = [status.updatedReplicas, status.replicas, status.availableReplicas];
  return counts.every((count) => (count ?? 0) === desired) && (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0);
}

function hasProgressed(old: DeepReadonly<DeploymentStatus>, now: DeepReadonly<DeploymentStatus>): boolean {
  const oldPods = ({ replicas = 0, updatedReplicas = 0 }: DeepReadonly<DeploymentStatus>): number => replicas - updatedReplicas;
  return (
    (now.updatedReplicas ?? 0) > (old.updatedReplicas ?? 0) ||
    oldPods(now) < oldPods(old) ||
    (now.readyReplicas ?? 0) > (old.readyReplicas ?? 0) ||
    (now.availableReplicas ?? 0) > (old.availableReplicas ?? 0)
  );
}

export function hasProgressDeadline({ spec }: DeepReadonly<Deployment>): boolean {
  return spec.progressDeadlineSeconds !== undefined && spec.progressDeadlineSeconds !== 2 ** 31 - 1;
}

/** Whether the rollout has stood still for longer than `progressDeadlineSeconds`. */
function hasTimedOut(deployment: DeepReadonly<Deployment>, conditions: Conditions, nowMs: number): boolean {
  const progressing = conditionOf(conditions, 'Progressing');
  if (!hasProgressDeadline(deployment) || !progressing || progressing.reason === 'NewReplicaSetAvailable') return false;
  if (progressing.reason === 'ProgressDeadlineExceeded') return true;
  return Date.parse(progressing.lastUpdateTime ?? '') + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000 < nowMs;
}

/** What the sets add up to. Source: calculateStatus. */
export function countStatus(deployment: DeepReadonly<Deployment>, sets: readonly Set_[], newSet: Set_ | undefined, nowMs: number): DeploymentStatus {
  const availableReplicas = sum(sets, ({ status }) => status.availableReplicas);
  const unavailable = Math.max(sum(sets, ({ spec }) => spec.replicas ?? 1) - availableReplicas, 0);
  const { collisionCount, conditions } = deployment.status;
  const isAvailable = availableReplicas >= (deployment.spec.replicas ?? 1) - rollingUpdateBounds(deployment).unavailable;
  const condition = isAvailable
    ? { type: 'Available', status: 'True', reason: 'MinimumReplicasAvailable', message: 'Deployment has minimum availability.' }
    : { type: 'Available', status: 'False', reason: 'MinimumReplicasUnavailable', message: 'Deployment does not have minimum availability.' };
  return {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum(sets, ({ status }) => status.replicas),
    updatedReplicas: newSet?.status.replicas ?? 0,
    readyReplicas: sum(sets, ({ status }) => status.readyReplicas),
    availableReplicas,
    unavailableReplicas: unavailable,
    terminatingReplicas: sum(sets, ({ status }) => status.terminatingReplicas),
    ...(collisionCount !== undefined && { collisionCount }),
    conditions: withCondition(conditions, condition, nowMs),
  };
}

/** The status of a Deployment that rolls out: the counts, whether it gets on, and why its sets cannot make pods. Source: syncRolloutStatus. */
export function planRolloutStatus(deployment: DeepReadonly<Deployment>, sets: readonly Set_[], newSet: Set_ | undefined, nowMs: number): DeploymentStatus {
  const status = countStatus(deployment, sets, newSet, nowMs);
  let conditions: Conditions = status.conditions ?? [];
  if (!hasProgressDeadline(deployment)) conditions = conditions.filter(({ type }) => type !== 'Progressing');
  const known = conditionOf(deployment.status.conditions, 'Progressing');
  const wasComplete = status.replicas === status.updatedReplicas && known?.reason === 'NewReplicaSetAvailable';
  if (hasProgressDeadline(deployment) && !wasComplete) conditions = progressOf(deployment, newSet, { ...status, conditions: [...conditions] }, nowMs);
  return { ...status, conditions: withFailure(conditions, sets, newSet) };
}

function progressOf(deployment: DeepReadonly<Deployment>, newSet: Set_ | undefined, status: DeploymentStatus, nowMs: number): Conditions {
  const conditions = status.conditions ?? [];
  const about = newSet ? `ReplicaSet ${JSON.stringify(newSet.metadata.name)}` : `Deployment ${JSON.stringify(deployment.metadata.name)}`;
  const condition = (value: string, reason: string, ending: string): Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'> => {
    return { type: 'Progressing', status: value, reason, message: `${about} ${ending}` };
  };
  if (isComplete(deployment, status)) return withCondition(conditions, condition('True', 'NewReplicaSetAvailable', 'has successfully progressed.'), nowMs);
  if (hasProgressed(deployment.status, status)) {
    const known = conditionOf(deployment.status.conditions, 'Progressing');
    const now = timeOf(nowMs);
    const lastTransitionTime = known?.status === 'True' ? (known.lastTransitionTime ?? now) : now;
    return [...conditions.filter(({ type }) => type !== 'Progressing'), { ...condition('True', 'ReplicaSetUpdated', 'is progressing.'), lastUpdateTime: now, lastTransitionTime }];
  }
  if (hasTimedOut(deployment, conditions, nowMs)) return withCondition(conditions, condition('False', 'ProgressDeadlineExceeded', 'has timed out progressing.'), nowMs);
  return conditions;
}

/** The failure of the new set to make pods, or of any other. */
function withFailure(conditions: Conditions, sets: readonly Set_[], newSet: Set_ | undefined): DeploymentCondition[] {
  const failureOf = (set: Set_ | undefined): NonNullable<Set_['status']['conditions']>[number] | undefined => set?.status.conditions?.find(({ type }) => type === 'ReplicaFailure');
  const failure = failureOf(newSet) ?? sets.map(failureOf).find((found) => found !== undefined);
  const others = conditions.filter(({ type }) => type !== 'ReplicaFailure');
  if (!failure) return others;
  const { lastTransitionTime } = failure;
  return [...others, { ...failure, ...(lastTransitionTime && { lastUpdateTime: lastTransitionTime }) }];
}

/** When to look again whether a rollout that stands still has timed out, in ms; undefined: it cannot. Source: requeueStuckDeployment. */
export function progressCheckAfterMs(deployment: DeepReadonly<Deployment>, status: DeepReadonly<DeploymentStatus>, nowMs: number): number | undefined {
  const progressing = conditionOf(status.conditions, 'Progressing');
  if (!hasProgressDeadline(deployment) || !progressing || isComplete(deployment, status) || progressing.reason === 'ProgressDeadlineExceeded') return undefined;
  const afterMs = Date.parse(progressing.lastUpdateTime ?? '') + (deployment.spec.progressDeadlineSeconds ?? 0) * 1000 - nowMs;
  return Math.max(afterMs, 0) + 1000;
}
