import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CatalogueApplyTypes, untypedDeduced, type MapApplyType } from '../apimachinery/apply/apply-type.ts';
import { updateManagedFields } from '../apimachinery/apply/field-manager.ts';
import { setOfFields } from '../apimachinery/apply/field-set.ts';
import type { ManagedKind } from '../apimachinery/apply/managed-kind.ts';
import type { KubeObject } from '../apimachinery/meta.ts';
import { ObjectDecoder } from '../apimachinery/schema/decode.ts';
import { schemas } from './schemas.ts';

const types = new CatalogueApplyTypes(schemas);
const decoder = new ObjectDecoder(schemas, { sortsMaps: false });

function catalogued(kind: string, message: string): ManagedKind {
  return { kind, apiVersion: 'v1', resetFields: setOfFields([['status']]), emptyObject: decoder.decode(message, {}).object, typeOf: () => types.typeOf(message), toVersion: (object) => object };
}

const anything: MapApplyType = { kind: 'map', isAtomic: false, isDeclared: () => false, field: () => untypedDeduced };
const custom = (): ManagedKind => ({ kind: 'Thing', apiVersion: 'v1', resetFields: setOfFields([]), emptyObject: {}, typeOf: () => anything, toVersion: (object) => object });

const POD = {
  metadata: { name: 'a', labels: { app: 'a', tier: 'web' }, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' }], finalizers: ['x/y'] },
  spec: {
    containers: [{ name: 'main', image: 'i', args: ['a'], ports: [{ containerPort: 80 }], env: [{ name: 'A', value: '1' }], resources: { limits: { cpu: '1' } }, securityContext: {} }],
    nodeSelector: { zone: 'a' }, tolerations: [{ key: 'a' }], volumes: [{ name: 'v', emptyDir: {} }],
  },
};

/** A copy of the pod with one change. */
function podWith(change: (pod: typeof POD) => void): object {
  const pod = structuredClone(POD);
  change(pod);
  return pod;
}

const OTHER_PODS: Readonly<Record<string, object>> = {
  'another name': podWith((pod) => (pod.metadata.name = 'b')),
  'another value of a label': podWith((pod) => (pod.metadata.labels.app = 'b')),
  'another label': podWith((pod) => Object.assign(pod.metadata.labels, { more: '1' })),
  'a label less': podWith((pod) => Reflect.deleteProperty(pod.metadata.labels, 'tier')),
  'another owner': podWith((pod) => Object.assign(pod.metadata.ownerReferences[0] ?? {}, { uid: 'w' })),
  'another finalizer': podWith((pod) => (pod.metadata.finalizers = ['z'])),
  'another container': podWith((pod) => Object.assign(pod.spec.containers[0] ?? {}, { name: 'other' })),
  'a second container': podWith((pod) => void pod.spec.containers.push({ ...structuredClone(POD.spec.containers[0] as (typeof POD.spec.containers)[0]), name: 'second' })),
  'no container': podWith((pod) => (pod.spec.containers = [])),
  'other arguments': podWith((pod) => Object.assign(pod.spec.containers[0] ?? {}, { args: ['b', 'c'] })),
  'another port': podWith((pod) => Object.assign(pod.spec.containers[0]?.ports[0] ?? {}, { containerPort: 81 })),
  'another protocol': podWith((pod) => Object.assign(pod.spec.containers[0]?.ports[0] ?? {}, { protocol: 'UDP' })),
  'another variable': podWith((pod) => Object.assign(pod.spec.containers[0]?.env[0] ?? {}, { name: 'B' })),
  'a security context with something in it': podWith((pod) => Object.assign(pod.spec.containers[0]?.securityContext ?? {}, { privileged: true })),
  'another node selector': podWith((pod) => (pod.spec.nodeSelector = { zone: 'b' })),
  'other tolerations': podWith((pod) => (pod.spec.tolerations = [])),
  'another volume': podWith((pod) => Object.assign(pod.spec.volumes[0] ?? {}, { emptyDir: { medium: 'Memory' } })),
  'a status': podWith((pod) => Object.assign(pod, { status: { phase: 'Running' } })),
};

const MADE = { live: undefined, manager: 'm', subresource: '', nowMs: 0 } as const;

for (const [name, other] of Object.entries(OTHER_PODS)) {
  test(`a pod that differs from one before it by ${name} has its own fields`, () => {
    const decode = (body: object): KubeObject => decoder.decode<KubeObject>('core.v1.Pod', { apiVersion: 'v1', kind: 'Pod', ...body }).object;
    const warm = catalogued('Pod', 'core.v1.Pod');
    updateManagedFields(warm, decode(POD), MADE);
    assert.deepEqual(updateManagedFields(warm, decode(other), MADE), updateManagedFields(catalogued('Pod', 'core.v1.Pod'), decode(other), MADE));
  });
}

const VALUES: readonly unknown[] = [1, 'a', true, null, [], [1], {}, { a: 1 }, { a: null }, { a: {} }, { a: [] }, { a: { b: 1 } }];
test('a custom resource whose types are told from its values has its own fields, whatever came before it', () => {
  for (const first of VALUES) {
    for (const second of VALUES) {
      const warm = custom();
      const thing = (value: unknown): KubeObject => ({ apiVersion: 'v1', kind: 'Thing', metadata: { name: 'a' }, value }) as unknown as KubeObject;
      updateManagedFields(warm, thing(first), MADE);
      assert.deepEqual(updateManagedFields(warm, thing(second), MADE), updateManagedFields(custom(), thing(second), MADE), JSON.stringify([first, second]));
    }
  }
});

test('objects of one template share one set', () => {
  const kind = catalogued('Pod', 'core.v1.Pod');
  const setOf = (name: string): unknown => updateManagedFields(kind, decoder.decode<KubeObject>('core.v1.Pod', { ...POD, metadata: { ...POD.metadata, name } }).object, MADE)?.[0]?.fieldsV1;
  assert.equal(setOf('b'), setOf('a'));
});
