import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { formatTime } from '../../apimachinery/time.ts';
import type { Container, ContainerStatus, Pod, PodCondition, PodStatus, ResourceRequirements } from '../../api/generated/core-v1.ts';
import { qosClassOf } from '../containers/resources.ts';
import { isSidecar, restartsAfter } from '../pods/plan.ts';
import { readySandbox, sandboxIPs } from '../pods/pod-runtime.ts';
import { ALL_RESTARTING, containersToTakeAway, hasBegunToRestartAll, mayRestartAll, restartsAllAfter, wasTakenAway } from '../pods/restart-all.ts';
import { isStaticPod } from '../pods/static-pod.ts';
import { containerStatuses, type ContainerStatusInput } from './container-status.ts';
import { endedContainers } from './ended-containers.ts';
import { podResourceStatus } from './pod-resources.ts';

export interface PodStatusInput extends ContainerStatusInput {
  readonly nowMs: number;
  readonly hostIPs: readonly string[];
  /** What was last written: transition times and the statuses of forgotten containers are taken from it. */
  readonly before: DeepReadonly<PodStatus>;
  /** What the pod as a whole runs with. */
  readonly wholePod?: DeepReadonly<Pick<ResourceRequirements, 'requests' | 'limits'>> | undefined;
  /** Why a wish for other resources is not fulfilled. */
  readonly pendingResize?: { readonly reason: string; readonly message: string } | undefined;
  /** Containers do not run yet with what the pod was allocated. */
  readonly resize?: { readonly error?: string } | undefined;
  /** The pod failed as a whole: evicted, over its deadline, refused. */
  readonly failure?: { readonly reason: string; readonly message: string; readonly disruption?: string; readonly isRefusal?: boolean } | undefined;
}

/** The status of a pod from what the runtime has of it. Conditions of others are kept. `isOver`: it has ended, though something of it may still run. Source: pkg/kubelet, kubelet_pods; status/generate. */
export function podStatus(input: PodStatusInput): { status: PodStatus; isOver: boolean } {
  const { pod, before, runtime, hostIPs, failure } = input;
  const { spec } = pod;
  if (failure?.isRefusal) return { status: refusedStatus(input, failure), isOver: true };
  const seen = { ...input, restartingAll: !input.terminating && hasBegunToRestartAll(before) };
  const observed = {
    initStatuses: containerStatuses(seen, spec.initContainers ?? [], before.initContainerStatuses),
    mainStatuses: containerStatuses(seen, spec.containers, before.containerStatuses),
  };
  const { initStatuses, mainStatuses } = input.terminating ? endedContainers(pod, observed) : observed;
  const ephemeralStatuses = containerStatuses(input, spec.ephemeralContainers ?? [], before.ephemeralContainerStatuses);
  const phase = isTerminal(before.phase) ? before.phase : failure ? 'Failed' : finalPhase(input, podPhase(pod, initStatuses, mainStatuses, input.terminating));
  const told = endsLater(input, phase) ? { phase: before.phase ?? 'Pending', failure: undefined } : { phase, failure };
  const sandbox = readySandbox(runtime);
  const podIPs = spec.hostNetwork ? (sandbox ? [...hostIPs] : []) : sandboxIPs(sandbox);
  const keptIPs = podIPs.length > 0 ? podIPs : (before.podIPs ?? []).flatMap(({ ip }) => (ip ? [ip] : []));
  const status: PodStatus = {
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    phase: told.phase,
    conditions: conditions({ ...input, failure: told.failure }, { phase: isKeptUp(initStatuses, failure) ? 'Running' : phase, initStatuses, mainStatuses, hasSandbox: sandbox !== undefined && podIPs.length > 0 }),
    ...(told.failure ? { reason: told.failure.reason, message: told.failure.message } : { ...(before.reason && { reason: before.reason }), ...(before.message && { message: before.message }) }),
    ...(hostIPs[0] && { hostIP: hostIPs[0], hostIPs: hostIPs.map((ip) => ({ ip })) }),
    ...(keptIPs[0] && { podIP: keptIPs[0], podIPs: keptIPs.map((ip) => ({ ip })) }),
    startTime: before.startTime ?? formatTime(input.nowMs),
    ...(initStatuses.length > 0 && { initContainerStatuses: [...initStatuses] }),
    containerStatuses: byName(mainStatuses),
    ...(ephemeralStatuses.length > 0 && { ephemeralContainerStatuses: byName(ephemeralStatuses) }),
    qosClass: qosClassOf(pod),
    ...podResourceStatus(pod, input.wholePod),
  };
  return { status, isOver: isTerminal(phase) };
}

