/** Numbers of queries, and the order and words in which some objects are refused. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { JsonClient } from '../support/json-client.ts';
import { startTestServer, type TestServer } from '../support/test-server.ts';

let server: TestServer;
let api: JsonClient;

before(async () => {
  server = await startTestServer();
  api = new JsonClient(server.server.port);
  await api.must('POST /api/v1/namespaces/ns/configmaps', { metadata: { name: 'c' } });
});
after(async () => {
  api[Symbol.dispose]();
  await server[Symbol.asyncDispose]();
});

for (const { ask, message } of [
  { ask: 'GET /api/v1/pods?limit=x', message: 'strconv.ParseInt: parsing "x": invalid syntax' },
  { ask: 'GET /api/v1/pods?limit=99999999999999999999', message: 'strconv.ParseInt: parsing "99999999999999999999": value out of range' },
  { ask: 'GET /api/v1/pods?watch=1&timeoutSeconds=1.5', message: 'strconv.ParseInt: parsing "1.5": invalid syntax' },
  { ask: 'DELETE /api/v1/namespaces/ns/configmaps/c?gracePeriodSeconds=%07', message: 'strconv.ParseInt: parsing "\\a": invalid syntax' },
]) {
  test(`${ask} is refused`, async () => {
    const { status, body } = await api.ask(ask);
    assert.deepEqual([status, body.message], [400, message]);
  });
}

test('a limit of less than nothing is none', async () => {
  const { items, metadata } = await api.must('GET /api/v1/namespaces/ns/configmaps?limit=-1');
  assert.deepEqual([items.length, metadata.continue], [1, undefined]);
});

test('a watch of less than no time is over at once', async () => {
  const { status, body } = await api.ask('GET /api/v1/namespaces/ns/secrets?watch=1&timeoutSeconds=-5');
  assert.deepEqual([status, body], [200, '']);
});

test('an event of the newer group is judged by the rules of both, with its metadata between them', async () => {
  const { status, body } = await api.ask('POST /apis/events.k8s.io/v1/namespaces/ns/events', { metadata: { name: 'A_', namespace: 'ns', labels: { 'a b': 'c' } }, regarding: { namespace: 'other' }, series: { count: 1 }, deprecatedCount: 2 });
  assert.equal(status, 422);
  assert.deepEqual(body.details.causes.map(({ field }: { field: string }) => field), ['involvedObject.namespace', 'metadata.name', 'metadata.labels', 'series.count', 'series.lastObservedTime', 'eventTime', 'type', 'count']);
  const older = await api.ask('POST /api/v1/namespaces/ns/events', { metadata: { name: 'A_', namespace: 'ns', labels: { 'a b': 'c' } }, involvedObject: { namespace: 'other' } });
  assert.deepEqual(older.body.details.causes.map(({ field }: { field: string }) => field), ['involvedObject.namespace']);
});

const AVOID = 'scheduler.alpha.kubernetes.io/preferAvoidPods';
const TAINTS = 'scheduler.alpha.kubernetes.io/taints';
const AT = 'metadata.annotations';

for (const { name, annotations, causes } of [
  { name: 'pods of nobody', annotations: { [AVOID]: '{"preferAvoidPods":[{"podSignature":{}}]}' }, causes: [`${AT}.${AVOID}[0].PodSignature: Required value`] },
  { name: 'pods of no controller', annotations: { [AVOID]: '{"preferAvoidPods":[{"podSignature":{"podController":{"controller":false}}}]}' }, causes: [`${AT}.${AVOID}[0].PodSignature.PodController.Controller: Invalid value: false: must point to a controller`] },
  { name: 'what is no JSON', annotations: { [AVOID]: 'x', [TAINTS]: '{}' }, causes: [`${AT}: Invalid value: "${TAINTS}": json: cannot unmarshal object into Go value of type []core.Taint`, `${AT}.AvoidPods: Invalid value: "${AVOID}": invalid character 'x' looking for beginning of value`] },
  { name: 'taints without an effect', annotations: { [TAINTS]: '[{"key":"k","value":"v"}]' }, causes: [`${AT}.${TAINTS}[0].effect: Required value`] },
]) {
  test(`a node's annotations may not name ${name}`, async () => {
    const { body } = await api.ask('POST /api/v1/nodes', { metadata: { name: 'n', annotations } });
    assert.deepEqual(body.details.causes.map(({ field, message }: { field: string; message: string }) => `${field}: ${message}`), causes);
  });
}

test('a node may say which pods it would rather not have', async () => {
  await api.must('POST /api/v1/nodes', { metadata: { name: 'fine', annotations: { [AVOID]: '{"preferAvoidPods":[{"podSignature":{"podController":{"apiVersion":"v1","kind":"ReplicationController","name":"foo","uid":"abc","controller":true}},"reason":"r"}]}' } } });
});

test('signals to stop with are dropped: their feature is off', async () => {
  const pod = { os: { name: 'linux' }, containers: [{ name: 'c', image: 'i', lifecycle: { stopSignal: 'SIGUSR1' } }] };
  assert.deepEqual((await api.must('POST /api/v1/namespaces/ns/pods', { metadata: { name: 'p' }, spec: pod })).spec.containers[0].lifecycle, {});
  const template = { metadata: { labels: { a: 'b' } }, spec: pod };
  const { spec } = await api.must('POST /apis/apps/v1/namespaces/ns/deployments', { metadata: { name: 'd' }, spec: { selector: { matchLabels: { a: 'b' } }, template } });
  assert.deepEqual(spec.template.spec.containers[0].lifecycle, {});
});

test('logs of a pod that has no node yet are nothing', async () => {
  await api.must('POST /api/v1/namespaces/ns/pods', { metadata: { name: 'waiting' }, spec: { containers: [{ name: 'c', image: 'i' }] } });
  const { status, headers, body } = await api.ask('GET /api/v1/namespaces/ns/pods/waiting/log');
  assert.deepEqual([status, headers['content-type'], body], [204, undefined, '']);
});
