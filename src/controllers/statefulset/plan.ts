import type { StatefulSet, StatefulSetStatus } from '../../api/generated/apps-v1.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { isPodAvailable, isPodReady, isPodTerminal } from '../../component-helpers/pod-state.ts';
import { ordinalOf, ordinalsOf, revisionOf } from './identity.ts';

type Pod_ = DeepReadonly<Pod>;
type Set_ = DeepReadonly<StatefulSet>;

export interface StatefulView {
  readonly set: Set_;
  readonly pods: readonly Pod_[];
  /** Names of the revision that pods are moved from, and to. */
  readonly current: string;
  readonly update: string;
  readonly nowMs: number;
}

export interface StatefulPlan {
  readonly create: readonly { readonly ordinal: number; readonly revision: string }[];
  readonly delete: readonly { readonly pod: Pod_; readonly why: 'ended' | 'condemned' | 'outdated' }[];
  readonly status: StatefulSetStatus;
}

const isGoing = ({ metadata }: Pod_): boolean => metadata.deletionTimestamp !== undefined;
const isRunningAndReady = (pod: Pod_): boolean => pod.status.phase === 'Running' && isPodReady(pod);

/** One step towards pods 0 to n - 1, in order unless the policy is Parallel: the next begins when the one before is available. Source: updateStatefulSet. */
export function planStateful(view: StatefulView): StatefulPlan {
  const { set } = view;
  const plan: { create: StatefulPlan['create'][number][]; delete: StatefulPlan['delete'][number][] } = { create: [], delete: [] };
  if (set.metadata.deletionTimestamp === undefined) {
    const isWhole = staff(view, plan) && condemn(view, plan);
    if (isWhole && plan.create.length + plan.delete.length === 0) rollOn(view, plan);
  }
  return { ...plan, status: statusOf(view) };
}

function isInOrder({ spec }: Set_): boolean {
  return spec.podManagementPolicy !== 'Parallel';
}

function isHealthy({ set, nowMs }: StatefulView, pod: Pod_): boolean {
  return isRunningAndReady(pod) && !isGoing(pod) && isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs);
}

function byOrdinal({ set, pods }: StatefulView): Map<number, Pod_> {
  const found = new Map<number, Pod_>();
  for (const pod of pods) {
    const ordinal = ordinalOf(set, pod);
    if (ordinal !== undefined) found.set(ordinal, pod);
  }
  return found;
}

/** Which revision a pod that is made anew gets: below the partition, or where the rolling update has not been, the old one. */
function revisionFor({ set, current, update, pods }: StatefulView, ordinal: number): string {
  if (current === update || set.spec.updateStrategy.type !== 'RollingUpdate') return update;
  const { first } = ordinalsOf(set);
  const { rollingUpdate } = set.spec.updateStrategy;
  const partition = rollingUpdate ? (rollingUpdate.partition ?? 0) : pods.filter((pod) => revisionOf(pod) === current).length;
  return ordinal < first + partition ? current : update;
}

type Steps = { create: StatefulPlan['create'][number][]; delete: StatefulPlan['delete'][number][] };

/** False: the order says to wait. */
function staff(view: StatefulView, plan: Steps): boolean {
  const { set } = view;
  const present = byOrdinal(view);
  const { first, end } = ordinalsOf(set);
  for (let ordinal = first; ordinal < end; ordinal++) {
    const pod = present.get(ordinal);
    if (!pod) {
      plan.create.push({ ordinal, revision: revisionFor(view, ordinal) });
      if (isInOrder(set)) return false;
    } else if (isPodTerminal(pod)) {
      if (!isGoing(pod)) plan.delete.push({ pod, why: 'ended' });
      if (isInOrder(set)) return false;
    } else if (isInOrder(set) && !isHealthy(view, pod)) return false;
  }
  return true;
}

/** Takes away what is beyond the replicas, the highest first. */
function condemn(view: StatefulView, plan: Steps): boolean {
  const { set } = view;
  const { first, end } = ordinalsOf(set);
  const present = [...byOrdinal(view)].sort(([one], [other]) => one - other);
  const isCondemned = ([ordinal]: readonly [number, Pod_]): boolean => ordinal < first || ordinal >= end;
  const condemned = present.filter(isCondemned).toReversed();
  const wantedFirst = [...present.filter((one) => !isCondemned(one)), ...present.filter(isCondemned)];
  const firstUnhealthy = wantedFirst.find(([, pod]) => !isHealthy(view, pod))?.[1];
  for (const [, pod] of condemned) {
    if (isGoing(pod)) {
      if (isInOrder(set)) return false;
      continue;
    }
    if (isInOrder(set) && !isHealthy(view, pod) && pod !== firstUnhealthy) return false;
    plan.delete.push({ pod, why: 'condemned' });
    if (isInOrder(set)) return false;
  }
  return true;
}

/**
 * Deletes pods of an older revision from the highest ordinal down to the partition, one at a time: the next once those above it are healthy, whatever becomes of
 * those below. MaxUnavailableStatefulSet, which would take more at a time, is off in 1.36.
 */
function rollOn(view: StatefulView, plan: Steps): void {
  const { set, update } = view;
  if (set.spec.updateStrategy.type !== 'RollingUpdate') return;
  const { partition = 0 } = set.spec.updateStrategy.rollingUpdate ?? {};
  const { first, end } = ordinalsOf(set);
  const present = byOrdinal(view);
  for (let ordinal = end - 1; ordinal >= first + partition; ordinal--) {
    const pod = present.get(ordinal);
    if (!pod) continue;
    if (revisionOf(pod) !== update && !isGoing(pod)) {
      plan.delete.push({ pod, why: 'outdated' });
      return;
    }
    if (!isHealthy(view, pod)) return;
  }
}

function statusOf(view: StatefulView): StatefulSetStatus {
  const { set, pods, current, update, nowMs } = view;
  const created = pods.filter(({ status }) => status.phase);
  const ready = created.filter(isRunningAndReady);
  const ofRevision = (revision: string): number => created.filter((pod) => !isGoing(pod) && revisionOf(pod) === revision).length;
  const counts = {
    replicas: created.length,
    readyReplicas: ready.length,
    availableReplicas: ready.filter((pod) => isPodAvailable(pod, set.spec.minReadySeconds ?? 0, nowMs)).length,
    currentReplicas: ofRevision(current),
    updatedReplicas: ofRevision(update),
  };
  const isThrough = set.spec.updateStrategy.type === 'RollingUpdate' && counts.updatedReplicas === counts.replicas && counts.readyReplicas === counts.replicas && counts.replicas === (set.spec.replicas ?? 1);
  const { collisionCount, conditions } = set.status;
  return {
    ...counts,
    ...(isThrough && { currentReplicas: counts.updatedReplicas }),
    observedGeneration: set.metadata.generation ?? 0,
    currentRevision: isThrough ? update : current,
    updateRevision: update,
    collisionCount: collisionCount ?? 0,
    ...(conditions && { conditions: conditions.map((condition) => ({ ...condition })) }),
  };
}
