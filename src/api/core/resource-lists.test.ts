import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { made, type Fields } from '../../../test/support/kind-faults.ts';
import { runtimeClass } from '../node/runtime-class.ts';
import { limitRange } from './limit-range.ts';
import { node } from './node.ts';
import { persistentVolume } from './persistent-volume.ts';
import { pod } from './pod.ts';

type Resources = Readonly<Record<'limits' | 'requests', Fields>>;

function podResources(own: Fields | undefined, containers: Fields[]): Resources {
  const { spec } = made(pod, { spec: { resources: own, containers: containers.map((resources, i) => ({ name: `c${i}`, image: 'i', resources })) } }) as unknown as { spec: { resources: Resources } };
  return spec.resources;
}

suite('amounts of resources are rounded up to thousandths', () => {
  test('of containers, in any format', () => {
    const { spec } = made(pod, { spec: { containers: [{ name: 'c', image: 'i', resources: { limits: { cpu: '100u', memory: '1500001n', 'a.io/b': '1e-6', 'ephemeral-storage': '1.5Ki' } } }], overhead: { cpu: '1100u' } } }) as unknown as { spec: { containers: { resources: Resources }[]; overhead: Fields } };
    assert.deepEqual(spec.containers[0]?.resources.limits, { 'a.io/b': '1e-3', cpu: '1m', 'ephemeral-storage': '1536', memory: '2m' });
    assert.deepEqual(spec.overhead, { cpu: '2m' });
  });
  test('of limits, volumes, nodes and runtime classes', () => {
    const at = (kind: Parameters<typeof made>[0], fields: Fields): unknown => made(kind, fields);
    assert.deepEqual((at(limitRange, { spec: { limits: [{ type: 'Pod', max: { cpu: '1u' } }] } }) as { spec: unknown }).spec, { limits: [{ type: 'Pod', max: { cpu: '1m' } }] });
    assert.deepEqual((at(persistentVolume, { spec: { capacity: { storage: '-1u' }, hostPath: { path: '/x' } } }) as { spec: { capacity: unknown } }).spec.capacity, { storage: '-1m' });
    assert.deepEqual((at(node, { status: { capacity: { cpu: '999999n' } } }) as { status: { capacity: unknown } }).status.capacity, { cpu: '1m' });
    assert.deepEqual((at(runtimeClass, { handler: 'h', overhead: { podFixed: { cpu: '1u' } } }) as { overhead: unknown }).overhead, { podFixed: { cpu: '1m' } });
  });
});

suite('what a pod shares that says so', () => {
  const cases: readonly { name: string; own: Fields; containers: Fields[]; expected: Fields }[] = [
    { name: 'requests follow from the containers, then from the limits', own: { limits: { cpu: '3', memory: '1Gi' } }, containers: [{ requests: { cpu: '1' } }, { requests: { cpu: '500m' } }], expected: { limits: { cpu: '3', memory: '1Gi' }, requests: { cpu: '1500m', memory: '1Gi' } } },
    { name: 'without limits nothing follows', own: { requests: { cpu: '1' } }, containers: [{ requests: { memory: '1Gi' } }], expected: { requests: { cpu: '1' } } },
    { name: 'huge pages are limited to those of the containers', own: { requests: { cpu: '1' } }, containers: [{ limits: { 'hugepages-2Mi': '4Mi', memory: '1Gi' } }, { limits: { 'hugepages-2Mi': '2Mi', memory: '1Gi' } }], expected: { limits: { 'hugepages-2Mi': '6Mi' }, requests: { cpu: '1', memory: '2Gi', 'hugepages-2Mi': '6Mi' } } },
    { name: 'huge pages that the pod limits itself', own: { limits: { 'hugepages-2Mi': '8Mi', cpu: '1' } }, containers: [{ limits: { 'hugepages-2Mi': '4Mi', cpu: '1' } }], expected: { limits: { 'hugepages-2Mi': '8Mi', cpu: '1' }, requests: { 'hugepages-2Mi': '8Mi', cpu: '1' } } },
  ];
  for (const { name, own, containers, expected } of cases) test(name, () => assert.deepEqual(podResources(own, containers), expected));
});
