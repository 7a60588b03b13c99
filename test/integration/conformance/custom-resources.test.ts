/** The suite's sig-api-machinery tests of custom resources: definitions, defaulting, selectable fields, watches, discovery, validation of fields. Published schemas: `published-schemas.test.ts`. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ConformanceApi, isTrue, type Json, type Thing } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';

let cluster: ConformanceCluster;
let api: ConformanceApi;
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 0 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

let count = 0;

interface Crd {
  readonly name: string;
  readonly url: string;
  readonly group: string;
  readonly plural: string;
  readonly kind: string;
}

const ANY = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };

async function define(schema: object = ANY, { versions = ['v1'], group = `group-${++count}.example.com`, scope = 'Namespaced', labels = {}, ...version }: Json = {}): Promise<Crd> {
  const id = ++count;
  const crd = { group, plural: `e2e-test-${id}-crds`, kind: `E2e-test-${id}-crd` };
  const name = `${crd.plural}.${group}`;
  await api.create(CRDS, {
    metadata: { name, labels },
    spec: { group, scope, names: { plural: crd.plural, singular: `e2e-test-${id}-crd`, kind: crd.kind, listKind: `${crd.kind}List` }, versions: versions.map((one: string, i: number) => ({ name: one, served: true, storage: i === 0, schema: { openAPIV3Schema: schema }, ...version })) },
  });
  await api.untilIs(`${CRDS}/${name}`, 'it is established', (one) => isTrue(one, 'Established') && isTrue(one, 'NamesAccepted'));
  return { ...crd, name, url: `${CRDS}/${name}` };
}

const all = ({ group, plural }: Crd, ns: string, version = 'v1'): string => `/apis/${group}/${version}/namespaces/${ns}/${plural}`;
const resource = ({ group, kind }: Crd, name: string, rest: object = {}, version = 'v1'): object => ({ apiVersion: `${group}/${version}`, kind, metadata: { name }, ...rest });

test('Simple CustomResourceDefinition creating/deleting custom resource definition objects works', async () => {
  const crd = await define(ANY, { scope: 'Cluster' });
  assert.deepEqual((await api.get(`/apis/${crd.group}/v1/${crd.plural}`)).items, []);
  await api.delete(crd.url);
  await api.untilGone(crd.url);
  await api.until('it is served no longer', async () => (await api.answer('GET', `/apis/${crd.group}/v1/${crd.plural}`)).status === 404);
});

test('Simple CustomResourceDefinition listing custom resource definition objects works', async () => {
  const labelled = new Map<string, Json>();
  for (let i = 0; i < 10; i++) {
    const { name, url } = await define(ANY, { scope: 'Cluster', labels: { 'e2e-list-test-uuid': 'x' } });
    labelled.set(name, (await api.get(url)).spec);
  }
  const other = await define(ANY, { scope: 'Cluster' });
  const selector = '?labelSelector=e2e-list-test-uuid%3Dx';
  const { items } = await api.get(CRDS + selector);
  assert.deepEqual(new Map(items.map(({ metadata, spec }) => [metadata.name, spec])), labelled);
  await api.delete(CRDS + selector, {});
  await api.untilIs(CRDS + selector, 'all are gone', (list) => list.items.length === 0);
  await api.get(other.url);
});

test('getting/updating/patching custom resource definition status sub-resource works', async () => {
  const crd = await define(ANY, { scope: 'Cluster' });
  const { spec } = await api.get(crd.url);
  assert.deepEqual((await api.get(`${crd.url}/status`)).spec, spec);
  const messages = (one: Thing): string[] => one.status.conditions.map(({ message }: Json) => message);
  const updated = await api.update(crd.url, (one) => one.status.conditions.push({ type: '', status: '', lastTransitionTime: null, message: 'updated' }), `${crd.url}/status`);
  assert.ok(messages(updated).includes('updated'));
  const patched = await api.patch(`${crd.url}/status`, [{ op: 'add', path: '/status/conditions', value: [{ message: 'patched' }] }], 'json-patch+json');
  assert.ok(messages(patched).includes('patched'));
});

test('should include custom resource definition resources in discovery documents', async () => {
  const groups: Json[] = (await api.get('/apis'))['groups'];
  const group = groups.find(({ name }) => name === 'apiextensions.k8s.io');
  assert.deepEqual([group.preferredVersion.groupVersion, group.versions.map((one: Json) => one.groupVersion)], ['apiextensions.k8s.io/v1', ['apiextensions.k8s.io/v1']]);
  assert.equal((await api.get('/apis/apiextensions.k8s.io'))['preferredVersion'].version, 'v1');
  assert.ok((await api.get('/apis/apiextensions.k8s.io/v1'))['resources'].some((one: Json) => one.name === 'customresourcedefinitions'));
});

test('custom resource defaulting for requests and from storage works', async () => {
  const crd = await define({ ...ANY, properties: { a: { type: 'string' }, b: { type: 'string' } } }, { scope: 'Cluster' });
  const url = `/apis/${crd.group}/v1/${crd.plural}`;
  await api.create(url, resource(crd, 'cr-1'));
  const at = (field: string): string => `/spec/versions/0/schema/openAPIV3Schema/properties/${field}/default`;
  await api.patch(crd.url, [{ op: 'add', path: at('a'), value: 'A' }], 'json-patch+json');
  await api.untilIs(`${url}/cr-1`, 'a comes from storage with its default', (one) => one['a'] === 'A');
  assert.equal((await api.create(url, resource(crd, 'cr-2')))['a'], 'A');
  await api.patch(crd.url, [{ op: 'remove', path: at('a') }, { op: 'add', path: at('b'), value: 'B' }], 'json-patch+json');
  const second = await api.untilIs(`${url}/cr-2`, 'b has its default', (one) => one['b'] === 'B');
  assert.equal(second['a'], 'A', 'what was stored with its default stays');
  const first = await api.get(`${url}/cr-1`);
  assert.deepEqual([first['a'], first['b']], [undefined, 'B']);
});

test('CustomResourceDefinition Watch watch on custom resource definition objects', async () => {
  const crd = await define(ANY, { scope: 'Cluster' });
  const url = `/apis/${crd.group}/v1/${crd.plural}`;
  await using a = api.watch(`${url}?fieldSelector=metadata.name%3Dname1&timeoutSeconds=600`);
  await using b = api.watch(`${url}?fieldSelector=metadata.name%3Dname2&timeoutSeconds=600`);
  const both = [[a, 'name1'], [b, 'name2']] as const; // each is told of its own alone: the next event is always the one expected
  for (const [watch, name] of both) {
    const made = await api.create(url, resource(crd, name, { content: { key: 'value' }, num: { num1: 9223372036854775000, num2: 1000000 } }));
    assert.deepEqual([made.apiVersion, made.kind, made.metadata.uid.length], [`${crd.group}/v1`, crd.kind, 36]);
    assert.deepEqual(await watch.next('ADDED'), made);
  }
  for (const [watch, name] of both) {
    await api.patch(`${url}/${name}`, [{ op: 'add', path: '/dummy', value: 'test' }], 'json-patch+json');
    assert.equal((await watch.next('MODIFIED'))['dummy'], 'test');
  }
  for (const [watch, name] of both) {
    await api.delete(`${url}/${name}`);
    assert.equal((await watch.next('DELETED')).metadata.name, name);
  }
});

test('CustomResourceFieldSelectors MUST list and watch custom resources matching the field selector', async () => {
  const ns = await api.namespace('fields');
  const properties = { hostPort: { type: 'object', properties: { host: { type: 'string' }, port: { type: 'string' } } }, spec: { type: 'object', properties: { host: { type: 'string' }, port: { type: 'integer' } } } };
  const crd = await define({ type: 'object', properties }, { selectableFields: [{ jsonPath: '.spec.host' }, { jsonPath: '.spec.port' }] });
  const url = all(crd, ns);
  await using host = api.watch(`${url}?fieldSelector=spec.host%3Dhost1`);
  await using both = api.watch(`${url}?fieldSelector=spec.host%3Dhost1%2Cspec.port%3D80`);
  for (const [name, spec] of [['a', { host: 'host1', port: 80 }], ['b', { host: 'host1', port: 8080 }], ['c', { host: 'host2' }]] as const) await api.create(url, resource(crd, name, { spec }));
  assert.deepEqual((await api.get(`${url}?fieldSelector=spec.host%3Dhost1`)).items.map(({ metadata }) => metadata.name), ['a', 'b']);
  assert.deepEqual((await api.get(`${url}?fieldSelector=spec.host%3Dhost1%2Cspec.port%3D80`)).items.map(({ metadata }) => metadata.name), ['a']);
  assert.deepEqual([(await host.next('ADDED')).metadata.name, (await host.next('ADDED')).metadata.name, (await both.next('ADDED')).metadata.name], ['a', 'b', 'a']);
  await api.update(`${url}/a`, ({ spec }) => (spec.host = 'host2'));
  assert.equal((await host.next('DELETED')).metadata.name, 'a');
  await both.next('DELETED');
  await api.delete(`${url}?fieldSelector=spec.host%3Dhost2`, {});
  assert.deepEqual((await api.get(url)).items.map(({ metadata }) => metadata.name), ['b']);
});

/** What the suite looks for: a resource of each group. */
const KNOWN: readonly (readonly [group: string, version: string, resource: string])[] = [
  ['admissionregistration.k8s.io', 'v1', 'validatingwebhookconfigurations'], ['apiextensions.k8s.io', 'v1', 'customresourcedefinitions'], ['apiregistration.k8s.io', 'v1', 'apiservices'], ['apps', 'v1', 'deployments'], ['authentication.k8s.io', 'v1', 'tokenreviews'],
  ['authorization.k8s.io', 'v1', 'selfsubjectaccessreviews'], ['autoscaling', 'v1', 'horizontalpodautoscalers'], ['autoscaling', 'v2', 'horizontalpodautoscalers'], ['batch', 'v1', 'jobs'], ['certificates.k8s.io', 'v1', 'certificatesigningrequests'], ['coordination.k8s.io', 'v1', 'leases'],
  ['discovery.k8s.io', 'v1', 'endpointslices'], ['events.k8s.io', 'v1', 'events'], ['networking.k8s.io', 'v1', 'ingresses'], ['node.k8s.io', 'v1', 'runtimeclasses'], ['policy', 'v1', 'poddisruptionbudgets'], ['scheduling.k8s.io', 'v1', 'priorityclasses'], ['storage.k8s.io', 'v1', 'csinodes'],
];
const AGGREGATED = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
/** What client-go's discovery client accepts. */
const ANY_DISCOVERY = `${AGGREGATED},application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json`;

