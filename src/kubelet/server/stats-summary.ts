import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { formatTime } from '../../apimachinery/time.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { ContainerStats } from '../../runtime/index.ts';
import { CONTAINER_NAME, POD_UID } from '../containers/labels.ts';
import { NO_FILES, type PodFiles } from '../eviction/pod-usage.ts';
import type { CpuRates } from '../metrics/cpu-rates.ts';
import type { MeasuredGroup } from '../metrics/node-statistics.ts';
import type { InterfaceStatistics } from '../metrics/network-statistics.ts';
import type { FileSystemUsage, MachineInfo, MachineUsage } from '../node/machine.ts';
import type { ClaimUsage } from '../volumes/volume-stats.ts';

export interface SummaryInput {
  readonly nodeName: string;
  readonly nowMs: number;
  /** When the machine started. */
  readonly bootedAtMs: number;
  readonly machine: MachineInfo;
  readonly usage: MachineUsage;
  readonly pods: readonly DeepReadonly<Pod>[];
  readonly stats: readonly ContainerStats[];
  /** Of control groups; none on simulated nodes. */
  readonly groups: readonly MeasuredGroup[];
  /** By the pod's uid. */
  readonly claims: ReadonlyMap<string, readonly ClaimUsage[]>;
  /** By the pod's uid. */
  readonly files: ReadonlyMap<string, PodFiles>;
  readonly rates: CpuRates;
}

/** The answer of `/stats/summary`. Source: kubelet stats API v1alpha1. */
export function statsSummary(input: SummaryInput): object {
  const { usage, machine, groups, rates, nowMs, bootedAtMs } = input;
  const time = formatTime(nowMs);
  const inUse = machine.memoryBytes - usage.memoryAvailableBytes;
  const root = groups.find(({ id }) => id === '/');
  const nanoseconds = Math.round(usage.cpuSeconds * 1e9);
  return {
    node: {
      nodeName: input.nodeName, startTime: formatTime(bootedAtMs), systemContainers: systemContainers(input, time),
      cpu: { time, usageNanoCores: rates.nanoCores('node', nanoseconds, nowMs, bootedAtMs), usageCoreNanoSeconds: nanoseconds },
      memory: {
        time, availableBytes: usage.memoryAvailableBytes, usageBytes: inUse, workingSetBytes: inUse,
        ...(root && { rssBytes: root.statistics.memory.rss, pageFaults: root.statistics.memory.faults.all[0], majorPageFaults: root.statistics.memory.faults.all[1] }),
      },
      ...(root && networkOf(root.interfaces, time)),
      fs: fileSystem(usage.nodeFs, time), runtime: { imageFs: fileSystem(usage.imageFs, time), containerFs: fileSystem(usage.imageFs, time) },
      rlimit: { time, maxpid: usage.pidsMax, curproc: usage.pidsUsed },
    },
    pods: input.pods.map((pod) => podSummary(input, pod, time)),
  };
}

function fileSystem(of: FileSystemUsage, time: string, used = { bytes: of.capacityBytes - of.availableBytes, inodes: of.inodes - of.inodesFree }): object {
  return { time, availableBytes: of.availableBytes, capacityBytes: of.capacityBytes, usedBytes: used.bytes, inodesFree: of.inodesFree, inodes: of.inodes, inodesUsed: used.inodes };
}

/** All pods together; what the agent and the runtime use has no group of its own. */
function systemContainers({ groups, rates, nowMs }: SummaryInput, time: string): object[] {
  const pods = groups.find(({ id }) => id === '/kubepods' || id === '/kubepods.slice');
  return pods ? [{ name: 'pods', startTime: time, ...groupUsage(pods, { rates, nowMs, time }) }] : [];
}

function groupUsage({ id, statistics: { cpu, memory, limits }, startedAtMs }: MeasuredGroup, { rates, nowMs, time }: { readonly rates: CpuRates; readonly nowMs: number; readonly time: string }): object {
  const nanoseconds = Math.round(cpu.usageSeconds * 1e9);
  return {
    cpu: { time, usageNanoCores: rates.nanoCores(id, nanoseconds, nowMs, startedAtMs), usageCoreNanoSeconds: nanoseconds },
    memory: {
      time, ...(limits.memoryBytes > 0 && { availableBytes: Math.max(0, limits.memoryBytes - memory.workingSet) }), usageBytes: memory.usage, workingSetBytes: memory.workingSet,
      rssBytes: memory.rss, pageFaults: memory.faults.own[0], majorPageFaults: memory.faults.own[1],
    },
    swap: { time, swapUsageBytes: memory.swap },
  };
}

