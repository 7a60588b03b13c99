import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Container, EphemeralContainer, Pod } from '../../api/generated/core-v1.ts';
import { CONTAINER_HASH, containerHash } from '../containers/labels.ts';
import { containersNamed, readySandbox, restartCountOf, sandboxIPs, type PodRuntime, type RuntimeContainer } from './pod-runtime.ts';
import { wasLost } from '../status/ended-containers.ts';
import { podText } from './pod-reference.ts';
import { actionAfter, containersToTakeAway, restartTriggers, wasTakenAway } from './restart-all.ts';
import { durationText, restartKey, type RestartBackOff } from './restart-back-off.ts';

/** What the probes say of a running container. */
export interface ProbeVerdict {
  /** Its startup probe has succeeded, or it has none. */
  readonly started: boolean;
  /** Why it must be restarted. */
  readonly failed?: 'startup' | 'liveness';
}

export interface PlanInput {
  /** With the status that was last told of it. */
  readonly pod: DeepReadonly<Pod>;
  readonly runtime: PodRuntime;
  readonly backOff: RestartBackOff;
  readonly nowMs: number;
  readonly probe: (containerName: string, containerId: string) => ProbeVerdict;
  /** Whether a running container must start anew to have the resources that it was given. */
  readonly restartsToResize: (container: DeepReadonly<Container>) => boolean;
}

export type ContainerKind = 'init' | 'main' | 'ephemeral';

export interface StartAction {
  readonly container: DeepReadonly<Container>;
  readonly kind: ContainerKind;
  readonly restartCount: number;
  /** For an ephemeral container: whose processes it sees. */
  readonly targetContainerName?: string;
}

export interface KillAction {
  readonly containerId: string;
  readonly containerName: string;
  readonly message: string;
}

/** What makes the runtime's pod as the API wants it, in this order: stop the old sandbox, make a new one, kill, start. */
export interface PodPlan {
  /** All containers of the pod restart: these must be stopped and removed, in this order, before anything else happens. */
  readonly takeAway?: readonly RuntimeContainer[];
  /** The pod must lose its sandboxes and everything in them before anything else happens. */
  readonly stopSandbox: boolean;
  readonly createSandbox?: { readonly attempt: number };
  readonly kill: readonly KillAction[];
  readonly start: readonly StartAction[];
  /** Why containers wait that are held back. */
  readonly waiting: ReadonlyMap<string, { readonly reason: string; readonly message: string }>;
  /** When to plan again though nothing has happened. */
  readonly againAtMs?: number;
}

class Draft {
  readonly kill: KillAction[] = [];
  readonly start: StartAction[] = [];
  readonly waiting = new Map<string, { reason: string; message: string }>();
  againAtMs: number | undefined;
  readonly input: PlanInput;

  constructor(input: PlanInput) {
    this.input = input;
  }

  /** Starts a container anew, unless it is held back because it has ended too often. */
  restart(container: DeepReadonly<Container>, kind: ContainerKind, last: RuntimeContainer | undefined): void {
    if (this.isHeldBack(container, last)) return;
    this.start.push({ container, kind, restartCount: nextRestartCount(this.input.pod, container.name, last) });
  }

  /** How long it is held back counts from the end of the one before: its own end is only now. Source: kuberuntime, doBackOff. */
  killAndRestart(container: DeepReadonly<Container>, kind: ContainerKind, running: RuntimeContainer, message: string): void {
    this.kill.push({ containerId: running.id, containerName: container.name, message });
    if (this.isHeldBack(container, containersNamed(this.input.runtime, container.name).find(({ state }) => state === 'CONTAINER_EXITED'))) return;
    this.start.push({ container, kind, restartCount: restartCountOf(running) + 1 });
  }

  isHeldBack(container: DeepReadonly<Container>, ended: RuntimeContainer | undefined): boolean {
    if (ended?.state !== 'CONTAINER_EXITED') return false;
    const { pod, backOff, nowMs } = this.input;
    const held = backOff.heldUntil(restartKey(pod, container), ended.finishedAt / 1e6);
    if (!held || held.untilMs <= nowMs) return false;
    const message = `back-off ${durationText(held.backOffMs)} restarting failed container=${container.name} pod=${podText(pod)}`;
    this.waiting.set(container.name, { reason: 'CrashLoopBackOff', message });
    this.againAtMs = Math.min(this.againAtMs ?? Infinity, held.untilMs);
    return true;
  }
}

