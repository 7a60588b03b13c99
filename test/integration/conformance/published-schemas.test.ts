/** The suite's CustomResourcePublishOpenAPI tests: what OpenAPI says of custom resources, and what kubectl makes of it. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { type ConformanceApi, isTrue, type Json } from './conformance-api.ts';
import { ConformanceCluster } from './conformance-cluster.ts';
import { KUBECTLS, type Said } from './conformance-kubectl.ts';

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';
let cluster: ConformanceCluster;
let api: ConformanceApi;
let count = 0;

before(async () => {
  cluster = await ConformanceCluster.start({ nodes: 0 });
  ({ api } = cluster);
});
after(() => cluster[Symbol.asyncDispose]());

const text = (description: string): object => ({ description, type: 'string' });
const list = (description: string, properties: object, rest: object = {}): object => ({ description, type: 'array', items: { type: 'object', properties, ...rest } });

const FOO = {
  description: 'Foo CRD for Testing', type: 'object',
  properties: {
    spec: { type: 'object', description: 'Specification of Foo', properties: { bars: list('List of Bars and their specs.', { name: text('Name of Bar.'), age: text('Age of Bar.'), feeling: { ...text('Whether Bar is feeling great.'), enum: ['Great', 'Down'] }, bazs: { description: 'List of Bazs.', items: { type: 'string' }, type: 'array' } }, { required: ['name'] }) } },
    status: { type: 'object', description: 'Status of Foo', properties: { bars: list('List of Bars and their statuses.', { name: text('Name of Bar.'), available: { description: 'Whether the Bar is installed.', type: 'boolean' }, quxType: { ...text('Indicates to external qux type.'), pattern: 'in-tree|out-of-tree' } }) } },
  },
};
const dummy = { description: 'Specification of Waldo', type: 'object', properties: { dummy: { description: 'Dummy property.', type: 'object' } } };
const statuses = { description: 'Status of Waldo', type: 'object', properties: { bars: { description: 'List of Bars and their statuses.', type: 'array', items: { type: 'object' } } } };
const WALDO = { description: 'Waldo CRD for Testing', type: 'object', properties: { spec: dummy, status: statuses } };
const UNKNOWN = { 'x-kubernetes-preserve-unknown-fields': true };
const AT_ROOT = { ...WALDO, ...UNKNOWN, description: 'preserve-unknown-properties at root for Testing' };
const NESTED = { description: 'preserve-unknown-properties in nested field for Testing', type: 'object', properties: { spec: { ...dummy, ...UNKNOWN }, status: statuses } };

interface Crd { readonly url: string; readonly group: string; readonly plural: string; readonly kind: string }

/** Defines it, and waits until each version is published; `expected` null: whatever it says. */
async function setUp(schema: object, group: string, versions: readonly string[], expected: object | null = schema): Promise<Crd> {
  const plural = `e2e-test-publish-${++count}-crds`;
  const crd = { url: `${CRDS}/${plural}.${group}`, group, plural, kind: `e2e-test-publish-${count}-crd` };
  await api.create(CRDS, { metadata: { name: `${plural}.${group}` }, spec: { group, scope: 'Namespaced', names: { plural, kind: crd.kind }, versions: versions.map((name, i) => ({ name, served: true, storage: i === 0, schema: { openAPIV3Schema: schema } })) } });
  await api.untilIs(crd.url, 'it is established', (one) => isTrue(one, 'Established'));
  for (const version of versions) await isPublished(crd, version, expected);
  return crd;
}

async function cleanUp(crd: Crd, versions: readonly string[]): Promise<void> {
  await api.delete(crd.url);
  for (const version of versions) await isGone(crd, version);
}

let etag: string | undefined;
let spec: Json;

/** As the suite asks: again only for what has changed. */
async function definitionOf({ group, kind }: Crd, version: string): Promise<Json> {
  const { status, headers, body } = await api.answer('GET', '/openapi/v2', undefined, etag === undefined ? {} : { 'if-none-match': etag });
  assert(status === 200 || status === 304, String(status));
  if (status === 200) [etag, spec] = [headers['etag'] as string, body];
  return spec.definitions[`${group.split('.').toReversed().join('.')}.${version}.${kind}`];
}

