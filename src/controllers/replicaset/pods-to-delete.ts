import type { Pod } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { isPodReady, podCondition } from '../../component-helpers/pod-state.ts';

type Pod_ = DeepReadonly<Pod>;

const PHASE_ORDER: Readonly<Record<string, number>> = { Pending: 0, Unknown: 1, Running: 2 };
const DELETION_COST = 'controller.kubernetes.io/pod-deletion-cost';

/** Looked up once a pod: sorting asks for them many times. */
interface Ranked {
  readonly pod: Pod_;
  /** What is compared before the time since when it is ready, first to last; the lower goes first. */
  readonly state: readonly number[];
  /** In ms since 1970; infinite: none, which counts as youngest. */
  readonly readyMs: number;
  /** Of its containers, and of its sidecars. */
  readonly restarts: readonly [number, number];
  readonly createdMs: number;
}

/**
 * The `count` pods that are missed least, in this order: unbound, pending, not ready, cheaper (`pod-deletion-cost`), beside more pods of
 * `related` on its node, ready for less time, restarted more often (sidecars last), younger. Times count by their power of two, so that which of
 * two pods of about the same age goes is not always the younger: their uids decide. Source: pkg/controller, ActivePodsWithRanks; KEP-2185.
 */
export function podsToDelete(pods: readonly Pod_[], related: readonly Pod_[], count: number, nowMs: number): readonly Pod_[] {
  const onNode = new Map<string, number>();
  for (const { spec } of related) if (spec.nodeName) onNode.set(spec.nodeName, (onNode.get(spec.nodeName) ?? 0) + 1);
  const byTime = (one: number, other: number, byUid: number): number => (one === other ? 0 : ageRank(one, nowMs) - ageRank(other, nowMs) || byUid);
  return firstOf(pods, count, (pod) => [deletionCost(pod), -(onNode.get(pod.spec.nodeName ?? '') ?? 0)], byTime);
}

/** The `count` pods of a Job that go first: as above, but by their exact age, and whatever they cost and stand beside. Source: pkg/controller, ActivePods. */
export function youngestToDelete(pods: readonly Pod_[], count: number): readonly Pod_[] {
  return firstOf(pods, count, () => [], (one, other) => (one === other ? 0 : other - one));
}

function firstOf(pods: readonly Pod_[], count: number, stateOf: (pod: Pod_) => readonly number[], byTime: (one: number, other: number, byUid: number) => number): readonly Pod_[] {
  if (count >= pods.length) return pods;
  const ranked = pods.map((pod) => rankedOf(pod, stateOf(pod)));
  const compare = (one: Ranked, other: Ranked): number => {
    const byUid = one.pod.metadata.uid < other.pod.metadata.uid ? -1 : 1;
    return compareNumbers(one.state, other.state) || byTime(one.readyMs, other.readyMs, byUid) || compareNumbers(other.restarts, one.restarts) || byTime(one.createdMs, other.createdMs, byUid) || byUid;
  };
  return ranked.sort(compare).slice(0, count).map(({ pod }) => pod);
}

function rankedOf(pod: Pod_, state: readonly number[]): Ranked {
  const { spec, status, metadata } = pod;
  const isReady = isPodReady(pod);
  return {
    pod,
    state: [spec.nodeName ? 1 : 0, PHASE_ORDER[status.phase ?? ''] ?? 0, isReady ? 1 : 0, ...state],
    readyMs: isReady ? timeMs(podCondition(pod, 'Ready')?.lastTransitionTime) : 0,
    restarts: [mostRestarts(status.containerStatuses), mostRestarts(sidecarsOf(pod))],
    createdMs: timeMs(metadata.creationTimestamp),
  };
}

function timeMs(time: string | undefined): number {
  return time === undefined ? Infinity : Date.parse(time);
}

function compareNumbers(one: readonly number[], other: readonly number[]): number {
  for (let index = 0; index < one.length; index++) {
    const difference = (one[index] ?? 0) - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** An annotation that is no whole number in the range counts as none. */
function deletionCost(pod: Pod_): number {
  const text = pod.metadata.annotations?.[DELETION_COST] ?? '';
  const cost = /^(0|-?[1-9]\d*)$/.test(text) ? Number(text) : 0;
  return cost >= -(2 ** 31) && cost < 2 ** 31 ? cost : 0;
}

/** Power of two of the age in nanoseconds. */
function ageRank(sinceMs: number, nowMs: number): number {
  if (sinceMs === Infinity) return -2;
  return sinceMs >= nowMs ? -1 : Math.floor(Math.log2((nowMs - sinceMs) * 1e6));
}

function sidecarsOf({ spec, status }: Pod_): Pod_['status']['initContainerStatuses'] {
  const names = new Set(spec.initContainers?.filter(({ restartPolicy }) => restartPolicy === 'Always').map(({ name }) => name));
  return status.initContainerStatuses?.filter(({ name }) => names.has(name));
}

function mostRestarts(statuses: Pod_['status']['containerStatuses'] = []): number {
  return Math.max(0, ...statuses.map(({ restartCount }) => restartCount));
}
