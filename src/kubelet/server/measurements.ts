import type { DeepReadonly } from '../../apimachinery/meta.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { Clock } from '../../base/clock.ts';
import { Gauge, type Metric } from '../../base/metrics.ts';
import type { ContainerRuntime } from '../../runtime/index.ts';
import type { PodFiles } from '../eviction/pod-usage.ts';
import { cadvisorMetrics } from '../metrics/cadvisor-metrics.ts';
import { CpuRates } from '../metrics/cpu-rates.ts';
import type { MeasuredGroup, NodeStatistics } from '../metrics/node-statistics.ts';
import type { Machine, MachineInfo } from '../node/machine.ts';
import { type ClaimUsage, volumeMetrics } from '../volumes/volume-stats.ts';
import { resourceMetrics } from './resource-metrics.ts';
import { statsSummary } from './stats-summary.ts';

export interface MeasurementParts {
  readonly runtime: ContainerRuntime;
  readonly clock: Clock;
  readonly nodeName: string;
  readonly machine: Machine;
  readonly machineInfo: MachineInfo;
  readonly pods: () => readonly DeepReadonly<Pod>[];
  /** Of one pod, by its uid. */
  readonly claimUsage: (uid: string, signal: AbortSignal) => Promise<readonly ClaimUsage[]>;
  readonly files: (pods: readonly DeepReadonly<Pod>[], signal: AbortSignal) => Promise<ReadonlyMap<string, PodFiles>>;
  /** Undefined where containers are simulated. */
  readonly statistics: NodeStatistics | undefined;
  /** What the kubelet counts of its own work, and of its probes. */
  readonly metrics: Metric;
  readonly probeMetrics: Metric;
}

/** What the kubelet's port tells of what is used: each time measured anew. */
export class Measurements {
  readonly #parts: MeasurementParts;
  readonly #rates = new CpuRates();

  constructor(parts: MeasurementParts) {
    this.#parts = parts;
  }

  async summary(signal: AbortSignal): Promise<object> {
    const { runtime, machine, machineInfo, clock, nodeName } = this.#parts;
    const pods = this.#parts.pods();
    const [usage, stats, claims, groups, files] = await Promise.all([
      machine.usage(), runtime.listContainerStats(undefined, signal), this.#claimUsage(signal), this.#groups(signal), this.#parts.files(pods, signal),
    ]);
    return statsSummary({ nodeName, nowMs: clock.now(), bootedAtMs: clock.now() - usage.uptimeSeconds * 1000, machine: machineInfo, usage, pods, stats, groups, claims, files, rates: this.#rates });
  }

  async resource(signal: AbortSignal): Promise<string> {
    const { runtime, machine, clock, pods } = this.#parts;
    const [usage, stats] = await Promise.all([machine.usage(), runtime.listContainerStats(undefined, signal)]);
    return resourceMetrics({ nowMs: clock.now(), usage, stats, startedAtMs: startTimes(pods()) });
  }

  async cadvisor(signal: AbortSignal): Promise<string> {
    const { clock, machineInfo } = this.#parts;
    return cadvisorMetrics({ nowMs: clock.now(), machine: machineInfo, groups: await this.#groups(signal) });
  }

  probes(): string {
    return this.#parts.probeMetrics.text();
  }

  async own(signal: AbortSignal): Promise<string> {
    const pods = this.#parts.pods();
    const statuses = pods.flatMap(({ status }) => [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? [])]);
    const count = (of: 'running' | 'terminated' | 'waiting'): number => statuses.filter(({ state }) => state?.[of]).length;
    const states = ([['running', count('running')], ['exited', count('terminated')], ['created', count('waiting')]] as const).filter(([, found]) => found > 0);
    const gauges = [
      new Gauge({ name: 'kubelet_running_pods', help: 'Number of pods that have a running pod sandbox', stability: 'ALPHA' }, () => [['', pods.filter(({ status }) => status.phase === 'Running').length]]),
      new Gauge({ name: 'kubelet_running_containers', help: 'Number of containers currently running', stability: 'ALPHA' }, () => states.map(([state, found]) => [`container_state="${state}"`, found])),
      new Gauge({ name: 'process_resident_memory_bytes', help: 'Resident memory size in bytes.' }, () => [['', process.memoryUsage.rss()]]),
      new Gauge({ name: 'process_cpu_seconds_total', help: 'Total user and system CPU time spent in seconds.' }, () => [['', process.cpuUsage().user / 1e6 + process.cpuUsage().system / 1e6]], 'counter'),
      new Gauge({ name: 'process_start_time_seconds', help: 'Start time of the process since unix epoch in seconds.' }, () => [['', this.#parts.clock.now() / 1000 - process.uptime()]]),
    ];
    const claims = [...(await this.#claimUsage(signal)).values()].flat();
    return this.#parts.metrics.text() + gauges.map((gauge) => gauge.text()).join('') + volumeMetrics(claims).map((line) => `${line}\n`).join('');
  }

  async #groups(signal: AbortSignal): Promise<MeasuredGroup[]> {
    return (await this.#parts.statistics?.measure(this.#parts.pods(), signal)) ?? [];
  }

  /** By the pod's uid. */
  async #claimUsage(signal: AbortSignal): Promise<ReadonlyMap<string, readonly ClaimUsage[]>> {
    const uids = this.#parts.pods().map(({ metadata }) => metadata.uid);
    return new Map(await Promise.all(uids.map(async (uid) => [uid, await this.#parts.claimUsage(uid, signal)] as const)));
  }
}

/** When the containers that run were started, by their id. */
function startTimes(pods: readonly DeepReadonly<Pod>[]): Map<string, number> {
  const started = new Map<string, number>();
  for (const { status } of pods) {
    for (const { containerID, state } of [...(status.containerStatuses ?? []), ...(status.initContainerStatuses ?? []), ...(status.ephemeralContainerStatuses ?? [])]) {
      if (state?.running?.startedAt !== undefined && containerID !== undefined) started.set(containerID.replace(/^\w+:\/\//, ''), Date.parse(state.running.startedAt));
    }
  }
  return started;
}
