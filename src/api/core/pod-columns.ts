/** How `kubectl get pods` reads. Source: kubernetes pkg/printers/internalversion, printPod. */
import { timeSince } from '../../apimachinery/human-duration.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { ageColumn, nameColumn, textColumn, wideColumn } from '../columns.ts';
import type { ContainerStateTerminated, ContainerStatus, Pod } from '../generated/core-v1.ts';
import type { Column, RowCondition } from '../kind.ts';

const NODE_TEXT =
  'NodeName indicates in which node this pod is scheduled. If empty, this pod is a candidate for scheduling by the scheduler defined in schedulerName. Once this field is set, the kubelet for this node becomes responsible for the lifecycle of this pod. This field should not be used to express a desire for the pod to be scheduled on a specific node. https://kubernetes.io/docs/concepts/scheduling-eviction/assign-pod-node/#nodename';
const NOMINATED_TEXT =
  'nominatedNodeName is set only when this pod preempts other pods on the node, but it cannot be scheduled right away as preemption victims receive their graceful termination periods. This field does not guarantee that the pod will be scheduled on this node. Scheduler may decide to place the pod elsewhere if other nodes become available sooner. Scheduler may also decide to give the resources on this node to a higher priority pod that is created after preemption. As a result, this field may be different than PodSpec.nodeName when the pod is scheduled.';
const GATES_TEXT =
  'If specified, all readiness gates will be evaluated for pod readiness. A pod is ready when all its containers are ready AND all conditions specified in the readiness gates have status equal to "True" More info: https://git.k8s.io/enhancements/keps/sig-network/580-pod-readiness-gates';

interface Restarts {
  readonly count: number;
  /** When the last of them ended, as RFC 3339. */
  readonly last: string | undefined;
}

const NO_RESTARTS: Restarts = { count: 0, last: undefined };

interface PodSummary {
  readonly ready: number;
  readonly total: number;
  readonly reason: string;
  readonly restarts: Restarts;
}

type ReadonlyPod = DeepReadonly<Pod>;
type ReadonlyStatus = DeepReadonly<ContainerStatus>;

function later(restarts: Restarts, status: ReadonlyStatus): Restarts {
  const finished = status.lastState?.terminated?.finishedAt;
  const isLater = finished !== undefined && (restarts.last === undefined || Date.parse(finished) > Date.parse(restarts.last));
  return { count: restarts.count + status.restartCount, last: isLater ? finished : restarts.last };
}

function terminationText(terminated: DeepReadonly<ContainerStateTerminated>): string {
  if (terminated.reason) return terminated.reason;
  return terminated.signal ? `Signal:${terminated.signal}` : `ExitCode:${terminated.exitCode}`;
}

interface InitSummary {
  /** What holds the pod up; absent when nothing does. */
  readonly reason?: string;
  readonly ready: number;
  readonly restarts: Restarts;
  /** Of init containers that run beside the others. */
  readonly sidecarRestarts: Restarts;
}

function summarizeInit(pod: ReadonlyPod, isSidecar: (name: string) => boolean): InitSummary {
  let ready = 0;
  let restarts = NO_RESTARTS;
  let sidecarRestarts = NO_RESTARTS;
  for (const [i, status] of (pod.status.initContainerStatuses ?? []).entries()) {
    const { waiting, terminated } = status.state ?? {};
    restarts = later(restarts, status);
    if (isSidecar(status.name)) sidecarRestarts = later(sidecarRestarts, status);
    if (terminated?.exitCode === 0) continue;
    if (isSidecar(status.name) && status.started) {
      if (status.ready) ready++;
      continue;
    }
    const waits = waiting?.reason && waiting.reason !== 'PodInitializing' ? waiting.reason : undefined;
    const detail = terminated ? terminationText(terminated) : (waits ?? `${i}/${(pod.spec.initContainers ?? []).length}`);
    return { reason: `Init:${detail}`, ready, restarts, sidecarRestarts };
  }
  return { ready, restarts, sidecarRestarts };
}

function hasCondition(pod: ReadonlyPod, type: string): boolean {
  return (pod.status.conditions ?? []).some((condition) => condition.type === type && condition.status === 'True');
}