/** Ten times in a row, as the suite wants it of several servers. */
async function isPublished(crd: Crd, version: string, expected: object | null): Promise<void> {
  let found: Json;
  await api.until(`${crd.kind} of ${version} is published`, async () => {
    for (let i = 0; i < 10; i++) if (!(found = await definitionOf(crd, version))) return false;
    return true;
  });
  if (!expected) return;
  const { properties: { metadata: _, apiVersion: __, kind: ___, ...own } = {} as Json, 'x-kubernetes-group-version-kind': gvk, ...rest } = found;
  assert.deepEqual(gvk, [{ group: crd.group, version, kind: crd.kind }]);
  assert.deepEqual({ ...rest, ...(Object.keys(own).length > 0 && { properties: own }) }, expected);
}

async function isGone(crd: Crd, version: string): Promise<void> {
  await api.until(`${crd.kind} of ${version} is gone`, async () => !(await definitionOf(crd, version)));
}

for (const { name, kubectl } of KUBECTLS) {
  describe(name, () => {
    let namespace: string;
    before(async () => {
      namespace = await api.namespace('crd-publish-openapi');
    });

    const run = (args: string[], stdin?: string): Promise<Said> => kubectl(cluster, [`--namespace=${namespace}`, ...args], stdin);
    const succeeds = async (args: string[], stdin?: string): Promise<string> => {
      const { code, stdout, stderr } = await run(args, stdin);
      assert.equal(code, 0, `${args.join(' ')}: ${stderr}`);
      return stdout;
    };
    const fails = async (args: string[], expected: RegExp, stdin?: string): Promise<void> => {
      const { code, stderr } = await run(args, stdin);
      assert.notEqual(code, 0, args.join(' '));
      assert.match(stderr, expected);
    };
    const explains = async (what: string, expected: RegExp): Promise<void> => assert.match(await succeeds(['explain', what]), expected);
    const resource = ({ group, kind }: Crd, rest: string, called = 'test-cr'): string => `{"kind":"${kind}","apiVersion":"${group}/v1","metadata":{"name":"${called}"},${rest}}`;
    const takes = async (crd: Crd, object: string, called = 'test-cr'): Promise<void> => {
      for (const verb of ['create', 'apply']) {
        await succeeds([verb, '-f', '-'], object);
        await succeeds(['delete', crd.plural, called]);
      }
    };

    test('works for CRD with validation schema', async () => {
      const crd = await setUp(FOO, 'crd-publish-openapi-test-foo.example.com', ['v1']);
      await takes(crd, resource(crd, '"spec":{"bars":[{"name":"test-bar"}]}', 'test-foo'), 'test-foo');
      await fails(['create', '-f', '-'], /Unsupported value: "NonExistentValue"/, resource(crd, '"spec":{"bars":[{"name":"test-bar", "feeling":"NonExistentValue"}]}'));
      for (const verb of ['create', 'apply']) {
        await fails([verb, '-f', '-'], /unknown field "(spec\.)?foo"/, resource(crd, '"spec":{"foo":true}'));
        await fails([verb, '-f', '-'], /missing required field "name"|spec\.bars\[0\]\.name: Required value/, resource(crd, '"spec":{"bars":[{"age":"10"}]}'));
      }
      await explains(crd.plural, /DESCRIPTION:.*Foo CRD for Testing.*FIELDS:.*apiVersion.*<string>.*APIVersion defines.*spec.*<Object>.*Specification of Foo/s);
      await explains(`${crd.plural}.metadata`, /DESCRIPTION:.*Standard object's metadata.*FIELDS:.*creationTimestamp.*<string>.*CreationTimestamp is a timestamp/s);
      await explains(`${crd.plural}.spec`, /DESCRIPTION:.*Specification of Foo.*FIELDS:.*bars.*<\[\]Object>.*List of Bars and their specs/s);
      await explains(`${crd.plural}.spec.bars`, /(?:FIELD|RESOURCE):.*bars.*<\[\]Object>.*DESCRIPTION:.*List of Bars and their specs.*FIELDS:.*bazs.*<\[\]string>.*List of Bazs.*name.*<string>.*Name of Bar/s);
      await fails(['explain', `${crd.plural}.spec.bars2`], /field "bars2" does not exist/);
      await cleanUp(crd, ['v1']);
    });

    test('works for CRD without validation schema', async () => {
      const crd = await setUp({ type: 'object', ...UNKNOWN }, 'crd-publish-openapi-test-empty.example.com', ['v1'], { type: 'object' });
      await takes(crd, resource(crd, '"a":{"b":[{"c":"d"}]}'));
      await explains(crd.plural, /DESCRIPTION:.*<empty>/s);
      await cleanUp(crd, ['v1']);
    });

    test('works for CRD preserving unknown fields at the schema root', async () => {
      const crd = await setUp(AT_ROOT, 'crd-publish-openapi-test-unknown-at-root.example.com', ['v1'], null);
      await takes(crd, resource(crd, '"a":{"b":[{"c":"d"}]}'));
      await explains(crd.plural, new RegExp(`KIND:.*${crd.kind}`, 's'));
      await cleanUp(crd, ['v1']);
    });

    test('works for CRD preserving unknown fields in an embedded object', async () => {
      const crd = await setUp(NESTED, 'crd-publish-openapi-test-unknown-in-nested.example.com', ['v1'], null);
      await takes(crd, resource(crd, '"spec":{"a":null,"b":[{"c":"d"}]}'));
      await explains(crd.plural, /DESCRIPTION:.*preserve-unknown-properties in nested field for Testing/s);
      await cleanUp(crd, ['v1']);
    });
  });
}

for (const { name, foo, waldo } of [
  { name: 'works for multiple CRDs of different groups', foo: ['crd-publish-openapi-test-foo.example.com', 'v1'], waldo: ['crd-publish-openapi-test-waldo.example.com', 'v1beta1'] },
  { name: 'works for multiple CRDs of same group but different versions: two CRDs', foo: ['crd-publish-openapi-test-common-group.example.com', 'v4'], waldo: ['crd-publish-openapi-test-common-group.example.com', 'v5'] },
  { name: 'works for multiple CRDs of same group and version but different kinds', foo: ['crd-publish-openapi-test-common-group.example.com', 'v6'], waldo: ['crd-publish-openapi-test-common-group.example.com', 'v6'] },
] as const) {
  test(name, async () => {
    const first = await setUp(FOO, foo[0], [foo[1]]);
    const second = await setUp(WALDO, waldo[0], [waldo[1]]);
    await isPublished(second, waldo[1], WALDO);
    await isPublished(first, foo[1], FOO);
    await cleanUp(first, [foo[1]]);
    await cleanUp(second, [waldo[1]]);
  });
}

test('works for multiple CRDs of same group but different versions: one CRD of several', async () => {
  const crd = await setUp(FOO, 'crd-publish-openapi-test-multi-ver.example.com', ['v2', 'v3']);
  await isPublished(crd, 'v3', FOO);
  await isPublished(crd, 'v2', FOO);
  await cleanUp(crd, ['v2', 'v3']);
});

test('updates the published spec when one version gets renamed', async () => {
  const crd = await setUp(FOO, 'crd-publish-openapi-test-multi-ver.example.com', ['v2', 'v3']);
  await api.patch(crd.url, [{ op: 'test', path: '/spec/versions/1/name', value: 'v3' }, { op: 'replace', path: '/spec/versions/1/name', value: 'v4' }], 'json-patch+json');
  await isPublished(crd, 'v4', FOO);
  await isGone(crd, 'v3');
  await isPublished(crd, 'v2', FOO);
  await cleanUp(crd, ['v2', 'v4']);
});

test('removes definition from spec when one version gets changed to not be served', async () => {
  const crd = await setUp(FOO, 'crd-publish-openapi-test-multi-to-single-ver.example.com', ['v5', 'v6alpha1']);
  await api.update(crd.url, ({ spec: wanted }) => (wanted.versions[1].served = false));
  await isGone(crd, 'v6alpha1');
  await isPublished(crd, 'v5', FOO);
  await cleanUp(crd, ['v5']);
});
