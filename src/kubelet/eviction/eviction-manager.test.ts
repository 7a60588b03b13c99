import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import { silentLogger } from '../../base/logger.ts';
import { VirtualClock } from '../../base/virtual-clock.ts';
import type { EventRecorder } from '../../client/index.ts';
import type { ContainerRuntime } from '../../runtime/index.ts';
import { KubeletMetrics } from '../metrics/kubelet-metrics.ts';
import type { Machine } from '../node/machine.ts';
import { EvictionManager } from './eviction-manager.ts';
import { DEFAULT_THRESHOLDS } from './thresholds.ts';

const MEBI = 1024 ** 2;
const fs = { capacityBytes: 1000, availableBytes: 500, inodes: 100, inodesFree: 50 };
const usage = { cpuSeconds: 0, uptimeSeconds: 1, memoryBytes: 4096 * MEBI, memoryAvailableBytes: 1024 * MEBI, nodeFs: fs, imageFs: fs, pidsMax: 100, pidsUsed: 10 };
const pod: Pod = { metadata: { name: 'p', uid: 'p', resourceVersion: '1', creationTimestamp: '' }, spec: { containers: [], volumes: [{ name: 'scratch', emptyDir: { sizeLimit: '1Mi' } }] }, status: {} };

for (const { name, bytes, memoryAvailableBytes } of [
  { name: 'a pod over its limit on disk', bytes: 2 * MEBI, memoryAvailableBytes: 1024 * MEBI },
  { name: 'a pod of a node that is short of memory', bytes: 0, memoryAvailableBytes: MEBI },
]) test(`${name} has one second to end`, async () => {
  const over = new AbortController();
  const evicted: [string, number][] = [];
  const manager = new EvictionManager({
    clock: new VirtualClock(), logger: silentLogger, metrics: new KubeletMetrics('n'), thresholds: DEFAULT_THRESHOLDS, pressureTransitionMs: 300_000,
    runtime: { listContainerStats: async () => [] } as unknown as ContainerRuntime, machine: { usage: async () => ({ ...usage, memoryAvailableBytes }) } as unknown as Machine,
    events: { warning: () => undefined } as unknown as EventRecorder, reclaimDisk: async () => false, pods: () => [pod],
    files: async () => new Map([['p', { logs: new Map(), emptyDirs: new Map([['scratch', bytes]]) }]]), onPressureChange: () => undefined,
    evict: async (uid, graceSeconds) => {
      evicted.push([uid, graceSeconds]);
      over.abort();
    },
  });
  await manager.run(over.signal).catch(() => undefined);
  assert.deepEqual(evicted, [['p', 1]]);
});
