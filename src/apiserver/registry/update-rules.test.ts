import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../apimachinery/meta.ts';
import { FieldErrors } from '../../apimachinery/validation/field-errors.ts';
import { kinds } from '../../api/kinds.ts';
import { validateMetadata } from './metadata.ts';
import { judgeMetadata, judgeUpdate } from './update-rules.ts';

type Fields = Readonly<Record<string, unknown>>;

function kindNamed(name: string): (typeof kinds)[number] {
  const kind = kinds.find((one) => one.kind === name);
  assert.ok(kind, name);
  return kind;
}

function objectOf(kind: string, { metadata, ...fields }: Fields): KubeObject {
  return { metadata: { name: 'x', ...(kindNamed(kind).namespaced && { namespace: 'n' }), resourceVersion: '1', ...(metadata as object | undefined) }, ...fields } as KubeObject;
}

function faultsOf(kind: string, object: Fields, old: Fields): string[] {
  const rules = kindNamed(kind);
  const errors = judgeUpdate({ kind: rules, object: objectOf(kind, object), old: objectOf(kind, old), version: { group: rules.group, version: rules.storageVersion } });
  return errors.causes.map(({ field }) => field);
}

const template = { metadata: { labels: { a: 'b' } }, spec: { restartPolicy: 'Always', dnsPolicy: 'ClusterFirst', terminationGracePeriodSeconds: 30, containers: [{ name: 'c', image: 'i', imagePullPolicy: 'Always', terminationMessagePolicy: 'File' }] } };
const workload = (fields: object = {}): Fields => ({ spec: { replicas: 1, selector: { matchLabels: { a: 'b' } }, template, strategy: { type: 'Recreate' }, ...fields } });
const badLabel = { metadata: { labels: { 'a b': 'c' } } };

for (const { name, kind, object, old, expected } of [
  { name: 'what is immutable comes before what is wrong with a config map', kind: 'ConfigMap', object: { immutable: true, data: { 'a b': '' } }, old: { immutable: true, data: {} }, expected: ['data', 'data[a b]'] },
  { name: 'labels of a config map are looked at three times', kind: 'ConfigMap', object: badLabel, old: {}, expected: ['metadata.labels', 'metadata.labels', 'metadata.labels'] },
  { name: 'labels of a deployment twice', kind: 'Deployment', object: { ...workload(), ...badLabel }, old: workload(), expected: ['metadata.labels', 'metadata.labels'] },
  { name: 'the spec of a deployment once', kind: 'Deployment', object: workload({ replicas: -1 }), old: workload(), expected: ['spec.replicas'] },
  { name: 'that of a replica set twice', kind: 'ReplicaSet', object: workload({ replicas: -1 }), old: workload(), expected: ['spec.replicas', 'spec.replicas'] },
  { name: 'a disruption budget has rules of its spec alone', kind: 'PodDisruptionBudget', object: { ...badLabel, spec: { minAvailable: -1 } }, old: { spec: {} }, expected: ['metadata.labels', 'spec.minAvailable'] },
  { name: 'an address may not move, and must have a parent', kind: 'IPAddress', object: { metadata: { name: '192.0.2.1' }, spec: {} }, old: { metadata: { name: '192.0.2.1' }, spec: { parentRef: { resource: 'services', name: 'a' } } }, expected: ['spec.parentRef', 'spec.parentRef'] },
  { name: 'finalizers of a deployment must have a domain', kind: 'Deployment', object: { ...workload(), metadata: { finalizers: ['bad'] } }, old: workload(), expected: ['metadata.finalizers[0]'] },
  { name: 'finalizers of a lease need none', kind: 'Lease', object: { metadata: { finalizers: ['bad'] }, spec: {} }, old: { spec: {} }, expected: [] },
]) {
  test(name, () => assert.deepEqual(faultsOf(kind, object, old), expected));
}

test('the status of an object on its way out takes no new finalizers, which is told twice', () => {
  const errors = new FieldErrors();
  const old = objectOf('Deployment', { ...workload(), metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } });
  const object = objectOf('Deployment', { ...workload(), metadata: { deletionTimestamp: '2026-01-01T00:00:00Z', finalizers: ['a.b/c'] } });
  judgeMetadata({ kind: kindNamed('Deployment'), object, old }, errors);
  assert.deepEqual(errors.causes.map(({ field }) => field), ['metadata.finalizers', 'metadata.finalizers']);
});

function createFaults(kind: string, metadata: Fields): string[] {
  const errors = new FieldErrors();
  validateMetadata(objectOf(kind, { metadata }), kindNamed(kind), errors);
  return errors.causes.map(({ field, message }) => `${field}: ${message}`);
}

test('owners are named by the list, not by their place in it', () => {
  assert.deepEqual(createFaults('ConfigMap', { ownerReferences: [{}, { apiVersion: 'a/b/c', kind: 'K', name: 'n', uid: 'u' }] }), [
    'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
    'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
    'metadata.ownerReferences.name: Invalid value: "": must not be empty',
    'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    'metadata.ownerReferences.apiVersion: Invalid value: "a/b/c": version must not be empty',
  ]);
});

test('the name of a finalizer is looked at in the list and by its place', () => {
  const text = "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
  assert.deepEqual(createFaults('ConfigMap', { finalizers: ['bad!'] }), [`metadata.finalizers: Invalid value: "bad!": ${text}`, 'metadata.finalizers[0]: Invalid value: "bad!": name is neither a standard finalizer name nor is it fully qualified']);
  assert.deepEqual(createFaults('Lease', { finalizers: ['bad!'] }), [`metadata.finalizers: Invalid value: "bad!": ${text}`]);
});
