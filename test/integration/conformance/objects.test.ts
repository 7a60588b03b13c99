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

const annotate = ({ metadata }: Thing): unknown => (metadata.annotations = { ...metadata.annotations, updated: 'true' });
const denyAgain = (thing: Thing): unknown => (annotate(thing), (thing.spec.validationActions = ['Deny']));
const neverAgain = (thing: Thing): unknown => (annotate(thing), (thing.spec.reinvocationPolicy = 'Never'));
const failAgain = (thing: Thing): unknown => (annotate(thing), (thing.spec.failurePolicy = 'Fail'));

/** As the suite writes it: without a message and a time. */
const BARE = { type: 'PatchStatusFailed', status: 'False', reason: 'e2e' };

for (const { name, group, resource, body, patch, change, status } of [
  {
    name: 'API priority and fairness should support FlowSchema API operations', group: 'flowcontrol.apiserver.k8s.io/v1', resource: 'flowschemas',
    body: { spec: { matchingPrecedence: 10000, priorityLevelConfiguration: { name: 'global-default' }, distinguisherMethod: { type: 'ByUser' }, rules: [{ subjects: [{ kind: 'User', user: { name: 'example-e2e-non-existent-user' } }], nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }] }] } },
    patch: { spec: { matchingPrecedence: 9999 } }, change: (thing: Thing): unknown => (thing.spec.matchingPrecedence = 9998), status: { conditions: [BARE] },
  },
  {
    name: 'API priority and fairness should support PriorityLevelConfiguration API operations', group: 'flowcontrol.apiserver.k8s.io/v1', resource: 'prioritylevelconfigurations',
    body: { spec: { type: 'Limited', limited: { nominalConcurrencyShares: 2, limitResponse: { type: 'Reject' } } } }, patch: { spec: { limited: { nominalConcurrencyShares: 4 } } }, change: (thing: Thing): unknown => (thing.spec.limited.nominalConcurrencyShares = 6), status: { conditions: [BARE] },
  },
  {
    name: 'ValidatingAdmissionPolicy should support ValidatingAdmissionPolicy API operations', group: 'admissionregistration.k8s.io/v1', resource: 'validatingadmissionpolicies',
    body: { spec: { matchConstraints: policyRules, validations: [{ expression: 'object.spec.replicas <= 100' }], failurePolicy: 'Fail' } }, patch: { spec: { failurePolicy: 'Ignore' } }, change: failAgain, status: { conditions: [condition('PatchStatusFailed')] },
  },
  {
    name: 'ValidatingAdmissionPolicy should support ValidatingAdmissionPolicyBinding API operations', group: 'admissionregistration.k8s.io/v1', resource: 'validatingadmissionpolicybindings',
    body: { spec: { policyName: 'replicalimit-policy.example.com', validationActions: ['Deny'] } }, patch: { spec: { validationActions: ['Warn'] } }, change: denyAgain, status: undefined,
  },
  {
    name: 'MutatingAdmissionPolicy should support MutatingAdmissionPolicy API operations', group: 'admissionregistration.k8s.io/v1', resource: 'mutatingadmissionpolicies',
    body: { spec: { matchConstraints: policyRules, mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression: 'Object{spec: Object.spec{replicas: 2}}' } }], reinvocationPolicy: 'Never', failurePolicy: 'Fail' } }, patch: { spec: { reinvocationPolicy: 'IfNeeded' } }, change: neverAgain, status: undefined,
  },
  {
    name: 'MutatingAdmissionPolicy should support MutatingAdmissionPolicyBinding API operations', group: 'admissionregistration.k8s.io/v1', resource: 'mutatingadmissionpolicybindings',
    body: { spec: { policyName: 'replicalimit-policy.example.com' } }, patch: {}, change: annotate, status: undefined,
  },
  {
    name: 'Certificates API should support CSR API operations', group: 'certificates.k8s.io/v1', resource: 'certificatesigningrequests', body: { spec: { request: '', signerName: 'example.com/e2e', usages: ['digital signature', 'key encipherment', 'server auth'], expirationSeconds: 3600 } },
    patch: {}, change: annotate, status: undefined,
  },
  {
    name: 'RuntimeClass should support RuntimeClasses API operations', group: 'node.k8s.io/v1', resource: 'runtimeclasses', body: { handler: 'e2e-handler' }, patch: {}, change: annotate, status: undefined,
  },
  {
    name: 'IngressClass API should support creating IngressClass API operations', group: 'networking.k8s.io/v1', resource: 'ingressclasses', body: { spec: { controller: 'example.com/controller' } }, patch: {}, change: annotate, status: undefined,
  },
]) {
  test(name, async () => {
    if (resource === 'certificatesigningrequests') (body.spec as Json).request = request();
    const groups = await api.get('/apis');
    const [groupName, version] = group.split('/');
    assert.ok(groups['groups'].find((one: Json) => one.name === groupName).versions.some((one: Json) => one.version === version));
    assert.equal((await api.get(`/apis/${groupName}`)).kind, 'APIGroup');
    const served = (await api.get(`/apis/${group}`))['resources'].map((one: Json) => one.name);
    for (const one of [resource, ...(status ? [`${resource}/status`] : [])]) assert.ok(served.includes(one), one);
    const all = `/apis/${group}/${resource}`;
    const made = { ...body, metadata: { generateName: 'e2e-', labels } };
    for (let i = 0; i < 2; i++) await api.create(all, made);
    const created = await api.create(all, made);
    const url = `${all}/${created.metadata.name}`;
    assert.equal((await api.get(url)).metadata.uid, created.metadata.uid);
    const list = await api.get(`${all}?${SELECTOR}`);
    assert.equal(list.items.length, 3);
    await using watch = api.watch(`${all}?${SELECTOR}&resourceVersion=${list.metadata.resourceVersion}`);
    const patched = await api.patch(url, { metadata: { annotations: { patched: 'true' } }, ...patch }, 'merge-patch+json');
    assert.partialDeepStrictEqual(patched, { metadata: { annotations: { patched: 'true' } }, ...patch });
    const changed = await api.update(url, change);
    await watch.until('the update', ({ type, object }) => type === 'MODIFIED' && object.metadata.annotations?.['patched'] === 'true' && object.metadata.resourceVersion === changed.metadata.resourceVersion);
    if (status) {
      const read = await api.get(`${url}/status`);
      assert.equal(read.metadata.uid, created.metadata.uid);
      const after = await api.patch(`${url}/status`, { metadata: { annotations: { patchedstatus: 'true' } }, status }, 'merge-patch+json');
      assert.equal(conditionOf(after, 'PatchStatusFailed').reason, 'e2e');
      const updated = await api.update(url, (thing) => thing.status.conditions.push(condition('StatusUpdateFailed')), `${url}/status`);
      assert.ok(conditionOf(updated, 'StatusUpdateFailed'));
    }
    await api.delete(url);
    await watch.until('the deletion', ({ type }) => type === 'DELETED');
    await api.refused(404, 'GET', url);
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
  const signerName = 'example.com/e2e-certificates';
  const bySigner = `${all}?fieldSelector=${encodeURIComponent(`spec.signerName=${signerName}`)}`;
  const served = (await api.get('/apis/certificates.k8s.io/v1'))['resources'].map((one: Json) => one.name);
  for (const name of ['certificatesigningrequests', 'certificatesigningrequests/approval', 'certificatesigningrequests/status']) assert.ok(served.includes(name), name);
  const template = { metadata: { generateName: 'e2e-example-csr-' }, spec: { request: request(), signerName, expirationSeconds: 3600, usages: ['digital signature', 'key encipherment', 'server auth'] } };
  for (let i = 0; i < 2; i++) await api.create(all, template);
  const created = await api.create(all, template);
  const url = `${all}/${created.metadata.name}`;
  assert.equal((await api.get(url)).spec.expirationSeconds, 3600);
  const list = await api.get(bySigner);
  assert.equal(list.items.length, 3);
  await using watch = api.watch(`${all}?fieldSelector=metadata.name%3D${created.metadata.name}&resourceVersion=${list.metadata.resourceVersion}`);
  await api.patch(url, { metadata: { annotations: { patched: 'true' } } }, 'merge-patch+json');
  assert.equal((await api.update(url, annotate)).metadata.annotations?.['updated'], 'true');
  assert.equal((await watch.next('MODIFIED')).metadata.annotations?.['patched'], 'true');
  const approval = await api.get(`${url}/approval`);
  assert.deepEqual([approval.kind, approval.metadata.uid], ['CertificateSigningRequest', created.metadata.uid]);
  const patchedApproval = await api.patch(`${url}/approval`, { metadata: { annotations: { patchedapproval: 'true' } }, status: { conditions: [{ type: 'ApprovalPatch', status: 'True', reason: 'e2e' }] } }, 'merge-patch+json');
  assert.deepEqual([patchedApproval.status.conditions.map((one: Json) => one.type), patchedApproval.metadata.annotations?.['patchedapproval']], [['ApprovalPatch'], 'true']);
  const approved = await api.update(url, ({ status }) => status.conditions.push({ type: 'Approved', status: 'True', reason: 'E2E', message: 'Set from an e2e test' }), `${url}/approval`);
  assert.deepEqual(approved.status.conditions.map((one: Json) => one.type), ['ApprovalPatch', 'Approved']);
  assert.equal((await api.get(`${url}/status`)).metadata.uid, created.metadata.uid);
  const certificate = Buffer.from(cluster.server.tls.ca).toString('base64');
  const status = await api.patch(`${url}/status`, { metadata: { annotations: { patchedstatus: 'true' } }, status: { certificate } }, 'merge-patch+json');
  assert.deepEqual([status.status.certificate, status.metadata.annotations?.['patchedstatus']], [certificate, 'true']);
  const updated = await api.update(url, (thing) => thing.status.conditions.push({ type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from an e2e test' }), `${url}/status`);
  assert.deepEqual(updated.status.conditions.map((one: Json) => one.type), ['ApprovalPatch', 'Approved', 'StatusUpdate']);
  await api.delete(url);
  await api.refused(404, 'GET', url);
  assert.equal((await api.get(bySigner)).items.length, 2);
  await api.delete(bySigner, {});
  assert.deepEqual((await api.get(bySigner)).items, []);
});

test('SchedulerPreemption PriorityClass endpoints verify PriorityClass endpoints can be operated with different HTTP methods', async () => {
  const all = '/apis/scheduling.k8s.io/v1/priorityclasses';
  for (const [name, value] of [['p1', 1], ['p2', 2]] as const) await api.create(all, { metadata: { name }, value });
  const strategic = { 'content-type': 'application/strategic-merge-patch+json' };
  const immutable = /value: Forbidden: may not be changed in an update/;
  assert.match(await api.refused(422, 'PATCH', `${all}/p1`, JSON.stringify({ value: 10 }), strategic), immutable);
  assert.match(await api.refused(422, 'PUT', `${all}/p2`, { ...(await api.get(`${all}/p2`)), value: 20 }), immutable);
  await api.patch(`${all}/p1`, { description: 'updated description' });
  await api.update(`${all}/p2`, (thing) => (thing['description'] = 'updated description'));
  const { items } = await api.get(all);
  for (const [name, value] of [['p1', 1], ['p2', 2]] as const) {
    assert.ok(items.some(({ metadata }) => metadata.name === name));
    const live = await api.get(`${all}/${name}`);
    assert.deepEqual([live['value'], live['description']], [value, 'updated description']);
    await api.delete(`${all}/${name}`, { gracePeriodSeconds: 0 });
  }
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

test('ServiceAccounts should allow opting out of API token automount', async () => {
  const ns = await api.namespace('automount');
  for (const [name, automountServiceAccountToken] of [['mount', true], ['nomount', false]] as const) await api.create(`/api/v1/namespaces/${ns}/serviceaccounts`, { metadata: { name }, automountServiceAccountToken });
  for (const [account, ofPod, expected] of [
    ['default', undefined, true], ['mount', undefined, true], ['nomount', undefined, false], ['default', true, true], ['mount', true, true], ['nomount', true, true], ['default', false, false], ['mount', false, false], ['nomount', false, false],
  ] as const) {
    const { spec } = await api.create(`/api/v1/namespaces/${ns}/pods`, { metadata: { name: `pod-service-account-${account}-${String(ofPod)}` }, spec: { restartPolicy: 'Never', serviceAccountName: account, automountServiceAccountToken: ofPod, containers: [{ name: 'token-test', image: 'agnhost' }] } });
    const mounts: Json[] = spec.containers[0].volumeMounts ?? [];
    assert.equal(mounts.some(({ mountPath }) => mountPath === '/var/run/secrets/kubernetes.io/serviceaccount'), expected, `${account}, ${String(ofPod)}`);
  }
});

test('ServiceAccounts should create a serviceAccountToken and ensure a successful TokenReview', async () => {
  const ns = await api.namespace('token');
  const all = `/api/v1/namespaces/${ns}/serviceaccounts`;
  await api.create(all, { metadata: { name: 'e2e-sa' } });
  const { status } = await api.create(`${all}/e2e-sa/token`, { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } });
  assert.ok(status.token);
  const review = await api.create('/apis/authentication.k8s.io/v1/tokenreviews', { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token: status.token } });
  assert.equal(review.status.authenticated, true);
  assert.equal(review.status.error, undefined);
  assert.equal(review.status.user.username, `system:serviceaccount:${ns}:e2e-sa`);
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
  const { metadata: { labels: noted } } = await api.untilIs(`${url}/key`, 'its use is noted', ({ metadata }) => metadata.labels?.['kubernetes.io/legacy-token-last-used']);
  const today = new Date().toISOString().slice(0, 'YYYY-MM-DD'.length); // a day may have passed meanwhile
  assert.ok([tracking.data.since, today].includes(noted?.['kubernetes.io/legacy-token-last-used']), JSON.stringify(noted));
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
  const account = await api.create(`/api/v1/namespaces/${ns}/serviceaccounts`, { metadata: { name: 'e2e' } });
  const user = `system:serviceaccount:${ns}:e2e`;
  const groups = ['system:authenticated', 'system:serviceaccounts', `system:serviceaccounts:${ns}`];
  const { uid } = account.metadata;
  const resourceAttributes = { verb: 'list', resource: 'configmaps', namespace: ns, version: 'v1' };
  const asked = async (expected: boolean): Promise<void> => {
    const subject = await api.create('/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec: { resourceAttributes, user, groups, uid } });
    const { status } = await api.answer('GET', `/api/v1/namespaces/${ns}/configmaps`, undefined, { 'impersonate-user': user, 'impersonate-uid': uid, 'impersonate-group': groups[0] ?? '' });
    const local = await api.create(`/apis/authorization.k8s.io/v1/namespaces/${ns}/localsubjectaccessreviews`, { metadata: { namespace: ns }, spec: { resourceAttributes, user, groups, uid } });
    assert.deepEqual([subject.status.allowed, status !== 403, local.status.allowed], [expected, expected, expected]);
  };
  await asked(false);
  await api.create(`/apis/rbac.authorization.k8s.io/v1/namespaces/${ns}/rolebindings`, { metadata: { name: 'view' }, roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' }, subjects: [{ kind: 'ServiceAccount', name: 'e2e', namespace: ns }] });
  await api.until('the binding counts', async () => (await api.create('/apis/authorization.k8s.io/v1/subjectaccessreviews', { spec: { resourceAttributes, user, groups, uid } })).status.allowed);
  await asked(true);
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