/** The first interface by itself, and all of them. */
function networkOf(interfaces: readonly InterfaceStatistics[] | undefined, time: string): object {
  if (!interfaces || interfaces.length === 0) return {};
  const all = interfaces.map(({ name, rxBytes, rxErrors, txBytes, txErrors }) => ({ name, rxBytes, rxErrors, txBytes, txErrors }));
  return { network: { time, ...(all.find(({ name }) => name === 'eth0') ?? all[0]), interfaces: all } };
}

function podSummary(input: SummaryInput, pod: DeepReadonly<Pod>, time: string): object {
  const { groups, rates, nowMs, usage, machine } = input;
  const { name, namespace, uid } = pod.metadata;
  const stats = input.stats.filter(({ attributes }) => attributes.labels[POD_UID] === uid);
  const files = input.files.get(uid) ?? NO_FILES;
  const own = groups.filter((group) => group.pod?.uid === uid);
  const whole = own.find((group) => group.name === undefined);
  const containers = stats.map((one) => containerSummary(input, one, own.find(({ name: id }) => id === one.attributes.id), files, time));
  const sandbox = own.find(({ interfaces }) => interfaces !== undefined);
  const onDisk = sum(stats, ({ writableLayer }) => writableLayer?.usedBytes) + total(files.logs.values()) + total(files.emptyDirs.values());
  const volumes = [
    ...[...files.emptyDirs].map(([volume, bytes]) => ({ ...fileSystem(usage.nodeFs, time, { bytes, inodes: 0 }), name: volume })),
    ...(input.claims.get(uid) ?? []).map(({ name: volume, claim, usage: used }) => ({ time, ...used, name: volume, pvcRef: { name: claim.name, namespace: claim.namespace } })),
  ];
  return {
    podRef: { name, namespace, uid }, startTime: pod.status?.startTime ?? null, containers,
    ...(whole ? groupUsage({ ...whole, statistics: { ...whole.statistics, limits: { ...whole.statistics.limits, memoryBytes: whole.statistics.limits.memoryBytes || machine.memoryBytes } } }, { rates, nowMs, time }) : {
      cpu: { time, usageNanoCores: sum(stats, ({ cpu }) => cpu?.usageNanoCores), usageCoreNanoSeconds: sum(stats, ({ cpu }) => cpu?.usageCoreNanoSeconds) },
      memory: { time, workingSetBytes: sum(stats, ({ memory }) => memory?.workingSetBytes) },
    }),
    ...networkOf(sandbox?.interfaces, time),
    ...(volumes.length > 0 && { volume: volumes }),
    'ephemeral-storage': fileSystem(usage.nodeFs, time, { bytes: onDisk, inodes: sum(stats, ({ writableLayer }) => writableLayer?.inodesUsed) }),
    ...(whole && { process_stats: { process_count: whole.statistics.processes } }),
  };
}

function containerSummary({ usage, rates, nowMs }: SummaryInput, { attributes, cpu, memory, writableLayer }: ContainerStats, group: MeasuredGroup | undefined, files: PodFiles, time: string): object {
  const name = attributes.labels[CONTAINER_NAME] ?? '';
  return {
    name, startTime: group?.startedAtMs === undefined ? null : formatTime(group.startedAtMs),
    ...(group ? groupUsage(group, { rates, nowMs, time }) : {
      cpu: { time, usageNanoCores: cpu?.usageNanoCores ?? 0, usageCoreNanoSeconds: cpu?.usageCoreNanoSeconds ?? 0 },
      memory: { time, usageBytes: memory?.usageBytes ?? 0, workingSetBytes: memory?.workingSetBytes ?? 0, rssBytes: memory?.rssBytes ?? 0, pageFaults: memory?.pageFaults ?? 0, majorPageFaults: memory?.majorPageFaults ?? 0 },
    }),
    rootfs: fileSystem(usage.imageFs, time, { bytes: writableLayer?.usedBytes ?? 0, inodes: writableLayer?.inodesUsed ?? 0 }),
    logs: fileSystem(usage.nodeFs, time, { bytes: files.logs.get(name) ?? 0, inodes: files.logs.has(name) ? 1 : 0 }),
  };
}

function sum(stats: readonly ContainerStats[], of: (one: ContainerStats) => number | undefined): number {
  return total(stats.map((each) => of(each) ?? 0));
}

function total(numbers: Iterable<number>): number {
  let all = 0;
  for (const each of numbers) all += each;
  return all;
}