export function isSidecar(container: DeepReadonly<Container>): boolean {
  return container.restartPolicy === 'Always';
}

/** One more than the newest that the runtime has, or than the API says where the runtime has forgotten. */
function nextRestartCount(pod: DeepReadonly<Pod>, name: string, last: RuntimeContainer | undefined): number {
  if (last) return restartCountOf(last) + 1;
  const told = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])].find((status) => status.name === name);
  const ran = told?.state?.running ?? told?.state?.terminated ?? told?.lastState?.terminated;
  if (!told || !ran) return 0;
  return told.state?.waiting && (wasTakenAway(told) || wasLost(told)) ? told.restartCount : told.restartCount + 1; // counted when it went
}

/** Whether one that ended with `exitCode` starts again. A container's own policy (sidecars, KEP-5307) goes before the pod's. */
export function restartsAfter(pod: DeepReadonly<Pod>, container: DeepReadonly<Container>, exitCode: number): boolean {
  if (actionAfter(container, exitCode) === 'Restart') return true;
  const policy = container.restartPolicy ?? pod.spec.restartPolicy ?? 'Always';
  return policy === 'Always' || (policy === 'OnFailure' && exitCode !== 0);
}

export function planPod(input: PlanInput): PodPlan {
  const { pod, runtime } = input;
  const takeAway = containersToTakeAway(pod, runtime, pod.status);
  if (takeAway.length > 0) return planToRestartAll(new Draft(input), takeAway);
  const sandbox = readySandbox(runtime);
  if (!sandbox || (!pod.spec.hostNetwork && sandboxIPs(sandbox).length === 0)) return planNewSandbox(input);
  const draft = new Draft(input);
  planEphemeral(draft, sandbox.id);
  if (planInit(draft, sandbox.id)) for (const container of pod.spec.containers) planMain(draft, container, sandbox.id);
  return { stopSandbox: false, kill: draft.kill, start: draft.start, waiting: draft.waiting, ...(draft.againAtMs !== undefined && { againAtMs: draft.againAtMs }) };
}

/** What restarts all too often is held back as if it alone restarted. Source: KEP-5532, "Unintended Pod Restart Loops". */
function planToRestartAll(draft: Draft, takeAway: readonly RuntimeContainer[]): PodPlan {
  const { pod, runtime } = draft.input;
  for (const { container, ended } of restartTriggers(pod, runtime)) draft.isHeldBack(container, ended);
  const nothing = { stopSandbox: false, kill: [], start: [], waiting: draft.waiting };
  return draft.againAtMs === undefined ? { ...nothing, takeAway } : { ...nothing, againAtMs: draft.againAtMs };
}

/** Nothing of the pod is there, or its sandbox died: everything that is not done starts over in a new one, init containers first. */
function planNewSandbox({ pod, runtime }: PlanInput): PodPlan {
  const nothing = { stopSandbox: runtime.sandboxes.length > 0, kill: [], start: [], waiting: new Map() };
  const attempt = runtime.sandboxes[0] ? runtime.sandboxes[0].metadata.attempt + 1 : 0;
  const unfinished = pod.spec.containers.filter((container) => {
    const last = containersNamed(runtime, container.name)[0];
    return last?.state !== 'CONTAINER_EXITED' || restartsAfter(pod, container, last.exitCode);
  });
  const isOver = attempt > 0 && runtime.containers.length > 0 && (unfinished.length === 0 || (pod.spec.restartPolicy === 'Never' && allEnded(pod, runtime)));
  if (isOver) return nothing;
  const [first] = pod.spec.initContainers ?? [];
  const begin = first ? [{ container: first, kind: 'init' as const }] : unfinished.map((container) => ({ container, kind: 'main' as const }));
  const start = begin.map((one) => ({ ...one, restartCount: nextRestartCount(pod, one.container.name, containersNamed(runtime, one.container.name)[0]) }));
  return { ...nothing, createSandbox: { attempt }, start };
}

function allEnded(pod: DeepReadonly<Pod>, runtime: PodRuntime): boolean {
  return pod.spec.containers.some(({ name }) => containersNamed(runtime, name)[0]?.state === 'CONTAINER_EXITED');
}

