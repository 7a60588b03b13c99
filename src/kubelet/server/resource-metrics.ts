import type { ContainerStats } from '../../runtime/index.ts';
import { CONTAINER_NAME } from '../containers/labels.ts';
import type { MachineUsage } from '../node/machine.ts';

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
  family('pod_cpu_usage_seconds_total', 'counter', 'Cumulative cpu time consumed by the pod in core-seconds', pods.map(([labels, of]) => `{${labels}} ${total(of, ({ cpu }) => cpu?.usageCoreNanoSeconds) / 1e9} ${nowMs}`));
  family('pod_memory_working_set_bytes', 'gauge', 'Current working set of the pod in bytes', pods.map(([labels, of]) => `{${labels}} ${total(of, ({ memory }) => memory?.workingSetBytes)} ${nowMs}`));
  family('resource_scrape_error', 'gauge', '1 if there was an error while getting container metrics, 0 otherwise', [' 0']);
  return `${lines.join('\n')}\n`;
}

function labelsOf(labels: Readonly<Record<string, string>>): string {
  return `namespace=${JSON.stringify(labels['io.kubernetes.pod.namespace'] ?? '')},pod=${JSON.stringify(labels['io.kubernetes.pod.name'] ?? '')}`;
}

function total(stats: readonly ContainerStats[], of: (one: ContainerStats) => number | undefined): number {
  return stats.reduce((sum, each) => sum + (of(each) ?? 0), 0);
}
