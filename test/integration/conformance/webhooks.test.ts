/** The suite's sig-api-machinery tests of admission webhooks. What its webhook in a pod does, a server of this process does here; webhooks behind a Service: `test/e2e/servers-in-pods.test.ts`. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { SystemClock } from '../../../src/base/clock.ts';
import { type Asked, WebhookServer } from '../../support/webhook-server.ts';
import { type ConformanceApi, isTrue, type Json, type Thing } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';
import { KUBECTLS } from './conformance-kubectl.ts';

const ALL = '/apis/admissionregistration.k8s.io/v1';
const VALIDATING = `${ALL}/validatingwebhookconfigurations`;
const MUTATING = `${ALL}/mutatingwebhookconfigurations`;
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
const SELECTOR = 'labelSelector=e2e-list-test-uuid%3Dit';
const clock = new SystemClock();
const signal = new AbortController().signal;
let cluster: ConformanceCluster;
let api: ConformanceApi;
let hook: WebhookServer;
let namespace: string;
let count = 0;

before(async () => {
  hook = await new WebhookServer().start();
  hook.behaviour = answer;
  cluster = await ConformanceCluster.start({ nodes: 1 });
  ({ api } = cluster);
  namespace = await api.namespace('webhook', { judged: 'yes' });
});
after(async () => {
  await cluster[Symbol.asyncDispose]();
  await hook[Symbol.asyncDispose]();
});
afterEach(async () => {
  for (const all of [VALIDATING, MUTATING]) await api.delete(all);
});

type Verdict = string | object[] | undefined;

/** What each path of the suite's webhook says: why not, or a patch, or nothing, which allows. */
const VERDICTS: Record<string, (request: Json) => Verdict | Promise<Verdict>> = {
  '/pods': ({ object: { metadata, spec } }) => {
    if (metadata.labels?.['webhook-e2e-test'] === 'wait-forever') return new Promise(() => undefined);
    const reasons = [spec.containers.some(({ name }: Json) => name.includes('webhook-disallow')) && 'the pod contains unwanted container name', metadata.labels?.['webhook-e2e-test'] === 'webhook-disallow' && 'the pod contains unwanted label'];
    return reasons.filter(Boolean).join('; ') || undefined;
  },
  '/configmaps': ({ object }) => (object.data?.['webhook-e2e-test'] === 'webhook-disallow' ? 'the configmap contains unwanted key and value' : undefined),
  '/mutating-configmaps': ({ object: { data } }) => staged(data),
  '/mutating-custom-resource': ({ object: { data } }) => staged(data),
  '/mutating-pods': () => [{ op: 'add', path: '/spec/initContainers', value: [{ name: 'webhook-added-init-container', image: 'webhook-added-image', resources: {} }] }],
  '/custom-resource': ({ object, oldObject }) => [object?.data, oldObject?.data].some((data) => data?.['webhook-e2e-test'] === (object ? 'webhook-disallow' : 'webhook-nondeletable')) ? `the custom resource ${object ? 'contains unwanted data' : 'cannot be deleted because it contains unwanted key and value'}` : undefined,
  '/crd': ({ object }) => (object.metadata.labels?.['webhook-e2e-test'] === 'webhook-disallow' ? 'the crd contains unwanted label' : undefined),
  '/pods/attach': ({ name }) => (name === 'to-be-attached-pod' ? "attaching to pod 'to-be-attached-pod' is not allowed" : undefined),
  '/always-deny': () => 'this webhook denies all requests',
  '/add-label': ({ object }) => [{ op: object.metadata.labels ? 'replace' : 'add', path: '/metadata/labels', value: { 'added-label': 'yes' } }],
  '/always-allow-delay-5s': () => clock.sleep(5000, signal).then(() => undefined),
};

function staged(data: Record<string, string> = {}): object[] {
  return [['mutation-start', '/data/mutation-stage-1'], ['mutation-stage-1', '/data/mutation-stage-2']].flatMap(([key = '', path]) => (data[key] === 'yes' ? [{ op: 'add', path, value: 'yes' }] : []));
}

