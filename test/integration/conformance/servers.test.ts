/** The suite's sig-api-machinery tests of watches, chunks, tables, admission policies and APIServices. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { SystemClock } from '../../../src/base/clock.ts';
import { SystemRandom } from '../../../src/base/random.ts';
import { type ConformanceApi, conditionOf, type Json, type Thing, type Watch } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;
const clock = new SystemClock();

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 0 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

const map = (name: string, label: string): object => ({ metadata: { name, labels: { 'watch-this-configmap': label } } });
const selected = (labels: string): string => `labelSelector=${encodeURIComponent(`watch-this-configmap in (${labels})`)}`;

/** The watch's next event is this, with the object as it was answered to its writer; of a deletion only the data count. */
async function sees(watch: Watch, type: 'ADDED' | 'MODIFIED' | 'DELETED', expected: Thing): Promise<Thing> {
  const object = await watch.next(type);
  if (type === 'DELETED') assert.deepEqual(object.data, expected.data);
  else assert.deepEqual(object, expected);
  return object;
}

const mutate = (url: string, mutation: string): Promise<Thing> => api.update(url, (thing) => (thing.data = { mutation }));
const label = (url: string, value: string): Promise<Thing> => api.update(url, ({ metadata }) => (metadata.labels = { 'watch-this-configmap': value }));

test('Watchers should observe add, update, and delete watch notifications on configmaps', async () => {
  const maps = `/api/v1/namespaces/${await api.namespace('watch')}/configmaps`;
  await using a = api.watch(`${maps}?${selected('A')}`);
  await using b = api.watch(`${maps}?${selected('B')}`);
  await using both = api.watch(`${maps}?${selected('A,B')}`);
  // Each watch is told of its own alone: its next event is always the one expected.
  for (const [name, one] of [['A', a], ['B', b]] as const) {
    const url = `${maps}/${name.toLowerCase()}`;
    let last = await api.create(maps, map(name.toLowerCase(), name));
    for (const watch of [one, both]) await sees(watch, 'ADDED', last);
    for (const mutation of ['1', '2']) {
      last = await mutate(url, mutation);
      for (const watch of [one, both]) await sees(watch, 'MODIFIED', last);
    }
    await api.delete(url);
    for (const watch of [one, both]) await sees(watch, 'DELETED', last);
  }
});

test('Watchers should be able to start watching from a specific resource version', async () => {
  const maps = `/api/v1/namespaces/${await api.namespace('watch')}/configmaps`;
  await api.create(maps, map('it', 'from'));
  const first = await mutate(`${maps}/it`, '1');
  const second = await mutate(`${maps}/it`, '2');
  await api.delete(`${maps}/it`);
  await using watch = api.watch(`${maps}?${selected('from')}&resourceVersion=${first.metadata.resourceVersion}`);
  await sees(watch, 'MODIFIED', second);
  await sees(watch, 'DELETED', second);
});

test('Watchers should be able to restart watching from the last resource version observed by the previous watch', async () => {
  const maps = `/api/v1/namespaces/${await api.namespace('watch')}/configmaps`;
  let last: Thing;
  {
    await using broken = api.watch(`${maps}?${selected('restarted')}`);
    await sees(broken, 'ADDED', await api.create(maps, map('it', 'restarted')));
    last = await sees(broken, 'MODIFIED', await mutate(`${maps}/it`, '1'));
  }
  const second = await mutate(`${maps}/it`, '2');
  await using restarted = api.watch(`${maps}?${selected('restarted')}&resourceVersion=${last.metadata.resourceVersion}`);
  await api.delete(`${maps}/it`);
  await sees(restarted, 'MODIFIED', second);
  await sees(restarted, 'DELETED', second);
});

test('Watchers should observe an object deletion if it stops meeting the requirements of the selector', async () => {
  const maps = `/api/v1/namespaces/${await api.namespace('watch')}/configmaps`;
  await using watch = api.watch(`${maps}?${selected('changes')}`);
  await sees(watch, 'ADDED', await api.create(maps, map('it', 'changes')));
  const first = await mutate(`${maps}/it`, '1');
  await sees(watch, 'MODIFIED', first);
  await label(`${maps}/it`, 'wrong');
  await sees(watch, 'DELETED', first);
  await mutate(`${maps}/it`, '2');
  const restored = await label(`${maps}/it`, 'changes');
  const third = await mutate(`${maps}/it`, '3');
  await api.delete(`${maps}/it`);
  await sees(watch, 'ADDED', restored);
  await sees(watch, 'MODIFIED', third);
  await sees(watch, 'DELETED', third);
});

