import { deepStrictEqual } from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ManagedFieldsEntry } from '../meta.ts';
import { managersFromScale, managersOfScale } from './scale-managers.ts';

type Operation = 'Apply' | 'Update';

function entry(manager: string, operation: Operation, fieldsV1: object, more: Partial<ManagedFieldsEntry> = {}): ManagedFieldsEntry {
  return { manager, operation, apiVersion: 'apps/v1', fieldsType: 'FieldsV1', fieldsV1: fieldsV1 as Record<string, unknown>, ...more };
}

const replicas = { 'f:spec': { 'f:replicas': {} } };
const both = { 'f:spec': { 'f:paused': {}, 'f:replicas': {} } };
const rest = { 'f:spec': { 'f:paused': {} } };
const time = '2020-01-01T00:00:00Z';
const scale = { apiVersion: 'autoscaling/v1' };
const place = { replicasPath: '.spec.replicas', apiVersion: 'apps/v1' };

suite('managers of an object and of its Scale', () => {
  test('those who own the replicas are managers of the Scale', () => {
    const entries = [entry('a', 'Apply', both, { time }), entry('b', 'Update', rest, { time }), entry('c', 'Update', replicas, { subresource: 'scale' })];
    deepStrictEqual(managersOfScale(entries, '.spec.replicas'), [entry('a', 'Apply', replicas, { ...scale, time }), entry('c', 'Update', replicas, { ...scale, subresource: 'scale' })]);
    deepStrictEqual(managersOfScale([entry('b', 'Update', rest)], '.spec.replicas'), undefined);
  });

  const cases: readonly [name: string, before: ManagedFieldsEntry[], ofScale: ManagedFieldsEntry[], after: ManagedFieldsEntry[] | undefined][] = [
    ['an applier who keeps them stays', [entry('a', 'Apply', both, { time })], [entry('a', 'Apply', replicas, scale)], [entry('a', 'Apply', both, { time })]],
    ['who lost them keeps the rest', [entry('a', 'Apply', both, { time })], [entry('b', 'Update', replicas, { ...scale, subresource: 'scale', time })], [entry('a', 'Apply', rest, { time }), entry('b', 'Update', replicas, { subresource: 'scale' })]],
    ['who had nothing else goes', [entry('a', 'Update', replicas, { subresource: 'scale' })], [entry('b', 'Apply', replicas, { ...scale, subresource: 'scale', time })], [entry('b', 'Apply', replicas, { subresource: 'scale' })]],
    ['an updater of another version stands twice', [entry('a', 'Update', both, { time })], [entry('a', 'Update', replicas, { ...scale, time })], [entry('a', 'Update', replicas), entry('a', 'Update', rest, { time })]],
    ['nobody is left', [entry('a', 'Update', replicas)], [], undefined],
  ];
  for (const [name, before, ofScale, after] of cases) test(name, () => deepStrictEqual(managersFromScale(before, ofScale, place), after));
});
