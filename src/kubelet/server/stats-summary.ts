import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { formatTime } from '../../apimachinery/time.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { ContainerStats } from '../../runtime/index.ts';
import { CONTAINER_NAME, POD_UID } from '../containers/labels.ts';
import type { ClaimUsage } from '../volumes/volume-stats.ts';
import type { MachineInfo, MachineUsage } from '../node/machine.ts';

export interface SummaryInput {
  readonly nodeName: string;
  readonly nowMs: number;
  readonly machine: MachineInfo;
  readonly usage: MachineUsage;
  readonly pods: readonly DeepReadonly<Pod>[];
  readonly stats: readonly ContainerStats[];
  /** By the pod's uid. */
  readonly claims: ReadonlyMap<string, readonly ClaimUsage[]>;
}

/** The answer of `/stats/summary`. Source: kubelet stats API v1alpha1. */
export function statsSummary(input: SummaryInput): object {
  const time = formatTime(input.nowMs);
  const { usage, machine } = input;
  const fs = (of: MachineUsage['nodeFs']): object => ({
    time, availableBytes: of.availableBytes, capacityBytes: of.capacityBytes, usedBytes: of.capacityBytes - of.availableBytes,
    inodesFree: of.inodesFree, inodes: of.inodes, inodesUsed: of.inodes - of.inodesFree,
  });
  const total = sum(input.stats);
  return {
    node: {
      nodeName: input.nodeName,
      cpu: { time, usageNanoCores: total.usageNanoCores, usageCoreNanoSeconds: total.usageCoreNanoSeconds },
      memory: { time, availableBytes: usage.memoryAvailableBytes, usageBytes: machine.memoryBytes - usage.memoryAvailableBytes, workingSetBytes: machine.memoryBytes - usage.memoryAvailableBytes },
      fs: fs(usage.nodeFs), runtime: { imageFs: fs(usage.imageFs) }, rlimit: { time, maxpid: usage.pidsMax, curproc: usage.pidsUsed },
    },
    pods: input.pods.map((pod) => podSummary(pod, input.stats.filter(({ attributes }) => attributes.labels[POD_UID] === pod.metadata.uid), input.claims.get(pod.metadata.uid) ?? [], time)),
  };
}

function podSummary(pod: DeepReadonly<Pod>, stats: readonly ContainerStats[], claims: readonly ClaimUsage[], time: string): object {
  const { name, namespace, uid } = pod.metadata;
  const total = sum(stats);
  return {
    podRef: { name, namespace, uid }, startTime: pod.status?.startTime ?? null,
    containers: stats.map(({ attributes, cpu, memory, writableLayer }) => ({
      name: attributes.labels[CONTAINER_NAME], startTime: null,
      cpu: { time, usageNanoCores: cpu?.usageNanoCores ?? 0, usageCoreNanoSeconds: cpu?.usageCoreNanoSeconds ?? 0 },
      memory: { time, usageBytes: memory?.usageBytes ?? 0, workingSetBytes: memory?.workingSetBytes ?? 0, rssBytes: memory?.rssBytes ?? 0, pageFaults: memory?.pageFaults ?? 0, majorPageFaults: memory?.majorPageFaults ?? 0 },
      rootfs: { time, usedBytes: writableLayer?.usedBytes ?? 0, inodesUsed: writableLayer?.inodesUsed ?? 0 },
    })),
    cpu: { time, usageNanoCores: total.usageNanoCores, usageCoreNanoSeconds: total.usageCoreNanoSeconds },
    memory: { time, workingSetBytes: total.workingSetBytes },
    ...(claims.length > 0 && { volume: claims.map(({ name: volume, claim, usage }) => ({ time, ...usage, name: volume, pvcRef: { name: claim.name, namespace: claim.namespace } })) }),
  };
}

function sum(stats: readonly ContainerStats[]): { usageNanoCores: number; usageCoreNanoSeconds: number; workingSetBytes: number } {
  const total = { usageNanoCores: 0, usageCoreNanoSeconds: 0, workingSetBytes: 0 };
  for (const { cpu, memory } of stats) {
    total.usageNanoCores += cpu?.usageNanoCores ?? 0;
    total.usageCoreNanoSeconds += cpu?.usageCoreNanoSeconds ?? 0;
    total.workingSetBytes += memory?.workingSetBytes ?? 0;
  }
  return total;
}

export interface ResourceMetricsInput {
  readonly nowMs: number;
  readonly usage: MachineUsage;
  readonly stats: readonly ContainerStats[];
  /** Milliseconds since 1970, by the container's id. */
  readonly startedAtMs: ReadonlyMap<string, number>;
}

/** The answer of `/metrics/resource`: what metrics-server reads. Source: pkg/kubelet/metrics/collectors/resource_metrics.go. */
export function resourceMetrics({ nowMs, usage, stats, startedAtMs }: ResourceMetricsInput): string {
  const lines: string[] = [];
  const family = (name: string, type: string, help: string, values: readonly string[]): void => {
    if (values.length > 0) lines.push(`# HELP ${name} [STABLE] ${help}`, `# TYPE ${name} ${type}`, ...values.map((value) => `${name}${value}`));
  };
  const pods = [...Map.groupBy(stats, ({ attributes }) => labelsOf(attributes.labels)).entries()];
  const timeOf = (one: ContainerStats): number => Math.floor((one.cpu?.timestamp ?? nowMs * 1e6) / 1e6);
  const container = ({ attributes }: ContainerStats): string => `{container=${JSON.stringify(attributes.labels[CONTAINER_NAME] ?? '')},${labelsOf(attributes.labels)}}`;
  family('container_cpu_usage_seconds_total', 'counter', 'Cumulative cpu time consumed by the container in core-seconds', stats.map((one) => `${container(one)} ${(one.cpu?.usageCoreNanoSeconds ?? 0) / 1e9} ${timeOf(one)}`));
  family('container_memory_working_set_bytes', 'gauge', 'Current working set of the container in bytes', stats.map((one) => `${container(one)} ${one.memory?.workingSetBytes ?? 0} ${timeOf(one)}`));
  family('container_start_time_seconds', 'gauge', 'Start time of the container since unix epoch in seconds', stats.flatMap((one) => {
    const startedMs = startedAtMs.get(one.attributes.id);
    return startedMs === undefined ? [] : [`${container(one)} ${startedMs / 1000}`];
  }));
  family('node_cpu_usage_seconds_total', 'counter', 'Cumulative cpu time consumed by the node in core-seconds', [` ${usage.cpuSeconds} ${nowMs}`]);
  family('node_memory_working_set_bytes', 'gauge', 'Current working set of the node in bytes', [` ${usage.memoryBytes - usage.memoryAvailableBytes} ${nowMs}`]);
  family('pod_cpu_usage_seconds_total', 'counter', 'Cumulative cpu time consumed by the pod in core-seconds', pods.map(([labels, of]) => `{${labels}} ${sum(of).usageCoreNanoSeconds / 1e9} ${nowMs}`));
  family('pod_memory_working_set_bytes', 'gauge', 'Current working set of the pod in bytes', pods.map(([labels, of]) => `{${labels}} ${sum(of).workingSetBytes} ${nowMs}`));
  family('resource_scrape_error', 'gauge', '1 if there was an error while getting container metrics, 0 otherwise', [' 0']);
  return `${lines.join('\n')}\n`;
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  return `namespace=${JSON.stringify(labels['io.kubernetes.pod.namespace'] ?? '')},pod=${JSON.stringify(labels['io.kubernetes.pod.name'] ?? '')}`;
}
