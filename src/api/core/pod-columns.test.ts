import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ContainerStatus, Pod } from '../generated/core-v1.ts';
import { podColumns } from './pod-columns.ts';

const NOW = Date.parse('2026-01-01T01:00:00Z');

function containerOf(name: string, fields: Partial<ContainerStatus>): ContainerStatus {
  return { name, ready: false, restartCount: 0, image: 'i', imageID: '', state: {}, lastState: {}, ...fields };
}

function podOf(fields: { metadata?: Partial<Pod['metadata']>; spec?: Partial<Pod['spec']>; status?: Pod['status'] }): Pod {
  return {
    metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', ...fields.metadata },
    spec: { containers: [{ name: 'a', resources: {} }], ...fields.spec }, status: fields.status ?? {},
  };
}

function cells(pod: Pod): unknown[] {
  return podColumns.slice(1, 4).map((column) => column.cell(pod, NOW));
}

const running = { running: { startedAt: '2026-01-01T00:00:00Z' } };
const sidecar = { name: 's', restartPolicy: 'Always', resources: {} };

suite('what a pod reads like', () => {
  for (const { name, pod, expected } of [
    { name: 'waiting for a node', pod: podOf({ status: { phase: 'Pending' } }), expected: ['0/1', 'Pending', '0'] },
    {
      name: 'held by gates',
      pod: podOf({ status: { phase: 'Pending', conditions: [{ type: 'PodScheduled', status: 'False', reason: 'SchedulingGated' }] } }),
      expected: ['0/1', 'SchedulingGated', '0'],
    },
    { name: 'running', pod: podOf({ status: { phase: 'Running', containerStatuses: [containerOf('a', { ready: true, state: running })] } }), expected: ['1/1', 'Running', '0'] },
    {
      name: 'crashing',
      pod: podOf({
        status: {
          phase: 'Running',
          containerStatuses: [containerOf('a', {
            restartCount: 3, state: { waiting: { reason: 'CrashLoopBackOff' } }, lastState: { terminated: { exitCode: 1, finishedAt: '2026-01-01T00:59:30Z' } },
          })],
        },
      }),
      expected: ['0/1', 'CrashLoopBackOff', '3 (30s ago)'],
    },
    {
      name: 'held up by its first init container',
      pod: podOf({ spec: { initContainers: [{ name: 'i', resources: {} }] }, status: { phase: 'Pending', initContainerStatuses: [containerOf('i', { state: running })] } }),
      expected: ['0/1', 'Init:0/1', '0'],
    },
    {
      name: 'failed to initialize',
      pod: podOf({
        spec: { initContainers: [{ name: 'i', resources: {} }] },
        status: { phase: 'Pending', initContainerStatuses: [containerOf('i', { state: { terminated: { exitCode: 2 } } })] },
      }),
      expected: ['0/1', 'Init:ExitCode:2', '0'],
    },
    {
      name: 'with a sidecar',
      pod: podOf({
        spec: { initContainers: [sidecar] },
        status: {
          phase: 'Running', initContainerStatuses: [containerOf('s', { ready: true, started: true, state: running })],
          containerStatuses: [containerOf('a', { ready: true, state: running })],
        },
      }),
      expected: ['2/2', 'Running', '0'],
    },
    {
      name: 'going', pod: podOf({ metadata: { deletionTimestamp: '2026-01-01T00:59:00Z' }, status: { phase: 'Running', containerStatuses: [containerOf('a', { ready: true, state: running })] } }),
      expected: ['1/1', 'Terminating', '0'],
    },
    {
      name: 'lost with its node', pod: podOf({ metadata: { deletionTimestamp: '2026-01-01T00:59:00Z' }, status: { phase: 'Running', reason: 'NodeLost' } }),
      expected: ['0/1', 'Unknown', '0'],
    },
    {
      name: 'half done and not ready',
      pod: podOf({
        spec: { containers: [{ name: 'a', resources: {} }, { name: 'b', resources: {} }] },
        status: { phase: 'Running', containerStatuses: [containerOf('a', { state: { terminated: { exitCode: 0, reason: 'Completed' } } }), containerOf('b', { ready: true, state: running })] },
      }),
      expected: ['1/2', 'NotReady', '0'],
    },
  ]) test(name, () => assert.deepEqual(cells(pod), expected));
});
