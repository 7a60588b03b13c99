/** What schemas say of the version, the kind and the metadata of custom objects and of objects within them, when they become stricter than what is stored. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { JsonClient } from '../support/json-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { until } from '../support/until.ts';

const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const WIDGETS = '/apis/example.com/v1/widgets';
const names = { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' };
const part = (properties?: object): object => ({ type: 'object', 'x-kubernetes-embedded-resource': true, 'x-kubernetes-preserve-unknown-fields': true, ...(properties && { properties }) });
const spec = (properties: object): object => ({ group: 'example.com', scope: 'Cluster', names, versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties } } }] });
const widget = (name: string, fields: object): object => ({ apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name }, ...fields });

/** Stricter than what is stored. */
const STRICTER = {
  metadata: { type: 'object', properties: { name: { type: 'string', pattern: '^good' } } }, a: { type: 'string' },
  part: part({ kind: { type: 'string', enum: ['Tyre'] }, metadata: { type: 'object', properties: { name: { type: 'string', pattern: '^good', default: 'good' } } } }),
};
const ITS_OWN = "apiVersion: Too long: may not be more than 3 bytes, kind: Invalid value: \"Widget\": kind in body should match '^Z'";

let server: TestServer;
let api: JsonClient;

before(async () => {
  server = await startTestServer();
  api = new JsonClient(server.server.port);
  await api.must(`POST ${DEFINITIONS}`, { metadata: { name: 'widgets.example.com' }, spec: spec({ a: { type: 'string' }, part: part() }) });
  await until('the kind is served', async () => (await api.ask(`GET ${WIDGETS}`)).status === 200);
  await api.must(`POST ${WIDGETS}`, widget('bad', { a: 'x', part: { apiVersion: 'v1', kind: 'Wheel', metadata: { name: 'front' } } }));
  await api.must(`PATCH ${DEFINITIONS}/widgets.example.com`, { spec: spec({ apiVersion: { type: 'string', maxLength: 3 }, kind: { type: 'string', pattern: '^Z' }, ...STRICTER }) });
  await until('the new schema counts', async () => (await api.ask(`POST ${WIDGETS}?dryRun=All`, widget('new', {}))).status === 422);
});
after(async () => {
  api[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

test('a new object is held to all of it', async () => {
  const { body } = await api.ask(`POST ${WIDGETS}`, widget('new', {}));
  assert.equal(body.message, `Widget.example.com "new" is invalid: [${ITS_OWN}, metadata.name: Invalid value: "new": metadata.name in body should match '^good']`);
});

test('an old one may not keep its version and kind', async () => {
  const { status, body } = await api.ask(`PATCH ${WIDGETS}/bad`, { a: 'y' });
  assert.deepEqual([status, body.message], [422, `Widget.example.com "bad" is invalid: [${ITS_OWN}]`]);
});

test('an old one may keep its name, and version, kind and name of the object within it', async () => {
  await api.must(`PATCH ${DEFINITIONS}/widgets.example.com`, { spec: spec(STRICTER) });
  await until('the newest schema counts', async () => (await api.ask(`PATCH ${WIDGETS}/bad`, { a: 'y' })).status === 200);
  assert.equal((await api.must(`GET ${WIDGETS}/bad`)).a, 'y');
});

for (const { name, patch, message } of [
  { name: 'another kind', patch: { kind: 'Rim' }, message: 'part.kind: Unsupported value: "Rim": supported values: "Tyre"' },
  { name: 'another name', patch: { metadata: { name: 'back' } }, message: 'part.metadata.name: Invalid value: "back": part.metadata.name in body should match \'^good\'' },
  { name: 'an owner that is none', patch: { metadata: { ownerReferences: [{ apiVersion: '', kind: 'Car', name: 'c', uid: 'u' }] } }, message: 'part.metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty' },
]) {
  test(`of the object within it, ${name} is refused`, async () => {
    const { status, body } = await api.ask(`PATCH ${WIDGETS}/bad`, { part: patch });
    assert.deepEqual([status, body.message], [422, `Widget.example.com "bad" is invalid: ${message}`]);
  });
}

test('a name that is taken away gets its default', async () => assert.deepEqual((await api.must(`PATCH ${WIDGETS}/bad`, { part: { metadata: { name: null } } })).part.metadata, { name: 'good' }));
