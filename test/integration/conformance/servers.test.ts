/** The suite's sig-api-machinery tests of watches, chunks, tables, admission policies and APIServices. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ConformanceApi, conditionOf, type Json, type Watch } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 0 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

const map = (name: string, label: string): object => ({ metadata: { name, labels: { 'watch-this-configmap': label } } });
const selected = (labels: string): string => `labelSelector=${encodeURIComponent(`watch-this-configmap in (${labels})`)}`;

async function sees(watch: Watch, type: 'ADDED' | 'MODIFIED' | 'DELETED', mutation?: string): Promise<void> {
  const object = await watch.next(type);
  assert.equal(object.data?.mutation, mutation);
}

test('Watchers should observe add, update, and delete watch notifications on configmaps', async () => {
  const maps = `/api/v1/namespaces/${await api.namespace('watch')}/configmaps`;
  await using a = api.watch(`${maps}?${selected('A')}`);
  await using b = api.watch(`${maps}?${selected('B')}`);
  await using both = api.watch(`${maps}?${selected('A,B')}`);
  for (const [label, one] of [['A', a], ['B', b]] as const) {
    const url = `${maps}/${label.toLowerCase()}`;
    await api.create(maps, map(label.toLowerCase(), label));
    for (const watch of [one, both]) await sees(watch, 'ADDED');
    for (const mutation of ['1', '2']) {
      await api.update(url, (thing) => (thing.data = { mutation }));
      for (const watch of [one, both]) await sees(watch, 'MODIFIED', mutation);
    }
    await api.delete(url);
    for (const watch of [one, both]) await sees(watch, 'DELETED', '2');
  }
});

test('Watchers should be able to start watching from a specific resource version, and restart from the last one observed', async () => {
  const maps = `/api/v1/namespaces/${await api.namespace('watch')}/configmaps`;
  await api.create(maps, map('it', 'from'));
  const first = await api.update(`${maps}/it`, (thing) => (thing.data = { mutation: '1' }));
  const second = await api.update(`${maps}/it`, (thing) => (thing.data = { mutation: '2' }));
  await api.delete(`${maps}/it`);
  await using from = api.watch(`${maps}?${selected('from')}&resourceVersion=${first.metadata.resourceVersion}`);
  await sees(from, 'MODIFIED', '2');
  await sees(from, 'DELETED', '2');
  await using again = api.watch(`${maps}?${selected('from')}&resourceVersion=${second.metadata.resourceVersion}`);
  await sees(again, 'DELETED', '2');
});

test('Watchers should observe an object deletion if it stops meeting the requirements of the selector', async () => {
  const maps = `/api/v1/namespaces/${await api.namespace('watch')}/configmaps`;
  await using watch = api.watch(`${maps}?${selected('changes')}`);
  await api.create(maps, map('it', 'changes'));
  await sees(watch, 'ADDED');
  await api.update(`${maps}/it`, ({ metadata, ...thing }) => Object.assign(thing, { metadata: Object.assign(metadata, { labels: { 'watch-this-configmap': 'wrong' } }) }));
  await sees(watch, 'DELETED');
  await api.update(`${maps}/it`, (thing) => (thing.data = { mutation: '2' }));
  await api.update(`${maps}/it`, (thing) => {
    thing.metadata.labels = { 'watch-this-configmap': 'changes' };
  });
  await sees(watch, 'ADDED', '2');
  await api.delete(`${maps}/it`);
  await sees(watch, 'DELETED', '2');
});

test('Servers with support for API chunking should return chunks of results for list calls, of tables too', async () => {
  const templates = `/api/v1/namespaces/${await api.namespace('chunks')}/podtemplates`;
  const total = 40;
  for (let i = 0; i < total; i++) await api.create(templates, { metadata: { name: `template-${String(i).padStart(4, '0')}` }, template: { spec: { containers: [{ name: 'test', image: 'test2' }] } } });
  for (const accept of ['application/json', 'application/json;as=Table;v=v1;g=meta.k8s.io']) {
    const versions = new Set<string>();
    let found = 0;
    for (let token: string | undefined = ''; token !== undefined;) {
      const page: Json = await api.get(`${templates}?limit=17${token && `&continue=${encodeURIComponent(token)}`}`, { accept });
      const { length } = page.items ?? page.rows;
      versions.add(page.metadata.resourceVersion);
      found += length;
      token = page.metadata.continue;
      assert.equal(page.metadata.remainingItemCount, token === undefined ? undefined : total - found);
    }
    assert.deepEqual([found, versions.size], [total, 1]);
  }
});

test('Servers with support for Table transformation should return a 406 for a backend which does not implement metadata', async () => {
  const review = { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec: { nonResourceAttributes: { verb: 'get', path: '/' } } };
  const { status, body } = await api.answer('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  assert.deepEqual([status, body.reason], [406, 'NotAcceptable']);
});

const deployment = (name: string, replicas: number): object => ({ metadata: { name }, spec: { replicas, selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'b' }] } } } });
const POLICIES = '/apis/admissionregistration.k8s.io/v1';

/** A namespace with a label that policies go by, and what such policies are about. */
async function place(prefix: string): Promise<{ url: string; matchConstraints: object }> {
  const ns = await api.namespace(prefix, { [prefix]: 'true' });
  return { url: `/apis/apps/v1/namespaces/${ns}/deployments`, matchConstraints: { namespaceSelector: { matchLabels: { [prefix]: 'true' } }, resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['deployments'] }] } };
}