/** A pod that is down for good has ended, whatever became of it; but for those of the node itself, which come back. */
function finalPhase({ pod, terminating }: PodStatusInput, phase: string): string {
  return terminating && !isTerminal(phase) && !isStaticPod(pod) ? 'Failed' : phase;
}

/** While sidecars run a pod whose containers have ended is not over for those who look at it. */
function isKeptUp(initStatuses: readonly ContainerStatus[], failure: PodStatusInput['failure']): boolean {
  return !failure && initStatuses.some(({ state }) => state.running);
}

type Terminal = 'Succeeded' | 'Failed';

export function isTerminal(phase: string | undefined): phase is Terminal {
  return phase === 'Succeeded' || phase === 'Failed';
}

/** A pod is not told as ended while something of it runs: whoever waits for its end may take what it holds. Source: status manager, mergePodStatus. */
function endsLater({ before, runtime, terminating }: PodStatusInput, phase: string): boolean {
  return !terminating && isTerminal(phase) && !isTerminal(before.phase) && runtime.containers.some(({ state }) => state === 'CONTAINER_RUNNING');
}

/** Clients expect them in a fixed order. Source: pkg/kubelet/types, SortedContainerStatuses. */
function byName(statuses: readonly ContainerStatus[]): ContainerStatus[] {
  return statuses.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

/** Source: pkg/kubelet, rejectPod. */
function refusedStatus({ pod, before, nowMs }: PodStatusInput, { reason, message }: { readonly reason: string; readonly message: string }): PodStatus {
  return {
    ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
    phase: 'Failed', reason, message,
    conditions: (before.conditions ?? []).map((condition) => ({ ...condition })),
    startTime: before.startTime ?? formatTime(nowMs),
    qosClass: qosClassOf(pod),
  };
}

/** Source: "Pod phase"; pkg/kubelet, getPhase. */
export function podPhase(pod: DeepReadonly<Pod>, initStatuses: readonly ContainerStatus[], mainStatuses: readonly ContainerStatus[], terminating: boolean): string {
  const inits = (pod.spec.initContainers ?? []).map((container, index) => ({ container, status: initStatuses[index] }));
  const comesBack = (container: DeepReadonly<Container>, exitCode: number): boolean => !terminating && (restartsAfter(pod, container, exitCode) || restartsAllAfter(container, exitCode));
  // In a new sandbox init containers run again.
  if (inits.some(({ container, status }) => !isSidecar(container) && status?.state.running)) return 'Pending';
  const anyMainStarted = mainStatuses.some(({ state, lastState }) => state.running ?? state.terminated ?? (!wasTakenAway({ lastState }) && lastState.terminated));
  if (!anyMainStarted) {
    for (const { container, status } of inits) {
      if (isSidecar(container) || (status?.state.waiting && wasTakenAway(status))) continue;
      const end = status?.state.terminated;
      if (end && end.exitCode !== 0 && !comesBack(container, end.exitCode)) return 'Failed';
      if (!end) return 'Pending';
    }
  }
  let running = 0;
  let waiting = 0;
  let stopped = 0;
  let succeeded = 0;
  let willRestart = 0;
  pod.spec.containers.forEach((container, index) => {
    const { state, lastState } = mainStatuses[index] ?? { state: {}, lastState: {} };
    const end = state.terminated ?? (state.waiting ? lastState.terminated : undefined);
    if (state.running) running++;
    else if (end) {
      stopped++;
      if (end.exitCode === 0) succeeded++;
      if (comesBack(container, end.exitCode) || (!terminating && state.waiting && wasTakenAway({ lastState }))) willRestart++;
    } else waiting++;
  });
  if (waiting > 0) return terminating && running === 0 && stopped > 0 ? 'Failed' : 'Pending';
  if (running > 0 || willRestart > 0) return 'Running';
  if (stopped > 0) return stopped === succeeded ? 'Succeeded' : 'Failed';
  return 'Pending';
}

interface Observed {
  readonly phase: string;
  readonly initStatuses: readonly ContainerStatus[];
  readonly mainStatuses: readonly ContainerStatus[];
  readonly hasSandbox: boolean;
}

/** Conditions of the kubelet's that are only there while they are true. */
export const PASSING: ReadonlySet<string> = new Set(['PodResizePending', 'PodResizeInProgress']);

type Verdict = { readonly status: 'True' | 'False'; readonly reason?: string; readonly message?: string };

const TRUE: Verdict = { status: 'True' };

function conditions(input: PodStatusInput, observed: Observed): PodCondition[] {
  const { pod, before, nowMs } = input;
  const containersReady = readyVerdict(pod, observed);
  const { pendingResize, resize, failure } = input;
  const own: Record<string, Verdict> = {
    ...(pendingResize && { PodResizePending: { status: 'True' as const, ...pendingResize } }),
    ...(resize && { PodResizeInProgress: { status: 'True' as const, ...(resize.error !== undefined && { reason: 'Error', message: resize.error }) } }),
    PodReadyToStartContainers: { status: observed.hasSandbox && observed.phase !== 'Succeeded' && observed.phase !== 'Failed' ? 'True' : 'False' },
    Initialized: initializedVerdict(pod, observed),
    Ready: gatesVerdict(pod, before, containersReady),
    ContainersReady: containersReady,
    PodScheduled: TRUE,
    ...(mayRestartAll(pod) && { [ALL_RESTARTING]: restartingVerdict(input, observed.phase) }),
    ...(failure?.disruption !== undefined && { DisruptionTarget: { status: 'True' as const, reason: failure.disruption, message: failure.message } }),
  };
  const now = formatTime(nowMs);
  const kept = (before.conditions ?? []).filter(({ type }) => !Object.hasOwn(own, type) && !PASSING.has(type)).map((condition) => ({ ...condition }));
  const written = Object.entries(own).map(([type, { status, reason, message }]): PodCondition => {
    const last = before.conditions?.find((condition) => condition.type === type);
    return {
      type, status,
      ...(pod.metadata.generation !== undefined && { observedGeneration: pod.metadata.generation }),
      ...(reason && { reason }), ...(message && { message }),
      lastTransitionTime: last?.status === status && last.lastTransitionTime ? last.lastTransitionTime : now,
    };
  });
  return [...written, ...kept];
}

/** Source: pkg/kubelet/status, GenerateAllContainersRestartingCondition. */
function restartingVerdict({ pod, runtime, before, terminating }: PodStatusInput, phase: string): Verdict {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  if (terminating || containersToTakeAway(pod, runtime, before).length === 0) return { status: 'False' };
  return { status: 'True', reason: 'RestartAllContainersStarted', message: 'container exited with restart policy rule' };
}

function readyVerdict(pod: DeepReadonly<Pod>, { phase, initStatuses, mainStatuses }: Observed): Verdict {
  if (phase === 'Succeeded') return { status: 'False', reason: 'PodCompleted' };
  if (phase === 'Failed') return { status: 'False', reason: 'PodFailed' };
  const sidecars = (pod.spec.initContainers ?? []).flatMap((container, index) => (isSidecar(container) && initStatuses[index] ? [initStatuses[index]] : []));
  const unready = [...sidecars, ...mainStatuses].filter(({ ready }) => !ready).map(({ name }) => name);
  if (unready.length === 0) return TRUE;
  return { status: 'False', reason: 'ContainersNotReady', message: `containers with unready status: [${unready.join(' ')}]` };
}

function initializedVerdict(pod: DeepReadonly<Pod>, { phase, initStatuses, mainStatuses }: Observed): Verdict {
  if (phase === 'Succeeded') return { status: 'True', reason: 'PodCompleted' };
  if (mainStatuses.some(({ state, lastState }) => state.running ?? state.terminated ?? lastState.terminated)) return TRUE;
  const incomplete = (pod.spec.initContainers ?? []).filter((container, index) => {
    const status = initStatuses[index];
    return isSidecar(container) ? !status?.started : status?.state.terminated?.exitCode !== 0;
  });
  if (incomplete.length === 0) return TRUE;
  return { status: 'False', reason: 'ContainersNotInitialized', message: `containers with incomplete status: [${incomplete.map(({ name }) => name).join(' ')}]` };
}

function gatesVerdict(pod: DeepReadonly<Pod>, before: DeepReadonly<PodStatus>, containersReady: Verdict): Verdict {
  if (containersReady.status === 'False') return containersReady;
  const messages = (pod.spec.readinessGates ?? []).flatMap(({ conditionType }) => {
    const condition = before.conditions?.find(({ type }) => type === conditionType);
    if (!condition) return [`corresponding condition of pod readiness gate "${conditionType}" does not exist.`];
    return condition.status === 'True' ? [] : [`the status of pod readiness gate "${conditionType}" is not "True", but ${condition.status}`];
  });
  return messages.length === 0 ? TRUE : { status: 'False', reason: 'ReadinessGatesNotReady', message: messages.join(', ') };
}
