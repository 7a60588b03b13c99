/** The suite's sig-api-machinery tests of custom resources: definitions, defaulting, selectable fields, watches, published schemas. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ConformanceApi, conditionOf, isTrue, type Json } from './conformance-api.ts';
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

test('Simple CustomResourceDefinition listing custom resource definition objects works, and deleting a collection', async () => {
  for (let i = 0; i < 3; i++) await define(ANY, { labels: { 'e2e-list-test-uuid': 'x' } });
  const selector = '?labelSelector=e2e-list-test-uuid%3Dx';
  assert.equal((await api.get(CRDS + selector)).items.length, 3);
  await api.delete(CRDS + selector, {});
  await api.untilIs(CRDS + selector, 'all are gone', ({ items }) => items.length === 0);
});

test('getting/updating/patching custom resource definition status sub-resource works', async () => {
  const crd = await define();
  const status = await api.get(`${crd.url}/status`);
  assert.equal(status.metadata.name, crd.name);
  const updateCondition = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from an e2e test', lastTransitionTime: '2026-01-01T00:00:00Z' };
  const updated = await api.update(crd.url, (one) => one.status.conditions.push(updateCondition), `${crd.url}/status`);
  assert.deepEqual(conditionOf(updated, 'StatusUpdate').message, updateCondition.message);
  const patched = await api.patch(`${crd.url}/status`, { metadata: { annotations: { patchedstatus: 'true' } }, status: { conditions: [{ ...updateCondition, type: 'StatusPatched' }] } }, 'merge-patch+json');
  assert.ok(conditionOf(patched, 'StatusPatched'));
});

test('should include custom resource definition resources in discovery documents', async () => {
  const groups: Json[] = (await api.get('/apis'))['groups'];
  const group = groups.find(({ name }) => name === 'apiextensions.k8s.io');
  assert.deepEqual([group.preferredVersion.groupVersion, group.versions.map((one: Json) => one.groupVersion)], ['apiextensions.k8s.io/v1', ['apiextensions.k8s.io/v1']]);
  assert.equal((await api.get('/apis/apiextensions.k8s.io'))['preferredVersion'].version, 'v1');
  assert.ok((await api.get('/apis/apiextensions.k8s.io/v1'))['resources'].some((one: Json) => one.name === 'customresourcedefinitions'));
});

test('custom resource defaulting for requests and from storage works', async () => {
  const ns = await api.namespace('default');
  const crd = await define({ type: 'object', properties: { a: { type: 'string' }, b: { type: 'string' } } });
  const url = all(crd, ns);
  await api.create(url, resource(crd, 'first'));
  const properties = { a: { type: 'string', default: 'A' }, b: { type: 'string' } };
  await api.update(crd.url, ({ spec }) => (spec.versions[0].schema.openAPIV3Schema.properties = properties));
  await api.untilIs(`${url}/first`, 'a comes from storage with its default', (one) => one['a'] === 'A');
  const second = await api.create(url, resource(crd, 'second'));
  assert.equal(second['a'], 'A');
  await api.update(crd.url, ({ spec }) => (spec.versions[0].schema.openAPIV3Schema.properties = { ...properties, b: { type: 'string', default: 'B' } }));
  await api.untilIs(`${url}/first`, 'b has its default', (one) => one['a'] === 'A' && one['b'] === 'B');
  await api.update(`${url}/first`, (one) => delete one['a']);
  const first = await api.get(`${url}/first`);
  assert.deepEqual([first['a'], first['b']], ['A', 'B']);
});

test('CustomResourceDefinition Watch watch on custom resource definition objects', async () => {
  const crd = await define(ANY, { scope: 'Cluster' });
  const url = `/apis/${crd.group}/v1/${crd.plural}`;
  await using one = api.watch(`${url}?fieldSelector=metadata.name%3Dname1`);
  await using other = api.watch(`${url}?fieldSelector=metadata.name%3Dname2`);
  for (const [watch, name] of [[one, 'name1'], [other, 'name2']] as const) {
    await api.create(url, resource(crd, name, { content: { key: 'value' }, num: { num1: 9223372036854775000, num2: 1000000 } }));
    assert.equal((await watch.next('ADDED')).metadata.name, name);
    await api.patch(`${url}/${name}`, { dummy: 'test' }, 'merge-patch+json');
    assert.equal((await watch.next('MODIFIED'))['dummy'], 'test');
  }
  await api.delete(`${url}/name1`);
  await one.next('DELETED');
  await api.delete(`${url}/name2`);
  await other.next('DELETED');
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

const FOO = {
  description: 'Foo CRD for Testing', type: 'object',
  properties: {
    spec: {
      type: 'object', description: 'Specification of Foo',
      properties: { bars: { description: 'List of Bars and their specs.', type: 'array', items: { type: 'object', required: ['name'], properties: { name: { description: 'Name of Bar.', type: 'string' }, feeling: { description: 'Whether Bar is feeling great.', type: 'string', enum: ['Great', 'Down'] }, bazs: { description: 'List of Bazs.', items: { type: 'string' }, type: 'array' } } } } },
    },
    status: { description: 'Status of Foo', type: 'object', properties: { quxType: { pattern: 'in-tree|out-of-tree', type: 'string' }, format: { type: 'string', format: 'date-time' } } },
  },
};

const definitionOf = ({ group, kind }: Crd, version = 'v1'): string => `${group.split('.').toReversed().join('.')}.${version}.${kind}`;

async function published(name: string): Promise<Json> {
  const { definitions } = (await api.get('/openapi/v2')) as Json;
  return definitions[name];
}

async function untilPublished(name: string, expected: object | undefined): Promise<void> {
  await api.until(`${name} is published`, async () => {
    const found = await published(name);
    if (!found || !expected) return !found === !expected;
    const { properties = {}, 'x-kubernetes-group-version-kind': gvk, ...rest } = found as Json;
    const { metadata: _, apiVersion: __, kind: ___, ...own } = properties;
    assert.ok(gvk);
    return Object.keys(own).length > 0 || Object.keys(expected).includes('properties') ? sameJson({ ...rest, properties: own }, expected) : sameJson(rest, expected);
  });
}

function sameJson(one: object, other: object): boolean {
  assert.deepEqual(one, other);
  return true;
}

for (const { name, schema, expected } of [
  { name: 'works for CRD with validation schema', schema: FOO, expected: FOO },
  { name: 'works for CRD without validation schema', schema: ANY, expected: { type: 'object' } },
  {
    name: 'works for CRD preserving unknown fields in an embedded object', schema: { type: 'object', properties: { spec: { ...ANY, description: 'x', properties: { a: { type: 'string' } } }, list: { type: 'array', nullable: true, items: { type: 'string' } } }, required: ['list', 'spec'] },
    expected: { type: 'object', properties: { spec: { ...ANY, description: 'x' }, list: {} }, required: ['spec'] },
  },
]) {
  test(`CustomResourcePublishOpenAPI ${name}`, async () => {
    const crd = await define(schema);
    await untilPublished(definitionOf(crd), expected);
    await api.delete(crd.url);
    await untilPublished(definitionOf(crd), undefined);
  });
}

test('CustomResourcePublishOpenAPI works for multiple CRDs of same group, versions and kinds; updates when a version is renamed or not served', async () => {
  const group = 'common-group.example.com';
  const first = await define(FOO, { versions: ['v2', 'v3'], group });
  const second = await define(FOO, { versions: ['v2'], group });
  for (const [crd, version] of [[first, 'v2'], [first, 'v3'], [second, 'v2']] as const) await untilPublished(definitionOf(crd, version), FOO);
  await api.patch(first.url, [{ op: 'test', path: '/spec/versions/1/name', value: 'v3' }, { op: 'replace', path: '/spec/versions/1/name', value: 'v4' }], 'json-patch+json');
  await untilPublished(definitionOf(first, 'v4'), FOO);
  await untilPublished(definitionOf(first, 'v3'), undefined);
  await api.update(first.url, ({ spec }) => (spec.versions[1].served = false));
  await untilPublished(definitionOf(first, 'v4'), undefined);
  await untilPublished(definitionOf(first, 'v2'), FOO);
});

test('AggregatedDiscovery should support aggregated discovery interface, for CRDs too', async () => {
  const crd = await define();
  const accept = 'application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList';
  const ours = await api.until('it is discovered', async () => {
    const { items } = await api.get('/apis', { accept });
    return items.find(({ metadata }) => metadata.name === crd.group);
  });
  assert.deepEqual(ours['versions'][0].resources.map((one: Json) => [one.resource, one.responseKind.kind]), [[crd.plural, crd.kind]]);
  for (const { path, form } of [{ path: '/api', form: accept }, { path: '/apis', form: accept }, { path: '/apis', form: `${accept},application/json` }]) {
    const answer = await api.answer('GET', path, undefined, { accept: form });
    assert.deepEqual([answer.status, answer.headers['content-type']], [200, accept.replace('application/json;v=v2;g=apidiscovery.k8s.io;as=APIGroupDiscoveryList', 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList')]);
  }
  assert.equal((await api.get('/apis', { accept: 'application/json' })).kind, 'APIGroupList');
});

test('Discovery should validate PreferredVersion for each APIGroup, and locate the groupVersion and a resource within each APIGroup', async () => {
  for (const group of (await api.get('/apis'))['groups'] as Json[]) {
    const found = await api.get(`/apis/${group.name}`);
    assert.deepEqual(found['preferredVersion'], group.preferredVersion);
    assert.ok(group.versions.some((one: Json) => one.groupVersion === group.preferredVersion.groupVersion && one.version === group.preferredVersion.version), group.name);
    for (const { groupVersion } of group.versions as Json[]) assert.equal((await api.get(`/apis/${groupVersion}`))['groupVersion'], groupVersion);
  }
});

test('FieldValidation should create/apply a CR with unknown fields for CRD with no validation schema, and detect duplicates', async () => {
  const ns = await api.namespace('validation');
  const any = await define();
  const foo = await define(FOO);
  const strict = (crd: Crd): string => `${all(crd, ns)}?fieldValidation=Strict`;
  const apply = (crd: Crd, body: string): ReturnType<ConformanceApi['answer']> => api.answer('PATCH', `${all(crd, ns)}/mytest?fieldManager=field_validation_test&fieldValidation=Strict`, body, { 'content-type': 'application/apply-patch+yaml' });
  await api.create(strict(any), resource(any, 'unknown', { spec: { knownField: 1, unknown: 2 }, top: true }));
  const text = (crd: Crd, spec: string, metadata = '"name":"mytest"'): string => `{"apiVersion":"${crd.group}/v1","kind":"${crd.kind}","metadata":{${metadata}},"spec":${spec}}`;
  assert.equal((await apply(any, text(any, '{"foo":"bar"}'))).status, 201);
  assert.equal((await apply(foo, text(foo, '{"bars":[{"name":"a"}]}'))).status, 201);
  const extra = await apply(foo, text(foo, '{"extra":true,"bars":[{"name":"a"}]}'));
  assert.match(JSON.stringify(extra.body), /\.spec\.extra: field not declared in schema/);
  const duplicate = await api.answer('POST', strict(any), text(any, '{"a":1,"a":2}', '"name":"double"'), { 'content-type': 'application/json' });
  assert.match(duplicate.body.message, /strict decoding error: duplicate field "spec.a"$/);
  const metadata = await api.answer('POST', strict(foo), text(foo, '{"bars":[{"name":"a"}]}', '"name":"mytest2","unknownMeta":"foo"'), { 'content-type': 'application/json' });
  assert.match(metadata.body.message, /strict decoding error: unknown field "metadata.unknownMeta"$/);
  const twice = await apply(any, `\napiVersion: ${any.group}/v1\nkind: ${any.kind}\nmetadata:\n  name: mytest\nspec:\n  unknown: uk1\n  foo: foo1\n  foo: foo2`);
  assert.equal(twice.body.message, 'error strict decoding YAML: error converting YAML to JSON: yaml: unmarshal errors:\n  line 9: key "foo" already set in map');
});
