import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '../api/generated/core-v1.ts';
import { occupiedRequests } from './resized-requests.ts';

interface Case {
  readonly wished: string;
  readonly allocated: string;
  readonly actual: string;
  readonly condition?: readonly [string, string?];
  readonly observed?: number;
}

function podOf({ wished, allocated, actual, condition, observed = 2 }: Case): Pod {
  return {
    metadata: { name: 'p', uid: 'u', resourceVersion: '1', creationTimestamp: '', generation: 2 },
    spec: { containers: [{ name: 'c', resources: { requests: { cpu: wished } } }] },
    status: {
      observedGeneration: observed,
      containerStatuses: [{ name: 'c', image: '', imageID: '', ready: true, restartCount: 0, state: {}, lastState: {}, allocatedResources: { cpu: allocated }, resources: { requests: { cpu: actual } } }],
      ...(condition && { conditions: [{ type: condition[0], status: 'True', ...(condition[1] && { reason: condition[1] }) }] }),
    },
  };
}

for (const { name, expected, ...one } of [
  { name: 'at rest what it asks for', wished: '1', allocated: '1', actual: '1', expected: 1000 },
  { name: 'a wish that the node has not seen yet', wished: '1', allocated: '3', actual: '3', observed: 1, expected: 3000 },
  { name: 'a wish for more that waits', wished: '4', allocated: '1', actual: '1', condition: ['PodResizePending', 'Deferred'] as const, expected: 4000 },
  { name: 'a wish that can never be', wished: '100', allocated: '1', actual: '1', condition: ['PodResizePending', 'Infeasible'] as const, expected: 1000 },
  { name: 'on its way to less it still has more', wished: '1', allocated: '1', actual: '2500m', condition: ['PodResizeInProgress'] as const, expected: 2500 },
] satisfies (Case & { name: string; expected: number })[]) test(`a pod occupies ${name}`, () => assert.equal(occupiedRequests(podOf(one)).milliCpu, expected));

test('a pod with resources of its own occupies those, or what it was promised of them', () => {
  const pod = podOf({ wished: '1', allocated: '1', actual: '1', condition: ['PodResizeInProgress'] });
  const spec = { ...pod.spec, resources: { requests: { cpu: '2' } } };
  assert.equal(occupiedRequests({ ...pod, spec, status: { ...pod.status, allocatedResources: { cpu: '2' }, resources: { requests: { cpu: '5' } } } }).milliCpu, 5000);
});
