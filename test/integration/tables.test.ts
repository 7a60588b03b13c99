/** What `kubectl get` is told where kinds differ from the common way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startJsonApi } from '../support/json-api.ts';
import { TABLE } from '../support/json-client.ts';

const { api } = await startJsonApi();
await api.must('POST /api/v1/namespaces', { metadata: { name: 'ns' } });

const tableOf = (path: string): Promise<{ columnDefinitions: { name: string; description: string }[]; rows: { cells: unknown[]; conditions?: unknown }[] }> => api.must(`GET ${path}`, undefined, { accept: TABLE });

test('flow schemas stand in the order in which they match', async () => {
  const path = '/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas';
  for (const [name, matchingPrecedence] of [['b', 20], ['a', 20], ['c', 5]] as const) {
    await api.must(`POST ${path}`, { metadata: { name }, spec: { matchingPrecedence, priorityLevelConfiguration: { name: 'x' } } });
  }
  assert.deepEqual((await tableOf(path)).rows.map(({ cells }) => cells[0]), ['c', 'a', 'b']);
});

test('rows of pods that have ended say so', async () => {
  const path = '/api/v1/namespaces/ns/pods';
  for (const phase of ['Running', 'Succeeded', 'Failed']) {
    const name = phase.toLowerCase();
    await api.must(`POST ${path}`, { metadata: { name }, spec: { containers: [{ name: 'c', image: 'i' }] } });
    await api.must(`PATCH ${path}/${name}/status`, { status: { phase } });
  }
  assert.deepEqual((await tableOf(path)).rows.map(({ conditions }) => conditions), [
    [{ type: 'Completed', status: 'True', reason: 'Failed', message: 'The pod failed.' }],
    undefined,
    [{ type: 'Completed', status: 'True', reason: 'Succeeded', message: 'The pod has completed successfully.' }],
  ]);
});

test('addresses have an age that no column names; exempt levels have no shares; claims tell of their classes', async () => {
  const addresses = '/apis/networking.k8s.io/v1/ipaddresses';
  await api.must(`POST ${addresses}`, { metadata: { name: '192.168.7.7' }, spec: { parentRef: { resource: 'Services', namespace: 'ns', name: 'x' } } });
  const table = await tableOf(addresses);
  assert.deepEqual([table.columnDefinitions.map(({ name }) => name), table.rows[0]?.cells.slice(0, 2), table.rows[0]?.cells.length], [['Name', 'ParentRef'], ['192.168.7.7', 'services/ns/x'], 3]);

  const levels = '/apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations';
  await api.must(`POST ${levels}`, { metadata: { name: 'exempt' }, spec: { type: 'Exempt', exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } } });
  assert.deepEqual((await tableOf(levels)).rows[0]?.cells.slice(0, 3), ['exempt', 'Exempt', '<none>']);

  const claims = await tableOf('/api/v1/namespaces/ns/persistentvolumeclaims');
  assert.deepEqual(claims.columnDefinitions.filter(({ name }) => name.endsWith('Class')).map(({ description }) => description), ['StorageClass of the pvc', 'VolumeAttributesClass of the pvc']);
});
