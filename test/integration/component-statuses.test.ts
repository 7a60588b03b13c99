import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SystemClock } from '../../src/base/clock.ts';
import { Client } from '../../src/client/client.ts';
import type { ConformanceApi, Json } from './conformance/conformance-api.ts';
import { ConformanceCluster } from './conformance/conformance-cluster.ts';
import { admin, startTestServer } from '../support/test-server.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 0 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

const URL = '/api/v1/componentstatuses';
const healthy = (name: string): Json => ({ metadata: { name }, conditions: [{ type: 'Healthy', status: 'True', message: 'ok' }] });

test('componentstatuses tell that scheduler, controllers and store are well', async () => {
  const list = (await api.answer('GET', URL)).body;
  assert.deepEqual(list, { kind: 'ComponentStatusList', apiVersion: 'v1', metadata: {}, items: ['scheduler', 'controller-manager', 'etcd-0'].map(healthy) });
  assert.deepEqual((await api.answer('GET', `${URL}/scheduler`)).body, { kind: 'ComponentStatus', apiVersion: 'v1', ...healthy('scheduler') });
  assert.deepEqual((await api.get(`${URL}?fieldSelector=metadata.name%3Detcd-0`)).items.map(({ metadata }: Json) => metadata.name), ['etcd-0']);
  const unknown = await api.answer('GET', `${URL}/nothing`);
  assert.deepEqual([unknown.status, unknown.body.message], [500, 'Component not found: nothing']);
});

test('a server by itself knows of its store alone', async () => {
  await using server = await startTestServer();
  const client = new Client({ transport: server.server.transportFor(admin), clock: new SystemClock() });
  const list = (await client.send({ method: 'GET', path: URL, signal: AbortSignal.timeout(60_000) })) as { items: readonly Json[] };
  assert.deepEqual(list.items.map(({ metadata }) => metadata.name), ['etcd-0']);
});
