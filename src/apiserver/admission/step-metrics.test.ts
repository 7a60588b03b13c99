import assert from 'node:assert/strict';
import { test } from 'node:test';
import { VirtualClock } from '../../base/virtual-clock.ts';
import { AdmissionChain } from './chain.ts';
import type { AdmissionAttributes, AdmissionPlugin } from './plugin.ts';
import { AdmissionStepMetrics } from './step-metrics.ts';

test('both steps of admission are measured, and whether they refuse', async () => {
  const metrics = new AdmissionStepMetrics(new VirtualClock());
  const plugin = { name: 'Never', handles: () => true, admit: () => undefined, validate: () => Promise.reject(new Error('no')) } as unknown as AdmissionPlugin;
  const chain = new AdmissionChain([plugin], metrics);
  const attributes = { operation: 'CREATE' } as AdmissionAttributes;
  assert.equal(chain.admit(attributes), undefined); // no plugin had to wait
  await assert.rejects(async () => chain.validate(attributes), /no/);
  const counts = metrics.text().split('\n').filter((line) => line.includes('_count{'));
  assert.deepEqual(counts, [
    'apiserver_admission_step_admission_duration_seconds_count{operation="CREATE",rejected="false",type="admit"} 1',
    'apiserver_admission_step_admission_duration_seconds_count{operation="CREATE",rejected="true",type="validate"} 1',
  ]);
});
