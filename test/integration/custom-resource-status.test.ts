import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { startJsonApi } from '../support/json-api.ts';
import { APPLY } from '../support/json-client.ts';

const schema = { openAPIV3Schema: { type: 'object', properties: { spec: { type: 'object', properties: { a: { type: 'string' } } }, status: { type: 'object', properties: { note: { type: 'string' }, more: { type: 'string' } } } } } };
const { api } = await startJsonApi();

for (const storage of ['v1', 'v2']) {
  test(`only v1 has a status subresource, and ${storage} is stored`, async () => {
    const group = `${storage}.example.com`;
    const versions = ['v1', 'v2'].map((name) => ({ name, served: true, storage: name === storage, schema, ...(name === 'v1' && { subresources: { status: {} } }) }));
    await api.must('POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions', { metadata: { name: `things.${group}` }, spec: { group, scope: 'Cluster', names: { kind: 'Thing', plural: 'things' }, versions } });
    const all = (version: string): string => `/apis/${group}/${version}/things`;
    while ((await api.ask(`GET ${all('v2')}`)).status !== 200) await sleep(10);
    const draft = (version: string, name: string, rest: object): object => ({ apiVersion: `${group}/${version}`, kind: 'Thing', metadata: { name }, ...rest });

    assert.equal((await api.must(`POST ${all('v1')}`, draft('v1', 'a', { status: { note: 'dropped' } }))).status, undefined);
    assert.deepEqual((await api.must(`POST ${all('v2')}`, draft('v2', 'b', { status: { note: 'kept' } }))).status, { note: 'kept' });
    const ignored = await api.must(`PATCH ${all('v1')}/b`, { status: { note: 'ignored' } });
    assert.deepEqual([ignored.status, ignored.metadata.generation], [{ note: 'kept' }, 1]);
    const written = await api.must(`PATCH ${all('v2')}/b`, { status: { note: 'written' } });
    assert.deepEqual([written.status, written.metadata.generation], [{ note: 'written' }, 2]);
    assert.deepEqual((await api.must(`PATCH ${all('v1')}/b/status`, { status: { note: 'by status' } })).status, { note: 'by status' });
    assert.equal((await api.ask(`GET ${all('v2')}/b/status`)).status, 404);

    const applied = await api.must(`PATCH ${all('v2')}/b?fieldManager=applier`, draft('v2', 'b', { status: { more: 'applied' } }), { 'content-type': APPLY });
    const entry = applied.metadata.managedFields.find((one: { manager: string }) => one.manager === 'applier');
    assert.deepEqual([applied.status, entry.fieldsV1], [{ note: 'by status', more: 'applied' }, { 'f:status': { 'f:more': {} } }]);
  });
}
