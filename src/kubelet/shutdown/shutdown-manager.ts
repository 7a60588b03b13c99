import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import { AbortError, isAbort } from '../../base/lifecycle.ts';
import type { Logger } from '../../base/logger.ts';
import type { NodeEvent } from '../node/node-events.ts';
import type { PodFailure } from '../pods/pod-syncer.ts';
import { inOrderOfShutdown, type ShutdownGracePeriod } from './grace-periods.ts';
import type { ShutdownTimes } from './shutdown-times.ts';

const TERMINATED: PodFailure = { reason: 'Terminated', message: 'Pod was terminated in response to imminent node shutdown.', disruption: 'TerminationByKubelet' };
/** How long the end waits at most for the API to hear that the node is not ready. */
const TELL_MS = 5000;

export interface ShutdownManagerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly gracePeriods: readonly ShutdownGracePeriod[];
  readonly times: ShutdownTimes;
  readonly pods: () => readonly DeepReadonly<Pod>[];
  /** Ends a pod; resolves once nothing of it is left on the node and the API knows how it ended. */
  readonly end: (uid: string, graceSeconds: number, failure: PodFailure, signal: AbortSignal) => Promise<void>;
  /** What the node tells of itself. */
  readonly tell: (event: NodeEvent) => void;
  /** Whether the node shuts down has changed; resolves once the API knows. */
  readonly onChange: () => Promise<void>;
}

/** Ends the pods of the node before the machine does, each in its time, and takes no new ones meanwhile. Source: KEP-2000, KEP-2712; pkg/kubelet/nodeshutdown. */
export class ShutdownManager {
  readonly #options: ShutdownManagerOptions;
  #isShuttingDown = false;
  #ending: Promise<void> | undefined;

  constructor(options: ShutdownManagerOptions) {
    this.#options = options;
  }

  get isShuttingDown(): boolean {
    return this.#isShuttingDown;
  }

  /** How long a shutdown takes at most. */
  get seconds(): number {
    return this.#options.gracePeriods.reduce((sum, { seconds }) => sum + seconds, 0);
  }

  /** Resolves once the pods have ended, or their time is over. Asked twice it ends them once. */
  shutDown(signal: AbortSignal): Promise<void> {
    this.#ending ??= this.#endAll(signal).finally(() => {
      this.#ending = undefined;
    });
    return this.#ending;
  }

  /** The machine goes on after all: new pods are welcome. */
  cancel(): void {
    if (!this.#isShuttingDown) return;
    void this.#change(false, 'Shutdown manager detected shutdown cancellation');
  }

  #change(isShuttingDown: boolean, message: string): Promise<void> {
    const { logger, tell, onChange } = this.#options;
    logger.info('the shutdown of the machine', { isShuttingDown });
    tell({ type: 'Normal', reason: 'NodeShutdown', message });
    this.#isShuttingDown = isShuttingDown;
    return onChange();
  }

  async #endAll(signal: AbortSignal): Promise<void> {
    const { gracePeriods, pods, times, clock } = this.#options;
    const told = this.#change(true, 'Shutdown manager detected shutdown event');
    await times.begin(clock.now());
    for (const { seconds, pods: group } of inOrderOfShutdown(gracePeriods, pods())) {
      const isOver = await this.#within(seconds * 1000, (inner) => Promise.all(group.map((pod) => this.#end(pod, seconds, inner))), signal);
      if (!isOver) this.#options.logger.warn('pods did not end in their time', { seconds, pods: group.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`).join(' ') });
    }
    await times.end(clock.now());
    await this.#within(TELL_MS, () => told, signal);
  }

  #end({ metadata, spec }: DeepReadonly<Pod>, seconds: number, signal: AbortSignal): Promise<void> {
    return this.#options.end(metadata.uid, Math.min(spec.terminationGracePeriodSeconds ?? seconds, seconds), TERMINATED, signal);
  }

  /** Whether the work was done in time; what is late goes on without anybody who waits for it. */
  async #within(ms: number, work: (signal: AbortSignal) => Promise<unknown>, signal: AbortSignal): Promise<boolean> {
    const over = new AbortController();
    const inner = AbortSignal.any([signal, over.signal]);
    const done = work(inner).then(() => true, (error: unknown) => {
      if (!isAbort(error, inner)) throw error;
      return false;
    });
    const late = this.#options.clock.sleep(ms, inner).then(() => false, () => false);
    try {
      return await Promise.race([done, late]);
    } finally {
      over.abort(new AbortError('nobody waits any more'));
      signal.throwIfAborted();
    }
  }
}
