/** The suite's many tests that walk an object of the API through its life: create, get, list, watch, patch, update, status, delete, delete by collection. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SystemClock } from '../../../src/base/clock.ts';
import { HttpsTransport } from '../../../src/client/https-transport.ts';
import { makeRequest, newKeyPair } from '../../../src/pki/index.ts';
import { type ConformanceApi, conditionOf, type Json, type Thing } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 0 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

const labels = { e2e: 'life' };
const SELECTOR = 'labelSelector=e2e%3Dlife';
const rules = [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'] }];
const policyRules = { resourceRules: rules, matchPolicy: 'Equivalent', namespaceSelector: {}, objectSelector: {} };
const condition = (type: string): object => ({ type, status: 'False', reason: 'e2e', message: `Set by an e2e test`, lastTransitionTime: '2026-01-01T00:00:00Z' });

for (const { name, group, resource, body, change, status } of [
  {
    name: 'API priority and fairness should support FlowSchema API operations', group: 'flowcontrol.apiserver.k8s.io/v1', resource: 'flowschemas',
    body: { spec: { matchingPrecedence: 10000, priorityLevelConfiguration: { name: 'global-default' }, distinguisherMethod: { type: 'ByUser' }, rules: [{ subjects: [{ kind: 'User', user: { name: 'example-e2e-non-existent-user' } }], nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] }] } },
    change: (thing: Thing): unknown => (thing.spec.matchingPrecedence = 9999), status: { conditions: [condition('PatchStatusFailed')] },
  },
  {
    name: 'API priority and fairness should support PriorityLevelConfiguration API operations', group: 'flowcontrol.apiserver.k8s.io/v1', resource: 'prioritylevelconfigurations',
    body: { spec: { type: 'Limited', limited: { nominalConcurrencyShares: 2, limitResponse: { type: 'Reject' } } } }, change: (thing: Thing): unknown => (thing.spec.limited.nominalConcurrencyShares = 4), status: { conditions: [condition('PatchStatusFailed')] },
  },
  {
    name: 'ValidatingAdmissionPolicy should support ValidatingAdmissionPolicy API operations', group: 'admissionregistration.k8s.io/v1', resource: 'validatingadmissionpolicies',
    body: { spec: { matchConstraints: policyRules, validations: [{ expression: 'object.spec.replicas <= 100' }], failurePolicy: 'Fail' } }, change: (thing: Thing): unknown => (thing.metadata.annotations = { ...thing.metadata.annotations, updated: 'true' }), status: { conditions: [condition('PatchStatusFailed')] },
  },
  {
    name: 'ValidatingAdmissionPolicy should support ValidatingAdmissionPolicyBinding API operations', group: 'admissionregistration.k8s.io/v1', resource: 'validatingadmissionpolicybindings',
    body: { spec: { policyName: 'replicalimit-policy.example.com', validationActions: ['Deny'] } }, change: (thing: Thing): unknown => (thing.metadata.annotations = { ...thing.metadata.annotations, updated: 'true' }), status: undefined,
  },
  {
    name: 'MutatingAdmissionPolicy should support MutatingAdmissionPolicy API operations', group: 'admissionregistration.k8s.io/v1', resource: 'mutatingadmissionpolicies',
    body: { spec: { matchConstraints: policyRules, mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{spec: Object.spec{replicas: 2}}' } }], reinvocationPolicy: 'Never', failurePolicy: 'Fail' } }, change: (thing: Thing): unknown => (thing.metadata.annotations = { ...thing.metadata.annotations, updated: 'true' }), status: undefined,
  },
  {
    name: 'MutatingAdmissionPolicy should support MutatingAdmissionPolicyBinding API operations', group: 'admissionregistration.k8s.io/v1', resource: 'mutatingadmissionpolicybindings',
    body: { spec: { policyName: 'replicalimit-policy.example.com' } }, change: (thing: Thing): unknown => (thing.metadata.annotations = { ...thing.metadata.annotations, updated: 'true' }), status: undefined,
  },
  {
    name: 'Certificates API should support CSR API operations', group: 'certificates.k8s.io/v1', resource: 'certificatesigningrequests', body: { spec: { request: '', signerName: 'example.com/e2e', usages: ['digital signature', 'key encipherment', 'server auth'], expirationSeconds: 3600 } },
    change: (thing: Thing): unknown => (thing.metadata.annotations = { ...thing.metadata.annotations, updated: 'true' }), status: undefined,
  },
  {
    name: 'RuntimeClass should support RuntimeClasses API operations', group: 'node.k8s.io/v1', resource: 'runtimeclasses', body: { handler: 'e2e-handler' }, change: (thing: Thing): unknown => (thing.metadata.annotations = { ...thing.metadata.annotations, updated: 'true' }), status: undefined,
  },
  {
    name: 'IngressClass API should support creating IngressClass API operations', group: 'networking.k8s.io/v1', resource: 'ingressclasses', body: { spec: { controller: 'example.com/controller' } }, change: (thing: Thing): unknown => (thing.metadata.annotations = { ...thing.metadata.annotations, updated: 'true' }), status: undefined,
  },
]) {
  test(name, async () => {
    if (resource === 'certificatesigningrequests') (body.spec as Json).request = request();
    const groups = await api.get('/apis');
    const [groupName, version] = group.split('/');
    assert.ok(groups['groups'].find((one: Json) => one.name === groupName).versions.some((one: Json) => one.version === version));
    assert.equal((await api.get(`/apis/${groupName}`)).kind, 'APIGroup');
    assert.ok((await api.get(`/apis/${group}`))['resources'].some((one: Json) => one.name === resource));
    const all = `/apis/${group}/${resource}`;
    const made = { ...body, metadata: { generateName: 'e2e-', labels } };
    const created = await api.create(all, made);
    const url = `${all}/${created.metadata.name}`;
    assert.equal((await api.get(url)).metadata.uid, created.metadata.uid);
    await using watch = api.watch(`${all}?${SELECTOR}&resourceVersion=${created.metadata.resourceVersion}`);
    const patched = await api.patch(url, { metadata: { annotations: { patched: 'true' } } }, 'merge-patch+json');
    assert.equal(patched.metadata.annotations?.['patched'], 'true');
    await api.update(url, change);
    await watch.until('the update', ({ type, object }) => type === 'MODIFIED' && object.metadata.annotations?.['patched'] === 'true' && (object.metadata.annotations['updated'] === 'true' || object.metadata.generation > 1));
    if (status) {
      const read = await api.get(`${url}/status`);
      assert.equal(read.metadata.uid, created.metadata.uid);
      const after = await api.patch(`${url}/status`, { metadata: { annotations: { patchedstatus: 'true' } }, status }, 'merge-patch+json');
      assert.equal(conditionOf(after, 'PatchStatusFailed').reason, 'e2e');
      const updated = await api.update(url, (thing) => thing.status.conditions.push(condition('StatusUpdateFailed')), `${url}/status`);
      assert.ok(conditionOf(updated, 'StatusUpdateFailed'));
    }
    const last = await api.get(`${all}?${SELECTOR}`);
    assert.equal(last.items.length, 1);
    await api.delete(url);
    await watch.until('the deletion', ({ type }) => type === 'DELETED');
    await api.refused(404, 'GET', url);
    for (let i = 0; i < 2; i++) await api.create(all, made);
    assert.equal((await api.get(`${all}?${SELECTOR}`)).items.length, 2);
    await api.delete(`${all}?${SELECTOR}`, {});
    assert.deepEqual((await api.get(`${all}?${SELECTOR}`)).items, []);
  });
}

/** A certificate request as CSRs hold it. */
function request(): string {
  return Buffer.from(makeRequest({ subject: { commonName: 'e2e.example.com' }, keys: newKeyPair() })).toString('base64');
}

