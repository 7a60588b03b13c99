import { isDeepStrictEqual } from 'node:util';
import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Node, Pod } from '../../api/generated/core-v1.ts';
import { TaskGroup, untilAborted } from '../../base/lifecycle.ts';
import type { Client } from '../../client/index.ts';
import { isCritical } from '../admission/critical.ts';
import { refusePod, refuseWhateverRoom, type NodeFacts, type Refusal } from '../admission/plan.ts';
import { podsToPreempt, PREEMPTED } from '../admission/preemption.ts';
import { shortagesFor } from '../admission/room.ts';
import { resizeMessage } from '../allocation/resize-events.ts';
import { inOrderOfResize } from '../allocation/resize-order.ts';
import type { ContainerResources } from '../allocation/resources-of-pod.ts';
import { POD_UID } from '../containers/labels.ts';
import { needsLook } from './change.ts';
import type { NodeEnvironment } from './node-environment.ts';
import { podActions } from './pod-actions.ts';
import { podReference } from './pod-reference.ts';
import { PodWorker } from './pod-worker.ts';
import type { PodFailure } from './pod-syncer.ts';

const ORPHAN_RETRY_MS = 5000;
/** Source: pkg/kubelet, HandlePodCleanups. */
const ORPHAN_GRACE_SECONDS = 1;
/** Source: pkg/kubelet/nodeshutdown. */
const SHUTTING_DOWN: Refusal = { reason: 'NodeShutdown', message: 'Pod was rejected as the node is shutting down.' };
const NOTHING: ContainerResources = new Map();

export interface PodManagerOptions {
  readonly environment: NodeEnvironment;
  readonly client: Client;
  node(): DeepReadonly<Node>;
  pressures(): ReadonlySet<string>;
  /** Whether the node's kernel confines by AppArmor profiles. */
  readonly hasAppArmor: boolean;
  readonly allowedUnsafeSysctls: readonly string[];
  /** The machine is about to end. */
  isShuttingDown(): boolean;
}

/** The pods of this node, each with its worker: those of the API and those of the node itself. */
export class PodManager implements AsyncDisposable {
  readonly #options: PodManagerOptions;
  readonly #workers = new Map<string, PodWorker>();
  /** Pods whose spec asks for resources that they cannot have yet, as the API has them. */
  readonly #wishes = new Map<string, DeepReadonly<Pod>>();
  /** New pods for which there is room once others, which the API has no more or which make room for them, have ended. */
  readonly #deferred = new Map<string, DeepReadonly<Pod>>();
  readonly #tasks = new TaskGroup();
  #goneOne: PromiseWithResolvers<void> | undefined;

  constructor(options: PodManagerOptions) {
    this.#options = options;
  }

