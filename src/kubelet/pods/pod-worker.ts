import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import { AbortError, TaskGroup } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import type { KubeletMetrics } from '../metrics/kubelet-metrics.ts';
import type { PodFailure, SyncResult } from './pod-syncer.ts';

/** What a worker has done to it; `PodSyncer` does it, tests may watch. */
export interface PodActions {
  sync(pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<SyncResult>;
  terminate(pod: DeepReadonly<Pod>, graceSeconds: number, failure: PodFailure | undefined, signal: AbortSignal): Promise<void>;
  /** Something of a pod that is taken down changed. */
  refresh(pod: DeepReadonly<Pod>): void;
  cleanUp(pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<void>;
  /** Tells the API that a deleted pod is gone from the node. */
  confirmDeletion(pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<void>;
  remove(pod: DeepReadonly<Pod>, signal: AbortSignal): Promise<void>;
}

export interface PodWorkerOptions {
  readonly actions: PodActions;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: KubeletMetrics;
  /** Nothing of the worker's pod runs any more. */
  readonly onEnded: () => void;
  /** The worker's pod is gone from the API and from the node. */
  readonly onGone: () => void;
}

/** A pod is kept as its spec says (syncing), taken down (terminating), and is down (terminated). It never goes back. */
export type PodWorkerState = 'syncing' | 'terminating' | 'terminated';

const RETRY_MIN_MS = 500;
const RETRY_MAX_MS = 60_000;

/** The work on one pod, one step at a time; whatever happens meanwhile makes it look again. */
export class PodWorker implements AsyncDisposable {
  readonly #options: PodWorkerOptions;
  readonly #tasks = new TaskGroup();
  #pod: DeepReadonly<Pod>;
  #state: PodWorkerState = 'syncing';
  #graceSeconds: number | undefined;
  #failure: PodFailure | undefined;
  #isGoneFromApi = false;
  #isCleanedUp = false;
  readonly #cleanedUp = Promise.withResolvers<void>();
  #isRemoved = false;
  #isDirty = true;
  #isNew = true;
  #wake: (() => void) | undefined;
  #step: AbortController | undefined;
  #failures = 0;

  constructor(pod: DeepReadonly<Pod>, options: PodWorkerOptions) {
    this.#pod = pod;
    this.#options = options;
  }

  get pod(): DeepReadonly<Pod> {
    return this.#pod;
  }

  get state(): PodWorkerState {
    return this.#state;
  }

  /** Whether it has, or is to have, some of the node: what was refused never had. */
  get usesNode(): boolean {
    return this.#state !== 'terminated' && this.#failure?.isRefusal !== true;
  }

  /** Resolves once the pod has ended and what it had on the node is cleared away. */
  get cleanedUp(): Promise<void> {
    return this.#cleanedUp.promise;
  }

  get isGoneFromApi(): boolean {
    return this.#isGoneFromApi;
  }

  start(): void {
    this.#tasks.run((signal) => this.#run(signal));
  }

  /** A newer state of the pod in the API. */
  update(pod: DeepReadonly<Pod>): void {
    this.#pod = pod;
    if (pod.metadata.deletionTimestamp !== undefined) {
      this.terminate(pod.metadata.deletionGracePeriodSeconds ?? pod.spec.terminationGracePeriodSeconds ?? 30);
    } else if (pod.status?.phase === 'Failed' || pod.status?.phase === 'Succeeded') this.terminate(pod.spec.terminationGracePeriodSeconds ?? 30);
    this.look();
  }

  /** A newer state that asks for no work. */
  replace(pod: DeepReadonly<Pod>): void {
    this.#pod = pod;
  }

  /** Something of the pod changed on the node. */
  look(): void {
    this.#isDirty = true;
    if (this.#state === 'terminating') this.#options.actions.refresh(this.#pod);
    this.#wake?.();
  }

  /** Takes the pod down; a shorter grace than the one that runs shortens it. */
  terminate(graceSeconds: number, failure?: PodFailure): void {
    const isShorter = this.#graceSeconds === undefined || graceSeconds < this.#graceSeconds;
    if (this.#state === 'terminated' || (this.#state === 'terminating' && !isShorter)) return;
    this.#graceSeconds = isShorter ? graceSeconds : this.#graceSeconds;
    this.#failure ??= failure;
    this.#state = 'terminating';
    this.#step?.abort(new AbortError('the pod is taken down'));
    this.look();
  }

  /** The API has no such pod any more: nothing needs to be confirmed. */
  goneFromApi(): void {
    this.#isGoneFromApi = true;
    if (this.#state === 'syncing') this.terminate(this.#pod.metadata.deletionGracePeriodSeconds ?? this.#pod.spec.terminationGracePeriodSeconds ?? 30);
    this.look();
  }

  /** Ends the work; the pod's containers go on. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#tasks.close();
  }

  async #run(signal: AbortSignal): Promise<void> {
    let againAtMs: number | undefined;
    while (!this.#isRemoved) {
      await this.#untilDirty(againAtMs, signal);
      this.#isDirty = false;
      againAtMs = await this.#takeStep(signal);
    }
    this.#options.onGone();
  }

  async #untilDirty(againAtMs: number | undefined, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#isDirty) return;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#wake = resolve;
    const onAbort = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', onAbort, { once: true });
    const { clock } = this.#options;
    const alarm = againAtMs === undefined ? undefined : clock.after(againAtMs - clock.now(), resolve);
    try {
      await promise;
    } finally {
      this.#wake = undefined;
      alarm?.[Symbol.dispose]();
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Gives when the next step is due, if nothing happens before. */
  async #takeStep(signal: AbortSignal): Promise<number | undefined> {
    const step = new AbortController();
    this.#step = step;
    const { clock, logger, metrics } = this.#options;
    const startedMs = clock.monotonic();
    const operation = this.#state !== 'syncing' ? 'kill' : this.#isNew ? 'create' : 'sync';
    this.#isNew = false;
    try {
      const againAtMs = await this.#act(AbortSignal.any([signal, step.signal]));
      this.#failures = 0;
      return againAtMs;
    } catch (error) {
      if (signal.aborted) throw error;
      if (step.signal.aborted) return clock.now();
      const { namespace, name } = this.#pod.metadata;
      const retryMs = Math.min(RETRY_MIN_MS * 2 ** this.#failures++, RETRY_MAX_MS);
      logger.warn('a step of a pod failed', { pod: `${namespace}/${name}`, state: this.#state, retryMs, error });
      return clock.now() + retryMs;
    } finally {
      this.#step = undefined;
      metrics.workerSeconds.with(`operation_type="${operation}"`).observe((clock.monotonic() - startedMs) / 1000);
    }
  }

  async #act(signal: AbortSignal): Promise<number | undefined> {
    const { actions } = this.#options;
    switch (this.#state) {
      case 'syncing': {
        const { isOver, failure, again, againAtMs } = await actions.sync(this.#pod, signal);
        if (isOver) this.terminate(this.#pod.spec.terminationGracePeriodSeconds ?? 30, failure);
        else if (again) this.look();
        return againAtMs;
      }
      case 'terminating':
        await actions.terminate(this.#pod, this.#graceSeconds ?? 30, this.#failure, signal);
        this.#state = 'terminated';
        this.#options.onEnded();
        this.look();
        return undefined;
      case 'terminated':
        if (!this.#isCleanedUp) await actions.cleanUp(this.#pod, signal);
        this.#isCleanedUp = true;
        this.#cleanedUp.resolve();
        if (!this.#isGoneFromApi && this.#pod.metadata.deletionTimestamp === undefined) return undefined; // its logs may still be read
        if (!this.#isGoneFromApi) await actions.confirmDeletion(this.#pod, signal);
        this.#isGoneFromApi = true;
        await actions.remove(this.#pod, signal);
        this.#isRemoved = true;
        return undefined;
    }
  }
}