test('Certificates API should support CSR API operations: approval and certificate', async () => {
  const all = '/apis/certificates.k8s.io/v1/certificatesigningrequests';
  const created = await api.create(all, { metadata: { generateName: 'e2e-example-csr-' }, spec: { request: request(), signerName: 'example.com/e2e', usages: ['digital signature', 'key encipherment', 'server auth'] } });
  const url = `${all}/${created.metadata.name}`;
  assert.ok((await api.get(`${url}/approval`)).metadata.uid);
  const patchedApproval = await api.patch(`${url}/approval`, { metadata: { annotations: { patchedapproval: 'true' } }, status: { conditions: [{ type: 'ApprovalPatch', status: 'True', reason: 'e2e' }] } }, 'merge-patch+json');
  assert.deepEqual([patchedApproval.status.conditions.length, patchedApproval.metadata.annotations?.['patchedapproval']], [1, 'true']);
  const approved = await api.update(url, ({ status }) => status.conditions.push({ type: 'Approved', status: 'True', reason: 'E2E', message: 'Set from an e2e test' }), `${url}/approval`);
  assert.deepEqual(approved.status.conditions.map((one: Json) => one.type), ['ApprovalPatch', 'Approved']);
  const certificate = Buffer.from(cluster.server.tls.ca).toString('base64');
  const status = await api.patch(`${url}/status`, { metadata: { annotations: { patchedstatus: 'true' } }, status: { certificate } }, 'merge-patch+json');
  assert.deepEqual([status.status.certificate, status.metadata.annotations?.['patchedstatus']], [certificate, 'true']);
  const updated = await api.update(url, (thing) => thing.status.conditions.push({ type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from an e2e test' }), `${url}/status`);
  assert.equal(updated.status.conditions.length, 3);
});

test('SchedulerPreemption PriorityClass endpoints verify PriorityClass endpoints can be operated with different HTTP methods', async () => {
  const all = '/apis/scheduling.k8s.io/v1/priorityclasses';
  for (const [name, value] of [['p1', 1], ['p2', 2]] as const) await api.create(all, { metadata: { name }, value });
  const changed = await api.get(`${all}/p1`);
  assert.match(await api.refused(422, 'PUT', `${all}/p1`, { ...changed, value: 10 }), /value: Forbidden: may not be changed in an update/);
  assert.equal((await api.update(`${all}/p2`, (thing) => (thing['description'] = 'updated'))).kind, 'PriorityClass');
  assert.equal((await api.patch(`${all}/p1`, { description: 'patched' }, 'merge-patch+json'))['description'], 'patched');
  await api.patch(`${all}/p2`, [{ op: 'replace', path: '/description', value: 'again' }], 'json-patch+json');
  await api.delete(`${all}/p1`);
  await api.delete(`${all}/p2`);
});

test('ServiceAccounts should run through the lifecycle of a ServiceAccount, and be updated', async () => {
  const ns = await api.namespace('account');
  const all = `/api/v1/namespaces/${ns}/serviceaccounts`;
  await using watch = api.watch(`/api/v1/serviceaccounts?labelSelector=test-serviceaccount-static%3Dtrue`);
  await api.create(all, { metadata: { name: 'testserviceaccount', labels: { 'test-serviceaccount-static': 'true' } } });
  await watch.next('ADDED');
  await api.patch(`${all}/testserviceaccount`, { automountServiceAccountToken: false });
  await watch.until('the patch', ({ type, object }) => type === 'MODIFIED' && object['automountServiceAccountToken'] === false);
  assert.equal((await api.get('/api/v1/serviceaccounts?labelSelector=test-serviceaccount-static%3Dtrue')).items.length, 1);
  const updated = await api.update(`${all}/testserviceaccount`, (thing) => (thing['automountServiceAccountToken'] = true));
  assert.equal(updated['automountServiceAccountToken'], true);
  await api.delete(`${all}?labelSelector=test-serviceaccount-static%3Dtrue`, {});
  await watch.until('the deletion', ({ type }) => type === 'DELETED');
});

test('ServiceAccounts should create a serviceAccountToken and ensure a successful TokenReview', async () => {
  const ns = await api.namespace('token');
  const { status } = await api.create(`/api/v1/namespaces/${ns}/serviceaccounts/default/token`, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } });
  const review = await api.create('/apis/authentication.k8s.io/v1/tokenreviews', { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: status.token } });
  assert.equal(review.status.authenticated, true);
  assert.equal(review.status.error, undefined);
  assert.equal(review.status.user.username, `system:serviceaccount:${ns}:default`);
});

