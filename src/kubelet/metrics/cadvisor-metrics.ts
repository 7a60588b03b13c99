import { labelValue } from '../../base/metrics.ts';
import type { MachineInfo } from '../node/machine.ts';
import type { GroupStatistics } from './group-statistics.ts';
import type { MeasuredGroup } from './node-statistics.ts';
import type { InterfaceStatistics } from './network-statistics.ts';

/** A value with labels of its own, beside those of the group. */
type Sample = readonly [labels: Readonly<Record<string, string>>, value: number];

interface Family {
  readonly name: string;
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  readonly samples: (group: MeasuredGroup) => readonly Sample[];
}

const one = (value: number | undefined): readonly Sample[] => (value === undefined ? [] : [[{}, value]]);
const counter = (name: string, help: string, of: (statistics: GroupStatistics) => number | undefined): Family => ({ name, type: 'counter', help, samples: ({ statistics }) => one(of(statistics)) });
const gauge = (name: string, help: string, of: (statistics: GroupStatistics) => number | undefined): Family => ({ name, type: 'gauge', help, samples: ({ statistics }) => one(of(statistics)) });
const network = (name: string, help: string, of: (statistics: InterfaceStatistics) => number): Family => ({
  name: `container_network_${name}_total`, type: 'counter', help, samples: ({ interfaces = [] }) => interfaces.map((each) => [{ interface: each.name }, of(each)]),
});
const io = (name: string, help: string, of: 'reads' | 'readBytes' | 'writes' | 'writtenBytes'): Family => ({
  name: `container_fs_${name}_total`, type: 'counter', help, samples: ({ statistics }) => [...statistics.io].map(([device, each]) => [{ device }, each[of]]),
});

const pressure = (resource: 'cpu' | 'memory' | 'io', what: 'stalled' | 'waiting', help: string): Family =>
  counter(`container_pressure_${resource}_${what}_seconds_total`, help, (statistics) => statistics.pressure.get(resource)?.[what === 'stalled' ? 'stalledSeconds' : 'waitingSeconds']);

/** Names, kinds and help of cAdvisor's families. Source: cAdvisor, docs/storage/prometheus.md. */
const FAMILIES: readonly Family[] = [
  counter('container_cpu_cfs_periods_total', 'Number of elapsed enforcement period intervals.', ({ cpu }) => cpu.throttling?.periods),
  counter('container_cpu_cfs_throttled_periods_total', 'Number of throttled period intervals.', ({ cpu }) => cpu.throttling?.throttledPeriods),
  counter('container_cpu_cfs_throttled_seconds_total', 'Total time duration the container has been throttled.', ({ cpu }) => cpu.throttling?.throttledSeconds),
  counter('container_cpu_system_seconds_total', 'Cumulative system cpu time consumed in seconds.', ({ cpu }) => cpu.systemSeconds),
  { name: 'container_cpu_usage_seconds_total', type: 'counter', help: 'Cumulative cpu time consumed in seconds.', samples: ({ statistics }) => [[{ cpu: 'total' }, statistics.cpu.usageSeconds]] },
  counter('container_cpu_user_seconds_total', 'Cumulative user cpu time consumed in seconds.', ({ cpu }) => cpu.userSeconds),
  io('reads_bytes', 'Cumulative count of bytes read', 'readBytes'),
  io('reads', 'Cumulative count of reads completed', 'reads'),
  io('writes_bytes', 'Cumulative count of bytes written', 'writtenBytes'),
  io('writes', 'Cumulative count of writes completed', 'writes'),
  gauge('container_memory_cache', 'Number of bytes of page cache memory.', ({ memory }) => memory.cache),
  counter('container_memory_failcnt', 'Number of memory usage hits limits', ({ memory }) => memory.failcnt),
  {
    name: 'container_memory_failures_total', type: 'counter', help: 'Cumulative count of memory allocation failures.',
    samples: ({ statistics: { memory: { faults } } }) => (['container', 'hierarchy'] as const).flatMap((scope): Sample[] => {
      const [minor, major] = scope === 'container' ? faults.own : faults.all;
      return [[{ failure_type: 'pgfault', scope }, minor], [{ failure_type: 'pgmajfault', scope }, major]];
    }),
  },
  gauge('container_memory_kernel_usage', 'Size of kernel memory allocated in bytes.', ({ memory }) => memory.kernel),
  gauge('container_memory_mapped_file', 'Size of memory mapped files in bytes.', ({ memory }) => memory.mappedFile),
  gauge('container_memory_max_usage_bytes', 'Maximum memory usage recorded in bytes', ({ memory }) => memory.maxUsage),
  gauge('container_memory_rss', 'Size of RSS in bytes.', ({ memory }) => memory.rss),
  gauge('container_memory_swap', 'Container swap usage in bytes.', ({ memory }) => memory.swap),
  gauge('container_memory_usage_bytes', 'Current memory usage in bytes, including all memory regardless of when it was accessed', ({ memory }) => memory.usage),
  gauge('container_memory_working_set_bytes', 'Current working set in bytes.', ({ memory }) => memory.workingSet),
  network('receive_bytes', 'Cumulative count of bytes received', ({ rxBytes }) => rxBytes),
  network('receive_errors', 'Cumulative count of errors encountered while receiving', ({ rxErrors }) => rxErrors),
  network('receive_packets_dropped', 'Cumulative count of packets dropped while receiving', ({ rxDropped }) => rxDropped),
  network('receive_packets', 'Cumulative count of packets received', ({ rxPackets }) => rxPackets),
  network('transmit_bytes', 'Cumulative count of bytes transmitted', ({ txBytes }) => txBytes),
  network('transmit_errors', 'Cumulative count of errors encountered while transmitting', ({ txErrors }) => txErrors),
  network('transmit_packets_dropped', 'Cumulative count of packets dropped while transmitting', ({ txDropped }) => txDropped),
  network('transmit_packets', 'Cumulative count of packets transmitted', ({ txPackets }) => txPackets),
  counter('container_oom_events_total', 'Count of out of memory events observed for the container', ({ oomKills }) => oomKills),
  pressure('cpu', 'stalled', 'Total time duration no tasks in the container could make progress due to CPU congestion.'),
  pressure('cpu', 'waiting', 'Total time duration tasks in the container have waited due to CPU congestion.'),
  pressure('io', 'stalled', 'Total time duration no tasks in the container could make progress due to IO congestion.'),
  pressure('io', 'waiting', 'Total time duration tasks in the container have waited due to IO congestion.'),
  pressure('memory', 'stalled', 'Total time duration no tasks in the container could make progress due to memory congestion.'),
  pressure('memory', 'waiting', 'Total time duration tasks in the container have waited due to memory congestion.'),
  gauge('container_processes', 'Number of processes running inside the container.', ({ processes }) => processes),
  gauge('container_spec_cpu_period', 'CPU period of the container.', ({ limits }) => limits.cpuPeriod),
  gauge('container_spec_cpu_quota', 'CPU quota of the container.', ({ limits }) => limits.cpuQuota),
  gauge('container_spec_cpu_shares', 'CPU share of the container.', ({ limits }) => limits.cpuShares),
  gauge('container_spec_memory_limit_bytes', 'Memory limit for the container.', ({ limits }) => limits.memoryBytes),
  gauge('container_spec_memory_reservation_limit_bytes', 'Memory reservation limit for the container.', ({ limits }) => limits.memoryReservationBytes),
  gauge('container_spec_memory_swap_limit_bytes', 'Memory swap limit for the container.', ({ limits }) => limits.swapBytes),
  { name: 'container_start_time_seconds', type: 'gauge', help: 'Start time of the container since unix epoch in seconds.', samples: ({ startedAtMs }) => one(startedAtMs === undefined ? undefined : startedAtMs / 1000) },
  gauge('container_threads_max', 'Maximum number of threads allowed inside the container, infinity if value is zero', ({ maxProcesses }) => maxProcesses ?? 0),
];

