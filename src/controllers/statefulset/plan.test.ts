import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { StatefulSet } from '../../api/generated/apps-v1.ts';
import type { Pod } from '../../api/generated/core-v1.ts';
import { planStateful } from './plan.ts';

const set = (spec: object): StatefulSet => ({
  metadata: { name: 's', namespace: 'n', uid: 'u', resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { replicas: 3, serviceName: 's', selector: {}, template: {}, podManagementPolicy: 'Parallel', updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } }, ...spec },
  status: { replicas: 3 },
}) as StatefulSet;

const pod = (ordinal: number, revision: string, isReady: boolean): Pod => ({
  metadata: { name: `s-${ordinal}`, namespace: 'n', uid: `u${ordinal}`, resourceVersion: '1', creationTimestamp: '2026-01-01T00:00:00Z', labels: { 'controller-revision-hash': revision } },
  spec: { containers: [] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
}) as Pod;

/** The ordinals that go next, of pods that are told as revision and health, the lowest first. */
function goes(spec: object, pods: readonly (readonly [string, boolean])[]): string[] {
  const plan = planStateful({ set: set(spec), pods: pods.map(([revision, isReady], i) => pod(i, revision, isReady)), current: 'old', update: 'new', nowMs: 0 });
  return plan.delete.map((one) => one.pod.metadata.name);
}

suite('the next pod of a rolling update', () => {
  const healthy = [['old', true], ['old', true], ['old', true]] as const;
  test('is the highest', () => assert.deepEqual(goes({}, healthy), ['s-2']));
  test('does not wait for those below it', () => assert.deepEqual(goes({}, [['old', false], ['old', true], ['old', true]]), ['s-2']));
  test('waits for those above it', () => assert.deepEqual(goes({}, [['old', true], ['old', true], ['new', false]]), []));
  test('is one at a time, whatever maxUnavailable says', () => {
    assert.deepEqual(goes({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0, maxUnavailable: 2 } } }, healthy), ['s-2']);
  });
  test('stands above the partition', () => assert.deepEqual(goes({ updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 2 } } }, [['old', true], ['old', true], ['new', true]]), []));
});