async function answer({ path, review }: Asked): Promise<object> {
  const verdict = await VERDICTS[path.split('?')[0] ?? '']?.(review.request);
  const patch = typeof verdict === 'object' && { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(verdict)).toString('base64') };
  return { apiVersion: review.apiVersion, kind: 'AdmissionReview', response: { uid: review.request.uid, allowed: typeof verdict !== 'string', ...(typeof verdict === 'string' && { status: { message: verdict } }), ...patch } };
}

const rule = (operations: string[], resource: string, group = ''): object => ({ operations, apiGroups: [group], apiVersions: ['*'], resources: [resource] });
const ON_CONFIG_MAPS = rule(['CREATE', 'UPDATE'], 'configmaps');

function webhook(name: string, path: string, change: object = {}): object {
  return {
    name, clientConfig: { url: hook.url(path), caBundle: hook.caBundle }, rules: [ON_CONFIG_MAPS], sideEffects: 'None', admissionReviewVersions: ['v1', 'v1beta1'], timeoutSeconds: 10,
    namespaceSelector: { matchLabels: { judged: 'yes' } }, ...change,
  };
}

const everywhere = { namespaceSelector: {} };
const register = (all: string, webhooks: object[], metadata: object = {}): Promise<Thing> => api.create(all, { metadata: { name: `e2e-${++count}`, ...metadata }, webhooks });
const maps = (): string => `/api/v1/namespaces/${namespace}/configmaps`;
const map = (data: Record<string, string>, name = `map-${++count}`): object => ({ metadata: { name }, data });
const UNWANTED = { 'webhook-e2e-test': 'webhook-disallow' };
const START = { 'mutation-start': 'yes' };
const isDenied = async (message: string, ...call: Parameters<ConformanceApi['answer']>): Promise<void> => {
  const { status, body } = await api.answer(...call);
  assert(status >= 400 && body.message.includes(message), `${call[0]} ${call[1]}: ${status} ${JSON.stringify(body)}`);
};
const MERGE = { 'content-type': 'application/merge-patch+json' };

interface Crd { readonly url: string; readonly all: string; readonly group: string; readonly plural: string; object(name: string, data: object, version?: string): object }

const ANYTHING = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

/** A custom resource, by default one that keeps what it is given. */
async function define(schema: object = ANYTHING, versions: string[] = ['v1']): Promise<Crd> {
  const group = `webhook-${++count}.example.com`;
  const plural = `e2e-test-${count}-crds`;
  const kind = `e2e-test-${count}-crd`;
  const url = `${CRDS}/${plural}.${group}`;
  await api.create(CRDS, { metadata: { name: `${plural}.${group}` }, spec: { group, scope: 'Namespaced', names: { plural, kind }, versions: versionsOf(versions, schema) } });
  await api.untilIs(url, 'it is established', (one) => isTrue(one, 'Established'));
  return { url, group, plural, all: `/apis/${group}/v1/namespaces/${namespace}/${plural}`, object: (name, content, version = 'v1') => ({ apiVersion: `${group}/${version}`, kind, metadata: { name }, data: content }) };
}

function versionsOf(names: readonly string[], schema: object, stored = names[0]): object[] {
  return names.map((name) => ({ name, served: true, storage: name === stored, schema: { openAPIV3Schema: schema } }));
}

