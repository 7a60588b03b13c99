import type { Node, NodeCondition, Taint } from '../../api/generated/core-v1.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { timeOf } from '../times.ts';

type NodeView = DeepReadonly<Node>;

const NOT_READY = 'node.kubernetes.io/not-ready';
const UNREACHABLE = 'node.kubernetes.io/unreachable';
/** The conditions that become Unknown together when a node falls silent. */
const REPORTED = ['Ready', 'MemoryPressure', 'DiskPressure', 'PIDPressure'];

/** Which condition, at which status, keeps new pods away with which taint. Source: node_lifecycle_controller.go, nodeConditionToTaintKeyStatusMap. */
const CONDITION_TAINTS: readonly { readonly type: string; readonly status: string; readonly key: string }[] = [
  { type: 'Ready', status: 'False', key: NOT_READY },
  { type: 'Ready', status: 'Unknown', key: UNREACHABLE },
  { type: 'MemoryPressure', status: 'True', key: 'node.kubernetes.io/memory-pressure' },
  { type: 'DiskPressure', status: 'True', key: 'node.kubernetes.io/disk-pressure' },
  { type: 'NetworkUnavailable', status: 'True', key: 'node.kubernetes.io/network-unavailable' },
  { type: 'PIDPressure', status: 'True', key: 'node.kubernetes.io/pid-pressure' },
];
const UNSCHEDULABLE = 'node.kubernetes.io/unschedulable';

export function conditionOf(node: NodeView, type: string): DeepReadonly<NodeCondition> | undefined {
  return node.status.conditions?.find((condition) => condition.type === type);
}

export function readyStatus(node: NodeView): string {
  return conditionOf(node, 'Ready')?.status ?? 'Unknown';
}

/** The conditions of a node that has not reported in time; undefined when `Ready` says so already: what the others say then is left to them. */
export function silentConditions(node: NodeView, nowMs: number): NodeCondition[] | undefined {
  if (conditionOf(node, 'Ready')?.status === 'Unknown') return undefined;
  const now = timeOf(nowMs);
  const conditions = (node.status.conditions ?? []).map((condition) => {
    if (!REPORTED.includes(condition.type) || condition.status === 'Unknown') return condition;
    return { ...condition, status: 'Unknown', reason: 'NodeStatusUnknown', message: 'Kubelet stopped posting node status.', lastTransitionTime: now };
  });
  const missing = REPORTED.filter((type) => !conditionOf(node, type)).map((type) => ({
    type,
    status: 'Unknown',
    reason: 'NodeStatusNeverUpdated',
    message: 'Kubelet never posted node status.',
    lastHeartbeatTime: node.metadata.creationTimestamp,
    lastTransitionTime: now,
  }));
  return [...conditions, ...missing];
}

/**
 * The taints that the node is to have; undefined when it has them. NoSchedule follows from conditions and `spec.unschedulable` at once;
 * `mayEvict` says whether NoExecute may be added, which drives pods away and is done at a limited rate; `stopEvictions` takes it off again.
 */
export function planTaints(node: NodeView, evictions: { readonly mayEvict: boolean; readonly stopEvictions: boolean }, nowMs: number): Taint[] | undefined {
  const observed = node.spec.taints ?? [];
  const wanted = new Map<string, Taint>();
  const want = (key: string, effect: string, isNew: boolean): void => {
    const known = observed.find((taint) => taint.key === key && taint.effect === effect);
    if (known || isNew) wanted.set(`${key}:${effect}`, known ?? { key, effect, timeAdded: timeOf(nowMs) });
  };
  for (const { type, status, key } of CONDITION_TAINTS) if (conditionOf(node, type)?.status === status) want(key, 'NoSchedule', true);
  if (node.spec.unschedulable) want(UNSCHEDULABLE, 'NoSchedule', true);
  const evicting = evictionTaintOf(node);
  if (evicting && !evictions.stopEvictions) want(evicting, 'NoExecute', evictions.mayEvict);
  const others = observed.filter((taint) => !isOurs(taint));
  const taints = [...others, ...wanted.values()];
  const isSame = taints.length === observed.length && taints.every((taint) => observed.includes(taint));
  return isSame ? undefined : taints;
}

/** The taint that drives pods from the node; undefined when it is ready. */
function evictionTaintOf(node: NodeView): string | undefined {
  const status = conditionOf(node, 'Ready')?.status;
  return status === 'False' ? NOT_READY : status === 'Unknown' ? UNREACHABLE : undefined;
}

/** Whether the node is to be emptied and does not have the taint for it yet. */
export function lacksEvictionTaint(node: NodeView): boolean {
  const key = evictionTaintOf(node);
  return key !== undefined && !(node.spec.taints ?? []).some((taint) => taint.key === key && taint.effect === 'NoExecute');
}

function isOurs({ key, effect }: DeepReadonly<Taint>): boolean {
  if (effect === 'NoExecute') return key === NOT_READY || key === UNREACHABLE;
  return effect === 'NoSchedule' && (key === UNSCHEDULABLE || CONDITION_TAINTS.some((one) => one.key === key));
}

/** Labels that old clients read, each with the one that it follows. */
const FOLLOWING_LABELS: readonly (readonly [string, string])[] = [['beta.kubernetes.io/os', 'kubernetes.io/os'], ['beta.kubernetes.io/arch', 'kubernetes.io/arch']];

/** The labels that the node lacks, or that say something else than those they follow; undefined when there are none. Source: node_lifecycle_controller.go, reconcileNodeLabels. */
export function planLabels({ metadata: { labels = {} } }: NodeView): Record<string, string> | undefined {
  const wanted = FOLLOWING_LABELS.flatMap(([label, source]) => (labels[source] !== undefined && labels[label] !== labels[source] ? [[label, labels[source]] as const] : []));
  return wanted.length > 0 ? Object.fromEntries(wanted) : undefined;
}
