import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SimulatedMachine } from '../node/simulated-machine.ts';
import { cadvisorMetrics } from './cadvisor-metrics.ts';
import type { MeasuredGroup } from './node-statistics.ts';

const none = { usage: 0, workingSet: 0, rss: 0, cache: 0, mappedFile: 0, swap: 0, failcnt: 0, faults: { own: [0, 0], all: [0, 0] } } as const;

test('a container tells its pressure, its throttling and its devices, with its labels in order and its texts escaped', async () => {
  const group: MeasuredGroup = {
    id: '/kubepods/podu/c', name: 'c', container: 'main', image: 'an "image"', pod: { uid: 'u', namespace: 'n', name: 'p' }, startedAtMs: 1500,
    statistics: {
      cpu: { usageSeconds: 2.5, userSeconds: 2, systemSeconds: 0.5, throttling: { periods: 10, throttledPeriods: 4, throttledSeconds: 0.25 } }, memory: none, processes: 3, io: new Map([['8:0', { reads: 1, readBytes: 2, writes: 3, writtenBytes: 4 }]]),
      limits: { memoryBytes: 0, memoryReservationBytes: 0, swapBytes: 0 }, pressure: new Map([['cpu', { waitingSeconds: 2, stalledSeconds: 1 }]]),
    },
  };
  const text = cadvisorMetrics({ nowMs: 2000, machine: await new SimulatedMachine({ hostname: 'node' }).info(), groups: [group] });
  const labels = String.raw`container="main",id="/kubepods/podu/c",image="an \"image\"",name="c",namespace="n",pod="p"`;
  for (const line of [
    `container_pressure_cpu_waiting_seconds_total{${labels}} 2 2000`, `container_pressure_cpu_stalled_seconds_total{${labels}} 1 2000`, `container_cpu_cfs_throttled_periods_total{${labels}} 4 2000`, `container_start_time_seconds{${labels}} 1.5 2000`,
    String.raw`container_fs_writes_bytes_total{container="main",device="8:0",id="/kubepods/podu/c",image="an \"image\"",name="c",namespace="n",pod="p"} 4 2000`, 'machine_cpu_cores{boot_id="node",machine_id="node",system_uuid="node"} 8',
  ]) assert.ok(text.split('\n').includes(line), line);
  assert.doesNotMatch(text, /container_pressure_io|container_network|container_oom/);
});
