import type { Deployment, ReplicaSet } from '../../api/generated/apps-v1.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { isPodTerminal } from '../../component-helpers/pod-state.ts';
import { byAge, DESIRED_REPLICAS, MAX_REPLICAS, newSetOf, revisionOf } from './revisions.ts';
import { rollingUpdateBounds } from './rolling-update-bounds.ts';
import { isComplete } from './status.ts';

type Set_ = DeepReadonly<ReplicaSet>;

/** A set is to have so many replicas; it is written when that, or what it remembers of the Deployment's size, differs. */
export interface Scaling {
  readonly set: Set_;
  readonly replicas: number;
}

export interface RolloutPlan {
  /** The new set is missing: make it with so many replicas. Nothing else is done in that turn. */
  readonly create?: { readonly replicas: number };
  readonly scale: readonly Scaling[];
  /** Old sets beyond the history limit. */
  readonly delete: readonly Set_[];
}

const NOTHING: RolloutPlan = { scale: [], delete: [] };

/** The replicas that a set is to have; counts what an unset field means. */
export function sizeOf(set: Set_): number {
  return set.spec.replicas ?? 1;
}

const sum = (sets: readonly Set_[], of: (set: Set_) => number): number => sets.reduce((total, set) => total + of(set), 0);
const available = (set: Set_): number => set.status.availableReplicas ?? 0;

/** Old sets: all but the new one. */
export function oldSetsOf(sets: readonly Set_[], newSet: Set_ | undefined): readonly Set_[] {
  return sets.filter((set) => set.metadata.uid !== newSet?.metadata.uid).sort(byAge);
}

/**
 * The next step of a Deployment: what to create, scale and delete. It is called again when that has been seen to happen.
 * `pods`: those of all its sets. Source: pkg/controller/deployment, syncDeployment.
 */
export function planRollout(deployment: DeepReadonly<Deployment>, sets: readonly Set_[], pods: readonly DeepReadonly<Pod>[]): RolloutPlan {
  const newSet = newSetOf(deployment, sets);
  const oldSets = oldSetsOf(sets, newSet);
  if (deployment.spec.paused) return { ...planScaling(deployment, newSet, oldSets), delete: planHistory(deployment, oldSets) };
  if (isScalingEvent(deployment, sets)) return planScaling(deployment, newSet, oldSets);
  const step = deployment.spec.strategy.type === 'Recreate' ? planRecreate(deployment, newSet, oldSets, pods) : planRollingUpdate(deployment, newSet, oldSets);
  const rests = step.create === undefined && step.scale.length === 0;
  return rests && isComplete(deployment, deployment.status) ? { ...step, delete: planHistory(deployment, oldSets) } : step;
}

/** A set with pods remembers another size of the Deployment: it was scaled, which comes before rolling on. */
function isScalingEvent(deployment: DeepReadonly<Deployment>, sets: readonly Set_[]): boolean {
  return sets.some((set) => {
    const remembered = set.metadata.annotations?.[DESIRED_REPLICAS];
    return sizeOf(set) > 0 && remembered !== undefined && Number(remembered) !== (deployment.spec.replicas ?? 1);
  });
}

function planRecreate(deployment: DeepReadonly<Deployment>, newSet: Set_ | undefined, oldSets: readonly Set_[], pods: readonly DeepReadonly<Pod>[]): RolloutPlan {
  const desired = deployment.spec.replicas ?? 1;
  const active = oldSets.filter((set) => sizeOf(set) > 0);
  if (active.length > 0) return { ...NOTHING, scale: active.map((set) => ({ set, replicas: 0 })) };
  const oldUids = new Set(oldSets.map(({ metadata }) => metadata.uid));
  const isOld = (pod: DeepReadonly<Pod>): boolean => pod.metadata.ownerReferences?.some((owner) => owner.controller === true && oldUids.has(owner.uid)) ?? false;
  if (sum(oldSets, ({ status }) => status.replicas) > 0 || pods.some((pod) => isOld(pod) && !isPodTerminal(pod))) return NOTHING;
  if (!newSet) return { ...NOTHING, create: { replicas: desired } };
  return sizeOf(newSet) === desired ? NOTHING : { ...NOTHING, scale: [{ set: newSet, replicas: desired }] };
}

function planRollingUpdate(deployment: DeepReadonly<Deployment>, newSet: Set_ | undefined, oldSets: readonly Set_[]): RolloutPlan {
  const wanted = newSetSize(deployment, newSet, oldSets);
  if (!newSet) return { ...NOTHING, create: { replicas: wanted } };
  if (wanted !== sizeOf(newSet)) return { ...NOTHING, scale: [{ set: newSet, replicas: wanted }] };
  return { ...NOTHING, scale: scaleDownOldSets(deployment, newSet, oldSets) };
}

/** As large as the surge lets the new set be now. Source: NewRSNewReplicas. */
function newSetSize(deployment: DeepReadonly<Deployment>, newSet: Set_ | undefined, oldSets: readonly Set_[]): number {
  const desired = deployment.spec.replicas ?? 1;
  const present = newSet ? sizeOf(newSet) : 0;
  if (present >= desired) return desired;
  const room = desired + rollingUpdateBounds(deployment).surge - sum(oldSets, sizeOf) - present;
  return room <= 0 ? present : present + Math.min(room, desired - present);
}