async function resourcesAt(path: string, accept: string): Promise<Set<string>> {
  const { items } = await api.get(path, { accept });
  return new Set(items.flatMap((group: Json) => group.versions.flatMap(({ version, resources = [] }: Json) => resources.map(({ resource: one }: Json) => `${group.metadata.name ?? ''}/${version}/${one}`))));
}

for (const { name, accept } of [{ name: 'should support raw aggregated discovery endpoint Accept headers', accept: AGGREGATED }, { name: 'should support aggregated discovery interface', accept: ANY_DISCOVERY }]) {
  test(`AggregatedDiscovery ${name}`, async () => {
    const found = await resourcesAt('/apis', accept);
    for (const known of KNOWN) assert.ok(found.has(known.join('/')), known.join('/'));
    assert.ok((await resourcesAt('/api', accept)).has('/v1/namespaces'));
    for (const path of ['/api', '/apis']) {
      const { status, headers } = await api.answer('GET', path, undefined, { accept });
      assert.deepEqual([status, headers['content-type']], [200, AGGREGATED]);
    }
    assert.equal((await api.get('/apis', { accept: 'application/json' })).kind, 'APIGroupList');
  });
}

for (const { name, accept } of [{ name: 'should support raw aggregated discovery request for CRDs', accept: AGGREGATED }, { name: 'should support aggregated discovery interface for CRDs', accept: ANY_DISCOVERY }]) {
  test(`AggregatedDiscovery ${name}`, async () => {
    const crd = await define();
    await api.until('it is discovered', async () => (await resourcesAt('/apis', accept)).has(`${crd.group}/v1/${crd.plural}`));
  });
}

