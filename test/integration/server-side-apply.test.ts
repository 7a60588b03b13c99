import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startJsonApi } from '../support/json-api.ts';
import { APPLY, type Json } from '../support/json-client.ts';

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
  const end = Date.now() + 10_000;
  while ((await conflicts()).length === 0 && Date.now() < end) await sleep(10);
  assert.deepEqual(await conflicts(), ['.spec']);
});
