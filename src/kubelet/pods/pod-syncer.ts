import { WHOLE_POD } from '../allocation/resources-of-pod.ts';
import { CgroupError } from '../cgroups/cgroup-manager.ts';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { parseTime } from '../../apimachinery/time.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { isRuntimeError, runtimeErrorText, type Image, type PodSandboxConfig } from '../../runtime/index.ts';
import { podDnsConfig } from '../containers/dns-config.ts';
import { podHostNames, sandboxHostname } from '../containers/host-names.ts';
import { podLogDirectory, sandboxConfig } from '../containers/sandbox-config.ts';
import { DeviceError } from '../dra/device-manager.ts';
import { ImageError } from '../images/image-manager.ts';
import { podStatus } from '../status/pod-status.ts';
import { VolumeError } from '../volumes/plugin.ts';
import type { PodVolumes } from '../disk/pod-disk.ts';
import { ContainerKiller } from './container-killer.ts';
import { nodeFields, startContainer, StartError } from './container-starter.ts';
import { RuntimeClassError } from './runtime-class.ts';
import type { NodeEnvironment } from './node-environment.ts';
import { isSidecar, planPod, type PodPlan, type StartAction } from './plan.ts';
import { containerNameOf, containersNamed, loadPodRuntime, readySandbox, sandboxIPs, type PodRuntime, type RuntimeContainer } from './pod-runtime.ts';
import { podReference, podText } from './pod-reference.ts';
import { PodResizer } from './pod-resizer.ts';
import { restartTriggers } from './restart-all.ts';
import { restartKey } from './restart-back-off.ts';

export interface SyncResult {
  /** The pod has ended, by itself or because it failed as a whole: it is to be taken down. */
  readonly isOver: boolean;
  /** Why it failed as a whole. */
  readonly failure?: PodFailure | undefined;
  /** Something was done that may let more be done. */
  readonly again: boolean;
  /** When to look again though nothing has happened, since 1970. */
  readonly againAtMs: number | undefined;
}

export interface PodFailure {
  readonly reason: string;
  readonly message: string;
  /** Why the kubelet ended a pod that did nothing wrong: becomes the condition DisruptionTarget. */
  readonly disruption?: string;
  /** The node never took the pod: there is nothing to say of its containers. */
  readonly isRefusal?: boolean;
}

/** How long after its failure a step is tried again: a sandbox, a volume, a container that the runtime refused. */
const RETRY_MS = 2000;

/** Makes one pod of the runtime as the API wants it, in rounds; what it remembers between them can be lost. */
export class PodSyncer {
  readonly #node: NodeEnvironment;
  readonly #killer: ContainerKiller;
  readonly #resizer: PodResizer;
  /** Why containers wait, from the last attempt to start them; with the time of the next one. */
  readonly #waiting = new Map<string, { reason: string; message: string; againAtMs?: number }>();
  readonly #terminationMessages = new Map<string, string | undefined>();
  #lastStepFailure = '';
  #resizeAgainAtMs: number | undefined;
  /** What a pod had when it began to be taken down, until it is. */
  #stopping: PodRuntime | undefined;

  constructor(node: NodeEnvironment) {
    this.#node = node;
    this.#killer = new ContainerKiller(node);
    this.#resizer = new PodResizer(node);
  }

