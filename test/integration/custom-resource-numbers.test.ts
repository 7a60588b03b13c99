import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startTestServer, type TestServer } from '../support/test-server.ts';
import { askText } from '../support/text-client.ts';
import { until } from '../support/until.ts';

const LARGE = '1732732800123456789';
const MAX = '9223372036854775807';
const SNAPSHOTS = '/apis/example.com/v1/snapshots';

let server: TestServer;

const ask = (method: string, path: string, body?: string, headers?: Readonly<Record<string, string>>): ReturnType<typeof askText> => askText(server, `${method} ${path}`, body, headers);

const snapshot = (name: string, fields: string): string => `{"apiVersion":"example.com/v1","kind":"Snapshot","metadata":{"name":"${name}"},${fields}}`;

before(async () => {
  server = await startTestServer();
  const properties = {
    time: { type: 'integer', format: 'int64', maximum: 9e18, 'x-kubernetes-validations': [{ rule: 'self % 10 == 9', message: 'ends in 9' }] }, small: { type: 'integer', format: 'int32' }, any: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
  };
  const version = { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties } }, additionalPrinterColumns: [{ name: 'Time', type: 'integer', jsonPath: '.time' }], selectableFields: [{ jsonPath: '.time' }] };
  const names = { plural: 'snapshots', singular: 'snapshot', kind: 'Snapshot', listKind: 'SnapshotList' };
  await ask('POST', '/apis/apiextensions.k8s.io/v1/customresourcedefinitions', JSON.stringify({ metadata: { name: 'snapshots.example.com' }, spec: { group: 'example.com', scope: 'Cluster', names, versions: [version] } }));
  await until('the kind is served', async () => (await ask('GET', SNAPSHOTS)).code === 200);
});
after(() => server[Symbol.asyncDispose]());

test('whole numbers of 64 bits are kept to the digit by every way to write', async () => {
  const created = await ask('POST', SNAPSHOTS, snapshot('a', `"time":${LARGE},"any":{"max":${MAX},"min":-9223372036854775808,"list":[9007199254740993],"fraction":1.5}`));
  assert.equal(created.code, 201, created.body);
  for (const [type, patch] of [
    ['merge-patch+json', `{"metadata":{"labels":{"a":"b"}},"any":{"merged":${MAX}}}`], ['json-patch+json', `[{"op":"test","path":"/any/max","value":${MAX}},{"op":"add","path":"/any/added","value":${LARGE}}]`],
    ['apply-patch+yaml', `apiVersion: example.com/v1\nkind: Snapshot\nmetadata: {name: a}\nany: {applied: ${LARGE}}`],
  ] as const) {
    const { code, body } = await ask('PATCH', `${SNAPSHOTS}/a?fieldManager=t`, patch, { 'content-type': `application/${type}` });
    assert.equal(code, 200, body);
  }
  const { body } = await ask('GET', `${SNAPSHOTS}/a`);
  for (const part of [`"time":${LARGE}`, `"max":${MAX}`, '"min":-9223372036854775808', '"list":[9007199254740993]', '"fraction":1.5', `"merged":${MAX}`, `"added":${LARGE}`, `"applied":${LARGE}`]) {
    assert.ok(body.includes(part), `${part} in ${body}`);
  }
  const again = await ask('PUT', `${SNAPSHOTS}/a`, body);
  assert.deepEqual([again.code, again.body], [200, body], 'nothing has changed');
});

test('they are listed, selected by, shown in tables and as YAML', async () => {
  assert.ok((await ask('GET', `${SNAPSHOTS}?fieldSelector=time%3D${LARGE}`)).body.includes(`"time":${LARGE}`));
  assert.ok((await ask('GET', `${SNAPSHOTS}/a`, undefined, { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' })).body.includes(`"cells":["a",${LARGE}]`));
  assert.match((await ask('GET', `${SNAPSHOTS}/a`, undefined, { accept: 'application/yaml' })).body, new RegExp(`^time: ${LARGE}$`, 'm'));
  assert.match((await ask('GET', `${SNAPSHOTS}/a?pretty=true`)).body, new RegExp(`"time": ${LARGE}`));
  const yaml = await ask('POST', SNAPSHOTS, `apiVersion: example.com/v1\nkind: Snapshot\nmetadata:\n  name: of-yaml\ntime: ${LARGE}\nany: {small: 5}\n`, { 'content-type': 'application/yaml' });
  assert.ok(yaml.body.includes(`"time":${LARGE}`) && yaml.body.includes('"small":5'), yaml.body);
});

for (const { fields, message } of [
  { fields: `"time":${MAX}`, message: /time in body should be less than or equal to 9000000000000000000/ },
  { fields: '"time":1732732800123456788', message: /ends in 9/ },
  { fields: `"small":${LARGE}`, message: /type integer with format int32/ },
  { fields: '"time":18446744073709551615', message: /must be of type int64: "float64"/ },
  { fields: '"any":1732732800123456789', message: /any in body must be of type object: "integer"/ },
]) {
  test(`${fields} is refused`, async () => {
    const { code, body } = await ask('POST', SNAPSHOTS, snapshot('refused', fields));
    assert.equal(code, 422, body);
    assert.match((JSON.parse(body) as { message: string }).message, message);
  });
}

test('kinds of the catalogue know no such numbers, whoever sends them', async () => {
  await ask('POST', '/api/v1/namespaces', '{"metadata":{"name":"n"}}');
  const spec = `"tolerations":[{"key":"a","effect":"NoExecute","tolerationSeconds":${LARGE}}],"containers":[{"name":"c","image":"i"}]`;
  assert.equal((await ask('POST', '/api/v1/namespaces/n/pods', `{"metadata":{"name":"p"},"spec":{${spec}}}`)).code, 201);
  const patched = await ask('PATCH', '/api/v1/namespaces/n/pods/p', '{"metadata":{"labels":{"a":"b"}}}', { 'content-type': 'application/merge-patch+json' });
  assert.equal(patched.code, 200, patched.body);
});