  get pods(): DeepReadonly<Pod>[] {
    return [...this.#workers.values()].map(({ pod }) => pod);
  }

  /** Pods that use the node's resources. */
  get activePods(): DeepReadonly<Pod>[] {
    return [...this.#workers.values()].filter(({ usesNode }) => usesNode).map(({ pod }) => pod);
  }

  get(uid: string): DeepReadonly<Pod> | undefined {
    return this.#workers.get(uid)?.pod;
  }

  byName(namespace: string, name: string): DeepReadonly<Pod> | undefined {
    return this.pods.find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  }

  /** A pod is there, or has changed. `isKnownToRun`: the runtime has it already, it is not to be refused any more. */
  update(pod: DeepReadonly<Pod>, isKnownToRun = false): void {
    const { uid } = pod.metadata;
    const { environment } = this.#options;
    const worker = this.#workers.get(uid);
    const isOverwritten = environment.statuses.observe(pod);
    if (!worker) {
      this.#deferred.delete(uid);
      const isNew = isNewPod(pod, isKnownToRun);
      if (isNew) this.#makeRoom(pod);
      if (isNew && this.#waitsForEnding(pod)) this.#deferred.set(uid, pod);
      else this.#begin(pod, isKnownToRun);
      return;
    }
    const before = worker.pod;
    const had = environment.allocation.allocated(uid);
    const allocated = this.#allocated(pod);
    if (needsLook(before, pod) || environment.allocation.toActuate(allocated).length > 0) worker.update(allocated);
    else worker.replace(allocated);
    if (isOverwritten) worker.look();
    // What it has given up others may have.
    if (had !== environment.allocation.allocated(uid)) this.#retryResizes();
  }

  /** Pods that will still use the node when a new one can begin: those that end are waited for if the API has them no more, or the new one is critical. */
  #stayingBeside(pod: DeepReadonly<Pod>): DeepReadonly<Pod>[] {
    const isWaitedFor = ({ isGoneFromApi, state }: PodWorker): boolean => isGoneFromApi || (state === 'terminating' && isCritical(pod));
    return [...this.#workers.values()].filter((worker) => worker.usesNode && !isWaitedFor(worker)).map((worker) => worker.pod);
  }

  /** Others end where room is all that a critical pod lacks. Source: pkg/kubelet/preemption. */
  #makeRoom(pod: DeepReadonly<Pod>): void {
    if (!isCritical(pod) || this.#options.isShuttingDown()) return;
    const staying = this.#stayingBeside(pod);
    const shortages = shortagesFor(pod, this.#options.node(), staying);
    if (shortages.length === 0 || refuseWhateverRoom(pod, this.#options.node(), staying, this.#facts)) return;
    const preemption = podsToPreempt(pod, staying, shortages);
    if (!('victims' in preemption)) return;
    const { events, metrics } = this.#options.environment;
    for (const victim of preemption.victims) {
      events.warning(podReference(victim), PREEMPTED.reason, PREEMPTED.message);
      metrics.preemptions.add(`preemption_signal="${shortages[0]?.resource ?? ''}"`);
      void this.fail(victim.metadata.uid, victim.spec.terminationGracePeriodSeconds ?? 30, PREEMPTED);
    }
  }

  /** The scheduler does not know of pods that were deleted by force and still end: what fits but for them is not refused. */
  #waitsForEnding(pod: DeepReadonly<Pod>): boolean {
    const staying = this.#stayingBeside(pod);
    const { activePods } = this;
    if (staying.length === activePods.length) return false;
    const refused = (others: readonly DeepReadonly<Pod>[]): boolean => this.#refusal(pod, others) !== undefined;
    return refused(activePods) && !refused(staying);
  }

  #refusal(pod: DeepReadonly<Pod>, others: readonly DeepReadonly<Pod>[]): Refusal | undefined {
    return this.#options.isShuttingDown() ? SHUTTING_DOWN : refusePod(pod, this.#options.node(), others, this.#facts);
  }

  get #facts(): NodeFacts {
    const options = this.#options;
    return { pressures: options.pressures(), hasAppArmor: options.hasAppArmor, allowedUnsafeSysctls: options.allowedUnsafeSysctls };
  }

  #begin(pod: DeepReadonly<Pod>, isKnownToRun: boolean): void {
    const { environment, client } = this.#options;
    const { uid } = pod.metadata;
    const refusal = isNewPod(pod, isKnownToRun) ? this.#refusal(pod, this.activePods) : undefined;
    const allocated = refusal ? pod : this.#allocated(pod);
    const worker = new PodWorker(allocated, {
      actions: podActions(environment, client), clock: environment.clock, logger: environment.logger, metrics: environment.metrics,
      onEnded: () => {
        this.#retryDeferred();
        this.#retryResizes();
      },
      onGone: () => {
        this.#workers.delete(uid);
        this.#retryDeferred();
        this.#goneOne?.resolve();
        this.#goneOne = undefined;
        this.#tasks.run(() => worker[Symbol.asyncDispose]());
      },
    });
    this.#workers.set(uid, worker);
    if (refusal) {
      environment.events.warning(podReference(pod), refusal.reason, refusal.message);
      worker.terminate(0, { reason: refusal.reason, message: `Pod was rejected: ${refusal.message}`, isRefusal: true });
    }
    else worker.update(allocated);
    worker.start();
  }

  /** The pod with what the node has promised it. */
  #allocated(pod: DeepReadonly<Pod>): DeepReadonly<Pod> {
    const others = this.activePods.filter(({ metadata }) => metadata.uid !== pod.metadata.uid);
    const { allocation, events } = this.#options.environment;
    const { uid } = pod.metadata;
    const before = allocation.pendingResize(uid);
    const allocated = allocation.allocate(pod, this.#options.node(), others);
    const pending = allocation.pendingResize(uid);
    if (pending && !isDeepStrictEqual(before, pending)) events.warning(podReference(pod), `Resize${pending.reason}`, resizeMessage(pending.reason, pod, pending.message));
    if (pending) this.#wishes.set(uid, pod);
    else this.#wishes.delete(uid);
    return allocated;
  }

  #retryDeferred(): void {
    for (const deferred of this.#deferred.values().toArray()) this.update(deferred); // may be put back
  }

  /** There may be room for what others wish. A wish that is fulfilled begins this anew: it may make room in its turn. */
  #retryResizes(): void {
    const { allocation } = this.#options.environment;
    for (const uid of this.#wishes.keys()) if (!this.#workers.has(uid)) this.#wishes.delete(uid);
    const wishes = [...this.#wishes].map(([uid, pod]) => ({ pod, allocated: allocation.allocated(uid) ?? NOTHING }));
    for (const { pod } of inOrderOfResize(wishes)) {
      const isPending = (): boolean => this.#wishes.has(pod.metadata.uid);
      if (!isPending()) continue;
      this.update(pod);
      if (!isPending()) return;
    }
  }

  /** The API has the pod no more. */
  gone(uid: string): void {
    this.#deferred.delete(uid);
    this.#workers.get(uid)?.goneFromApi();
  }

  look(uids: Iterable<string>): void {
    for (const uid of uids) this.#workers.get(uid)?.look();
  }

  lookAtAll(): void {
    for (const worker of this.#workers.values()) worker.look();
  }

  /** Resolves once no other pod of this name is on the node. */
  async untilNameIsFree(pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<void> {
    const { namespace, name, uid } = pod.metadata;
    const isTaken = (): boolean => this.pods.some(({ metadata }) => metadata.namespace === namespace && metadata.name === name && metadata.uid !== uid);
    while (isTaken()) {
      signal.throwIfAborted();
      this.#goneOne ??= Promise.withResolvers<void>();
      const aborted = Promise.withResolvers<void>();
      signal.addEventListener('abort', () => aborted.resolve(), { once: true });
      await Promise.race([this.#goneOne.promise, aborted.promise]);
    }
  }

  /** Takes a pod down for a reason of the node's; resolves once nothing of the pod is left on the node. */
  async fail(uid: string, graceSeconds: number, failure: PodFailure): Promise<void> {
    const worker = this.#workers.get(uid);
    worker?.terminate(graceSeconds, failure);
    await worker?.cleanedUp;
  }

  /** The same; resolves once the API knows, too, how it ended. */
  async end(uid: string, graceSeconds: number, failure: PodFailure, signal: AbortSignal): Promise<void> {
    if (!this.#workers.has(uid)) return;
    await untilAborted(this.fail(uid, graceSeconds, failure), signal);
    await this.#options.environment.statuses.flush(uid, signal);
  }

  /** Begins to take away what the runtime and the disk have of pods that are no longer on this node. The node tells of itself meanwhile: they may be slow to end. */
  removeOrphans(): void {
    const { disk, devices } = this.#options.environment;
    this.#tasks.run(async (signal) => {
      await this.#untilDone((inner) => this.#stopOrphans(inner), signal);
      this.#tasks.run((inner) => this.#untilDone(async () => devices?.keepOnly(new Set(this.#workers.keys()), inner), inner));
      for (const uid of await disk.podsOnDisk()) {
        this.#tasks.run((inner) => this.#untilDone(async () => {
          if (!this.#workers.has(uid)) await disk.tearDown(uid);
        }, inner));
      }
    });
  }

  async #stopOrphans(signal: AbortSignal): Promise<void> {
    const { runtime } = this.#options.environment;
    const sandboxes = (await runtime.listPodSandbox(undefined, signal)).filter(({ labels }) => labels[POD_UID] !== undefined && !this.#workers.has(labels[POD_UID]));
    const containers = await runtime.listContainers(undefined, signal);
    await Promise.all(sandboxes.map(async ({ id }) => {
      const running = containers.filter(({ podSandboxId, state }) => podSandboxId === id && state === 'CONTAINER_RUNNING');
      await Promise.all(running.map((container) => runtime.stopContainer(container.id, ORPHAN_GRACE_SECONDS, signal)));
      await runtime.stopPodSandbox(id, signal);
      await runtime.removePodSandbox(id, signal);
    }));
  }

  /** The runtime may be down, the drivers of volumes and devices may not be there yet. */
  async #untilDone(work: (signal: AbortSignal) => Promise<unknown>, signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options.environment;
    for (let isTold = false; ; isTold = true) {
      try {
        await work(signal);
        return;
      } catch (error) {
        signal.throwIfAborted();
        if (!isTold) logger.warn('what pods of before have left is not cleared away yet', { error: (error as Error).message });
      }
      await clock.sleep(ORPHAN_RETRY_MS, signal);
    }
  }

  /** Ends the work; the containers go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#workers.values()].map((worker) => worker[Symbol.asyncDispose]()));
    await this.#tasks.close();
  }
}

function isNewPod({ metadata, status }: DeepReadonly<Pod>, isKnownToRun: boolean): boolean {
  const hasEnded = status?.phase === 'Succeeded' || status?.phase === 'Failed';
  return !isKnownToRun && !hasEnded && metadata.deletionTimestamp === undefined;
}