test('Discovery should validate PreferredVersion for each APIGroup', async () => {
  const groups: Json[] = (await api.get('/apis/'))['groups'];
  assert.ok(groups.length > KNOWN.length / 2);
  for (const group of groups) {
    const found = await api.get(`/apis/${group.name}/`);
    assert.deepEqual(found['preferredVersion'], group.preferredVersion);
    assert.ok(found['versions'].some((one: Json) => one.groupVersion === group.preferredVersion.groupVersion && one.version === group.preferredVersion.version), group.name);
  }
});

test('Discovery should locate the groupVersion and a resource within each APIGroup', async () => {
  for (const [path, groupVersion, known] of [['/api/v1', 'v1', 'namespaces'], ...KNOWN.map(([group, version, one]) => [`/apis/${group}/${version}`, `${group}/${version}`, one] as const)] as const) {
    const list = await api.get(path);
    assert.equal(list['groupVersion'], groupVersion);
    assert.ok(list['resources'].some(({ name }: Json) => name === known), known);
  }
});

const CRON_SPEC = { type: 'string', pattern: '^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$' };
const PORT = { type: 'object', required: ['containerPort', 'protocol'], properties: { containerPort: { type: 'integer', format: 'int32' }, hostIP: { type: 'string' }, hostPort: { type: 'integer', format: 'int32' }, name: { type: 'string' }, protocol: { type: 'string' } } };
const PORTS = { type: 'array', 'x-kubernetes-list-map-keys': ['containerPort', 'protocol'], 'x-kubernetes-list-type': 'map', items: PORT };
const CRON = { type: 'object', properties: { foo: { type: 'string' }, cronSpec: CRON_SPEC, ports: PORTS } };
const TEMPLATE = { type: 'object', 'x-kubernetes-embedded-resource': true, properties: { metadata: { type: 'object', properties: { name: { type: 'string' } } }, spec: { type: 'object' } } };
const TAIL = '  cronSpec: "* * * * */5"\n  ports:\n  - name: x\n    containerPort: 80\n    protocol: TCP';