  /** One round. Rejects only for what no retry of a step could mend, and for the signal. */
  async sync(pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<SyncResult> {
    const runtime = await this.#observe(pod, signal);
    const failure = this.#deadlineFailure(pod);
    const { isOver } = this.#writeStatus(pod, runtime, { terminating: false, ...(failure && { failure }) });
    if (isOver) return { isOver, failure, again: false, againAtMs: undefined };
    const plan = planPod({
      pod: { ...pod, status: this.#node.statuses.latest(pod) }, runtime, backOff: this.#node.backOff, nowMs: this.#node.clock.now(),
      probe: (name, id) => this.#node.probes.verdict(specOf(pod, name), id),
      restartsToResize: (container) => this.#node.allocation.needsRestart(pod, container),
    });
    const changed = await this.#carryOut(pod, runtime, plan, signal);
    if (changed || plan.waiting.size > 0) {
      const after = changed ? await this.#observe(pod, signal) : runtime;
      this.#writeStatus(pod, after, { terminating: false });
    }
    const startedSidecar = plan.start.some(({ container, kind }) => kind === 'init' && isSidecar(container) && !this.#waiting.has(container.name));
    return { isOver: false, again: startedSidecar || plan.takeAway !== undefined, againAtMs: this.#nextLookMs(pod, plan) };
  }

  async #observe(pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<PodRuntime> {
    const runtime = await loadPodRuntime(this.#node.runtime, pod.metadata.uid, signal);
    const ended = runtime.containers.filter(({ id, state }) => state === 'CONTAINER_EXITED' && !this.#terminationMessages.has(id));
    await Promise.all(ended.map(async (container) => this.#terminationMessages.set(container.id, await this.#node.disk.terminationMessage(container))));
    this.#watchProbes(pod, runtime);
    return runtime;
  }

  #watchProbes(pod: DeepReadonly<Pod>, runtime: PodRuntime): void {
    const running = runtime.containers.filter(({ state }) => state === 'CONTAINER_RUNNING');
    this.#node.probes.unwatch(pod.metadata.uid, new Set(running.map(({ id }) => id)));
    const podIP = this.#podIPs(pod, runtime)[0] ?? '';
    const before = [...(pod.status?.containerStatuses ?? []), ...(pod.status?.initContainerStatuses ?? [])];
    for (const container of running) {
      const name = containerNameOf(container);
      const spec = specOf(pod, name);
      if (!spec || (isInit(pod, name) && !isSidecar(spec))) continue;
      this.#node.probes.watch(pod, spec, { id: container.id, startedAtMs: container.startedAt / 1e6, podIP }, before.find((status) => status.name === name));
    }
  }

  #podIPs(pod: DeepReadonly<Pod>, runtime: PodRuntime): readonly string[] {
    return pod.spec.hostNetwork ? this.#node.hostIPs() : sandboxIPs(readySandbox(runtime));
  }

  #writeStatus(pod: DeepReadonly<Pod>, runtime: PodRuntime, options: { terminating: boolean; failure?: PodFailure }): { isOver: boolean } {
    const { statuses, clock, runtimeName, probes } = this.#node;
    const before = statuses.latest(pod);
    const { status, isOver } = podStatus({
      pod, runtime, runtimeName, before, nowMs: clock.now(), hostIPs: this.#node.hostIPs(), waiting: this.#waiting, ...options,
      probe: (name, id) => probes.verdict(specOf(pod, name), id),
      terminationMessage: (id) => this.#terminationMessages.get(id),
      actuated: (name) => this.#node.allocation.actuated(pod.metadata.uid, name),
      wholePod: this.#node.allocation.actuated(pod.metadata.uid, WHOLE_POD),
      pendingResize: this.#node.allocation.pendingResize(pod.metadata.uid),
      resize: this.#node.allocation.resizeInProgress(pod.metadata.uid),
    });
    statuses.set(pod, status);
    return { isOver };
  }

  #deadlineFailure(pod: DeepReadonly<Pod>): PodFailure | undefined {
    const atMs = this.#deadlineMs(pod);
    if (atMs === undefined || this.#node.clock.now() < atMs) return undefined;
    this.#node.events.normal(podReference(pod), 'DeadlineExceeded', 'Pod was active on the node longer than the specified deadline');
    return { reason: 'DeadlineExceeded', message: 'Pod was active on the node longer than the specified deadline' };
  }

  #deadlineMs(pod: DeepReadonly<Pod>): number | undefined {
    const { startTime } = this.#node.statuses.latest(pod);
    const { activeDeadlineSeconds } = pod.spec;
    return startTime === undefined || activeDeadlineSeconds === undefined ? undefined : parseTime(startTime) + activeDeadlineSeconds * 1000;
  }

  #nextLookMs(pod: DeepReadonly<Pod>, plan: PodPlan): number | undefined {
    const times = [plan.againAtMs, this.#resizeAgainAtMs, this.#deadlineMs(pod), this.#node.disk.refreshAtMs(pod.metadata.uid), ...[...this.#waiting.values()].map(({ againAtMs }) => againAtMs)];
    const earliest = Math.min(...times.map((time) => time ?? Infinity));
    return Number.isFinite(earliest) ? earliest : undefined;
  }

  /** Whether the runtime was asked to change anything. */
  async #carryOut(pod: DeepReadonly<Pod>, runtime: PodRuntime, plan: PodPlan, signal: AbortSignal): Promise<boolean> {
    this.#waiting.clear();
    for (const [name, { reason, message }] of plan.waiting) {
      this.#waiting.set(name, { reason, message, ...(plan.againAtMs !== undefined && { againAtMs: plan.againAtMs }) });
      this.#node.events.warning(podReference(pod, name), 'BackOff', `Back-off restarting failed container ${name} in pod ${podText(pod)}`);
    }
    if (plan.takeAway) {
      await this.#takeAway(pod, runtime, plan.takeAway, signal);
      return true;
    }
    const needsVolumes = plan.createSandbox !== undefined || plan.start.length > 0 || this.#volumesNeedUpdate(pod);
    const volumes = needsVolumes ? await this.#prepare(pod, runtime, plan, signal) : undefined;
    if (plan.stopSandbox && plan.createSandbox) this.#node.events.normal(podReference(pod), 'SandboxChanged', 'Pod sandbox changed, it will be killed and re-created.');
    if (plan.stopSandbox) await this.#stopAll(pod, runtime, signal);
    await Promise.all(plan.kill.map(({ containerId, message }) => this.#killOne(pod, runtime, containerId, message, signal)));
    const resized = await this.#resizer.resize(pod, runtime, signal);
    this.#resizeAgainAtMs = resized === 'failed' ? this.#node.clock.now() + RETRY_MS : undefined;
    const hasChanged = plan.stopSandbox || plan.kill.length > 0 || resized !== 'nothing to do';
    if (!volumes || (plan.createSandbox === undefined && plan.start.length === 0)) return hasChanged;
    // The images are looked for while the sandbox comes up.
    const images = plan.start.map((action) => this.#image(pod, action, signal));
    for (const image of images) image.catch(() => undefined);
    const sandbox = plan.createSandbox ? await this.#createSandbox(pod, plan.createSandbox.attempt, signal) : this.#existingSandbox(pod, runtime);
    if (!sandbox) return true;
    if (plan.start.length > 0) await this.#node.beforeContainers?.(pod, sandbox.podIPs, signal);
    for (const [index, action] of plan.start.entries()) await this.#startOne(pod, runtime, sandbox, volumes, action, images[index], signal);
    await this.#removeOldContainers(runtime, plan, signal);
    return true;
  }

  #volumesNeedUpdate(pod: DeepReadonly<Pod>): boolean {
    return (pod.spec.volumes?.length ?? 0) > 0;
  }

  /** Folders, control group and volumes. Undefined when the volumes cannot be set up yet. */
  async #prepare(pod: DeepReadonly<Pod>, runtime: PodRuntime, plan: PodPlan, signal: AbortSignal): Promise<PodVolumes | undefined> {
    const { disk, cgroups, events, clock, allocation, devices } = this.#node;
    const fields = nodeFields(this.#node, this.#podIPs(pod, runtime));
    try {
      if (pod.spec.resourceClaims?.length || pod.status?.extendedResourceClaimStatus) await devices?.prepare(pod, signal);
      const [mounted] = await Promise.all([disk.prepare(pod, fields, signal), cgroups?.ensurePod(pod), allocation.saved()]);
      if (!allocation.actuated(pod.metadata.uid, WHOLE_POD)) allocation.setActuated(pod, WHOLE_POD);
      return mounted;
    } catch (error) {
      if (error instanceof DeviceError) events.warning(podReference(pod), 'FailedPrepareDynamicResources', `Failed to prepare dynamic resources: ${error.message}`);
      else if (error instanceof VolumeError) events.warning(podReference(pod), 'FailedMount', error.message);
      else if (error instanceof CgroupError) events.warning(podReference(pod), 'FailedCreatePodContainer', error.message);
      else throw error;
      const { cause } = error;
      for (const { container } of plan.start) {
        // An image that a volume shows is told of as the container's own.
        const why = cause instanceof ImageError ? { reason: cause.reason, message: cause.message } : notStarted(pod);
        this.#waiting.set(container.name, { ...why, againAtMs: clock.now() + RETRY_MS });
      }
      if (plan.start.length === 0) this.#lastStepFailure = error.message;
      return undefined;
    }
  }

  #config(pod: DeepReadonly<Pod>, attempt: number): PodSandboxConfig {
    const { dns, cgroups, podLogsDir, seccompRoot, userNamespaces, events } = this.#node;
    const omitted: string[] = [];
    const dnsConfig = podDnsConfig(pod, dns, omitted);
    for (const message of omitted) events.warning(podReference(pod), 'DNSConfigForming', message);
    return sandboxConfig(pod, {
      attempt, seccompRoot, userNamespace: userNamespaces?.of(pod.metadata.uid), logDirectory: podLogDirectory(podLogsDir, pod), cgroupParent: cgroups?.parentOf(pod) ?? '', dnsConfig,
      hostname: sandboxHostname(pod, podHostNames(pod, dns.clusterDomain, this.#node.hostname())),
    });
  }

  async #createSandbox(pod: DeepReadonly<Pod>, attempt: number, signal: AbortSignal): Promise<Sandbox | undefined> {
    const { runtime, events, clock, sandboxLimit, metrics } = this.#node;
    try {
      if (attempt === 0) metrics.startedPods.add('');
      metrics.startedContainers.add('container_type="podsandbox"');
      const handler = await this.#node.runtimeHandler(pod, signal);
      if (pod.spec.hostUsers === false) await this.#node.userNamespaces?.ensure(pod.metadata.uid);
      const config = this.#config(pod, attempt);
      const id = await sandboxLimit.run(() => runtime.runPodSandbox(config, handler, signal));
      const status = await runtime.podSandboxStatus(id, signal);
      this.#lastStepFailure = '';
      return { id, config, runtimeHandler: handler, podIPs: pod.spec.hostNetwork ? this.#node.hostIPs() : sandboxIPs(status) };
    } catch (error) {
      if (signal.aborted || !(isRuntimeError(error) || error instanceof RangeError || error instanceof RuntimeClassError)) throw error;
      const message = `Failed to create pod sandbox: ${runtimeErrorText(error)}`;
      if (message !== this.#lastStepFailure) events.warning(podReference(pod), 'FailedCreatePodSandBox', message);
      this.#lastStepFailure = message;
      const [first] = [...(pod.spec.initContainers ?? []), ...pod.spec.containers];
      if (first) this.#waiting.set(first.name, { ...notStarted(pod), againAtMs: clock.now() + RETRY_MS });
      return undefined;
    }
  }

  #existingSandbox(pod: DeepReadonly<Pod>, runtime: PodRuntime): Sandbox | undefined {
    const status = readySandbox(runtime);
    return status && { id: status.id, config: this.#config(pod, status.metadata.attempt), runtimeHandler: status.runtimeHandler, podIPs: this.#podIPs(pod, runtime) };
  }

  #image(pod: DeepReadonly<Pod>, { container }: StartAction, signal: AbortSignal): Promise<Image> {
    return this.#node.images.ensure(pod, container, podReference(pod, container.name), () => this.#node.pullSecrets(pod), signal);
  }

  async #startOne(
    pod: DeepReadonly<Pod>, runtime: PodRuntime, sandbox: Sandbox, volumes: PodVolumes, action: StartAction, image: Promise<Image> | undefined, signal: AbortSignal,
  ): Promise<void> {
    const { container } = action;
    if (!image) return;
    const { clock, backOff } = this.#node;
    const target = action.targetContainerName === undefined ? undefined : containersNamed(runtime, action.targetContainerName)[0];
    try {
      const found = await image;
      const last = containersNamed(runtime, container.name).find(({ state }) => state === 'CONTAINER_EXITED');
      if (last?.podSandboxId === sandbox.id) backOff.next(restartKey(pod, container), clock.now(), last.finishedAt / 1e6);
      const context = { pod, sandboxId: sandbox.id, sandboxConfig: sandbox.config, runtimeHandler: sandbox.runtimeHandler, podIPs: sandbox.podIPs, volumes, ...(target && { targetId: target.id }) };
      await startContainer(this.#node, context, action, found, signal);
      this.#node.allocation.setActuated(pod, container.name);
    } catch (error) {
      if (error instanceof ImageError) {
        // The first failure is shown until its back-off has begun.
        this.#waiting.set(container.name, { reason: error.reason, message: error.message, againAtMs: Math.max(error.againAtMs ?? 0, clock.now() + RETRY_MS) });
      } else if (error instanceof StartError) {
        this.#waiting.set(container.name, { reason: error.reason, message: error.message, againAtMs: clock.now() + RETRY_MS });
      } else throw error;
    }
  }

  /** Of each container the running one and the one before are kept, for `kubectl logs --previous`. */
  async #removeOldContainers(runtime: PodRuntime, plan: PodPlan, signal: AbortSignal): Promise<void> {
    const old = plan.start.flatMap(({ container }) => containersNamed(runtime, container.name).slice(1)).filter(({ state }) => state === 'CONTAINER_EXITED');
    await Promise.all(old.map(async ({ id, logPath }) => {
      await this.#node.runtime.removeContainer(id, signal);
      await this.#node.disk.removeLog(logPath);
      this.#terminationMessages.delete(id);
    }));
  }

  /** Without grace and hooks: the pod goes on. */
  async #takeAway(pod: DeepReadonly<Pod>, runtime: PodRuntime, containers: readonly RuntimeContainer[], signal: AbortSignal): Promise<void> {
    const { backOff, clock, disk } = this.#node;
    const running = containers.filter(({ state }) => state === 'CONTAINER_RUNNING' || state === 'CONTAINER_UNKNOWN');
    const podIP = this.#podIPs(pod, runtime)[0] ?? '';
    await Promise.all(running.map((container) => this.#killer.kill({ pod, container, about: podReference(pod, containerNameOf(container)), podIP, graceSeconds: 0 }, signal)));
    for (const { container, ended } of restartTriggers(pod, runtime)) backOff.next(restartKey(pod, container), clock.now(), ended.finishedAt / 1e6);
    for (const { id, logPath } of containers) {
      await this.#node.runtime.removeContainer(id, signal);
      await disk.removeLog(logPath);
      this.#terminationMessages.delete(id);
    }
  }

  async #killOne(pod: DeepReadonly<Pod>, runtime: PodRuntime, containerId: string, message: string, signal: AbortSignal): Promise<void> {
    const container = runtime.containers.find(({ id }) => id === containerId);
    if (!container) return;
    const name = containerNameOf(container);
    const spec = specOf(pod, name);
    const probeGrace = message.includes('startup probe') ? spec?.startupProbe?.terminationGracePeriodSeconds : message.includes('liveness probe') ? spec?.livenessProbe?.terminationGracePeriodSeconds : undefined;
    const graceSeconds = probeGrace ?? pod.spec.terminationGracePeriodSeconds ?? 30;
    await this.#killer.kill({ pod, container, about: podReference(pod, name), podIP: this.#podIPs(pod, runtime)[0] ?? '', graceSeconds, message }, signal);
  }

  async #stopAll(pod: DeepReadonly<Pod>, runtime: PodRuntime, signal: AbortSignal, graceSeconds = 0): Promise<void> {
    const podIP = this.#podIPs(pod, runtime)[0] ?? '';
    await this.#killer.killAll(pod, runtime, graceSeconds, { podIP, about: (name) => podReference(pod, name) }, signal);
    await Promise.all(runtime.sandboxes.map(({ id }) => this.#node.runtime.stopPodSandbox(id, signal)));
  }

  /** Stops everything of the pod within `graceSeconds`, and writes how it ended. */
  async terminate(pod: DeepReadonly<Pod>, graceSeconds: number, failure: PodFailure | undefined, signal: AbortSignal): Promise<void> {
    this.#node.probes.unwatchForTermination(pod.metadata.uid);
    const before = await this.#observe(pod, signal);
    // Its end may take long: that the node knows of it is told now.
    if (pod.metadata.deletionTimestamp !== undefined && graceSeconds > 0 && !failure) this.#writeStatus(pod, before, { terminating: false });
    this.#stopping = before;
    try {
      await this.#stopAll(pod, before, signal, graceSeconds);
    } finally {
      this.#stopping = undefined;
    }
    this.#node.probes.unwatch(pod.metadata.uid);
    const after = await this.#observe(pod, signal);
    this.#waiting.clear();
    this.#writeStatus(pod, after, { terminating: true, ...(failure && { failure }) });
  }

  /** While a pod is taken down its probes still say whether it is ready. */
  refresh(pod: DeepReadonly<Pod>): void {
    if (this.#stopping) this.#writeStatus(pod, this.#stopping, { terminating: false });
  }

  /** Clears away what the pod had on the node, except its containers while somebody may still read their logs. */
  async cleanUp(pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<void> {
    await this.#node.devices?.release(pod.metadata.uid, signal);
    await this.#node.disk.tearDown(pod.metadata.uid);
    this.#node.userNamespaces?.release(pod.metadata.uid);
    await this.#node.cgroups?.removePod(pod);
    this.#node.images.forgetPod(pod.metadata.uid);
    this.#node.backOff.forget(`${pod.metadata.uid}/`);
    signal.throwIfAborted();
  }

  /** Removes containers, sandboxes and logs: the pod is gone from the API. */
  async remove(pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<void> {
    const { runtime, disk } = this.#node;
    const { sandboxes } = await loadPodRuntime(runtime, pod.metadata.uid, signal);
    await Promise.all(sandboxes.map(({ id }) => runtime.removePodSandbox(id, signal)));
    await disk.removeLogs(pod);
  }
}

interface Sandbox {
  readonly id: string;
  readonly config: PodSandboxConfig;
  readonly runtimeHandler: string;
  readonly podIPs: readonly string[];
}

function specOf(pod: DeepReadonly<Pod>, name: string): DeepReadonly<Pod>['spec']['containers'][number] {
  const { containers, initContainers = [], ephemeralContainers = [] } = pod.spec;
  return [...containers, ...initContainers, ...ephemeralContainers].find((container) => container.name === name) ?? { name, resources: {} };
}

function isInit(pod: DeepReadonly<Pod>, name: string): boolean {
  return pod.spec.initContainers?.some((container) => container.name === name) ?? false;
}

/** Why a container waits that nothing hinders but what comes before it. */
function notStarted(pod: DeepReadonly<Pod>): { reason: string; message: string } {
  return { reason: pod.spec.initContainers?.length ? 'PodInitializing' : 'ContainerCreating', message: '' };
}
