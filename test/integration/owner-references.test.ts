/** Owners that are named twice are kept once. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ConfigMap } from '../../src/api/generated/core-v1.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../../src/apiserver/admission/plugin.ts';
import { JsonClient, type Answer } from '../support/json-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const owner = (uid: string, more: object = {}): object => ({ apiVersion: 'v1', kind: 'ConfigMap', name: 'o', uid, ...more });
/** Names the first owner once more, where it is asked to. */
const repeating: AdmissionPlugin = {
  name: 'Repeating',
  handles: (_operation, { resource, object }) => resource === 'configmaps' && (object as ConfigMap | undefined)?.data?.['repeat'] !== undefined,
  admit({ object }: AdmissionAttributes): void {
    const [first] = object?.metadata.ownerReferences ?? [];
    if (object && first) object.metadata.ownerReferences = [...(object.metadata.ownerReferences ?? []), { ...first }];
  },
};
let running: TestServer;
let api: JsonClient;
const PATH = '/api/v1/namespaces/ns/configmaps';

before(async () => {
  running = await startTestServer({ admission: [repeating] });
  api = new JsonClient(running.server.port);
  await api.must('POST /api/v1/namespaces', { metadata: { name: 'ns' } });
});
after(async () => {
  api[Symbol.dispose]();
  await running[Symbol.asyncDispose]();
});

function seen({ headers, body }: Answer): [uids: string[], warning: string | undefined] {
  return [body.metadata.ownerReferences.map(({ uid }: { uid: string }) => uid), headers['warning'] as string | undefined];
}

const warned = (uids: string, where = ''): string =>
  `299 - ".metadata.ownerReferences contains duplicate entries${where}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${uids}"`;
const AFTER = ' after mutating admission happens';

test('of a new object, and of one that is written whole', async () => {
  const twice = [owner('1'), owner('2'), owner('1'), owner('2'), owner('1', { controller: true })];
  const made = await api.ask(`POST ${PATH}`, { metadata: { name: 'a', ownerReferences: twice } });
  assert.deepEqual(seen(made), [['1', '2', '1'], warned('1, 2')]);
  assert.deepEqual(seen(await api.ask(`PUT ${PATH}/a`, { ...made.body, metadata: { ...made.body.metadata, ownerReferences: [owner('3'), owner('3')] } })), [['3'], warned('3')]);
});

test('of a patch, and of what admission adds, at the end', async () => {
  await api.must(`POST ${PATH}`, { metadata: { name: 'b', ownerReferences: [owner('1')] } });
  const patched = await api.ask(`PATCH ${PATH}/b`, [{ op: 'add', path: '/metadata/ownerReferences/-', value: owner('1') }], { 'content-type': 'application/json-patch+json' });
  assert.deepEqual(seen(patched), [['1'], warned('1', AFTER)]);
  const made = await api.ask(`POST ${PATH}`, { metadata: { name: 'c', ownerReferences: [owner('1')] }, data: { repeat: '' } });
  assert.deepEqual(seen(made), [['1'], warned('1', AFTER)]);
});