for (const { name, schema, top = '', metadata = '', spec, expected } of [
  { name: 'should create/apply a valid CR for CRD with validation schema', schema: { type: 'object', properties: { spec: CRON } }, spec: '  foo: foo1\n', expected: undefined },
  { name: 'should create/apply a CR with unknown fields for CRD with no validation schema', schema: ANY, spec: '  unknown: uk1\n', expected: undefined },
  { name: 'should create/apply an invalid CR with extra properties for CRD with validation schema', schema: { type: 'object', properties: { spec: CRON } }, top: 'unknownField: unknown\n', spec: '  foo: foo1\n', expected: ['.unknownField: field not declared in schema'] },
  {
    name: 'should detect unknown metadata fields in both the root and embedded object of a CR', schema: { type: 'object', properties: { spec: { ...CRON, ...ANY, properties: { ...CRON.properties, template: TEMPLATE } } } }, metadata: '  unknownMeta: unknown\n',
    spec: '  template:\n    apiVersion: foo/v1\n    kind: Sub\n    metadata:\n      unknownSubMeta: unknown\n      name: subobject\n      namespace: sub\n  foo: foo1\n', expected: ['.metadata.unknownMeta: field not declared in schema', '.spec.template.metadata.unknownSubMeta: field not declared in schema'],
  },
  { name: 'should detect duplicates in a CR when preserving unknown fields', schema: { type: 'object', properties: { spec: { ...CRON, ...ANY } } }, spec: '  unknown: uk1\n  foo: foo1\n  foo: foo2\n', expected: [String.raw`line 11: key \"foo\" already set in map`] },
]) {
  test(`FieldValidation ${name}`, async () => {
    const crd = await define(schema, { scope: 'Cluster', versions: ['v1beta1', 'v1beta2'] });
    const body = `\napiVersion: ${crd.group}/v1beta1\nkind: ${crd.kind}\nmetadata:\n  name: mytest\n${metadata}  finalizers:\n  - test-finalizer\n${top}spec:\n${spec}${TAIL}`;
    const answer = await api.answer('PATCH', `/apis/${crd.group}/v1beta1/${crd.plural}/mytest?fieldManager=field_validation_mgr&fieldValidation=Strict`, body, { 'content-type': 'application/apply-patch+yaml' });
    assert.equal(answer.status < 300, expected === undefined, JSON.stringify(answer.body));
    for (const part of expected ?? []) assert.ok(JSON.stringify(answer.body).includes(part), JSON.stringify(answer.body));
    if (!expected) await api.update(`/apis/${crd.group}/v1beta1/${crd.plural}/mytest`, ({ metadata: meta }) => delete meta.finalizers);
  });
}