/**
 * Takes pods from old sets without going under the available minimum: those that are not available first, then, oldest sets first, as many as
 * there are available pods to spare. Source: reconcileOldReplicaSets.
 */
function scaleDownOldSets(deployment: DeepReadonly<Deployment>, newSet: Set_, oldSets: readonly Set_[]): readonly Scaling[] {
  const minAvailable = (deployment.spec.replicas ?? 1) - rollingUpdateBounds(deployment).unavailable;
  const sizes = new Map(oldSets.map((set) => [set, sizeOf(set)]));
  const total = sum(oldSets, sizeOf);
  let mayGo = total + sizeOf(newSet) - minAvailable - (sizeOf(newSet) - available(newSet));
  if (total === 0 || mayGo <= 0) return [];
  for (const set of oldSets) {
    const size = sizes.get(set) ?? 0;
    const unhealthy = Math.max(Math.min(mayGo, size - available(set)), 0);
    if (size === 0) continue;
    sizes.set(set, size - unhealthy);
    mayGo -= unhealthy;
  }
  let spare = sum([newSet, ...oldSets], available) - minAvailable;
  for (const set of oldSets) {
    const size = sizes.get(set) ?? 0;
    const less = Math.max(Math.min(spare, size), 0);
    sizes.set(set, size - less);
    spare -= less;
  }
  return [...sizes].filter(([set, replicas]) => replicas !== sizeOf(set)).map(([set, replicas]) => ({ set, replicas }));
}

/** Follows a change of `spec.replicas`, or evens out a paused rollout. Source: deployment controller, scale. */
function planScaling(deployment: DeepReadonly<Deployment>, newSet: Set_ | undefined, oldSets: readonly Set_[]): RolloutPlan {
  const desired = deployment.spec.replicas ?? 1;
  const activeOld = oldSets.filter((set) => sizeOf(set) > 0);
  const active = newSet && sizeOf(newSet) > 0 ? [newSet, ...activeOld] : activeOld;
  const only = active.length === 1 ? active[0] : active.length === 0 ? (newSet ?? oldSets.at(-1)) : undefined;
  if (only) return { ...NOTHING, scale: [{ set: only, replicas: desired }] };
  if (newSet && isSaturated(deployment, newSet)) return { ...NOTHING, scale: activeOld.map((set) => ({ set, replicas: 0 })) };
  if (deployment.spec.strategy.type === 'Recreate') return NOTHING;
  return { ...NOTHING, scale: shareOut(deployment, active) };
}

function isSaturated(deployment: DeepReadonly<Deployment>, set: Set_): boolean {
  const desired = deployment.spec.replicas ?? 1;
  return sizeOf(set) === desired && Number(set.metadata.annotations?.[DESIRED_REPLICAS]) === desired && available(set) === desired;
}

/**
 * Spreads what a Deployment in the middle of a rollout gained or lost over its sets, each in proportion to its size; the largest takes what
 * rounding leaves over. Source: GetReplicaSetProportion.
 */
function shareOut(deployment: DeepReadonly<Deployment>, active: readonly Set_[]): readonly Scaling[] {
  const desired = deployment.spec.replicas ?? 1;
  const allowed = desired > 0 ? desired + rollingUpdateBounds(deployment).surge : 0;
  const toAdd = allowed - sum(active, sizeOf);
  const bySize = [...active].sort((one, other) => sizeOf(other) - sizeOf(one) || (toAdd > 0 ? byAge(other, one) : byAge(one, other)));
  let added = 0;
  const sizes = bySize.map((set) => {
    const share = toAdd === 0 ? 0 : proportion(deployment, set, allowed, toAdd, added);
    added += share;
    return { set, replicas: sizeOf(set) + share };
  });
  return sizes.map((size, index) => (index === 0 ? { set: size.set, replicas: Math.max(size.replicas + toAdd - added, 0) } : size));
}

function proportion(deployment: DeepReadonly<Deployment>, set: Set_, allowed: number, toAdd: number, added: number): number {
  if (sizeOf(set) === 0 || toAdd === added) return 0;
  const remembered = Number(set.metadata.annotations?.[MAX_REPLICAS]) || deployment.status.replicas || 0;
  const isEmptied = (deployment.spec.replicas ?? 1) === 0;
  const share = isEmptied ? -sizeOf(set) : remembered === 0 ? 0 : Math.round((sizeOf(set) * allowed) / remembered) - sizeOf(set);
  return toAdd > 0 ? Math.min(share, toAdd - added) : Math.max(share, toAdd - added);
}

/** The oldest sets beyond `revisionHistoryLimit` that have neither pods nor anything left to do. */
export function planHistory(deployment: DeepReadonly<Deployment>, oldSets: readonly Set_[]): readonly Set_[] {
  const limit = deployment.spec.revisionHistoryLimit;
  if (limit === undefined || limit === 2 ** 31 - 1) return [];
  const alive = oldSets.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const surplus = [...alive].sort((one, other) => (revisionOf(one) < revisionOf(other) ? -1 : revisionOf(one) > revisionOf(other) ? 1 : 0)).slice(0, Math.max(alive.length - limit, 0));
  return surplus.filter(({ status, metadata, spec }) => status.replicas === 0 && spec.replicas === 0 && (metadata.generation ?? 0) <= (status.observedGeneration ?? 0));
}
