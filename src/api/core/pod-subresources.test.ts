import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ObjectDecoder } from '../../apimachinery/schema/decode.ts';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { Pod } from '../generated/core-v1.ts';
import type { StatusStrategy, StrategyContext } from '../kind.ts';
import { schemas } from '../schemas.ts';
import { ephemeralContainersStrategy, resizeStrategy } from './pod-subresources.ts';
import { pod } from './pod.ts';

const context: StrategyContext = { nowMs: 0, version: 'v1', userName: 'alice', userUid: '', userGroups: [], userExtra: {} };
const decoder = new ObjectDecoder(schemas);
const main = { name: 'main', image: 'i', resources: { limits: { cpu: '1', memory: '1Gi' } } };

function podOf(spec: Record<string, unknown>): Pod {
  const { object } = decoder.decode<Pod>('core.v1.Pod', { metadata: { name: 'p', generation: 1 }, spec: { containers: [main], ...spec } });
  pod.default?.(object);
  const { ephemeralContainers } = object.spec;
  pod.prepareForCreate?.(object, context);
  if (ephemeralContainers) object.spec.ephemeralContainers = ephemeralContainers;
  return object;
}

function write(strategy: StatusStrategy<Pod>, spec: Record<string, unknown>, before: Record<string, unknown> = {}): { object: Pod; faults: string[] } {
  const old = podOf(before);
  const object = podOf(spec);
  strategy.prepareForUpdate?.(object, old, context);
  const errors = new FieldErrors();
  strategy.validateUpdate?.(object, old, errors, { group: '', version: 'v1' });
  return { object, faults: errors.causes.map((cause) => `${cause.field}: ${cause.message}`) };
}

suite('ephemeral containers', () => {
  test('come, and nothing else changes', () => {
    const { object, faults } = write(ephemeralContainersStrategy, { nodeName: 'n', ephemeralContainers: [{ name: 'dbg', image: 'd' }] });
    assert.deepEqual(faults, []);
    assert.deepEqual([object.spec.nodeName, object.spec.ephemeralContainers?.[0]?.name, object.metadata.generation], [undefined, 'dbg', 2]);
  });
  test('do not go', () => {
    const { faults } = write(ephemeralContainersStrategy, {}, { ephemeralContainers: [{ name: 'dbg', image: 'd' }] });
    assert.deepEqual(faults, ['spec.ephemeralContainers: Forbidden: existing ephemeral containers "dbg" may not be removed\n']);
  });
  test('serve nobody', () => {
    const { faults } = write(ephemeralContainersStrategy, { ephemeralContainers: [{ name: 'main', image: 'd', ports: [{ containerPort: 1 }] }] });
    assert.deepEqual(faults, [
      'spec.ephemeralContainers[0].name: Duplicate value: "main"', 'spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container',
    ]);
  });
});

suite('resizing', () => {
  test('changes resources within the class of service', () => {
    const { object, faults } = write(resizeStrategy, { containers: [{ ...main, resources: { limits: { cpu: '2', memory: '1Gi' } } }] });
    assert.deepEqual(faults, []);
    assert.deepEqual([object.spec.containers[0]?.resources.requests?.['cpu'], object.metadata.generation], ['2', 2]);
  });
  test('keeps the class of service', () => {
    const { faults } = write(resizeStrategy, { containers: [{ ...main, resources: { limits: { cpu: '2', memory: '1Gi' }, requests: { cpu: '1', memory: '1Gi' } } }] });
    assert.deepEqual(faults, ['spec: Invalid value: "Guaranteed": Pod QOS Class may not change as a result of resizing']);
  });
  test('changes nothing but cpu and memory', () => {
    const limits = { cpu: '1', memory: '1Gi', 'ephemeral-storage': '1Gi' };
    const { faults } = write(resizeStrategy, { containers: [{ ...main, resources: { limits } }] });
    assert.deepEqual(faults, ['spec: Forbidden: only cpu and memory resources are mutable']);
  });
});