test('tokens in Secrets: their use is noted, and those marked invalid do not hold', async () => {
  const tracking = await api.until('use is tracked', async () => {
    const { status, body } = await api.answer('GET', '/api/v1/namespaces/kube-system/configmaps/kube-apiserver-legacy-service-account-token-tracking');
    return status === 200 && (body as Thing);
  });
  assert.match(tracking.data.since, /^\d{4}-\d\d-\d\d$/);
  const url = `/api/v1/namespaces/${await api.namespace('legacy')}/secrets`;
  await api.create(url, { metadata: { name: 'key', annotations: { 'kubernetes.io/service-account.name': 'default' } }, type: 'kubernetes.io/service-account-token' });
  const secret = await api.untilIs(`${url}/key`, 'the token is there', ({ data }) => data?.token);
  const ask = async (): Promise<number> => (await fetchAs(Buffer.from(secret.data.token, 'base64').toString())).status;
  assert.equal(await ask(), 201);
  await api.untilIs(`${url}/key`, 'its use is noted', ({ metadata }) => metadata.labels?.['kubernetes.io/legacy-token-last-used'] === tracking.data.since);
  await api.patch(`${url}/key`, { metadata: { labels: { 'kubernetes.io/legacy-token-invalid-since': '2026-01-01' } } });
  assert.equal(await ask(), 401);
});