export interface CadvisorInput {
  readonly nowMs: number;
  readonly machine: MachineInfo;
  readonly groups: readonly MeasuredGroup[];
}

/** The answer of `/metrics/cadvisor`. */
export function cadvisorMetrics({ nowMs, machine, groups }: CadvisorInput): string {
  const lines: string[] = [];
  const family = (name: string, type: string, help: string, values: readonly string[]): void => {
    if (values.length > 0) lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...values.map((value) => `${name}${value}`));
  };
  const version = { cadvisorRevision: '', cadvisorVersion: '', dockerVersion: '', kernelVersion: machine.kernelVersion, osVersion: machine.osImage };
  family('cadvisor_version_info', 'gauge', "A metric with a constant '1' value labeled by kernel version, OS version, docker version, cadvisor version & cadvisor revision.", [`${labelsText(version)} 1`]);
  for (const { name, type, help, samples } of FAMILIES) {
    family(name, type, help, groups.flatMap((group) => samples(group).map(([own, value]) => `${labelsText({ ...labelsOf(group), ...own })} ${value} ${nowMs}`)));
  }
  family('container_last_seen', 'gauge', 'Last time a container was seen by the exporter', groups.map((group) => `${labelsText(labelsOf(group))} ${Math.floor(nowMs / 1000)} ${nowMs}`));
  family('container_scrape_error', 'gauge', '1 if there was an error while getting container metrics, 0 otherwise', [' 0']);
  const ids = labelsText({ boot_id: machine.bootID, machine_id: machine.machineID, system_uuid: machine.systemUUID });
  family('machine_cpu_cores', 'gauge', 'Number of logical CPU cores.', [`${ids} ${machine.cpus}`]);
  family('machine_memory_bytes', 'gauge', 'Amount of memory installed on the machine.', [`${ids} ${machine.memoryBytes}`]);
  family('machine_swap_bytes', 'gauge', 'Amount of swap memory available on the machine.', [`${ids} ${machine.swapBytes}`]);
  family('machine_scrape_error', 'gauge', '1 if there was an error while getting machine metrics, 0 otherwise.', [' 0']);
  return `${lines.join('\n')}\n`;
}

function labelsOf({ id, container = '', image = '', name = '', pod }: MeasuredGroup): Record<string, string> {
  return { container, id, image, name, namespace: pod?.namespace ?? '', pod: pod?.name ?? '' };
}

function labelsText(labels: Readonly<Record<string, string>>): string {
  return `{${Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => `${name}="${labelValue(value)}"`).join(',')}}`;
}
