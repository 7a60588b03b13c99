import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startJsonApi } from '../support/json-api.ts';
import { APPLY, MERGE } from '../support/json-client.ts';
import { until } from '../support/until.ts';

const whatever = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const version = {
  name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec: whatever, status: whatever } } },
  subresources: { status: {}, scale: { specReplicasPath: '.spec.size', statusReplicasPath: '.status.size' } },
};
const ALL = '/apis/example.com/v1/fleets';
const { api } = await startJsonApi();
await api.must('POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions', { metadata: { name: 'fleets.example.com' }, spec: { group: 'example.com', scope: 'Cluster', names: { kind: 'Fleet', plural: 'fleets' }, versions: [version] } });
await until('the kind is served', async () => (await api.ask(`GET ${ALL}`)).status === 200);

const scale = (name: string, spec: object, metadata: object = {}): object => ({ apiVersion: 'autoscaling/v1', kind: 'Scale', metadata: { name, ...metadata }, spec });
const create = (name: string, spec: object): Promise<unknown> => api.must(`POST ${ALL}`, { apiVersion: 'example.com/v1', kind: 'Fleet', metadata: { name }, spec });

test('a scale that names no version is written over what is stored', async () => {
  await create('sails', { size: 3, color: 'red' });
  assert.deepEqual((await api.must(`PUT ${ALL}/sails/scale`, scale('sails', { replicas: 5 }))).spec, { replicas: 5 });
  assert.deepEqual((await api.must(`GET ${ALL}/sails`)).spec, { size: 5, color: 'red' });
  assert.equal((await api.ask(`PUT ${ALL}/sails/scale`, scale('sails', { replicas: 6 }, { resourceVersion: '1' }))).status, 409);
});

test('an object that says nothing of its replicas gets them, and a patch must give them', async () => {
  await create('oars', { color: 'blue' });
  for (const [body, type] of [[{ metadata: { labels: { a: 'b' } } }, MERGE], [scale('oars', {}), APPLY]] as const) {
    const { status, body: answer } = await api.ask(`PATCH ${ALL}/oars/scale?fieldManager=test`, body, { 'content-type': type });
    assert.deepEqual([status, answer.message], [400, 'the spec replicas field ".spec.size" cannot be empty']);
  }
  assert.deepEqual((await api.must(`PATCH ${ALL}/oars/scale`, { spec: { replicas: 2 } }, { 'content-type': MERGE })).spec, { replicas: 2 });
  assert.deepEqual((await api.must(`GET ${ALL}/oars`)).spec, { color: 'blue', size: 2 });
});

test('each version has its replicas where it says, or none', async () => {
  const schema = version.schema;
  const scaledAt = (place: string): object => ({ scale: { specReplicasPath: `.spec.${place}`, statusReplicasPath: `.status.${place}` } });
  const versions = [{ name: 'v1', served: true, storage: true, schema }, { name: 'v2', served: true, storage: false, schema, subresources: scaledAt('count') }, { name: 'v3', served: true, storage: false, schema, subresources: scaledAt('size') }];
  await api.must('POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions', { metadata: { name: 'herds.example.com' }, spec: { group: 'example.com', scope: 'Cluster', names: { kind: 'Herd', plural: 'herds' }, versions } });
  const herds = (name: string): string => `/apis/example.com/${name}/herds`;
  await until('the kind is served', async () => (await api.ask(`GET ${herds('v1')}`)).status === 200);
  await api.must(`POST ${herds('v1')}`, { apiVersion: 'example.com/v1', kind: 'Herd', metadata: { name: 'sheep' }, spec: { count: 2, size: 7 }, status: { count: 1, size: 6 } });
  assert.equal((await api.ask(`GET ${herds('v1')}/sheep/scale`)).status, 404);
  for (const [name, replicas] of [['v2', 2], ['v3', 7]] as const) {
    const { spec, status } = await api.must(`GET ${herds(name)}/sheep/scale`);
    assert.deepEqual([spec, status], [{ replicas }, { replicas: replicas - 1 }]);
  }
  assert.deepEqual((await api.must(`PUT ${herds('v2')}/sheep/scale`, scale('sheep', { replicas: 3 }))).spec, { replicas: 3 });
  assert.deepEqual((await api.must(`PATCH ${herds('v3')}/sheep/scale`, { spec: { replicas: 9 } }, { 'content-type': MERGE })).spec, { replicas: 9 });
  const { apiVersion, metadata, spec } = await api.must(`GET ${herds('v1')}/sheep`);
  assert.deepEqual([apiVersion, metadata.generation, spec], ['example.com/v1', 3, { count: 3, size: 9 }]);
});