async function fetchAs(token: string): Promise<{ status: number }> {
  await using transport = new HttpsTransport({ server: cluster.server.url, tls: () => ({ ca: cluster.server.tls.ca }), token: () => token, userAgent: 'test', clock: new SystemClock() });
  return await transport.send({ method: 'POST', path: '/apis/authentication.k8s.io/v1/selfsubjectreviews', body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }, signal: api.signal });
}

test('ServiceAccounts should guarantee kube-root-ca.crt exist in any namespace', async () => {
  const url = `/api/v1/namespaces/${await api.namespace('root')}/configmaps/kube-root-ca.crt`;
  const { data } = await api.until('it is there', async () => {
    const { status, body } = await api.answer('GET', url);
    return status === 200 && (body as Thing);
  });
  await api.delete(url);
  await api.until('it is there again', async () => (await api.answer('GET', url)).status === 200);
  await api.put(url, { metadata: { name: 'kube-root-ca.crt' }, data: { 'ca.crt': '' } });
  await api.untilIs(url, 'it is right again', (thing) => thing.data['ca.crt'] === data['ca.crt']);
});

test('SubjectReview should support SubjectReview API operations', async () => {
  const ns = await api.namespace('review');
  const account = `system:serviceaccount:${ns}:default`;
  const impersonated = { 'impersonate-user': account, 'content-type': 'application/json' };
  assert.equal((await api.answer('GET', '/api/v1/nodes', undefined, impersonated)).status, 403);
  const spec = { resourceAttributes: { verb: 'list', resource: 'configmaps', namespace: ns, version: 'v1' }, nonResourceAttributes: undefined, user: account };
  const subject = await api.create('/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec });
  assert.equal(subject.status.allowed, false);
  const local = await api.create(`/apis/authorization.k8s.io/v1/namespaces/${ns}/localsubjectaccessreviews`, { metadata: { namespace: ns }, spec });
  assert.equal(local.status.allowed, subject.status.allowed);
});

test('Events should manage the lifecycle of an event, and delete a collection', async () => {
  const ns = await api.namespace('events');
  const all = `/api/v1/namespaces/${ns}/events`;
  const event = (name: string, testLabel: object): object => ({ metadata: { name, labels: testLabel }, message: 'This is a test event', reason: 'Test', type: 'Normal', count: 1, involvedObject: { namespace: ns } });
  await api.create(all, event('event-test', { 'testevent-constant': 'true' }));
  const found = (await api.get('/api/v1/events?labelSelector=testevent-constant%3Dtrue')).items;
  assert.deepEqual(found.map(({ metadata }) => metadata.name), ['event-test']);
  const patched = await api.patch(`${all}/event-test`, { message: 'This is a test event - patched' });
  assert.equal(patched['message'], 'This is a test event - patched');
  const updated = await api.update(`${all}/event-test`, (thing) => (thing['series'] = { count: 100, lastObservedTime: '2014-01-01T00:00:00.000000Z' }));
  assert.deepEqual(updated['series'], { count: 100, lastObservedTime: '2014-01-01T00:00:00.000000Z' });
  await api.delete(`${all}/event-test`, {});
  assert.equal((await api.get(`${all}?labelSelector=testevent-constant%3Dtrue`)).items.length, 0);
  for (let i = 1; i <= 3; i++) await api.create(all, event(`test-event-${i}`, { 'testevent-set': 'true' }));
  await api.delete(`${all}?labelSelector=testevent-set%3Dtrue`, {});
  assert.deepEqual((await api.get(`${all}?labelSelector=testevent-set%3Dtrue`)).items, []);
});

test('Events API should ensure that an event can be fetched, patched, deleted, and listed, and delete a collection', async () => {
  const ns = await api.namespace('events-v1');
  const all = `/apis/events.k8s.io/v1/namespaces/${ns}/events`;
  const event = (name: string): object => ({ metadata: { name, labels: { 'testevent-constant': 'v1' } }, regarding: { namespace: ns }, action: 'Do', reason: 'Test', type: 'Normal', note: 'This is event-test', reportingController: 'test-controller', reportingInstance: 'test-node', eventTime: '2017-09-19T13:49:16.000000Z' });
  await api.create(all, event('event-test'));
  assert.equal((await api.get(`/apis/events.k8s.io/v1/events?labelSelector=testevent-constant%3Dv1`)).items.length, 1);
  for (const selector of ['reportingController=test-controller', 'metadata.name=event-test']) {
    assert.equal((await api.get(`${all}?fieldSelector=${encodeURIComponent(selector)}`)).items.length, 1, selector);
  }
  const patched = await api.patch(`${all}/event-test`, { series: { count: 2, lastObservedTime: '2017-09-19T13:50:16.000000Z' } });
  assert.equal(patched['series'].count, 2);
  const updated = await api.update(`${all}/event-test`, (thing) => (thing['series'] = { count: 100, lastObservedTime: '2014-01-01T00:00:00.000000Z' }));
  assert.equal(updated['series'].count, 100);
  assert.equal((await api.get(`/api/v1/namespaces/${ns}/events/event-test`))['message'], 'This is event-test');
  await api.delete(`${all}/event-test`, {});
  assert.deepEqual((await api.get(all)).items, []);
  for (let i = 1; i <= 3; i++) await api.create(all, event(`test-event-${i}`));
  assert.equal((await api.get(`${all}?labelSelector=testevent-constant%3Dv1`)).items.length, 3);
  await api.delete(`${all}?labelSelector=testevent-constant%3Dv1`, {});
  assert.deepEqual((await api.get(all)).items, []);
});
