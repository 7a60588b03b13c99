/** Names and metadata of writes: what is passed over, what is refused, and when. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { forbidden } from '../../src/apimachinery/status.ts';
import type { AdmissionPlugin } from '../../src/apiserver/admission/plugin.ts';
import { JsonClient } from '../support/json-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

const guard: AdmissionPlugin = {
  name: 'Guard',
  handles: (operation) => operation === 'DELETE',
  validate: ({ oldObject }) => {
    const name = oldObject?.metadata.name ?? '';
    if (name.startsWith('guarded')) throw forbidden({ group: '', resource: 'configmaps' }, name, 'it is guarded');
  },
};
/** What the last write was judged by: its operation and options. */
let judged: unknown;
/** Under which names writes were changed and judged. */
const names: string[] = [];
const witness: AdmissionPlugin = {
  name: 'Witness',
  handles: () => true,
  admit: ({ name, object }) => {
    names.push(`changed ${name} ${object?.metadata.name ?? ''}`);
    if (object?.metadata.generateName === 'named-') object.metadata.name = 'named-here';
  },
  validate: ({ operation, options, name, object, oldObject }) => {
    judged = [operation, options];
    names.push(`judged ${name} ${(object ?? oldObject)?.metadata.name ?? ''}`);
  },
};
let running: TestServer;
let api: JsonClient;
const MAPS = '/api/v1/namespaces/ns/configmaps';

before(async () => {
  running = await startTestServer({ admission: [guard, witness] });
  api = new JsonClient(running.server.port);
  await api.must('POST /api/v1/namespaces', { metadata: { name: 'ns' } });
});
after(async () => {
  api[Symbol.dispose]();
  await running[Symbol.asyncDispose]();
});

for (const { ask, body, why } of [
  { ask: 'GET a%25b', why: `"a%b": may not contain '%'` },
  { ask: 'DELETE a%25b', why: `"a%b": may not contain '%'` },
  { ask: 'PUT a%25b', body: { metadata: { name: 'a%b' } }, why: `"a%b": may not contain '%'` },
  { ask: 'PATCH %2e%2e', body: {}, why: `"..": may not be '..'` },
  { ask: 'PUT .', body: { metadata: { name: '.' } }, why: `".": may not be '.'` },
]) {
  test(`${ask} is refused before anybody looks for it`, async () => {
    const { status, body: answer } = await api.ask(ask.replace(' ', ` ${MAPS}/`), body);
    assert.deepEqual([status, answer.reason, answer.message], [400, 'BadRequest', `Name parameter invalid: ${why}`]);
  });
}

test('a slash parts a path however it is written', async () => {
  await api.must('POST /api/v1/namespaces/ns/pods', { metadata: { name: 'web' }, spec: { containers: [{ name: 'c', image: 'i' }] } });
  assert.equal((await api.must('GET /api/v1/namespaces/ns/pods/web%2Fstatus')).kind, 'Pod');
  assert.equal((await api.ask(`GET ${MAPS}/a%2Fb`)).status, 404);
});

test('who brings a name and a prefix for one is told of both when the name is taken', async () => {
  const metadata = { name: 'taken', generateName: 'tak' };
  await api.must(`POST ${MAPS}`, { metadata });
  for (const query of ['', '?dryRun=All']) {
    const { status, headers, body } = await api.ask(`POST ${MAPS}${query}`, { metadata });
    assert.deepEqual([status, body.reason, body.message], [409, 'AlreadyExists', 'configmaps "taken" already exists, the server was not able to generate a unique name for the object']);
    assert.deepEqual([headers['retry-after'], body.details], ['1', { name: 'taken', kind: 'configmaps', retryAfterSeconds: 1 }]);
  }
});

