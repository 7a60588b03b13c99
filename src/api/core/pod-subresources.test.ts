import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ObjectDecoder } from '../../apimachinery/schema/decode.ts';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import type { Pod } from '../generated/core-v1.ts';
import type { StatusStrategy, StrategyContext } from '../kind.ts';
import { schemas } from '../schemas.ts';
import { resizeStrategy } from './pod-resize.ts';
import { ephemeralContainersStrategy } from './pod-subresources.ts';
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

  const other = { name: 'other', image: 'i', resources: { requests: { cpu: '1' } } };
  const cpu = (value: string): Record<string, unknown> => ({ resources: { requests: { cpu: value } } });
  for (const { name, before, spec, faults } of [
    {
      name: 'takes containers in their order', before: { containers: [main, other] }, spec: { containers: [other, main] },
      faults: [0, 1].map((i) => `spec.containers[${i}].name: Forbidden: containers may not be renamed or reordered on resize`),
    },
    {
      name: 'adds no container', before: { containers: [other] }, spec: { containers: [other, { ...other, name: 'more' }] },
      faults: ['spec.containers: Forbidden: containers may not be added or removed on resize'],
    },
    {
      name: 'adds no init container', before: { containers: [other] }, spec: { containers: [other], initContainers: [{ name: 'first', image: 'i' }] },
      faults: ['spec.initContainers: Forbidden: initContainers may not be added or removed on resize'],
    },
    {
      name: 'takes no request away', before: { containers: [{ ...other, resources: { requests: { cpu: '1', memory: '1Gi' } } }] }, spec: { containers: [other] },
      faults: ['spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed'],
    },
    {
      name: 'keeps what a resize does to a container', before: { containers: [{ ...other, resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'NotRequired' }] }] },
      spec: { containers: [{ ...other, ...cpu('2') }] }, faults: ['spec: Forbidden: only cpu and memory resources are mutable'],
    },
    {
      name: 'reaches init containers', before: { containers: [other], initContainers: [{ ...other, name: 'first' }] },
      spec: { containers: [other], initContainers: [{ ...other, ...cpu('2'), name: 'first' }] }, faults: [],
    },
    {
      name: 'starts no init container anew',
      ...((): { before: Record<string, unknown>; spec: Record<string, unknown> } => {
        const first = { ...other, name: 'first', resizePolicy: [{ resourceName: 'cpu', restartPolicy: 'RestartContainer' }] };
        return { before: { containers: [other], initContainers: [first] }, spec: { containers: [other], initContainers: [{ ...first, ...cpu('2') }] } };
      })(),
      faults: [
        "spec.initContainers[0].resizePolicy[0].restartPolicy: Invalid value: \"RestartContainer\": must not be set to 'RestartContainer' for non-sidecar initContainers",
        'spec.initContainers[0]: Forbidden: non-sidecar init containers with a resize policy of RestartContainer cannot be resized',
      ],
    },
    {
      name: 'of a container with a claim is not possible',
      before: { resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu' }], containers: [{ ...other, resources: { claims: [{ name: 'gpu' }], requests: { cpu: '1' } } }] },
      spec: { resourceClaims: [{ name: 'gpu', resourceClaimName: 'gpu' }], containers: [{ ...other, resources: { claims: [{ name: 'gpu' }], requests: { cpu: '2' } } }] },
      faults: ['spec: Forbidden: only cpu and memory resources are mutable'],
    },
    { name: 'changes what the pod has as a whole', before: { ...cpu('2'), containers: [other] }, spec: { ...cpu('3'), containers: [other] }, faults: [] },
    {
      name: 'leaves the pod what it has as a whole', before: { ...cpu('2'), containers: [other] }, spec: { containers: [other] },
      faults: ['spec.resources: Forbidden: pod-level resources cannot be removed'],
    },
    {
      name: 'takes no limit of the whole pod away', before: { resources: { requests: { cpu: '2' }, limits: { cpu: '3' } }, containers: [other] }, spec: { ...cpu('2'), containers: [other] },
      faults: ['spec.resources.limits: Forbidden: pod-level resource limits cannot be removed'],
    },
  ]) {
    test(name, () => assert.deepEqual(write(resizeStrategy, spec, before).faults, faults));
  }
});
