import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startJsonApi } from '../support/json-api.ts';
import { APPLY, type Json } from '../support/json-client.ts';
import { until } from '../support/until.ts';

const headers = { 'content-type': APPLY };
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const { api } = await startJsonApi();

test('what is applied once more is not written, though it holds what is empty', async () => {
  const url = '/apis/apps/v1/namespaces/default/deployments/empty?fieldManager=m';
  const labels = { app: 'a' };
  const template = { metadata: { annotations: {}, labels }, spec: { containers: [{ name: 'c', image: 'i', env: [] }] } };
  const applied = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'empty', labels: {} }, spec: { selector: { matchLabels: labels }, template } };
  const first = await api.must(`PATCH ${url}`, applied, headers);
  await sleep(1100); // Times of managers are told in seconds.
  assert.deepEqual((await api.must(`PATCH ${url}`, applied, headers)).metadata, first.metadata);
  const changed = await api.must(`PATCH ${url}`, { ...applied, spec: { ...applied.spec, paused: true } }, headers);
  assert.notEqual(changed.metadata.managedFields[0].time, first.metadata.managedFields[0].time);
});

test('who owned parts of what a new schema makes a whole owns the whole', async () => {
  const group = 'wholes.example.com';
  const all = `/apis/${group}/v1/things`;
  const schema = (mapType: string): object => ({ openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', 'x-kubernetes-map-type': mapType, properties: { a: { type: 'string' }, b: { type: 'string' } } } } } });
  const definition = (mapType: string): object => ({
    metadata: { name: `things.${group}` },
    spec: { group, scope: 'Cluster', names: { kind: 'Thing', plural: 'things' }, versions: [{ name: 'v1', served: true, storage: true, schema: schema(mapType) }] },
  });
  await api.must(`POST ${DEFINITIONS}`, definition('granular'));
  while ((await api.ask(`GET ${all}`)).status !== 200) await sleep(10);
  const applied = (spec: object): object => ({ apiVersion: `${group}/v1`, kind: 'Thing', metadata: { name: 'one' }, spec });
  await api.must(`PATCH ${all}/one?fieldManager=first`, applied({ a: '1' }), headers);
  await api.must(`PATCH ${DEFINITIONS}/things.${group}`, { spec: { versions: [{ name: 'v1', served: true, storage: true, schema: schema('atomic') }] } });
  const conflicts = async (): Promise<Json> => {
    const { status, body } = await api.ask(`PATCH ${all}/one?fieldManager=second&dryRun=All`, applied({ b: '2' }), headers);
    return status === 409 ? body.details.causes.map(({ field }: Json) => field) : [];
  };
  await until('the new schema counts', async () => (await conflicts()).length > 0);
  assert.deepEqual(await conflicts(), ['.spec']);
});

for (const { kind, url, object } of [
  { kind: 'FlowSchema', url: '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas', object: { metadata: { name: 'one' }, spec: { priorityLevelConfiguration: { name: 'p' } } } },
  { kind: 'APIService', url: '/apis/apiregistration.k8s.io/v1/apiservices', object: { metadata: { name: 'v1.one.example.com' }, spec: { group: 'one.example.com', version: 'v1', groupPriorityMinimum: 1, versionPriority: 1 } } },
  { kind: 'ValidatingAdmissionPolicy', url: '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies', object: {
    metadata: { name: 'one' }, spec: { validations: [{ expression: 'true' }], matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }] } },
  } },
]) {
  test(`metadata is nobody's who writes the status of a ${kind}, and does not change`, async () => {
    const { metadata: { name } } = await api.must(`POST ${url}`, object);
    const { metadata } = await api.must(`PATCH ${url}/${name}/status?fieldManager=status`, { metadata: { labels: { by: 'status' } } });
    assert.equal(metadata.labels, undefined);
    assert.ok(metadata.managedFields.every(({ manager }: Json) => manager !== 'status'));
  });
}

test('the owners of a pod are nobody\'s who writes its status', async () => {
  const all = '/api/v1/namespaces/default/pods';
  await api.must('POST /api/v1/namespaces/default/serviceaccounts', { metadata: { name: 'default' } });
  await api.must(`POST ${all}`, { metadata: { name: 'owned' }, spec: { containers: [{ name: 'c', image: 'i' }] } });
  const { metadata } = await api.must(`PATCH ${all}/owned/status?fieldManager=status`, { metadata: { labels: { by: 'status' }, ownerReferences: [{ apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'u' }] } });
  assert.equal(metadata.ownerReferences, undefined);
  assert.deepEqual(metadata.managedFields.find(({ manager }: Json) => manager === 'status').fieldsV1, { 'f:metadata': { 'f:labels': { '.': {}, 'f:by': {} } } });
});

test('the claim of a volume is owned field by field, though references to objects are wholes', async () => {
  const all = '/api/v1/persistentvolumes';
  const spec = { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' }, hostPath: { path: '/tmp/volume' }, claimRef: { namespace: 'default', name: 'claim' } };
  const applied = { apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name: 'bound' }, spec };
  await api.must(`PATCH ${all}/bound?fieldManager=admin`, applied, headers);
  await api.must(`PATCH ${all}/bound?fieldManager=binder`, { spec: { claimRef: { uid: 'u' } } });
  const again = await api.must(`PATCH ${all}/bound?fieldManager=admin`, applied, headers);
  assert.equal(again.spec.claimRef.uid, 'u');
  assert.deepEqual(again.metadata.managedFields.find(({ manager }: Json) => manager === 'binder').fieldsV1, { 'f:spec': { 'f:claimRef': { 'f:uid': {} } } });
});

test('an empty list of managers clears them, but those of custom resources', async () => {
  const all = '/api/v1/namespaces/default/configmaps';
  const map = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'cleared' }, data: { a: '1' } };
  const empty = { metadata: { managedFields: [] } };
  const path = '/metadata/managedFields';
  for (const clear of [
    () => api.must(`PUT ${all}/cleared`, { ...map, metadata: { ...map.metadata, ...empty.metadata } }),
    () => api.must(`PATCH ${all}/cleared`, empty),
    () => api.must(`PATCH ${all}/cleared`, empty, { 'content-type': 'application/strategic-merge-patch+json' }),
    () => api.must(`PATCH ${all}/cleared`, [{ op: 'replace', path, value: [] }], { 'content-type': 'application/json-patch+json' }),
  ]) {
    const { metadata: before } = await api.must(`PATCH ${all}/cleared?fieldManager=first`, map, headers);
    assert.equal(before.managedFields[0].manager, 'first');
    assert.equal((await clear()).metadata.managedFields, undefined);
    await api.must(`DELETE ${all}/cleared`);
  }
  const definition = { metadata: { name: 'kepts.kept.example.com' }, spec: { group: 'kept.example.com', scope: 'Cluster', names: { kind: 'Kept', plural: 'kepts' }, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }] } };
  await api.must(`POST ${DEFINITIONS}`, definition);
  const kepts = '/apis/kept.example.com/v1/kepts';
  while ((await api.ask(`GET ${kepts}`)).status !== 200) await sleep(10);
  await api.must(`PATCH ${kepts}/one?fieldManager=first`, { apiVersion: 'kept.example.com/v1', kind: 'Kept', metadata: { name: 'one', labels: { a: 'b' } } }, headers);
  const { metadata } = await api.must(`PATCH ${kepts}/one`, empty);
  assert.equal(metadata.managedFields[0].manager, 'first');
});