for (const { name, resourceVersion, query = '', expected } of [
  { name: 'made-a', resourceVersion: 'abc', expected: 201 },
  { name: 'made-b', resourceVersion: '0', expected: 201 },
  { name: 'made-c', resourceVersion: '5', query: '?dryRun=All', expected: 201 },
  { name: 'made-d', resourceVersion: '5', expected: 500 },
  { name: 'made-a', resourceVersion: '5', expected: 500 },
  { name: 'Bad_', resourceVersion: '5', expected: 422 },
]) {
  test(`a new object ${name} with the version ${resourceVersion}${query} is answered ${expected}`, async () => {
    const { status, body } = await api.ask(`POST ${MAPS}${query}`, { metadata: { name, resourceVersion } });
    assert.equal(status, expected, body.message);
    if (status === 500) assert.equal(body.message, 'resourceVersion should not be set on objects to be created');
  });
}

test('an object on its way out keeps the time that it was told', async () => {
  await api.must(`POST ${MAPS}`, { metadata: { name: 'going', finalizers: ['example.com/kept'] } });
  const { metadata } = await api.must(`DELETE ${MAPS}/going`);
  const late = { deletionTimestamp: '2020-01-01T00:00:00Z' };
  for (const [method, sent] of [['PUT', { name: 'going', finalizers: metadata.finalizers, ...late }], ['PATCH', late], ['PATCH', { deletionTimestamp: null, deletionGracePeriodSeconds: null }]] as const) {
    const { metadata: now } = await api.must(`${method} ${MAPS}/going`, { metadata: sent });
    assert.deepEqual([now.deletionTimestamp, now.deletionGracePeriodSeconds], [metadata.deletionTimestamp, 0]);
  }
  const { status, body } = await api.ask(`PATCH ${MAPS}/going`, { metadata: { deletionGracePeriodSeconds: 5 } });
  assert.deepEqual([status, body.details.causes[0].field], [422, 'metadata.deletionGracePeriodSeconds']);
});

test('of a collection nothing is deleted behind the first object that may not be', async () => {
  const names = async (label: string): Promise<string[]> => (await api.must(`GET ${MAPS}?labelSelector=${label}`)).items.map((one: { metadata: { name: string } }) => one.metadata.name);
  for (const name of ['a', 'b', 'c']) await api.must(`POST ${MAPS}`, { metadata: { name: `known-${name}`, labels: { set: 'known' } } });
  const { uid } = (await api.must(`GET ${MAPS}/known-a`)).metadata;
  const { status, body } = await api.ask(`DELETE ${MAPS}?labelSelector=set%3Dknown`, { preconditions: { uid } });
  assert.deepEqual([status, body.reason, await names('set%3Dknown')], [409, 'Conflict', ['known-b', 'known-c']]);
  for (let i = 0; i < 200; i++) await api.must(`POST ${MAPS}`, { metadata: { name: `${i === 20 ? 'guarded-' : ''}m${String(i).padStart(3, '0')}`, labels: { set: 'many' } } });
  const refused = await api.ask(`DELETE ${MAPS}?labelSelector=set%3Dmany`);
  const left = await names('set%3Dmany');
  assert.deepEqual([refused.status, refused.body.message], [403, 'configmaps "guarded-m020" is forbidden: it is guarded']);
  assert.ok(left.length > 100 && left.includes('guarded-m020') && left.includes('m199'), String(left.length));
  assert.deepEqual(await names('set%3Dmany'), left);
});

const APPLY = { 'content-type': 'application/apply-patch+yaml' };
const POD = { metadata: { name: 'judged' }, spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }], terminationGracePeriodSeconds: 40 } };

