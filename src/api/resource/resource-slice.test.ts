import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Device, ResourceSlice } from '../generated/resource-v1.ts';
import type { StrategyContext } from '../kind.ts';
import { resourceSlice } from './resource-slice.ts';

const sliceOf = (...devices: Device[]): ResourceSlice => ({ metadata: { name: 's' }, spec: { driver: 'd', pool: { name: 'p', generation: 1, resourceSliceCount: 1 }, devices } }) as ResourceSlice;
const context = { nowMs: Date.parse('2026-01-01T00:00:00.700Z') } as StrategyContext;
const mapped = (): Device => ({ name: 'x', nodeAllocatableResourceMappings: { cpu: { capacityKey: 'cores' } } });

test('taints that do not say since when are new; others keep their time', () => {
  const slice = sliceOf({ name: 'x', taints: [{ key: 'a', effect: 'NoExecute' }, { key: 'b', effect: 'NoExecute', timeAdded: '2025-01-01T00:00:00Z' }] });
  resourceSlice.prepareForCreate?.(slice, context);
  assert.deepEqual(slice.spec.devices?.[0]?.taints?.map(({ timeAdded }) => timeAdded), ['2026-01-01T00:00:00Z', '2025-01-01T00:00:00Z']);
});

test('what the feature DRANodeAllocatableResources brings goes, unless the slice has it already', () => {
  const slice = sliceOf(mapped());
  resourceSlice.prepareForCreate?.(slice, context);
  assert.deepEqual(slice.spec.devices, [{ name: 'x' }]);
  const changed = sliceOf(mapped());
  resourceSlice.prepareForUpdate?.(changed, sliceOf({ name: 'x' }), context);
  assert.deepEqual(changed.spec.devices, [{ name: 'x' }]);
  const kept = sliceOf(mapped());
  resourceSlice.prepareForUpdate?.(kept, sliceOf(mapped()), context);
  assert.deepEqual(kept.spec.devices, [mapped()]);
});

test('so do attributes of several values', () => {
  const listed = (): Device => ({ name: 'x', attributes: { a: { int: 1, ints: [1, 2] }, b: { string: 's' } } });
  const slice = sliceOf(listed());
  resourceSlice.prepareForCreate?.(slice, context);
  assert.deepEqual(slice.spec.devices?.[0]?.attributes, { a: { int: 1 }, b: { string: 's' } });
  const kept = sliceOf(listed());
  resourceSlice.prepareForUpdate?.(kept, sliceOf(listed()), context);
  assert.deepEqual(kept.spec.devices, [listed()]);
});

test('names of drivers had better be lowercase', () => {
  const slice = sliceOf();
  assert.deepEqual(resourceSlice.warnings?.(slice, undefined), []);
  slice.spec.driver = 'A.example.com';
  assert.deepEqual(resourceSlice.warnings?.(slice, slice), ['spec.driver: driver names should be lowercase; "A.example.com" contains uppercase characters']);
});
