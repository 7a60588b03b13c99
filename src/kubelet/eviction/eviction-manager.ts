import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import { untilAborted } from '../../base/lifecycle.ts';
import type { EventRecorder } from '../../client/index.ts';
import type { ContainerRuntime } from '../../runtime/index.ts';
import type { KubeletMetrics } from '../metrics/kubelet-metrics.ts';
import type { Machine, MachineUsage } from '../node/machine.ts';
import { podReference } from '../pods/pod-reference.ts';
import type { PodFailure } from '../pods/pod-syncer.ts';
import { hasLocalStorageLimits, localStorageExcess } from './local-storage.ts';
import { NO_USAGE, type PodFiles, podUsages } from './pod-usage.ts';
import { evictionMessage, rankForEviction } from './ranking.ts';
import { type EvictionSignal, pressureOf, shortages, type EvictionThresholds, type Pressure, type Shortage } from './thresholds.ts';

const CHECK_MS = 10_000;
/** So long a pod has that must go at once. Source: pkg/kubelet/eviction, immediateEvictionGracePeriodSeconds. */
const AT_ONCE_SECONDS = 1;
/** How long it waits, beyond the grace of a pod that it has evicted, for what the pod had to be given back. Source: pkg/kubelet/eviction, podCleanupTimeout. */
const CLEANUP_MS = 30_000;

export interface EvictionManagerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly runtime: ContainerRuntime;
  readonly machine: Machine;
  readonly events: EventRecorder;
  readonly metrics: KubeletMetrics;
  readonly thresholds: EvictionThresholds;
  /** How long a pressure is kept up after it has gone, so that the node does not flap. Five minutes in a kubelet. */
  readonly pressureTransitionMs: number;
  /** Frees disk space before pods have to go; whether it did. */
  readonly reclaimDisk: (signal: AbortSignal) => Promise<boolean>;
  readonly pods: () => readonly DeepReadonly<Pod>[];
  /** What pods have on the disk, by uid. */
  readonly files: (pods: readonly DeepReadonly<Pod>[], signal: AbortSignal) => Promise<ReadonlyMap<string, PodFiles>>;
  /** Resolves once nothing of the pod is left on the node. */
  readonly evict: (uid: string, graceSeconds: number, failure: PodFailure) => Promise<void>;
  readonly onPressureChange: () => void;
}

/** Measures the machine, says what is short, and takes pods away when it stays so, or when they outgrow their own limits. */
export class EvictionManager {
  readonly #options: EvictionManagerOptions;
  readonly #lastSeen = new Map<Pressure, number>();
  /** Since when soft thresholds are not met. */
  readonly #since = new Map<EvictionSignal, number>();
  #pressures: ReadonlySet<Pressure> = new Set();

  constructor(options: EvictionManagerOptions) {
    this.#options = options;
  }

  get pressures(): ReadonlySet<Pressure> {
    return this.#pressures;
  }

  /** Takes in one measurement; gives what is short of now, as far as it calls for evictions. */
  observe(usage: MachineUsage): Shortage[] {
    const { clock, thresholds, pressureTransitionMs, onPressureChange } = this.#options;
    const nowMs = clock.monotonic();
    const short = shortages(usage, thresholds);
    for (const { signal } of short) this.#lastSeen.set(pressureOf(signal), nowMs);
    const pressures = new Set([...this.#lastSeen].filter(([, seenMs]) => nowMs - seenMs < pressureTransitionMs || seenMs === nowMs).map(([pressure]) => pressure));
    const changed = pressures.size !== this.#pressures.size || [...pressures].some((pressure) => !this.#pressures.has(pressure));
    this.#pressures = pressures;
    if (changed) onPressureChange();
    return this.#pastGrace(short, nowMs);
  }

  #pastGrace(short: readonly Shortage[], nowMs: number): Shortage[] {
    const soft = new Set(short.filter(({ graceMs }) => graceMs !== undefined).map(({ signal }) => signal));
    for (const signal of this.#since.keys()) if (!soft.has(signal)) this.#since.delete(signal);
    for (const signal of soft) if (!this.#since.has(signal)) this.#since.set(signal, nowMs);
    return short.filter(({ signal, graceMs }) => graceMs === undefined || nowMs - (this.#since.get(signal) ?? nowMs) >= graceMs);
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, machine } = this.#options;
    for (;;) {
      const short = this.observe(await machine.usage());
      const excessive = await this.#evictOverLimits(signal);
      const relieved = short.length > 0 && excessive.length === 0 ? [this.#relieve(short, signal)] : [];
      // What a pod that ends still has would be measured as what is short.
      await Promise.all([...excessive, ...relieved, clock.sleep(CHECK_MS, signal)]);
    }
  }

  /** Pods that have more on the disk than their limits allow go whether or not the node is short. Gives what to wait for before the next measurement. */
  async #evictOverLimits(signal: AbortSignal): Promise<Promise<void>[]> {
    const limited = this.#options.pods().filter(hasLocalStorageLimits);
    if (limited.length === 0) return [];
    const usages = await podUsages(limited, this.#options, signal);
    return limited.flatMap((pod) => {
      const message = localStorageExcess(pod, usages.get(pod.metadata.uid) ?? NO_USAGE);
      return message === undefined ? [] : [this.#evict(pod, { message }, AT_ONCE_SECONDS, signal)];
    });
  }

  /** One pod at a time: the next measurement, once it has ended, tells whether it was enough. Memory goes before disk. */
  async #relieve(short: readonly Shortage[], signal: AbortSignal): Promise<void> {
    const { logger, machine, thresholds } = this.#options;
    const shortage = short.find(({ resource }) => resource === 'memory') ?? short[0];
    if (!shortage) return;
    logger.warn('the node is short of a resource', { signal: shortage.signal, available: shortage.available, threshold: shortage.threshold });
    if (shortage.resource === 'ephemeral-storage' || shortage.resource === 'inodes') {
      if (await this.#options.reclaimDisk(signal)) {
        const still = shortages(await machine.usage(), thresholds);
        if (!still.some(({ signal: name }) => name === shortage.signal)) return;
      }
    }
    const pods = this.#options.pods();
    const usages = await podUsages(pods, this.#options, signal);
    const [first] = rankForEviction(pods.map((pod) => ({ pod, usage: usages.get(pod.metadata.uid) ?? NO_USAGE })), shortage);
    if (!first) return;
    const grace = shortage.graceMs === undefined ? AT_ONCE_SECONDS : Math.min(thresholds.maxPodGraceSeconds, first.pod.spec.terminationGracePeriodSeconds ?? 30);
    this.#options.metrics.evictions.add(`eviction_signal="${shortage.signal}"`);
    await this.#evict(first.pod, { message: evictionMessage(shortage, first), disruption: 'TerminationByKubelet' }, grace, signal);
  }

  /** Resolves once the pod has given back what it had, or is too slow. */
  async #evict(pod: DeepReadonly<Pod>, why: { readonly message: string; readonly disruption?: string }, graceSeconds: number, signal: AbortSignal): Promise<void> {
    const { events, clock, evict } = this.#options;
    events.warning(podReference(pod), 'Evicted', why.message);
    const slow = Promise.withResolvers<void>();
    using _slow = clock.after(graceSeconds * 1000 + CLEANUP_MS, () => slow.resolve());
    await untilAborted(Promise.race([evict(pod.metadata.uid, graceSeconds, { reason: 'Evicted', ...why }), slow.promise]), signal);
  }
}
