import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import { replicasForAverage, replicasForShare, replicasForUtilization, replicasForValue, type Scaled } from './replicas.ts';
import { MetricError, type Sample } from './samples.ts';

const NOW = Date.parse('2026-01-01T12:00:00Z');
const tolerances = { scaleUp: 0.1, scaleDown: 0.1 };

interface PodShape {
  readonly milli?: number;
  readonly phase?: string;
  readonly isReady?: boolean;
  readonly startedSecondsAgo?: number;
  readonly isDeleted?: boolean;
  readonly request?: string | null;
}

function podOf(name: string, { phase = 'Running', isReady = true, startedSecondsAgo = 3600, isDeleted = false, request = '1' }: PodShape): Pod {
  const at = new Date(NOW - startedSecondsAgo * 1000).toISOString();
  return {
    metadata: { name, ...(isDeleted && { deletionTimestamp: at }) }, spec: { containers: [{ name: 'c', resources: request === null ? {} : { requests: { cpu: request } } }] },
    status: { phase, startTime: at, conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False', lastTransitionTime: at }] },
  } as unknown as Pod;
}

function scaledOf(shapes: readonly PodShape[], current = shapes.length): { scaled: Scaled; samples: Map<string, Sample> } {
  const samples = new Map(shapes.flatMap(({ milli }, index): [string, Sample][] => (milli === undefined ? [] : [[`p${index}`, { milli, timestampMs: NOW, windowMs: 60_000 }]])));
  return { samples, scaled: { pods: shapes.map((shape, index) => podOf(`p${index}`, shape)), nowMs: NOW, cpuInitializationMs: 300_000, initialReadinessMs: 30_000, current, tolerances } };
}

for (const { name, shapes, target = 50, expected } of [
  { name: 'grows by the ratio, rounded up', shapes: [{ milli: 800 }, { milli: 900 }, { milli: 700 }], expected: { replicas: 5, usageMilli: 800, utilization: 80 } },
  { name: 'stays within the tolerance', shapes: [{ milli: 540 }, { milli: 560 }], expected: { replicas: 2, usageMilli: 550, utilization: 55 } },
  { name: 'shrinks', shapes: [{ milli: 100 }, { milli: 100 }, { milli: 100 }, { milli: 100 }], expected: { replicas: 1, usageMilli: 100, utilization: 10 } },
  { name: 'counts pods without a sample as idle when growing', shapes: [{ milli: 900 }, { milli: 900 }, {}], expected: { replicas: 4, usageMilli: 900, utilization: 90 } },
  { name: 'counts pods without a sample as fully used when shrinking', shapes: [{ milli: 100 }, { milli: 100 }, {}], expected: { replicas: 3, usageMilli: 100, utilization: 10 } },
  { name: 'does not shrink for pods that are only late', shapes: [{ milli: 450 }, {}], target: 60, expected: { replicas: 2, usageMilli: 450, utilization: 45 } },
  { name: 'counts pending pods as idle when growing', shapes: [{ milli: 800 }, { phase: 'Pending' }], target: 30, expected: { replicas: 3, usageMilli: 800, utilization: 80 } },
  { name: 'leaves pending pods out when shrinking', shapes: [{ milli: 100 }, { phase: 'Pending' }], target: 30, expected: { replicas: 1, usageMilli: 100, utilization: 10 } },
  { name: 'leaves out pods that are being deleted', shapes: [{ milli: 900 }, { milli: 900, isDeleted: true }], expected: { replicas: 2, usageMilli: 900, utilization: 90 } },
  { name: 'leaves the start of a pod out', shapes: [{ milli: 100 }, { milli: 5000, startedSecondsAgo: 20 }], expected: { replicas: 1, usageMilli: 100, utilization: 10 } },
  { name: 'counts a young pod once it has been ready for a window', shapes: [{ milli: 500 }, { milli: 1500, startedSecondsAgo: 90 }], expected: { replicas: 4, usageMilli: 1000, utilization: 100 } },
]) {
  test(`utilization ${name}`, () => {
    const { scaled, samples } = scaledOf(shapes);
    assert.deepEqual(replicasForUtilization({ resource: 'cpu', samples, target }, scaled), expected);
  });
}

for (const { name, shapes, message } of [
  { name: 'without pods', shapes: [], message: 'no pods returned by selector while calculating replica count' },
  { name: 'with unready pods only', shapes: [{ milli: 100, phase: 'Pending' }], message: 'did not receive metrics for targeted pods (pods might be unready)' },
  { name: 'where a container asks for nothing', shapes: [{ milli: 100, request: null }], message: 'missing request for cpu in container c of Pod p0' },
]) {
  test(`utilization says why there is none ${name}`, () => {
    const { scaled, samples } = scaledOf(shapes);
    assert.throws(() => replicasForUtilization({ resource: 'cpu', samples, target: 50 }, scaled), new MetricError(message));
  });
}

test('an average of pods needs no requests', () => {
  const { scaled, samples } = scaledOf([{ milli: 300, request: null }, { milli: 500, request: null }]);
  assert.deepEqual(replicasForAverage({ resource: '', samples, targetMilli: 100 }, scaled), { replicas: 8, usageMilli: 400 });
});

test('one value is for the ready pods, and wakes a target of size 0', () => {
  const { scaled } = scaledOf([{}, {}, { isReady: false }]);
  assert.deepEqual(replicasForValue(3000, 1000, scaled), { replicas: 6, usageMilli: 3000 });
  assert.deepEqual(replicasForValue(3000, 1000, { ...scaled, pods: [], current: 0 }), { replicas: 3, usageMilli: 3000 });
});

test('a value that is shared out counts the replicas that are there', () => {
  assert.deepEqual(replicasForShare(10_000, 2000, 3, tolerances), { replicas: 5, usageMilli: 3334 });
  assert.deepEqual(replicasForShare(6100, 2000, 3, tolerances), { replicas: 3, usageMilli: 2034 });
});