for (const { name, metadata, spec, expected } of [
  { name: 'should detect unknown and duplicate fields of a typed object', metadata: '', spec: '"unknownField":"foo","replicas":2,"replicas":3,', expected: 'strict decoding error: unknown field "spec.unknownField", duplicate field "spec.replicas"' },
  { name: 'should detect unknown metadata fields of a typed object', metadata: '"unknownMeta":"foo",', spec: '', expected: 'strict decoding error: unknown field "metadata.unknownMeta"' },
]) {
  test(`FieldValidation ${name}`, async () => {
    const url = `/apis/apps/v1/namespaces/${await api.namespace('typed')}/deployments?fieldManager=field_validation_mgr&fieldValidation=Strict`;
    const labels = '{"app":"nginx"}';
    const body = `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"my-dep",${metadata}"labels":${labels}},"spec":{${spec}"selector":{"matchLabels":${labels}},"template":{"metadata":{"labels":${labels}},"spec":{"containers":[{"name":"nginx","image":"nginx:latest"}]}}}}`;
    const answer = await api.answer('POST', url, body, { 'content-type': 'application/json' });
    assert.equal(answer.status, 400);
    assert.ok(answer.body.message.includes(expected), answer.body.message);
  });
}

test('FieldValidation: what is created is held to the same', async () => {
  const ns = await api.namespace('validation');
  const any = await define();
  const foo = await define({ type: 'object', properties: { spec: CRON } });
  const strict = (crd: Crd): string => `${all(crd, ns)}?fieldValidation=Strict`;
  await api.create(strict(any), resource(any, 'unknown', { spec: { knownField: 1, unknown: 2 }, top: true }));
  const text = (crd: Crd, spec: string, metadata = '"name":"mytest"'): string => `{"apiVersion":"${crd.group}/v1","kind":"${crd.kind}","metadata":{${metadata}},"spec":${spec}}`;
  const duplicate = await api.answer('POST', strict(any), text(any, '{"a":1,"a":2}', '"name":"double"'), { 'content-type': 'application/json' });
  assert.match(duplicate.body.message, /strict decoding error: duplicate field "spec.a"$/);
  const metadata = await api.answer('POST', strict(foo), text(foo, '{"foo":"a"}', '"name":"mytest2","unknownMeta":"foo"'), { 'content-type': 'application/json' });
  assert.match(metadata.body.message, /strict decoding error: unknown field "metadata.unknownMeta"$/);
});