function planEphemeral(draft: Draft, sandboxId: string): void {
  const { pod, runtime } = draft.input;
  for (const ephemeral of pod.spec.ephemeralContainers ?? []) {
    if (containersNamed(runtime, ephemeral.name).some(({ podSandboxId }) => podSandboxId === sandboxId)) continue;
    const { targetContainerName } = ephemeral;
    draft.start.push({ container: ephemeral as DeepReadonly<EphemeralContainer>, kind: 'ephemeral', restartCount: 0, ...(targetContainerName && { targetContainerName }) });
  }
}

/** Whether the containers of the pod may run: every init container has ended well, every sidecar has started. */
function planInit(draft: Draft, sandboxId: string): boolean {
  const { pod, runtime, probe, restartsToResize } = draft.input;
  const initialized = pod.spec.containers.some(({ name }) => containersNamed(runtime, name).some((one) => one.podSandboxId === sandboxId));
  for (const container of pod.spec.initContainers ?? []) {
    const last = containersNamed(runtime, container.name)[0];
    const current = last?.podSandboxId === sandboxId ? last : undefined;
    if (!isSidecar(container)) {
      if (initialized || (current?.state === 'CONTAINER_EXITED' && current.exitCode === 0)) continue;
      planPendingInit(draft, container, current, last);
      return false;
    }
    if (current?.state === 'CONTAINER_RUNNING') {
      const verdict = probe(container.name, current.id);
      if (verdict.failed) draft.killAndRestart(container, 'init', current, `Init container ${container.name} failed ${verdict.failed} probe`);
      else if (restartsToResize(container)) draft.killAndRestart(container, 'init', current, resizeKillMessage(container.name));
      else if (verdict.started) continue;
    } else if (current?.state !== 'CONTAINER_CREATED') draft.restart(container, 'init', last);
    else draft.killAndRestart(container, 'init', current, strayKillMessage('Init container', current));
    if (!initialized) return false;
  }
  return true;
}

function planPendingInit(draft: Draft, container: DeepReadonly<Container>, current: RuntimeContainer | undefined, last: RuntimeContainer | undefined): void {
  if (current?.state === 'CONTAINER_RUNNING') return;
  if (current?.state === 'CONTAINER_EXITED' && !restartsAfter(draft.input.pod, container, current.exitCode)) return; // the pod has failed
  if (current?.state === 'CONTAINER_CREATED' || current?.state === 'CONTAINER_UNKNOWN') {
    draft.killAndRestart(container, 'init', current, strayKillMessage('Init container', current));
  } else draft.restart(container, 'init', last);
}

function planMain(draft: Draft, container: DeepReadonly<Container>, sandboxId: string): void {
  const { pod, runtime, probe, restartsToResize } = draft.input;
  const last = containersNamed(runtime, container.name)[0];
  const current = last?.podSandboxId === sandboxId ? last : undefined;
  switch (current?.state) {
    case 'CONTAINER_RUNNING': {
      if (current.annotations[CONTAINER_HASH] !== containerHash(container)) {
        draft.killAndRestart(container, 'main', current, `Container ${container.name} definition changed, will be restarted`);
        return;
      }
      if (restartsToResize(container)) {
        draft.killAndRestart(container, 'main', current, resizeKillMessage(container.name));
        return;
      }
      const { failed } = probe(container.name, current.id);
      if (!failed) return;
      const restarts = restartsAfter(pod, container, 1);
      const message = `Container ${container.name} failed ${failed} probe${restarts ? ', will be restarted' : ''}`;
      if (restarts) draft.killAndRestart(container, 'main', current, message);
      else draft.kill.push({ containerId: current.id, containerName: container.name, message });
      return;
    }
    case 'CONTAINER_EXITED':
      if (restartsAfter(pod, container, current.exitCode)) draft.restart(container, 'main', current);
      return;
    case 'CONTAINER_CREATED':
    case 'CONTAINER_UNKNOWN':
      draft.killAndRestart(container, 'main', current, strayKillMessage('Container', current));
      return;
    default:
      if (last?.state === 'CONTAINER_EXITED' && !restartsAfter(pod, container, last.exitCode)) return;
      draft.restart(container, 'main', last);
  }
}

function resizeKillMessage(name: string): string {
  return `Container ${name} resize requires restart`;
}

/** Of a container of which the runtime does not say that it runs or has ended. Source: kuberuntime, computePodActions. */
function strayKillMessage(what: string, { state }: RuntimeContainer): string {
  return `${what} is in "${state === 'CONTAINER_CREATED' ? 'created' : 'unknown'}" state, try killing it before restart`;
}