test('Watchers should receive events on concurrent watches in same order', async () => {
  const maps = `/api/v1/namespaces/${await api.namespace('watch')}/configmaps`;
  const random = new SystemRandom();
  let isOver = false;
  const produced = (async () => {
    const existing: string[] = [];
    for (let i = 0; !isOver; i++) {
      const index = random.below(existing.length || 1);
      const step = existing.length === 0 ? 0 : random.below(3);
      if (step === 0) existing.push((await api.create(maps, { metadata: { name: `cm-${i}` } })).metadata.name);
      else if (step === 1) await api.put(`${maps}/${existing[index]}`, { metadata: { name: existing[index] }, data: { i: String(i) } });
      else await api.delete(`${maps}/${existing.splice(index, 1)[0]}`);
      await clock.sleep(5, api.signal); // as the suite: the watches are to keep up
    }
  })();
  const watches: Watch[] = [];
  let { resourceVersion } = (await api.get(maps)).metadata;
  const next = async (watch: Watch): Promise<string> => (await watch.until('any event', () => true)).metadata.resourceVersion;
  try {
    for (let i = 0; i < 100; i++) {
      watches.push(api.watch(`${maps}?resourceVersion=${resourceVersion}`));
      const [first = '', ...others] = await Promise.all(watches.map(next));
      for (const other of others) assert.equal(other, first);
      resourceVersion = first;
    }
  } finally {
    isOver = true;
    for (const watch of watches) await watch[Symbol.asyncDispose]();
    await produced;
  }
});

test('Servers with support for API chunking should return chunks of results for list calls, of tables too', async () => {
  const templates = `/api/v1/namespaces/${await api.namespace('chunks')}/podtemplates`;
  const total = 400;
  const names = Array.from({ length: total }, (_, i) => `template-${String(i).padStart(4, '0')}`);
  for (let i = 0; i < total; i += 20) await Promise.all(names.slice(i, i + 20).map((name) => api.create(templates, { metadata: { name }, template: { spec: { containers: [{ name: 'test', image: 'test2' }] } } })));
  for (const [limit, accept] of [[17, 'application/json'], [40, 'application/json'], [33, 'application/json;as=Table;v=v1;g=meta.k8s.io']] as const) {
    const versions = new Set<string>();
    const found: string[] = [];
    for (let token: string | undefined = ''; token !== undefined;) {
      const page: Json = await api.get(`${templates}?limit=${limit}${token && `&continue=${encodeURIComponent(token)}`}`, { accept });
      const items: Json[] = page.items ?? page.rows.map(({ object }: Json) => object);
      assert.ok(items.length <= limit);
      versions.add(page.metadata.resourceVersion);
      found.push(...items.map(({ metadata }) => metadata.name));
      token = page.metadata.continue;
      assert.equal(page.metadata.remainingItemCount, token === undefined ? undefined : total - found.length);
    }
    assert.deepEqual([found, versions.size], [names, 1]);
  }
  assert.equal((await api.get(`${templates}?limit=${total + 1}`)).items.length, total);
});