test('should include webhook resources in discovery documents', async () => {
  const { groups } = (await api.get('/apis')) as Json;
  const group = groups.find(({ name }: Json) => name === 'admissionregistration.k8s.io');
  assert.ok(group.versions.some(({ groupVersion, version }: Json) => groupVersion === 'admissionregistration.k8s.io/v1' && version === 'v1'));
  const alone = (await api.get('/apis/admissionregistration.k8s.io')) as Json;
  assert.ok(alone.versions.some(({ groupVersion, version }: Json) => groupVersion === 'admissionregistration.k8s.io/v1' && version === 'v1'));
  const names = ((await api.get(ALL)) as Json).resources.map(({ name }: Json) => name);
  for (const name of ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations']) assert.ok(names.includes(name), name);
});

test('should be able to deny pod and configmap creation', async () => {
  const onPods = { rules: [rule(['CREATE'], 'pods')] };
  const denying = await register(VALIDATING, [
    webhook('deny-unwanted-pod-container-name-and-label.k8s.io', '/pods', onPods),
    webhook('deny-unwanted-configmap-data.k8s.io', '/configmaps', { namespaceSelector: { matchExpressions: [{ key: 'judged', operator: 'In', values: ['yes'] }, { key: 'skip-webhook-admission', operator: 'NotIn', values: ['yes'] }] } }),
    webhook('fail-open.k8s.io', '/configmaps', { rules: [rule(['CREATE'], 'configmaps')], failurePolicy: 'Ignore', clientConfig: { url: hook.url('/configmaps') } }),
  ]);
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  const pod = (name: string, container: string, label: string): object => ({ metadata: { name, labels: { 'webhook-e2e-test': label } }, spec: { containers: [{ name: container, image: 'pause' }] } });
  const bad = pod('disallowed-pod', 'webhook-disallow', 'webhook-disallow');
  await isDenied('the pod contains unwanted container name', 'POST', pods, bad);
  await isDenied('the pod contains unwanted label', 'POST', pods, bad);
  // A second, which is soon over where nobody answers, would be too short for answers of a machine that is busy.
  await api.update(`${VALIDATING}/${denying.metadata.name}`, ({ webhooks }) => (webhooks[0].timeoutSeconds = 1));
  const hanging = pod('hanging-pod', 'wait-forever', 'wait-forever');
  await isDenied('webhook', 'POST', pods, hanging);
  await isDenied('deadline', 'POST', pods, hanging);
  await api.refused(404, 'GET', `${pods}/hanging-pod`);
  await isDenied('the configmap contains unwanted key and value', 'POST', maps(), map(UNWANTED));
  await api.create(maps(), map({ admit: 'this' }, 'allowed-configmap'));
  const allowed = await api.get(`${maps()}/allowed-configmap`);
  await isDenied('the configmap contains unwanted key and value', 'PUT', `${maps()}/allowed-configmap`, { ...allowed, data: UNWANTED });
  await isDenied('the configmap contains unwanted key and value', 'PATCH', `${maps()}/allowed-configmap`, JSON.stringify({ data: UNWANTED }), { 'content-type': 'application/strategic-merge-patch+json' });
  const skipped = await api.namespace('exempted', { judged: 'yes', 'skip-webhook-admission': 'yes' });
  await api.create(`/api/v1/namespaces/${skipped}/configmaps`, map(UNWANTED));
});

for (const { name, kubectl } of KUBECTLS) {
  test(`should be able to deny attaching pod: ${name}`, async () => {
    await register(VALIDATING, [webhook('deny-attaching-pod.k8s.io', '/pods/attach', { rules: [rule(['CONNECT'], 'pods/attach')] })]);
    const pods = `/api/v1/namespaces/${namespace}/pods`;
    await api.create(pods, { metadata: { name: 'to-be-attached-pod' }, spec: { terminationGracePeriodSeconds: 0, containers: [{ name: 'container1', image: 'pause' }] } });
    await api.untilIs(`${pods}/to-be-attached-pod`, 'it runs', ({ status }) => status.phase === 'Running');
    const { code, stderr } = await kubectl(cluster, [`--namespace=${namespace}`, 'attach', 'to-be-attached-pod', '-i', '-c=container1']);
    assert.notEqual(code, 0);
    assert.ok(stderr.includes("attaching to pod 'to-be-attached-pod' is not allowed"), stderr);
    await api.delete(`${pods}/to-be-attached-pod`);
    await api.untilGone(`${pods}/to-be-attached-pod`);
  });
}

test('should be able to deny custom resource creation, update and deletion', async () => {
  const crd = await define();
  await register(VALIDATING, [webhook('deny-unwanted-custom-resource-data.k8s.io', '/custom-resource', { rules: [rule(['CREATE', 'UPDATE', 'DELETE'], crd.plural, crd.group)] })]);
  await isDenied('the custom resource contains unwanted data', 'POST', crd.all, crd.object('denied', UNWANTED));
  await api.create(crd.all, crd.object('cr-instance-2', { 'webhook-e2e-test': 'webhook-nondeletable' }));
  await isDenied('the custom resource contains unwanted data', 'PATCH', `${crd.all}/cr-instance-2`, JSON.stringify({ data: UNWANTED }), MERGE);
  await isDenied('the custom resource cannot be deleted because it contains unwanted key and value', 'DELETE', `${crd.all}/cr-instance-2`);
  await api.update(`${crd.all}/cr-instance-2`, (one) => (one.data = { 'webhook-e2e-test': 'deletable' }));
  await api.delete(`${crd.all}/cr-instance-2`);
  await api.untilGone(`${crd.all}/cr-instance-2`);
});

test('should unconditionally reject operations on fail closed webhook', async () => {
  await register(VALIDATING, [webhook('fail-closed.k8s.io', '/configmaps', { failurePolicy: 'Fail', clientConfig: { url: hook.url('/configmaps') } })]);
  const { status, body } = await api.answer('POST', maps(), map({ some: 'data' }));
  assert.deepEqual([status, body.reason], [500, 'InternalError']);
});

test('should mutate configmap', async () => {
  await register(MUTATING, [webhook('adding-configmap-data-stage-1.k8s.io', '/mutating-configmaps'), webhook('adding-configmap-data-stage-2.k8s.io', '/mutating-configmaps')]);
  assert.deepEqual((await api.create(maps(), map(START))).data, { 'mutation-start': 'yes', 'mutation-stage-1': 'yes', 'mutation-stage-2': 'yes' });
});

test('should mutate pod and apply defaults after mutation', async () => {
  await register(MUTATING, [webhook('adding-init-container.k8s.io', '/mutating-pods', { rules: [rule(['CREATE'], 'pods')] })]);
  const { spec } = await api.create(`/api/v1/namespaces/${namespace}/pods`, { metadata: { name: 'webhook-to-be-mutated' }, spec: { containers: [{ name: 'example', image: 'pause' }] } });
  assert.deepEqual(spec.initContainers.map(({ name, terminationMessagePolicy }: Json) => [name, terminationMessagePolicy]), [['webhook-added-init-container', 'File']]);
});

test('should not be able to mutate or prevent deletion of webhook configuration objects', async () => {
  const rules = [rule(['CREATE', 'DELETE'], '*', 'admissionregistration.k8s.io')];
  await register(VALIDATING, [webhook('deny-webhook-configuration-deletions.k8s.io', '/always-deny', { ...everywhere, rules })]);
  await register(MUTATING, [webhook('add-label-to-webhook-configurations.k8s.io', '/add-label', { ...everywhere, rules })]);
  for (const all of [VALIDATING, MUTATING]) {
    const dummy = await register(all, [webhook('dummy.k8s.io', '/invalid', { failurePolicy: 'Ignore', rules: [rule(['CREATE'], 'invalid')] })]);
    assert.equal(dummy.metadata.labels, undefined);
    await api.delete(`${all}/${dummy.metadata.name}`);
    await api.refused(404, 'GET', `${all}/${dummy.metadata.name}`);
  }
});

for (const { name, schema, expected } of [
  { name: 'should mutate custom resource', schema: undefined, expected: { 'mutation-start': 'yes', 'mutation-stage-1': 'yes', 'mutation-stage-2': 'yes' } },
  { name: 'should mutate custom resource with pruning', schema: { type: 'object', properties: { data: { type: 'object', properties: { 'mutation-start': { type: 'string' }, 'mutation-stage-1': { type: 'string' } } } } }, expected: { 'mutation-start': 'yes', 'mutation-stage-1': 'yes' } },
]) {
  test(name, async () => {
    const crd = await define(schema);
    const rules = [rule(['CREATE', 'UPDATE'], crd.plural, crd.group)];
    await register(MUTATING, [webhook('mutate-custom-resource-data-stage-1.k8s.io', '/mutating-custom-resource', { rules }), webhook('mutate-custom-resource-data-stage-2.k8s.io', '/mutating-custom-resource', { rules })]);
    assert.deepEqual((await api.create(crd.all, crd.object('cr-instance-1', START))).data, expected);
  });
}

test('should mutate custom resource with different stored version', async () => {
  const crd = await define(undefined, ['v1', 'v2']);
  const hooks = [['mutate-custom-resource-data-stage-1.k8s.io', ['CREATE', 'UPDATE']], ['mutate-custom-resource-data-stage-2.k8s.io', ['CREATE']]] as const;
  await register(MUTATING, hooks.map(([name, operations]) => webhook(name, '/mutating-custom-resource', { rules: [rule([...operations], crd.plural, crd.group)] })));
  await api.create(crd.all, crd.object('cr-instance-1', START));
  // The patch of the resource comes at once, as the suite's does.
  await api.patch(crd.url, { spec: { versions: versionsOf(['v1', 'v2'], ANYTHING, 'v2') } });
  const patched = await api.patch(`${crd.all.replace('/v1/', '/v2/')}/cr-instance-1`, [{ op: 'add', path: '/dummy', value: 'test' }], 'json-patch+json');
  assert.equal(patched['dummy'], 'test');
  assert.deepEqual(patched.data, { 'mutation-start': 'yes', 'mutation-stage-1': 'yes', 'mutation-stage-2': 'yes' });
});

test('should deny crd creation', async () => {
  await register(VALIDATING, [webhook('deny-crd-with-unwanted-label.k8s.io', '/crd', { ...everywhere, rules: [rule(['CREATE'], 'customresourcedefinitions', 'apiextensions.k8s.io')], objectSelector: { matchLabels: UNWANTED } })]);
  const spec = { group: 'denied.example.com', scope: 'Namespaced', names: { plural: 'things', kind: 'Thing' }, versions: versionsOf(['v1'], { type: 'object' }) };
  await isDenied('the crd contains unwanted label', 'POST', CRDS, { metadata: { name: 'things.denied.example.com', labels: UNWANTED }, spec });
  await api.refused(404, 'GET', `${CRDS}/things.denied.example.com`);
});

test('should honor timeout', async () => {
  const slow = async (change: object, tried: () => Promise<unknown>): Promise<void> => {
    const { metadata } = await register(VALIDATING, [webhook('allow-configmap-with-delay-webhook.k8s.io', '/always-allow-delay-5s', { rules: [rule(['CREATE'], 'configmaps')], ...change })]);
    await tried();
    await api.delete(`${VALIDATING}/${metadata.name}`);
  };
  const passes = (): Promise<Thing> => api.create(maps(), map({ a: 'b' }));
  await slow({ timeoutSeconds: 1, failurePolicy: 'Fail' }, async () => {
    for (const part of ['context deadline exceeded', '/always-allow-delay-5s?timeout=1s']) await isDenied(part, 'POST', maps(), map({ a: 'b' }));
  });
  await slow({ timeoutSeconds: 1, failurePolicy: 'Ignore' }, passes);
  await slow({ timeoutSeconds: 10, failurePolicy: 'Fail' }, passes);
  await slow({ timeoutSeconds: undefined, failurePolicy: 'Fail' }, passes);
});

const changes = { replace: [{ op: 'replace', path: '/webhooks/0/rules/0/operations/0', value: 'CREATE' }] };

test('patching/updating a validating webhook should work', async () => {
  const { metadata } = await register(VALIDATING, [webhook('deny-unwanted-configmap-data.k8s.io', '/configmaps', { rules: [rule(['CREATE'], 'configmaps')] })]);
  const tried = (): ReturnType<ConformanceApi['answer']> => api.answer('POST', maps(), map(UNWANTED));
  assert.match((await tried()).body.message, /denied/);
  const updated = await api.update(`${VALIDATING}/${metadata.name}`, ({ webhooks }) => (webhooks[0].rules[0].operations = ['UPDATE']));
  assert.equal(updated.metadata.generation, 2);
  assert.equal((await tried()).status, 201);
  await api.patch(`${VALIDATING}/${metadata.name}`, changes.replace, 'json-patch+json');
  assert.match((await tried()).body.message, /denied/);
});

test('patching/updating a mutating webhook should work', async () => {
  const { metadata } = await register(MUTATING, [webhook('adding-configmap-data-stage-1.k8s.io', '/mutating-configmaps', { rules: [rule(['CREATE'], 'configmaps')] })]);
  const tried = async (): Promise<object> => (await api.create(maps(), map(START))).data;
  await api.update(`${MUTATING}/${metadata.name}`, ({ webhooks }) => (webhooks[0].rules[0].operations = ['UPDATE']));
  assert.deepEqual(await tried(), START);
  await api.patch(`${MUTATING}/${metadata.name}`, changes.replace, 'json-patch+json');
  assert.deepEqual(await tried(), { ...START, 'mutation-stage-1': 'yes' });
});

for (const { kind, all, path, data, during } of [
  { kind: 'validating', all: (): string => VALIDATING, path: '/configmaps', data: UNWANTED, during: undefined },
  { kind: 'mutating', all: (): string => MUTATING, path: '/mutating-configmaps', data: START, during: { 'mutation-start': 'yes', 'mutation-stage-1': 'yes', 'mutation-stage-2': 'yes' } },
]) {
  test(`listing ${kind} webhooks should work`, async () => {
    for (let i = 0; i < 10; i++) await register(all(), [webhook(`one-${i}.k8s.io`, path, { rules: [rule(['CREATE'], 'configmaps')] })], { labels: { 'e2e-list-test-uuid': 'it' } });
    const { items } = await api.get(`${all()}?${SELECTOR}`);
    assert.equal(items.length, 10);
    if (during) assert.deepEqual((await api.create(maps(), map(data))).data, during);
    else await isDenied('denied the request', 'POST', maps(), map(data));
    await api.delete(`${all()}?${SELECTOR}`, {});
    assert.deepEqual((await api.get(`${all()}?${SELECTOR}`)).items, []);
    assert.deepEqual((await api.create(maps(), map(data))).data, data);
  });

  test(`should be able to create and update ${kind} webhook configurations with match conditions`, async () => {
    const initial = [{ name: 'expression-1', expression: "object.metadata.namespace == 'production'" }];
    const { metadata } = await register(all(), [webhook('conditions.k8s.io', path, { matchConditions: initial })]);
    const url = `${all()}/${metadata.name}`;
    const conditions = async (): Promise<unknown> => (await api.get(url))['webhooks'][0].matchConditions;
    assert.deepEqual(await conditions(), initial);
    const changed = [...initial, { name: 'expression-2', expression: "object.metadata.namespace == 'staging'" }];
    await api.update(url, ({ webhooks }) => (webhooks[0].matchConditions = changed));
    assert.deepEqual(await conditions(), changed);
  });

  test(`should reject ${kind} webhook configurations with invalid match conditions`, async () => {
    const invalid = { matchConditions: [{ name: 'invalid-expression-1', expression: '... [] bad expression' }] };
    await isDenied('compilation failed', 'POST', all(), { metadata: { name: 'invalid' }, webhooks: [webhook('invalid.k8s.io', path, invalid)] });
  });
}

test("should mutate everything except 'skip-me' configmaps", async () => {
  await register(MUTATING, [webhook('adding-configmap-data-stage-1.k8s.io', '/mutating-configmaps', { matchConditions: [{ name: 'skip-me', expression: "object.metadata.name != 'skip-me'" }] })]);
  assert.deepEqual((await api.create(maps(), map(START, 'skip-me'))).data, START);
  assert.deepEqual((await api.create(maps(), map(START, 'not-skipped'))).data, { ...START, 'mutation-stage-1': 'yes' });
});
