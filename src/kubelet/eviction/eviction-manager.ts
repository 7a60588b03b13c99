import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import type { Logger } from '../../base/logger.ts';
import type { EventRecorder } from '../../client/index.ts';
import type { ContainerRuntime } from '../../runtime/index.ts';
import { POD_UID } from '../containers/labels.ts';
import type { Machine, MachineUsage } from '../node/machine.ts';
import { podReference } from '../pods/pod-reference.ts';
import type { PodFailure } from '../pods/pod-syncer.ts';
import { evictionMessage, rankForEviction, type PodUsage } from './ranking.ts';
import { pressureOf, shortages, type EvictionThresholds, type Pressure, type Shortage } from './thresholds.ts';

const CHECK_MS = 10_000;

export interface EvictionManagerOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly runtime: ContainerRuntime;
  readonly machine: Machine;
  readonly events: EventRecorder;
  readonly thresholds: EvictionThresholds;
  /** How long a pressure is kept up after it has gone, so that the node does not flap. Five minutes in a kubelet. */
  readonly pressureTransitionMs: number;
  /** Frees disk space before pods have to go; whether it did. */
  readonly reclaimDisk: (signal: AbortSignal) => Promise<boolean>;
  readonly pods: () => readonly DeepReadonly<Pod>[];
  readonly evict: (uid: string, graceSeconds: number, failure: PodFailure) => void;
  readonly onPressureChange: () => void;
}

/** Measures the machine, says what is short, and takes pods away when it stays so. */
export class EvictionManager {
  readonly #options: EvictionManagerOptions;
  readonly #lastSeen = new Map<Pressure, number>();
  #pressures: ReadonlySet<Pressure> = new Set();

  constructor(options: EvictionManagerOptions) {
    this.#options = options;
  }

  get pressures(): ReadonlySet<Pressure> {
    return this.#pressures;
  }

  /** Takes in one measurement; gives what is short of now. */
  observe(usage: MachineUsage): Shortage[] {
    const { clock, thresholds, pressureTransitionMs, onPressureChange } = this.#options;
    const nowMs = clock.monotonic();
    const short = shortages(usage, thresholds);
    for (const { signal } of short) this.#lastSeen.set(pressureOf(signal), nowMs);
    const pressures = new Set([...this.#lastSeen].filter(([, seenMs]) => nowMs - seenMs < pressureTransitionMs || seenMs === nowMs).map(([pressure]) => pressure));
    const changed = pressures.size !== this.#pressures.size || [...pressures].some((pressure) => !this.#pressures.has(pressure));
    this.#pressures = pressures;
    if (changed) onPressureChange();
    return short;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, machine } = this.#options;
    for (;;) {
      const short = this.observe(await machine.usage());
      if (short.length > 0) await this.#relieve(short, signal);
      await clock.sleep(CHECK_MS, signal);
    }
  }

  /** One pod at a time: the next measurement tells whether it was enough. Memory goes before disk. */
  async #relieve(short: readonly Shortage[], signal: AbortSignal): Promise<void> {
    const { logger, events, machine } = this.#options;
    const shortage = short.find(({ resource }) => resource === 'memory') ?? short[0];
    if (!shortage) return;
    logger.warn('the node is short of a resource', { signal: shortage.signal, available: shortage.available, threshold: shortage.threshold });
    if (shortage.resource === 'ephemeral-storage' || shortage.resource === 'inodes') {
      if (await this.#options.reclaimDisk(signal)) {
        const still = shortages(await machine.usage(), this.#options.thresholds);
        if (!still.some(({ signal: name }) => name === shortage.signal)) return;
      }
    }
    const usages = await this.#usages(signal);
    const ranked = rankForEviction(this.#options.pods().map((pod) => ({ pod, usage: usages.get(pod.metadata.uid) ?? NO_USAGE })), shortage);
    const first = ranked[0];
    if (!first) return;
    const message = evictionMessage(shortage);
    events.warning(podReference(first.pod), 'Evicted', message);
    this.#options.evict(first.pod.metadata.uid, 0, { reason: 'Evicted', message });
  }

  async #usages(signal: AbortSignal): Promise<Map<string, PodUsage>> {
    const usages = new Map<string, { memoryBytes: number; diskBytes: number; processes: number }>();
    for (const { attributes, memory, writableLayer } of await this.#options.runtime.listContainerStats(undefined, signal)) {
      const uid = attributes.labels[POD_UID] ?? '';
      const usage = usages.get(uid) ?? { memoryBytes: 0, diskBytes: 0, processes: 0 };
      usage.memoryBytes += memory?.workingSetBytes ?? 0;
      usage.diskBytes += writableLayer?.usedBytes ?? 0;
      usage.processes += 1;
      usages.set(uid, usage);
    }
    return usages;
  }
}

const NO_USAGE: PodUsage = { memoryBytes: 0, diskBytes: 0, processes: 0 };
