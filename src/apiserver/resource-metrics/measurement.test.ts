import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseMeasurements, usageBetween } from './measurement.ts';

const text = `# HELP container_cpu_usage_seconds_total [STABLE] Cumulative cpu time consumed by the container in core-seconds
# TYPE container_cpu_usage_seconds_total counter
container_cpu_usage_seconds_total{container="a",namespace="shop",pod="web"} 1.5 1000
container_cpu_usage_seconds_total{container="b",namespace="shop",pod="web"} 2e-1 1000
container_memory_working_set_bytes{container="a",namespace="shop",pod="web"} 1.048576e+06 1000
container_start_time_seconds{container="a",namespace="shop",pod="web"} 1.7e+09
node_cpu_usage_seconds_total 300 2000
node_memory_working_set_bytes 4096 2000
pod_cpu_usage_seconds_total{namespace="shop",pod="web"} 1.7 1000
`;

test('reads what a kubelet measured; a container without all figures is left out', () => {
  const { node, pods } = parseMeasurements(text, 9);
  assert.deepEqual(node, { cpuSeconds: 300, memoryBytes: 4096, atMs: 2000 });
  assert.deepEqual([...pods].map(([pod, containers]) => [pod, [...containers]]), [['shop/web', [['a', { cpuSeconds: 1.5, memoryBytes: 1_048_576, atMs: 1000 }]]]]);
});

test('a rate is told between two looks at one counter', () => {
  const before = { atMs: 1000, cpuSeconds: 10, memoryBytes: 1 };
  assert.deepEqual(usageBetween(before, { atMs: 3000, cpuSeconds: 11, memoryBytes: 2 }), { cpuCores: 0.5, memoryBytes: 2 });
  assert.equal(usageBetween(before, { atMs: 3000, cpuSeconds: 1, memoryBytes: 2 }), undefined, 'the container was started anew');
  assert.equal(usageBetween(before, before), undefined);
  assert.equal(usageBetween(undefined, before), undefined);
});