function summarizeContainers(pod: ReadonlyPod, start: PodSummary): PodSummary {
  let { reason, restarts, ready } = start;
  let isRunning = false;
  for (const status of [...(pod.status.containerStatuses ?? [])].reverse()) {
    const { waiting, terminated, running } = status.state ?? {};
    restarts = later(restarts, status);
    if (waiting?.reason) reason = waiting.reason;
    else if (terminated) reason = terminationText(terminated);
    else if (status.ready && running) {
      isRunning = true;
      ready++;
    }
  }
  // A finished container beside running ones does not end the pod.
  if (reason === 'Completed' && isRunning) reason = hasCondition(pod, 'Ready') ? 'Running' : 'NotReady';
  return { ...start, reason, restarts, ready };
}

function startReason({ status }: ReadonlyPod): string {
  const isGated = (status.conditions ?? []).some((one) => one.type === 'PodScheduled' && one.reason === 'SchedulingGated');
  return isGated ? 'SchedulingGated' : status.reason || status.phase || '';
}

function summarize(pod: ReadonlyPod): PodSummary {
  const sidecars = new Set((pod.spec.initContainers ?? []).filter((one) => one.restartPolicy === 'Always').map((one) => one.name));
  const init = summarizeInit(pod, (name) => sidecars.has(name));
  let summary: PodSummary = {
    ready: init.ready, total: (pod.spec.containers ?? []).length + sidecars.size, reason: init.reason ?? startReason(pod), restarts: init.restarts,
  };
  if (init.reason === undefined || hasCondition(pod, 'Initialized')) summary = summarizeContainers(pod, { ...summary, restarts: init.sidecarRestarts });
  if (pod.metadata.deletionTimestamp === undefined) return summary;
  if (pod.status.reason === 'NodeLost') return { ...summary, reason: 'Unknown' };
  const isOver = pod.status.phase === 'Failed' || pod.status.phase === 'Succeeded';
  return isOver ? summary : { ...summary, reason: 'Terminating' };
}

function restartsText({ count, last }: Restarts, nowMs: number): string {
  return count !== 0 && last !== undefined ? `${count} (${timeSince(last, nowMs)} ago)` : String(count);
}

function gatesText(pod: ReadonlyPod): string {
  const gates = pod.spec.readinessGates ?? [];
  return gates.length === 0 ? '<none>' : `${gates.filter((gate) => hasCondition(pod, gate.conditionType)).length}/${gates.length}`;
}

export const podColumns: readonly Column<Pod>[] = [
  nameColumn,
  textColumn<Pod>('Ready', 'The aggregate readiness state of this pod for accepting traffic.', (pod) => {
    const { ready, total } = summarize(pod);
    return `${ready}/${total}`;
  }),
  textColumn<Pod>('Status', 'The aggregate status of the containers in this pod.', (pod) => summarize(pod).reason),
  textColumn<Pod>(
    'Restarts',
    'The number of times the containers in this pod have been restarted and when the last container in this pod has restarted.',
    (pod, nowMs) => restartsText(summarize(pod).restarts, nowMs),
  ),
  ageColumn,
  wideColumn<Pod>('IP', 'podIP address allocated to the pod. Routable at least within the cluster. Empty if not yet allocated.', (pod) => pod.status.podIPs?.[0]?.ip || '<none>'),
  wideColumn<Pod>('Node', NODE_TEXT, (pod) => pod.spec.nodeName || '<none>'),
  wideColumn<Pod>('Nominated Node', NOMINATED_TEXT, (pod) => pod.status.nominatedNodeName || '<none>'),
  wideColumn<Pod>('Readiness Gates', GATES_TEXT, gatesText),
];

const SUCCEEDED: readonly RowCondition[] = [{ type: 'Completed', status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' }];
const FAILED: readonly RowCondition[] = [{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }];

/** Of pods that have ended. */
export function podRowConditions({ status }: ReadonlyPod): readonly RowCondition[] | undefined {
  return status.phase === 'Succeeded' ? SUCCEEDED : status.phase === 'Failed' ? FAILED : undefined;
}
