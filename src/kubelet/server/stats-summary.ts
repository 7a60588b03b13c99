import type { DeepReadonly } from '../../apimachinery/meta.ts';
import { formatTime } from '../../apimachinery/time.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { ContainerStats } from '../../runtime/index.ts';
import { CONTAINER_NAME, POD_UID } from '../containers/labels.ts';
import type { MachineInfo, MachineUsage } from '../node/machine.ts';

export interface SummaryInput {
  readonly nodeName: string;
  readonly nowMs: number;
  readonly machine: MachineInfo;
  readonly usage: MachineUsage;
  readonly pods: readonly DeepReadonly<Pod>[];
  readonly stats: readonly ContainerStats[];
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
    pods: input.pods.map((pod) => podSummary(pod, input.stats.filter(({ attributes }) => attributes.labels[POD_UID] === pod.metadata.uid), time)),
  };
}

function podSummary(pod: DeepReadonly<Pod>, stats: readonly ContainerStats[], time: string): object {
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

/** The answer of `/metrics/resource`: what metrics-server reads. */
export function resourceMetrics(stats: readonly ContainerStats[]): string {
  const lines = ['# HELP container_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the container in core-seconds', '# TYPE container_cpu_usage_seconds_total counter'];
  const labels = ({ attributes }: ContainerStats): string =>
    `{container=${JSON.stringify(attributes.labels[CONTAINER_NAME])},namespace=${JSON.stringify(attributes.labels['io.kubernetes.pod.namespace'])},pod=${JSON.stringify(attributes.labels['io.kubernetes.pod.name'])}}`;
  for (const one of stats) lines.push(`container_cpu_usage_seconds_total${labels(one)} ${(one.cpu?.usageCoreNanoSeconds ?? 0) / 1e9} ${Math.floor((one.cpu?.timestamp ?? 0) / 1e6)}`);
  lines.push('# HELP container_memory_working_set_bytes [STABLE] Current working set of the container in bytes', '# TYPE container_memory_working_set_bytes gauge');
  for (const one of stats) lines.push(`container_memory_working_set_bytes${labels(one)} ${one.memory?.workingSetBytes ?? 0} ${Math.floor((one.memory?.timestamp ?? 0) / 1e6)}`);
  return `${lines.join('\n')}\n`;
}
