import type { Clock } from '../../../base/clock.ts';
import { type CgroupLimits, cpuWeight } from '../pod-cgroups.ts';
import { DbusError } from '../../dbus/dbus-connection.ts';
import type { SystemdClient, UnitProperty } from './systemd-client.ts';

const INFINITY = 2n ** 64n - 1n;
const POLL_MS = 10;
const ACTIVE_TIMEOUT_MS = 30_000;
/** Microseconds of CPU a second, for a quota of a tenth of one. */
const PERIODS_A_SECOND = 10;

/** The slices of pods, which systemd keeps: what was only written into their control groups would be undone by its next `daemon-reload`. */
export class Slices {
  readonly #client: SystemdClient;
  readonly #clock: Clock;
  readonly #version: 1 | 2;
  readonly #known = new Set<string>();

  constructor(options: { readonly client: SystemdClient; readonly clock: Clock; readonly version: 1 | 2 }) {
    this.#client = options.client;
    this.#clock = options.clock;
    this.#version = options.version;
  }

  /** `path`: `/kubepods.slice/kubepods-burstable.slice`, whose last part is the unit; those before it are made too. */
  async ensure(path: string, limits: CgroupLimits | undefined): Promise<void> {
    const units = path.split('/').filter(Boolean);
    for (const [index, unit] of units.entries()) {
      const isLast = index === units.length - 1;
      if (!isLast && this.#known.has(unit)) continue;
      await this.#ensureUnit(unit, units[index - 1], isLast ? limits : undefined);
      this.#known.add(unit);
    }
  }

  async #ensureUnit(unit: string, parent: string | undefined, limits: CgroupLimits | undefined): Promise<void> {
    const accounting = ['CPUAccounting', 'MemoryAccounting', 'TasksAccounting'].map((name): UnitProperty => [name, 'b', true]);
    const properties: UnitProperty[] = [
      ['Description', 's', `kubets slice ${unit}`], ...(parent === undefined ? [] : [['Wants', 'as', [parent]] satisfies UnitProperty]), ['DefaultDependencies', 'b', false], ...accounting, ...this.#limits(limits),
    ];
    try {
      await this.#client.startTransientUnit(unit, properties);
    } catch (error) {
      if (!(error instanceof DbusError && error.reason === 'UnitExists')) throw error;
      if (limits) await this.#client.setUnitProperties(unit, this.#limits(limits));
    }
    const deadline = this.#clock.monotonic() + ACTIVE_TIMEOUT_MS;
    while ((await this.#client.activeState(unit)) !== 'active') {
      if (this.#clock.monotonic() > deadline) throw new Error(`systemd does not start ${unit}`);
      await this.#clock.sleep(POLL_MS, new AbortController().signal);
    }
  }

  #limits(limits: CgroupLimits | undefined): UnitProperty[] {
    if (!limits) return [];
    const { cpuShares, cpuQuotaMicroseconds, memoryBytes } = limits;
    return [
      this.#version === 2 ? ['CPUWeight', 't', BigInt(cpuWeight(cpuShares))] : ['CPUShares', 't', BigInt(cpuShares)],
      ['CPUQuotaPerSecUSec', 't', cpuQuotaMicroseconds === undefined ? INFINITY : BigInt(cpuQuotaMicroseconds * PERIODS_A_SECOND)],
      [this.#version === 2 ? 'MemoryMax' : 'MemoryLimit', 't', memoryBytes === undefined ? INFINITY : BigInt(memoryBytes)],
    ];
  }

  /** Harmless when it is gone. */
  async remove(path: string): Promise<void> {
    const unit = path.slice(path.lastIndexOf('/') + 1);
    this.#known.delete(unit);
    try {
      await this.#client.stopUnit(unit);
    } catch (error) {
      if (!(error instanceof DbusError && error.reason === 'NoSuchUnit')) throw error;
    }
  }
}