test('Servers with support for Table transformation should return a 406 for a backend which does not implement metadata', async () => {
  const review = { kind: 'SelfSubjectAccessReview', apiVersion: 'authorization.k8s.io/v1', spec: { nonResourceAttributes: { verb: 'get', path: '/' } } };
  const { status, body } = await api.answer('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', review, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' });
  assert.deepEqual([status, body.reason], [406, 'NotAcceptable']);
});

const deployment = (name: string, replicas: number): object => ({ metadata: { name }, spec: { replicas, selector: { matchLabels: { a: 'b' } }, template: { metadata: { labels: { a: 'b' } }, spec: { containers: [{ name: 'a', image: 'b' }] } } } });
const POLICIES = '/apis/admissionregistration.k8s.io/v1';

/** A namespace with a label that policies go by, and what such policies are about. */
async function place(prefix: string): Promise<{ url: string; matchConstraints: { namespaceSelector: object; resourceRules: object[] } }> {
  const ns = await api.namespace(prefix, { [prefix]: 'true' });
  return { url: `/apis/apps/v1/namespaces/${ns}/deployments`, matchConstraints: { namespaceSelector: { matchLabels: { [prefix]: 'true' } }, resourceRules: [{ apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'] }] } };
}

for (const { name, prefix, spec, refusal } of [
  {
    // The message errs, as the suite's does: what the expression says is told instead.
    name: 'should validate against a Deployment', prefix: 'validated', refusal: 'failed expression: object.spec.replicas > 1',
    spec: { validations: [{ expression: 'object.spec.replicas > 1', messageExpression: "'wants replicas > 1, got ' + object.spec.replicas" }, { expression: 'namespaceObject.metadata.name == object.metadata.namespace', message: 'Internal error! Other namespace should not be allowed.' }] },
  },
  {
    name: 'should allow expressions to refer variables', prefix: 'variables', refusal: 'failed expression: variables.replicas > 1',
    spec: { variables: [{ name: 'replicas', expression: 'object.spec.replicas' }, { name: 'oddReplicas', expression: 'variables.replicas % 2 == 1' }], validations: [{ expression: 'variables.replicas > 1' }, { expression: 'variables.oddReplicas' }] },
  },
]) {
  test(`ValidatingAdmissionPolicy ${name}`, async () => {
    const { url, matchConstraints } = await place(prefix);
    const { namespaceSelector } = matchConstraints;
    await api.create(`${POLICIES}/validatingadmissionpolicies`, { metadata: { name: `${prefix}.policy.example.com` }, spec: { matchConstraints, ...spec } });
    await api.create(`${POLICIES}/validatingadmissionpolicybindings`, { metadata: { name: `${prefix}.binding.example.com` }, spec: { policyName: `${prefix}.policy.example.com`, matchResources: { namespaceSelector }, validationActions: ['Deny'] } });
    const marker = await api.until('the policy acts', async () => {
      const { status, body } = await api.answer('POST', `${url}?dryRun=All`, deployment('marker', 1));
      return status === 422 && body;
    });
    assert.equal(marker.message, `deployments.apps "marker" is forbidden: ValidatingAdmissionPolicy '${prefix}.policy.example.com' with binding '${prefix}.binding.example.com' denied request: ${refusal}`);
    if ('variables' in spec) await api.refused(422, 'POST', url, deployment('even', 2));
    await api.create(url, deployment('replicated', 3));
    await api.create(url.replace('deployments', 'replicasets'), deployment('non-replicated', 1));
  });
}

test('ValidatingAdmissionPolicy should type check validation expressions', async () => {
  const { matchConstraints } = await place('checked');
  await api.create(`${POLICIES}/validatingadmissionpolicies`, { metadata: { name: 'checked' }, spec: { matchConstraints, validations: [{ expression: 'object.spec.replicas > "1"' }, { expression: 'object.spec.replicas <= 5' }] } });
  const { status } = await api.untilIs(`${POLICIES}/validatingadmissionpolicies/checked`, 'it is checked', (one) => one.status?.typeChecking);
  assert.deepEqual(status.typeChecking.expressionWarnings.map((one: Json) => one.fieldRef), ['spec.validations[0].expression']);
});

for (const { name, prefix, expression, isMutated } of [
  { name: 'should mutate a Deployment', prefix: 'mutated', expression: 'Object{spec: Object.spec{replicas: 1337}}', isMutated: ({ spec }: Thing): boolean => spec.replicas === 1337 },
  { name: 'should mutate a Deployment with annotations', prefix: 'annotated', expression: 'Object{ metadata: Object.metadata{ annotations: {"mutated-by": "admission-policy"} } }', isMutated: ({ metadata }: Thing): boolean => metadata.annotations?.['mutated-by'] === 'admission-policy' },
]) {
  test(`MutatingAdmissionPolicy ${name}`, async () => {
    const { url, matchConstraints } = await place(prefix);
    const { namespaceSelector } = matchConstraints;
    await api.create(`${POLICIES}/mutatingadmissionpolicies`, { metadata: { name: `${prefix}.policy.example.com` }, spec: { matchConstraints, mutations: [{ patchType: 'ApplyConfiguration', applyConfiguration: { expression } }], reinvocationPolicy: 'Never' } });
    await api.create(`${POLICIES}/mutatingadmissionpolicybindings`, { metadata: { name: `${prefix}.binding.example.com` }, spec: { policyName: `${prefix}.policy.example.com`, matchResources: { namespaceSelector } } });
    await api.until('the policy acts', async () => isMutated((await api.answer('POST', `${url}?dryRun=All`, deployment('marker', 1))).body));
    assert.ok(isMutated(await api.create(url, deployment('test-deployment', 1))));
  });
}

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

test('server version should find the server version', async () => {
  const { major, minor, gitVersion } = (await api.get('/version')) as Json;
  assert.match(major, /^[1-9][0-9]*$/);
  assert.match(minor, /^[0-9]+\+?$/);
  assert.ok(gitVersion.startsWith(`v${major}.${minor.replace('+', '')}.`), gitVersion);
});
