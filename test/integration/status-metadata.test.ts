import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startJsonApi } from '../support/json-api.ts';
import { APPLY } from '../support/json-client.ts';

const { api } = await startJsonApi();

const ADMISSION = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies';
const policy = { metadata: { name: 'a' }, spec: { matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }] }, validations: [{ expression: 'true' }] } };
const flow = { metadata: { name: 'a' }, spec: { priorityLevelConfiguration: { name: 'global-default' } } };
const service = { metadata: { name: 'v1.a.example.com' }, spec: { group: 'a.example.com', version: 'v1', groupPriorityMinimum: 1000, versionPriority: 10, service: { namespace: 'default', name: 'none' }, insecureSkipTLSVerify: true } };
const claim = { metadata: { name: 'a' }, spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'c' } }] } } };
const ingress = { metadata: { name: 'a' }, spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } } };
const attachment = { metadata: { name: 'a' }, spec: { attacher: 'a.example.com', nodeName: 'n', source: { persistentVolumeName: 'v' } } };
const cases: readonly { path: string; object: { metadata: { name: string } }; keeps: boolean }[] = [
  { path: ADMISSION, object: policy, keeps: true },
  { path: '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas', object: flow, keeps: true },
  { path: '/apis/apiregistration.k8s.io/v1/apiservices', object: service, keeps: true },
  { path: '/apis/storage.k8s.io/v1/volumeattachments', object: attachment, keeps: true },
  { path: '/apis/resource.k8s.io/v1/namespaces/default/resourceclaims', object: claim, keeps: true },
  { path: '/apis/networking.k8s.io/v1/namespaces/default/ingresses', object: ingress, keeps: false },
];

for (const { path, object, keeps } of cases) {
  test(`a write of the status of ${path} ${keeps ? 'leaves metadata alone' : 'may change metadata'}`, async () => {
    await api.must(`POST ${path}`, object);
    const { metadata } = await api.must(`PATCH ${path}/${object.metadata.name}/status`, { metadata: { labels: { a: 'b' }, annotations: { c: 'd' } } });
    assert.deepEqual([metadata.labels?.a, metadata.annotations?.c], keeps ? [undefined, undefined] : ['b', 'd']);
  });
}

test('who applies a status owns nothing of what stays', async () => {
  const draft = { apiVersion: 'admissionregistration.k8s.io/v1', kind: 'ValidatingAdmissionPolicy', metadata: { name: 'a', labels: { a: 'b' } }, status: { observedGeneration: 1 } };
  const { metadata } = await api.must(`PATCH ${ADMISSION}/a/status?fieldManager=applier`, draft, { 'content-type': APPLY });
  const entry = metadata.managedFields.find((one: { manager: string }) => one.manager === 'applier');
  assert.deepEqual(entry.fieldsV1, { 'f:status': { 'f:observedGeneration': {} } });
});

test('who applies the status of a definition owns the metadata that it changes', async () => {
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }];
  await api.must(`POST ${path}`, { metadata: { name: 'things.example.com' }, spec: { group: 'example.com', scope: 'Cluster', names: { plural: 'things', kind: 'Thing' }, versions } });
  const draft = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition', metadata: { name: 'things.example.com', labels: { a: 'b' } }, spec: { group: 'other.example.com' } };
  const { metadata } = await api.must(`PATCH ${path}/things.example.com/status?fieldManager=applier`, draft, { 'content-type': APPLY });
  const entry = metadata.managedFields.find((one: { manager: string }) => one.manager === 'applier');
  assert.deepEqual([metadata.labels, entry.fieldsV1], [{ a: 'b' }, { 'f:metadata': { 'f:labels': { 'f:a': {} } } }]);
});