test('ValidatingAdmissionPolicy should validate against a Deployment, and allow expressions to refer variables', async () => {
  const { url, matchConstraints } = await place('validated');
  const variables = [{ name: 'replicas', expression: 'object.spec.replicas' }, { name: 'oddReplicas', expression: 'variables.replicas % 2 == 1' }];
  await api.create(`${POLICIES}/validatingadmissionpolicies`, { metadata: { name: 'odd' }, spec: { matchConstraints, variables, validations: [{ expression: 'variables.replicas > 1' }, { expression: 'variables.oddReplicas' }], failurePolicy: 'Fail' } });
  await api.create(`${POLICIES}/validatingadmissionpolicybindings`, { metadata: { name: 'odd' }, spec: { policyName: 'odd', validationActions: ['Deny'] } });
  const marker = await api.until('the policy acts', async () => {
    const { status, body } = await api.answer('POST', `${url}?dryRun=All`, deployment('marker', 1));
    return status === 422 && body;
  });
  assert.equal(marker.message, "deployments.apps \"marker\" is forbidden: ValidatingAdmissionPolicy 'odd' with binding 'odd' denied request: failed expression: variables.replicas > 1");
  await api.refused(422, 'POST', url, deployment('even', 2));
  await api.create(url, deployment('three', 3));
});

test('ValidatingAdmissionPolicy should type check validation expressions', async () => {
  const { matchConstraints } = await place('checked');
  await api.create(`${POLICIES}/validatingadmissionpolicies`, { metadata: { name: 'checked' }, spec: { matchConstraints, validations: [{ expression: 'object.spec.replicas > "1"' }, { expression: 'object.spec.replicas <= 5' }] } });
  const { status } = await api.untilIs(`${POLICIES}/validatingadmissionpolicies/checked`, 'it is checked', (one) => one.status?.typeChecking);
  assert.deepEqual(status.typeChecking.expressionWarnings.map((one: Json) => one.fieldRef), ['spec.validations[0].expression']);
});

test('MutatingAdmissionPolicy should mutate a Deployment, and a Deployment with annotations', async () => {
  const { url, matchConstraints } = await place('mutated');
  const expression = 'Object{ metadata: Object.metadata{ annotations: {"my-foo-annotation": "myAnnotationValue"} }, spec: Object.spec{ replicas: object.spec.replicas + 100 } }';
  await api.create(`${POLICIES}/mutatingadmissionpolicies`, { metadata: { name: 'more' }, spec: { matchConstraints, mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }], reinvocationPolicy: 'Never', failurePolicy: 'Fail' } });
  await api.create(`${POLICIES}/mutatingadmissionpolicybindings`, { metadata: { name: 'more' }, spec: { policyName: 'more' } });
  await api.until('the policy acts', async () => {
    const { body } = await api.answer('POST', `${url}?dryRun=All`, deployment('it', 1));
    return body.spec?.replicas === 101 && body.metadata.annotations?.['my-foo-annotation'] === 'myAnnotationValue';
  });
});

test('Aggregator: an APIService tells whether it is available, and takes patches, updates of its status and deletion by collection', async () => {
  const ns = await api.namespace('aggregator');
  const all = '/apis/apiregistration.k8s.io/v1/apiservices';
  const url = `${all}/v1alpha1.wardle.example.com`;
  await api.create(all, { metadata: { name: 'v1alpha1.wardle.example.com' }, spec: { service: { name: 'sample-api', namespace: ns, port: 7443 }, group: 'wardle.example.com', version: 'v1alpha1', caBundle: Buffer.from(cluster.server.tls.ca).toString('base64'), groupPriorityMinimum: 2000, versionPriority: 200 } });
  const told = await api.untilIs(`${url}/status`, 'it tells', (one) => conditionOf(one, 'Available'));
  assert.deepEqual([conditionOf(told, 'Available').status, conditionOf(told, 'Available').reason], ['False', 'ServiceNotFound']);
  assert.equal((await api.patch(url, { spec: { versionPriority: 400 } }, 'merge-patch+json')).spec.versionPriority, 400);
  const condition = (type: string): object => ({ type, status: 'True', reason: 'E2E', message: 'Set from e2e test' });
  const updated = await api.update(url, ({ status }) => status.conditions.push(condition('StatusUpdated')), `${url}/status`);
  assert.ok(conditionOf(updated, 'StatusUpdated'));
  assert.ok(conditionOf(await api.patch(`${url}/status`, { status: { conditions: [condition('StatusPatched')] } }, 'merge-patch+json'), 'StatusPatched'));
  await api.patch(url, { metadata: { labels: { e2e: 'aggregator' } } });
  await api.delete(`${all}?labelSelector=e2e%3Daggregator`, {});
  await api.untilGone(url);
});