for (const { name, ask, body, headers = {}, expected } of [
  { name: 'nothing that was not said', ask: `POST ${MAPS}`, body: { metadata: { name: 'judged' } }, expected: ['CREATE', { kind: 'CreateOptions' }] },
  { name: 'who writes, and how strictly', ask: `PUT ${MAPS}/judged?fieldManager=m&fieldValidation=Strict&dryRun=All`, body: { metadata: { name: 'judged' } }, expected: ['UPDATE', { kind: 'UpdateOptions', fieldManager: 'm', fieldValidation: 'Strict', dryRun: ['All'] }] },
  { name: 'patches as updates', ask: `PATCH ${MAPS}/judged`, body: { data: { a: 'b' } }, expected: ['UPDATE', { kind: 'UpdateOptions' }] },
  { name: 'what is applied as an update', ask: `PATCH ${MAPS}/judged?fieldManager=m&force=true`, headers: APPLY, body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'judged' } }, expected: ['UPDATE', { kind: 'UpdateOptions', fieldManager: 'm' }] },
  { name: 'what is applied anew as a create', ask: `PATCH ${MAPS}/applied?fieldManager=m`, headers: APPLY, body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' } }, expected: ['CREATE', { kind: 'CreateOptions', fieldManager: 'm' }] },
  { name: 'what a PUT makes as a create', ask: 'PUT /api/v1/namespaces/ns/endpoints/put', body: { metadata: { name: 'put' } }, expected: ['CREATE', { kind: 'CreateOptions' }] },
  { name: 'deletions in their newest version', ask: `DELETE ${MAPS}/judged`, body: { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: -5 }, expected: ['DELETE', { kind: 'DeleteOptions', gracePeriodSeconds: 1 }] },
  { name: 'a pod', ask: 'POST /api/v1/namespaces/ns/pods', body: POD, expected: ['CREATE', { kind: 'CreateOptions' }] },
  { name: 'collections by what is said', ask: 'DELETE /api/v1/namespaces/ns/pods?dryRun=All&fieldSelector=metadata.name%3Djudged', expected: ['DELETE', { kind: 'DeleteOptions', dryRun: ['All'] }] },
  { name: 'the seconds that a pod is left', ask: 'DELETE /api/v1/namespaces/ns/pods/judged?propagationPolicy=Background', expected: ['DELETE', { kind: 'DeleteOptions', gracePeriodSeconds: 40, propagationPolicy: 'Background' }] },
  { name: 'the seconds that it is left instead', ask: 'DELETE /api/v1/namespaces/ns/pods/judged?gracePeriodSeconds=7', expected: ['DELETE', { kind: 'DeleteOptions', gracePeriodSeconds: 7 }] },
]) {
  test(`admission is told of ${name}`, async () => {
    judged = undefined;
    await api.must(ask, body, headers);
    const [operation, options] = expected;
    assert.deepEqual(judged, [operation, { ...(options as object), apiVersion: 'meta.k8s.io/v1' }]);
  });
}

test('admission is told which namespace is meant to go', async () => {
  const { uid } = (await api.must('POST /api/v1/namespaces', { metadata: { name: 'ending' } })).metadata;
  await api.must('DELETE /api/v1/namespaces/ending');
  assert.deepEqual(judged, ['DELETE', { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', preconditions: { uid } }]);
});

test('who changes a new object sees no name where one is generated, and may give one; who judges it sees the name', async () => {
  names.length = 0;
  const { metadata } = await api.must(`POST ${MAPS}`, { metadata: { generateName: 'gen-' } });
  assert.match(metadata.name, /^gen-.{5}$/);
  assert.equal((await api.must(`POST ${MAPS}`, { metadata: { generateName: 'named-' } })).metadata.name, 'named-here');
  assert.deepEqual(names, ['changed  ', `judged ${metadata.name} ${metadata.name}`, 'changed  ', 'judged named-here named-here']);
  assert.equal((await api.ask(`POST ${MAPS}`, { metadata: { generateName: 'named-' } })).status, 409);
});

test('of a collection nobody names an object to who judges its end', async () => {
  await api.must(`POST ${MAPS}`, { metadata: { name: 'one', labels: { set: 'one' } } });
  names.length = 0;
  await api.must(`DELETE ${MAPS}?labelSelector=set%3Done`);
  assert.deepEqual(names, ['changed  ', 'judged  one']);
});
